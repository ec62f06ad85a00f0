//! What of an object changed since a sequence number.

use super::{
    attribute::Attr,
    view::{Out, View},
};

impl View<'_> {
    /// Whether an attribute got other values after a sequence number.
    pub(crate) fn changed_since(&self, attr: Attr, usn: u64) -> bool {
        let Some(patch) = self.patch else { return false };
        let created = patch.created.is_some_and(|(created, _)| created > usn) && self.has(attr);
        let deleted = patch.deleted.as_ref().is_some_and(|deletion| deletion.usn > usn);
        created
            || patch.value(attr).is_some_and(|set| set.usn > usn)
            || match attr {
                Attr::WhenChanged | Attr::UsnChanged => patch.usn > usn,
                Attr::Name | Attr::ParentGuid => deleted || patch.name_usn > usn,
                Attr::Cn | Attr::Ou => self.has(attr) && (deleted || patch.name_usn > usn),
                Attr::IsDeleted | Attr::LastKnownParent => deleted || patch.restored_usn > usn,
                Attr::Member => patch.members.as_ref().is_some_and(|changes| {
                    changes.added.values().chain(changes.removed.values()).any(|&changed| changed > usn)
                }),
                _ => false,
            }
    }

    /// Calls with the DN of every member that came or went after a sequence number.
    pub(crate) fn each_member_change(&self, usn: u64, added: bool, out: &mut Out<'_>) {
        let Some(changes) = self.patch.and_then(|patch| patch.members.as_deref()) else { return };
        let side = if added { &changes.added } else { &changes.removed };
        for (&member, _) in side.iter().filter(|(_, changed)| **changed > usn) {
            if self.state.is_alive(member) {
                out(self.state.dn(member).as_bytes());
            }
        }
    }
}

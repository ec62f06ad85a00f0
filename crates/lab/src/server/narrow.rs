//! What a filter tells before any object is looked at: whole kinds that cannot match, or the few objects that can.

use super::filter::{Bound, Filter};
use crate::model::{Attr, Kind, ObjectId, State};

impl Filter {
    /// What is certain for all objects of a kind, without looking at one.
    pub(super) fn certain(&self, kind: Kind) -> Option<bool> {
        let class = match kind {
            Kind::Fixed => return None,
            Kind::Person => ["top", "person", "organizationalperson", "user"].as_slice(),
            Kind::Group => ["top", "group"].as_slice(),
            Kind::Contact => ["top", "person", "organizationalperson", "contact"].as_slice(),
        };
        match self {
            Self::And(terms) => {
                let terms: Vec<_> = terms.iter().map(|term| term.certain(kind)).collect();
                if terms.contains(&Some(false)) {
                    Some(false)
                } else {
                    terms.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Self::Or(terms) => {
                let terms: Vec<_> = terms.iter().map(|term| term.certain(kind)).collect();
                if terms.contains(&Some(true)) {
                    Some(true)
                } else {
                    terms.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
            Self::Not(term) => term.certain(kind).map(|certain| !certain),
            Self::Class(wanted) => Some(class.contains(&wanted.as_str())),
            // Deleted objects have no category, so only the mismatch is certain.
            Self::Category(wanted) => {
                let own = if kind == Kind::Group { "group" } else { "person" };
                (wanted != own).then_some(false)
            }
            _ => None,
        }
    }

    /// The only objects that can match, when names or identifiers in the filter tell.
    pub(super) fn candidates(&self, state: &State) -> Option<Vec<ObjectId>> {
        match self {
            Self::And(terms) => terms.iter().filter_map(|term| term.candidates(state)).min_by_key(Vec::len),
            Self::Or(terms) => {
                let mut all =
                    terms.iter().map(|term| term.candidates(state)).collect::<Option<Vec<_>>>()?.concat();
                all.sort_unstable();
                all.dedup();
                Some(all)
            }
            Self::Octets(Attr::ObjectGuid, guid) => Some(state.by_guid(guid).into_iter().collect()),
            Self::Octets(Attr::ObjectSid, sid) => {
                // Built-in groups have SIDs outside the domain.
                Some(state.by_sid(sid).map_or_else(|| state.fixed_ids().collect(), |id| vec![id]))
            }
            Self::Link(Attr::DistinguishedName, id) => Some(id.iter().copied().collect()),
            Self::Text(Attr::SamAccountName | Attr::UserPrincipalName, name) => {
                Some(state.by_account_name(name))
            }
            Self::Text(Attr::IsDeleted, deleted) if deleted == "true" => Some(state.deleted_ids()),
            Self::Link(Attr::MemberOf, group) => {
                let mut members = Vec::new();
                state.members((*group)?, &mut |member| {
                    members.push(member);
                    true
                });
                members.sort_unstable();
                Some(members)
            }
            Self::Link(Attr::Member, member) => {
                let mut groups = state.groups_of((*member)?);
                groups.sort_unstable();
                Some(groups)
            }
            Self::AtLeast(Attr::UsnChanged, Bound::Number(usn)) => {
                let before = u64::try_from(*usn).ok()?.checked_sub(1)?;
                let mut changed: Vec<ObjectId> = (before >= state.creation_usn())
                    .then(|| state.changed_after(before).map(|(_, id)| id).collect())?;
                changed.sort_unstable();
                Some(changed)
            }
            _ => None,
        }
    }
}

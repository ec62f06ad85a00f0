//! From a name, a GUID or a SID to an object, without a table of all objects.

use super::{
    dn::{self, Rdn, hex},
    object::{Kind, ObjectId},
    state::State,
};

/// What a DN leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolved {
    Object(ObjectId),
    /// Nothing there; the nearest container above that exists.
    Missing(ObjectId),
    /// Not below this forest's names.
    Elsewhere,
    /// Not a DN.
    Malformed,
}

impl State {
    /// Finds the object of a DN, of `<GUID=…>` or of `<SID=…>`. Deleted objects are found by their marked names.
    pub(crate) fn resolve(&self, text: &str) -> Resolved {
        if let Some(inner) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')) {
            let found = match inner.split_once('=') {
                Some((kind, guid)) if kind.eq_ignore_ascii_case("GUID") => self.by_guid_text(guid),
                Some((kind, sid)) if kind.eq_ignore_ascii_case("SID") => {
                    hex(sid).and_then(|sid| self.by_sid(&sid))
                }
                _ => return Resolved::Malformed,
            };
            return found.map_or(Resolved::Missing(ObjectId::new(Kind::Fixed, 0)), Resolved::Object);
        }
        let Some(names) = dn::parse(text) else { return Resolved::Malformed };
        if let Some(&index) = self.fixed_by_dn.get(&dn::normal(&names)) {
            return Resolved::Object(ObjectId::new(Kind::Fixed, index));
        }
        for start in 1..names.len() {
            if let Some(&container) = self.fixed_by_dn.get(&dn::normal(&names[start..])) {
                let above = Resolved::Missing(ObjectId::new(Kind::Fixed, container));
                return match (start, self.child(container, &names[0])) {
                    (1, Some(id)) => Resolved::Object(id),
                    (2, _) => match self.child(container, &names[1]) {
                        Some(leaf) => Resolved::Missing(leaf),
                        None => above,
                    },
                    _ => above,
                };
            }
        }
        Resolved::Elsewhere
    }

    /// The living or deleted object of a DN.
    pub(crate) fn find(&self, text: &str) -> Option<ObjectId> {
        match self.resolve(text) {
            Resolved::Object(id) => Some(id),
            _ => None,
        }
    }

    /// The object of a name directly below a container.
    pub(super) fn child(&self, container: u32, name: &Rdn) -> Option<ObjectId> {
        if name.kind != "cn" && name.kind != "ou" {
            return None;
        }
        let value = name.value.as_str();
        if container == self.places.deleted {
            let (_, guid) = value.split_once("\ndel:")?;
            return self.by_guid_text(guid).filter(|&id| self.is_deleted(id));
        }
        if name.kind != "cn" {
            return None;
        }
        if let Some(&id) = self.names.get(&(container, value.to_owned())) {
            return Some(id);
        }
        let created_here = if container == self.places.groups {
            self.blueprint.groups.by_name(value).map(|index| ObjectId::new(Kind::Group, index))
        } else if container == self.places.contacts {
            self.blueprint.contacts.by_name(value).map(|index| ObjectId::new(Kind::Contact, index))
        } else {
            self.blueprint.people.by_common_name(value).map(|index| ObjectId::new(Kind::Person, index))
        }?;
        let still_here = self.is_alive(created_here)
            && self.parent(created_here) == Some(container)
            && self.patch(created_here).is_none_or(|patch| patch.name.is_none());
        still_here.then_some(created_here)
    }

    fn by_guid_text(&self, text: &str) -> Option<ObjectId> {
        let wire = if text.contains('-') {
            text.parse::<uuid::Uuid>().ok()?.to_bytes_le()
        } else {
            hex(text)?.try_into().ok()?
        };
        self.by_guid(&wire)
    }

    pub(crate) fn by_guid(&self, wire: &[u8]) -> Option<ObjectId> {
        ObjectId::from_guid(wire, self.blueprint.seed).filter(|&id| self.exists(id))
    }

    pub(crate) fn by_sid(&self, sid: &[u8]) -> Option<ObjectId> {
        let expected = super::object::sid(self.blueprint.domain_sid, None);
        let (domain, rid) = sid.split_at_checked(sid.len().checked_sub(4)?)?;
        if domain.get(8..) != expected.get(8..) {
            return None;
        }
        let rid = u32::from_le_bytes(rid.try_into().ok()?);
        let fixed = self.fixed.iter().zip(0..).find(|(object, _)| object.rid == Some(rid));
        fixed
            .map(|(_, index)| ObjectId::new(Kind::Fixed, index))
            .or_else(|| ObjectId::from_rid(rid).filter(|&id| self.exists(id)))
    }

    /// Objects that may have a logon, principal, mail or nick name; the caller checks.
    pub(crate) fn by_account_name(&self, name: &str) -> Vec<ObjectId> {
        let name = name.to_lowercase();
        let name = name.strip_prefix("smtp:").unwrap_or(&name);
        let local = name.split('@').next().unwrap_or_default();
        let mut found: Vec<ObjectId> = self.aliased.iter().copied().collect();
        found.extend((0..self.fixed.len() as u32).map(|index| ObjectId::new(Kind::Fixed, index)));
        let person =
            self.blueprint.people.by_logon_name(local).map(|index| ObjectId::new(Kind::Person, index));
        let group = self.blueprint.groups.by_name(local).map(|index| ObjectId::new(Kind::Group, index));
        found.extend(person.into_iter().chain(group).filter(|&id| self.exists(id)));
        found.sort_unstable();
        found.dedup();
        found
    }
}

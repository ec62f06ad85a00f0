//! What a changed entry is to whoever reads the directory.

use domain::{DirectoryKind, Entry, ObjectKind};
use ports::KindRequest;

use crate::lookup;
use crate::profile::Profile;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// One of the wanted kinds, in the part that is read.
    Object(ObjectKind),
    Container,
    /// It moved out of the part that is read, or became something that nobody wants.
    Nowhere,
}

impl Place {
    pub fn of(entry: &Entry, profile: &Profile, kinds: &[KindRequest]) -> Self {
        let is_outside = profile.reads_a_part() && profile.is_outside(&entry.dn);
        let kind = lookup::kind_of(entry, DirectoryKind::Ldap)
            .filter(|kind| kinds.iter().any(|wanted| wanted.kind == *kind));
        match kind {
            Some(kind) if !is_outside => Self::Object(kind),
            _ if lookup::is_container(entry) => Self::Container,
            _ => Self::Nowhere,
        }
    }
}

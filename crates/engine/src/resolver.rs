//! From distinguished names to links, and which links this cycle has met.
//!
//! A name is only *certain* once this cycle has read the object that bears it: between two cycles one object may
//! have taken another's name. What was resolved with an uncertain name is looked at again when the reading is over.

use std::collections::{HashMap, HashSet};

use domain::{LinkId, ObjectKind};
use storage::link::{LinkState, anchor_key, name_key};

/// The digest of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NameKey(u64);

impl NameKey {
    pub(crate) fn of(dn: &str) -> Self {
        Self(name_key(dn))
    }

    pub(crate) const fn digest(self) -> u64 {
        self.0
    }
}

/// Names and anchors that are kept at most, some 50 bytes each pair: a larger directory is looked up page by page.
const MOST: usize = 1 << 17;

/// Names, anchors and links of one configuration in one cycle: a bounded part of them, and a bit an object for "met".
///
/// As long as there are few they are all here (`whole`), and what is not here does not exist. Otherwise only what a
/// page needs is loaded. In a delta cycle what the store says of a name is certain, because whoever takes a name over
/// or gives it up is told as a change of its own.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    by_changes: bool,
    /// Not everything that is stored is here.
    partial: bool,
    names: HashMap<NameKey, Bearer>,
    /// Names whose bearers the directory knows and no link does.
    strangers: HashSet<NameKey>,
    anchors: HashMap<u64, (LinkId, LinkState)>,
    /// Names under which this cycle met links that the store had under another one.
    renamed: HashMap<LinkId, NameKey>,
    /// Links whose objects were met out of scope: nobody refers to them any more.
    leaving: Seen,
    seen: Seen,
}

/// Whose name it is.
#[derive(Debug, Clone, Copy)]
struct Bearer {
    link: LinkId,
    /// This cycle read the object under this name.
    confirmed: bool,
    /// The store knew another object under this name.
    took_over: bool,
}

/// What a name resolves to at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) link: Option<LinkId>,
    pub(crate) certain: bool,
}

/// Who left a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhoLeft {
    Link(LinkId),
    /// Somebody who is linked to nothing.
    Stranger,
    /// The name does not tell; the group's members do.
    Doubtful,
}

impl Resolver {
    /// For a page of changes.
    pub(crate) fn for_changes() -> Self {
        Self { by_changes: true, partial: true, ..Self::default() }
    }

    pub(crate) const fn is_by_changes(&self) -> bool {
        self.by_changes
    }

    /// Whether the store has to be asked about what is not known here.
    pub(crate) const fn is_partial(&self) -> bool {
        self.partial
    }

    /// Between two pages: forgets what the store knows as well when it has become too much.
    pub(crate) fn trim(&mut self) {
        if !self.by_changes && self.is_full() {
            self.names = HashMap::new();
            self.anchors = HashMap::new();
            self.partial = true;
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.names.len() > MOST || self.anchors.len() > MOST
    }

    pub(crate) fn knows(&self, key: NameKey) -> bool {
        self.names.contains_key(&key)
    }

    /// A name as the store knows it, by its digest. The store follows the cycle page by page: the name of an object
    /// that was met is its name now, unless it was met under another one and that could not be written down.
    pub(crate) fn remember_key(&mut self, key: u64, link: LinkId) {
        let key = NameKey(key);
        let confirmed = !self.by_changes
            && self.seen.contains(link)
            && self.renamed.get(&link).is_none_or(|renamed| *renamed == key);
        let bearer = self.names.entry(key).or_insert(Bearer { link, confirmed, took_over: false });
        if confirmed {
            *bearer = Bearer { link, confirmed, took_over: false };
        }
    }

    /// A name as an earlier cycle knew it.
    pub(crate) fn remember(&mut self, dn: &str, link: LinkId) {
        self.names.entry(NameKey::of(dn)).or_insert(Bearer { link, confirmed: false, took_over: false });
    }

    /// A link that is about to be confirmed under another name than the store has of it.
    pub(crate) fn rename(&mut self, dn: &str, link: LinkId) {
        self.renamed.insert(link, NameKey::of(dn));
    }

    /// An anchor as an earlier cycle exported it.
    pub(crate) fn remember_anchor(&mut self, kind: ObjectKind, anchor: &str, link: LinkId, state: LinkState) {
        self.anchors.insert(anchor_key(kind, anchor), (link, state));
    }

    /// An anchor that this cycle exported.
    pub(crate) fn confirm_anchor(&mut self, kind: ObjectKind, anchor: &str, link: LinkId) {
        self.remember_anchor(kind, anchor, link, LinkState::Active);
    }

    /// The link that holds an anchor.
    pub(crate) fn anchor_holder(&self, kind: ObjectKind, anchor: &str) -> Option<(LinkId, LinkState)> {
        self.anchors.get(&anchor_key(kind, anchor)).copied()
    }

    /// A name as this cycle read it.
    pub(crate) fn confirm(&mut self, dn: &str, link: LinkId) {
        let key = NameKey::of(dn);
        let took_over = self.names.get(&key).is_some_and(|known| known.took_over || known.link != link);
        self.names.insert(key, Bearer { link, confirmed: true, took_over });
        self.seen.insert(link);
    }

    /// A link that counts as met under the name that it had; a name that somebody else has been met under stays theirs.
    pub(crate) fn keep(&mut self, dn: &str, link: LinkId) {
        self.seen.insert(link);
        if let Some(bearer) = self.names.get_mut(&NameKey::of(dn)).filter(|bearer| bearer.link == link) {
            bearer.confirmed = true;
        }
    }

    /// A link whose object the target has lost: nobody refers to it before it was written again.
    pub(crate) fn lose(&mut self, dn: &str) {
        if let Some(bearer) = self.names.get_mut(&NameKey::of(dn)) {
            bearer.confirmed = false;
        }
    }

    /// A link whose object was met out of scope.
    pub(crate) fn leave(&mut self, link: LinkId) {
        self.leaving.insert(link);
    }

    /// A link whose object was met, and that nobody refers to before it was written: it was out of scope until now.
    pub(crate) fn meet(&mut self, link: LinkId) {
        self.seen.insert(link);
    }

    pub(crate) fn has_seen(&self, link: LinkId) -> bool {
        self.seen.contains(link)
    }

    /// A name whose bearer this cycle met under another name is nobody's, unless somebody else turns up with it.
    pub(crate) fn resolve(&self, key: NameKey) -> Resolved {
        match self.names.get(&key) {
            Some(bearer) if self.leaving.contains(bearer.link) => {
                Resolved { link: None, certain: self.by_changes }
            }
            Some(bearer) if bearer.confirmed => Resolved { link: Some(bearer.link), certain: true },
            Some(bearer) if !self.seen.contains(bearer.link) => {
                Resolved { link: Some(bearer.link), certain: self.by_changes }
            }
            _ => Resolved { link: None, certain: self.by_changes },
        }
    }

    /// A name that the directory knows, of an object that is linked to nothing.
    pub(crate) fn remember_stranger(&mut self, key: u64) {
        self.strangers.insert(NameKey(key));
    }

    /// Who left a group under a name. Directories keep the name that a member had when it left: since then it may
    /// have got another one, and somebody else this one.
    pub(crate) fn who_left(&self, key: NameKey) -> WhoLeft {
        match self.names.get(&key) {
            Some(bearer) if bearer.confirmed && !bearer.took_over => WhoLeft::Link(bearer.link),
            Some(bearer) if !bearer.confirmed && !self.seen.contains(bearer.link) => {
                WhoLeft::Link(bearer.link)
            }
            None if self.strangers.contains(&key) => WhoLeft::Stranger,
            _ => WhoLeft::Doubtful,
        }
    }

    /// What a name means when the reading is over: only what was met under it.
    pub(crate) fn resolve_finally(&self, key: NameKey) -> Option<LinkId> {
        self.names.get(&key).filter(|bearer| bearer.confirmed).map(|bearer| bearer.link)
    }
}

/// A growing set of link ids, one bit each.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    words: Vec<u64>,
}

impl Seen {
    pub(crate) fn insert(&mut self, link: LinkId) {
        let (word, bit) = Self::place(link);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    pub(crate) fn contains(&self, link: LinkId) -> bool {
        let (word, bit) = Self::place(link);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn place(link: LinkId) -> (usize, u64) {
        let index = usize::try_from(link.0).unwrap_or_default();
        (index / 64, 1 << (index % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_taken_over_by_another_object_ends_with_the_new_owner() {
        let mut resolver = Resolver::default();
        resolver.remember("CN=Kim,DC=x", LinkId(1));
        let key = NameKey::of("cn=kim,dc=x");
        assert_eq!(resolver.resolve(key), Resolved { link: Some(LinkId(1)), certain: false });
        resolver.confirm("CN=Kim Old,DC=x", LinkId(1));
        resolver.confirm("CN=Kim,DC=x", LinkId(70));
        assert_eq!(resolver.resolve_finally(key), Some(LinkId(70)));
    }

    #[test]
    fn a_name_that_its_bearer_gave_up_means_nobody() {
        let mut resolver = Resolver::default();
        resolver.remember("CN=Old,DC=x", LinkId(3));
        resolver.confirm("CN=New,DC=x", LinkId(3));
        assert_eq!(resolver.resolve(NameKey::of("CN=Old,DC=x")), Resolved { link: None, certain: false });
        assert_eq!(resolver.resolve_finally(NameKey::of("CN=Old,DC=x")), None);
        assert_eq!(resolver.resolve_finally(NameKey::of("CN=New,DC=x")), Some(LinkId(3)));
    }

    #[test]
    fn a_name_under_which_somebody_left_is_doubtful_once_its_bearer_has_another() {
        let mut resolver = Resolver::for_changes();
        let key = NameKey::of("CN=Kim,DC=x");
        assert_eq!(resolver.who_left(key), WhoLeft::Doubtful, "nobody has it any more");
        resolver.remember("CN=Kim,DC=x", LinkId(1));
        assert_eq!(resolver.who_left(key), WhoLeft::Link(LinkId(1)));
        resolver.confirm("CN=Kim Old,DC=x", LinkId(1));
        assert_eq!(resolver.who_left(key), WhoLeft::Doubtful, "it may have been somebody else's in between");
        resolver.confirm("CN=Kim,DC=x", LinkId(70));
        assert_eq!(resolver.who_left(key), WhoLeft::Doubtful, "the old or the new Kim");
        resolver.confirm("CN=Lou,DC=x", LinkId(2));
        assert_eq!(resolver.who_left(NameKey::of("CN=Lou,DC=x")), WhoLeft::Link(LinkId(2)));
        resolver.remember_stranger(NameKey::of("CN=Visitor,DC=x").digest());
        assert_eq!(resolver.who_left(NameKey::of("CN=Visitor,DC=x")), WhoLeft::Stranger);
    }

    #[test]
    fn of_a_large_directory_only_a_part_is_kept_and_the_store_is_asked_again() {
        let mut resolver = Resolver::default();
        for number in 1..=i64::try_from(MOST).expect("fits") + 1 {
            resolver.confirm(&format!("CN=P{number},DC=x"), LinkId(number));
        }
        assert!(!resolver.is_partial());
        resolver.trim();
        assert!(resolver.is_partial());
        let (kept, taken) = (NameKey::of("CN=P7,DC=x"), NameKey::of("CN=P8,DC=x"));
        assert_eq!(resolver.resolve(kept).link, None);
        resolver.remember_key(kept.digest(), LinkId(7));
        assert_eq!(resolver.resolve(kept), Resolved { link: Some(LinkId(7)), certain: true });
        // Met under another name that could not be written down: the store still has the old one.
        resolver.rename("CN=P8 New,DC=x", LinkId(8));
        resolver.remember_key(taken.digest(), LinkId(8));
        assert_eq!(resolver.resolve(taken).link, None);
    }

    #[test]
    fn what_was_not_met_is_no_target_of_a_reference() {
        let mut resolver = Resolver::default();
        resolver.remember("CN=Gone,DC=x", LinkId(5));
        assert_eq!(resolver.resolve_finally(NameKey::of("CN=Gone,DC=x")), None);
        assert!(!resolver.has_seen(LinkId(5)));
    }
}

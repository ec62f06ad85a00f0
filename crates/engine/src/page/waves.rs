//! The order within a page: whoever others refer to is created first.
//!
//! A manager and their people often stand on one page of a first cycle. Created in waves, the people carry their
//! manager from the start, which saves the target one request a person and the log one record.

use std::collections::HashSet;

use super::Item;
use crate::resolver::NameKey;

/// Takes out of a page what may be carried out now. The rest waits for it, and is never the whole page: objects
/// that refer to each other in a circle go together.
pub(super) fn next_wave(items: Vec<Item>) -> (Vec<Item>, Vec<Item>) {
    let new: HashSet<NameKey> =
        items.iter().filter(|item| item.link.is_none()).map(|item| NameKey::of(&item.dn)).collect();
    if new.is_empty() {
        return (items, Vec::new());
    }
    let (later, now): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| waits(item, &new));
    // Long chains are cut: the reference is then settled at the end of the cycle.
    if now.len() * SMALLEST_SHARE < later.len() {
        return (now.into_iter().chain(later).collect(), Vec::new());
    }
    (now, later)
}

/// A wave that is smaller than one in so many of what is left is not worth a round trip of its own.
const SMALLEST_SHARE: usize = 50;

fn waits(item: &Item, new: &HashSet<NameKey>) -> bool {
    let own = NameKey::of(&item.dn);
    let mut names =
        item.desired.references.iter().map(|(_, key)| key).chain(item.desired.members.iter().flatten());
    names.any(|key| *key != own && new.contains(key))
}

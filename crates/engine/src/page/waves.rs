//! The order within a page: whoever others refer to is created first.
//!
//! A manager and their people often stand on one page of a first cycle. Created in waves, the people carry their
//! manager from the start, which saves the target one request a person and the log one record. Where the ids of
//! objects are known before they exist (`reserved`), only members and lists wait.

use std::collections::HashSet;

use storage::link::LinkState;

use super::Item;
use super::reserved::Reserved;
use crate::resolver::NameKey;

/// Waves of a page at most. Longer chains are cut: the reference is then settled at the end of the cycle.
const MOST: u32 = 12;

/// Takes out of a page what may be carried out now, in the given wave counted from 0. The rest waits for it, and is
/// never the whole page: objects that refer to each other in a circle go together.
pub(super) fn next_wave(items: Vec<Item>, wave: u32, reserved: &Reserved) -> (Vec<Item>, Vec<Item>) {
    let refers_to_reserved_alone =
        |item: &Item| !comes_back(item) && item.desired.members.is_none() && item.desired.lists.is_empty();
    if !reserved.is_empty() && items.iter().all(refers_to_reserved_alone) {
        return (items, Vec::new());
    }
    let new: HashSet<NameKey> = items
        .iter()
        .filter(|item| item.link.is_none() || comes_back(item))
        .map(|item| NameKey::of(&item.dn))
        .collect();
    if new.is_empty() || wave + 1 >= MOST {
        return (items, Vec::new());
    }
    let (later, now): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| waits(item, &new, reserved));
    if now.is_empty() { (later, now) } else { (now, later) }
}

/// Out of scope until now and still disabled in the target: whether it comes back is not certain before it was written.
fn comes_back(item: &Item) -> bool {
    item.link.as_ref().is_some_and(|link| link.state == LinkState::Disabled)
}

fn waits(item: &Item, new: &HashSet<NameKey>, reserved: &Reserved) -> bool {
    let own = NameKey::of(&item.dn);
    let members = item.desired.members.iter().flatten().copied();
    let lists = item.desired.lists.iter().flat_map(|(_, names)| names.iter().copied());
    let references =
        item.desired.references.iter().map(|(_, key)| *key).filter(|key| !reserved.contains_key(key));
    references.chain(lists).chain(members).any(|key| key != own && new.contains(&key))
}

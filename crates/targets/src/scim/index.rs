//! Which object carries which anchor, as far as it has been read or made.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::listing::{Listed, Walk};

/// Where SCIM keeps an anchor.
pub(super) const ANCHOR: &str = "externalId";

/// The objects that carry one anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    One { id: Box<str>, display_name: Box<str> },
    Many(Vec<Box<str>>),
}

/// The index of one kind.
#[derive(Debug)]
pub(super) struct Index {
    pub endpoint: &'static str,
    known: Mutex<HashMap<Box<str>, Known>>,
    /// Ids of those who have an administrative role.
    administrators: Mutex<HashSet<Box<str>>>,
    /// The service refuses a filter on externalId.
    anchor_filter_fails: AtomicBool,
    ignores_filters: AtomicBool,
    /// How far the service has been read. Whoever holds it reads; the others wait for what it finds.
    pub reading: tokio::sync::Mutex<Reading>,
}

#[derive(Debug, Default)]
pub(super) struct Reading {
    pub walk: Option<Walk>,
    /// When the walk began.
    pub began: Option<Instant>,
    /// Whether an empty answer to a filter on externalId may be believed; unknown until it has been tried.
    pub filter_proven: Option<bool>,
    /// Objects that were looked up one by one.
    pub looked_up: usize,
}

impl Reading {
    pub fn is_complete(&self) -> bool {
        self.walk.as_ref().is_some_and(Walk::is_done)
    }
}

impl Index {
    pub fn new(endpoint: &'static str) -> Self {
        Self {
            endpoint,
            known: Mutex::default(),
            administrators: Mutex::default(),
            anchor_filter_fails: AtomicBool::new(false),
            ignores_filters: AtomicBool::new(false),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// The service answers a filter with everything.
    pub fn filters_are_ignored(&self) {
        self.ignores_filters.store(true, Ordering::Relaxed);
    }

    pub fn ignores_filters(&self) -> bool {
        self.ignores_filters.load(Ordering::Relaxed)
    }

    pub fn can_filter(&self, attribute: &str) -> bool {
        !self.ignores_filters() && (attribute != ANCHOR || !self.anchor_filter_fails.load(Ordering::Relaxed))
    }

    /// The service does not filter by this attribute. Of names only one look-up failed: a value may be at fault.
    pub fn cannot_filter(&self, attribute: &str) {
        if attribute == ANCHOR {
            self.anchor_filter_fails.store(true, Ordering::Relaxed);
        }
    }

    pub fn get(&self, anchor: &str) -> Option<Known> {
        self.lock().get(anchor).cloned()
    }

    pub fn is_administrator(&self, id: &str) -> bool {
        self.administrators.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    pub fn contains(&self, anchor: &str) -> bool {
        self.lock().contains_key(anchor)
    }

    /// An anchor that one object carries, and that object's id.
    pub fn sample(&self) -> Option<(String, String)> {
        self.lock().iter().find_map(|(anchor, known)| match known {
            Known::One { id, .. } => Some((anchor.to_string(), id.to_string())),
            Known::Many(_) => None,
        })
    }

    pub fn insert(&self, listed: Listed) {
        if listed.administrator {
            let mut administrators = self.administrators.lock().unwrap_or_else(PoisonError::into_inner);
            administrators.insert(listed.id.as_str().into());
        }
        let Some(anchor) = listed.external_id else { return };
        self.remember(&anchor, &listed.id, &listed.display_name);
    }

    /// Keeps that an object carries an anchor.
    pub fn remember(&self, anchor: &str, id: &str, display_name: &str) {
        let mut known = self.lock();
        match known.get_mut(anchor) {
            None => {
                let one = Known::One { id: id.into(), display_name: display_name.into() };
                known.insert(anchor.into(), one);
            }
            Some(Known::Many(ids)) if ids.iter().all(|other| **other != *id) => ids.push(id.into()),
            Some(Known::Many(_)) => {}
            Some(one) => {
                if let Known::One { id: other, .. } = &*one
                    && **other != *id
                {
                    *one = Known::Many(vec![other.clone(), id.into()]);
                }
            }
        }
    }

    pub fn forget(&self, anchor: &str, id: &str) {
        let mut known = self.lock();
        match known.get_mut(anchor) {
            Some(Known::One { id: held, .. }) if **held == *id => drop(known.remove(anchor)),
            Some(Known::Many(ids)) => {
                ids.retain(|held| **held != *id);
                if let [left] = ids.as_slice() {
                    let one = Known::One { id: left.clone(), display_name: Box::default() };
                    known.insert(anchor.into(), one);
                }
            }
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_object_with_an_anchor_is_noticed_and_the_same_one_twice_is_not() {
        let index = Index::new("Users");
        index.remember("a", "1", "Ada");
        index.remember("a", "1", "Ada");
        assert_eq!(index.get("a"), Some(Known::One { id: "1".into(), display_name: "Ada".into() }));
        index.remember("a", "2", "Ada");
        assert_eq!(index.get("a"), Some(Known::Many(vec!["1".into(), "2".into()])));
        index.forget("a", "1");
        assert_eq!(index.get("a"), Some(Known::One { id: "2".into(), display_name: "".into() }));
    }
}

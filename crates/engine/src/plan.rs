//! What has to be done to one object. Pure: the same inputs give the same plan.

use domain::value::Attributes;
use ports::Verb;
use storage::link::LinkState;

/// What is known of the object in the target.
#[derive(Debug)]
pub(crate) enum Known<'a> {
    /// Neither linked nor found.
    Nothing,
    /// Found by its anchor or a name, and not linked. `remainders` are attributes that follow the source and have a
    /// value there which the source does not give.
    Found { attributes: &'a Attributes, remainders: Vec<String> },
    /// Linked. `exported` is what was last written.
    Linked { state: LinkState, exported: &'a Attributes },
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Create,
    /// The names of the attributes that differ. May be empty when only members change.
    Update {
        changed: Vec<String>,
    },
    Nothing,
}

impl Plan {
    pub(crate) const fn verb(&self) -> Option<Verb> {
        match self {
            Self::Create => Some(Verb::Create),
            Self::Update { .. } => Some(Verb::Update),
            Self::Nothing => None,
        }
    }
}

/// Plans what makes the target's object equal to `desired`.
pub(crate) fn plan(desired: &Attributes, members_differ: bool, known: &Known<'_>) -> Plan {
    match known {
        Known::Nothing => Plan::Create,
        // What the target holds beyond our attributes is its own; what we would write and it does not show, we write.
        Known::Found { attributes, remainders } => {
            let mut changed: Vec<String> = desired
                .iter()
                .filter(|(name, value)| attributes.get(*name) != Some(*value))
                .map(|(name, _)| name.clone())
                .collect();
            changed.extend(remainders.iter().cloned());
            changed.sort_unstable();
            Plan::Update { changed }
        }
        Known::Linked { state, exported } => {
            let changed = differences(exported, desired);
            if changed.is_empty() && !members_differ && *state == LinkState::Active {
                Plan::Nothing
            } else {
                Plan::Update { changed }
            }
        }
    }
}

/// Names of the attributes that differ, including those that vanished, in order.
pub(crate) fn differences(old: &Attributes, new: &Attributes) -> Vec<String> {
    let mut names: Vec<String> = new
        .iter()
        .filter(|(name, value)| old.get(*name) != Some(*value))
        .map(|(name, _)| name.clone())
        .collect();
    names.extend(old.keys().filter(|name| !new.contains_key(*name)).cloned());
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use domain::value::Value;
    use proptest::prelude::*;

    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::text(*value))).collect()
    }

    #[test]
    fn an_object_that_is_as_it_should_be_is_left_alone() {
        let same = attributes(&[("a", "1")]);
        let known = Known::Linked { state: LinkState::Active, exported: &same };
        assert_eq!(plan(&same, false, &known), Plan::Nothing);
        assert_eq!(plan(&same, true, &known), Plan::Update { changed: vec![] });
        // A disabled account that is back is written even when nothing else changed.
        let disabled = Known::Linked { state: LinkState::Disabled, exported: &same };
        assert_eq!(plan(&same, false, &disabled), Plan::Update { changed: vec![] });
    }

    #[test]
    fn a_vanished_attribute_is_a_difference() {
        let old = attributes(&[("a", "1"), ("b", "2")]);
        assert_eq!(differences(&old, &attributes(&[("b", "3")])), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn after_a_plan_is_carried_out_there_is_nothing_left_to_plan(
            old in prop::collection::btree_map("[a-d]", "[x-z]", 0..4),
            new in prop::collection::btree_map("[a-d]", "[x-z]", 0..4),
        ) {
            let typed = |map: std::collections::BTreeMap<String, String>| -> Attributes {
                map.into_iter().map(|(name, value)| (name, Value::text(value))).collect()
            };
            let (mut held, wanted) = (typed(old), typed(new));
            let planned = plan(&wanted, false, &Known::Linked { state: LinkState::Active, exported: &held });
            if let Plan::Update { changed } = planned {
                for name in changed {
                    match wanted.get(&name) {
                        Some(value) => { held.insert(name, value.clone()); }
                        None => { held.remove(&name); }
                    }
                }
            }
            prop_assert_eq!(plan(&wanted, false, &Known::Linked { state: LinkState::Active, exported: &held }), Plan::Nothing);
        }
    }
}

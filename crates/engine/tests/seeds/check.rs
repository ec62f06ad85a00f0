//! What the target shall be, restated without the engine: a pure function of the directory and the scope.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{ObjectKind, Value};
use storage::directory::DirectoryObject;

use super::model::Model;

/// An object of the target with the ids of its members.
pub type Held = (DirectoryObject, Vec<String>);

pub fn anchor(model: &Model, at: usize) -> String {
    STANDARD.encode(model.objects[at].id.to_bytes_le())
}

/// Everything in which the target is not as it should be.
pub fn differences(model: &Model, held: &[Held]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut by_anchor: BTreeMap<&str, &Held> = BTreeMap::new();
    for one in held {
        if by_anchor.insert(&one.0.anchor, one).is_some() {
            wrong.push(format!("{} is there twice", one.0.display_name));
        }
    }
    let of = |at: usize| by_anchor.get(anchor(model, at).as_str()).copied();
    let id_of = |at: usize| of(at).map(|(object, _)| object.id.clone());
    let mut known = BTreeSet::new();
    for (at, object) in model.objects.iter().enumerate() {
        let name = format!("{} ({at}, {})", object.name, object.kind);
        let present = of(at);
        if let Some((present, _)) = present {
            known.insert(present.id.clone());
        }
        if !model.in_scope(at) {
            match present {
                Some((present, _))
                    if object.kind == ObjectKind::User && present.account_enabled == Some(false) => {}
                Some(_) => wrong.push(format!("{name} is out of scope and still there")),
                None => {}
            }
            continue;
        }
        let Some((present, members)) = present else {
            wrong.push(format!("{name} is missing"));
            continue;
        };
        if present.display_name != object.name {
            wrong.push(format!("{name} is called {}", present.display_name));
        }
        if object.kind == ObjectKind::User {
            if present.account_enabled != Some(object.enabled) {
                wrong.push(format!("{name} is enabled: {:?}", present.account_enabled));
            }
            let title = present.attributes.get("jobTitle").and_then(Value::as_text).map(ToOwned::to_owned);
            if title != object.title {
                wrong.push(format!("{name} has the title {title:?}"));
            }
            let manager = match present.attributes.get("manager") {
                Some(Value::Reference(id)) => Some(id.clone()),
                _ => None,
            };
            let wanted = object.manager.filter(|manager| model.in_scope(*manager)).and_then(id_of);
            if manager != wanted {
                wrong.push(format!("{name} has the manager {manager:?} instead of {wanted:?}"));
            }
        } else {
            let wanted: BTreeSet<String> = object
                .members
                .iter()
                .filter(|member| model.in_scope(**member))
                .filter_map(|member| id_of(*member))
                .collect();
            let members: BTreeSet<String> = members.iter().cloned().collect();
            if members != wanted {
                let more: Vec<_> = members.difference(&wanted).collect();
                let less: Vec<_> = wanted.difference(&members).collect();
                wrong.push(format!("{name} has {} members too many and {} too few", more.len(), less.len()));
            }
        }
    }
    for (object, _) in held.iter().filter(|(object, _)| !known.contains(&object.id)) {
        wrong.push(format!("{} came from nowhere", object.display_name));
    }
    wrong
}

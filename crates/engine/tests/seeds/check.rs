//! What the target shall be, restated without the engine: a pure function of the directory and of what is chosen.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::configuration::OutOfScope;
use domain::{ObjectKind, Value};
use storage::directory::DirectoryObject;

use super::chosen::Chosen;
use super::model::{BAD_TITLE, Model, Object, principal_name};

/// An object of the target with the ids of its members.
pub type Held = (DirectoryObject, Vec<String>);

pub fn anchor(model: &Model, at: usize) -> String {
    STANDARD.encode(model.objects[at].id.to_bytes_le())
}

/// What is compared.
pub struct View<'a> {
    pub model: &'a Model,
    pub chosen: &'a Chosen,
    /// Everything in the target, whoever made it.
    pub held: &'a [Held],
    /// Objects whose failure is known and waits, by source id.
    pub waiting: &'a BTreeSet<String>,
    /// A waiting object needs a reason that still holds; otherwise that it waits is reason enough.
    pub strict: bool,
    /// Anchors of objects whose links were forgotten while nobody wanted them any more.
    pub forgotten: &'a BTreeSet<String>,
    /// Links were forgotten once: an object that waits may be there and linked to nobody.
    pub relinked: bool,
    /// Objects of the target that were there before anything was synchronised.
    pub earlier: &'a [DirectoryObject],
}

impl View<'_> {
    /// Everything in which the target is not as it should be.
    pub fn differences(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for at in 0..self.model.objects.len() {
            let object = &self.model.objects[at];
            let problem = if self.chosen.takes(self.model, at) {
                self.compare(at).filter(|_| !self.is_waiting(at) || (self.strict && !self.must_wait(at)))
            } else {
                self.leftover(at).filter(|_| self.strict || !self.is_waiting(at))
            };
            if let Some(problem) = problem {
                wrong.push(format!("{} ({at}, {}) {problem}", object.name, object.kind));
            }
        }
        wrong
    }

    fn of(&self, at: usize) -> Option<&Held> {
        let (kind, anchor) = (self.model.objects[at].kind, anchor(self.model, at));
        self.held.iter().find(|(object, _)| object.kind == kind && object.anchor == anchor)
    }

    fn id_of(&self, at: usize) -> Option<String> {
        self.of(at).filter(|(object, _)| !self.was_there(object)).map(|(object, _)| object.id.clone())
    }

    /// An object that was there before and was never taken over.
    fn was_there(&self, object: &DirectoryObject) -> bool {
        self.earlier.contains(object)
    }

    fn is_waiting(&self, at: usize) -> bool {
        self.waiting.contains(&self.model.object_id(at))
    }

    /// Whether an object has a reason to wait that nobody but a person can take away.
    fn must_wait(&self, at: usize) -> bool {
        let object = &self.model.objects[at];
        let own = anchor(self.model, at);
        let name = principal_name(&object.login);
        let same_name = |other: &DirectoryObject| {
            other.user_principal_name.as_ref().is_some_and(|held| held.eq_ignore_ascii_case(&name))
        };
        let is_user = object.kind == ObjectKind::User;
        let bad = is_user && object.title.as_deref() == Some(BAD_TITLE);
        let taken = is_user && self.held.iter().any(|(other, _)| other.anchor != own && same_name(other));
        let not_ours = self.of(at).is_some_and(|(other, _)| self.was_there(other));
        bad || taken || not_ours
    }

    /// Also who was disabled on leaving and has to wait before coming back: nobody refers to them meanwhile.
    fn may_be_unknown(&self, at: usize) -> bool {
        let disabled = || self.of(at).is_some_and(|(held, _)| held.account_enabled == Some(false));
        self.is_waiting(at) && (self.relinked || disabled())
    }

    fn leftover(&self, at: usize) -> Option<String> {
        let (present, _) = self.of(at)?;
        let fine = present.account_enabled == Some(false)
            || self.chosen.out_of_scope == OutOfScope::Ignore
            || self.forgotten.contains(&present.anchor)
            || self.was_there(present);
        (!fine).then(|| "is out of scope and still there".to_owned())
    }

    fn compare(&self, at: usize) -> Option<String> {
        let object = &self.model.objects[at];
        let Some((present, members)) = self.of(at) else { return Some("is missing".to_owned()) };
        if present.display_name != object.name {
            return Some(format!("is called {}", present.display_name));
        }
        match object.kind {
            ObjectKind::User => self.compare_person(object, present),
            ObjectKind::Group => self.compare_members(object, members),
            ObjectKind::Contact => None,
        }
    }

    fn compare_person(&self, object: &Object, present: &DirectoryObject) -> Option<String> {
        if present.account_enabled != Some(object.enabled) {
            return Some(format!("is enabled: {:?}", present.account_enabled));
        }
        if present.user_principal_name.as_deref() != Some(&principal_name(&object.login)) {
            return Some(format!("has the name {:?}", present.user_principal_name));
        }
        let title = present.attributes.get("jobTitle").and_then(Value::as_text).map(ToOwned::to_owned);
        if title != object.title {
            return Some(format!("has the title {title:?}"));
        }
        let manager = match present.attributes.get("manager") {
            Some(Value::Reference(id)) => Some(id.clone()),
            _ => None,
        };
        let wanted = object.manager.filter(|manager| self.chosen.takes(self.model, *manager));
        let wanted = wanted.and_then(|manager| self.id_of(manager));
        let either = object.manager.is_some_and(|manager| self.may_be_unknown(manager));
        (manager != wanted && !either).then(|| format!("has the manager {manager:?} instead of {wanted:?}"))
    }

    fn compare_members(&self, object: &Object, members: &[String]) -> Option<String> {
        let taken = object.members.iter().filter(|member| self.chosen.takes(self.model, **member));
        let wanted: BTreeSet<String> = taken.filter_map(|member| self.id_of(*member)).collect();
        let members: BTreeSet<String> = members.iter().cloned().collect();
        let either: BTreeSet<String> = object
            .members
            .iter()
            .filter(|one| self.may_be_unknown(**one))
            .filter_map(|one| self.id_of(*one))
            .collect();
        let count = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.difference(other).filter(|id| !either.contains(*id)).count()
        };
        let (more, less) = (count(&members, &wanted), count(&wanted, &members));
        (more + less > 0).then(|| format!("has {more} members too many and {less} too few"))
    }
}

/// Which object of the target stands for which source object, from one look to the next.
#[derive(Debug, Default)]
pub struct Identities {
    id_of: BTreeMap<(ObjectKind, String), String>,
    anchor_of: BTreeMap<String, String>,
}

impl Identities {
    /// Nobody is made twice and nobody becomes somebody else. `gone`: ids that were deleted on purpose.
    pub fn check(
        &mut self,
        held: &[Held],
        known: &BTreeSet<String>,
        gone: &BTreeSet<String>,
    ) -> Option<String> {
        for (object, _) in held {
            if !known.contains(&object.anchor) {
                continue;
            }
            let key = (object.kind, object.anchor.clone());
            if let Some(before) = self.id_of.insert(key, object.id.clone())
                && before != object.id
                && !gone.contains(&before)
            {
                return Some(format!("{} was made a second time", object.display_name));
            }
            if let Some(before) = self.anchor_of.insert(object.id.clone(), object.anchor.clone())
                && before != object.anchor
            {
                return Some(format!("{} became somebody else", object.display_name));
            }
        }
        None
    }
}

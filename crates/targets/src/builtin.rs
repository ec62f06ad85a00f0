//! The built-in directory as a target: the same rules that a cloud directory has, over our own store.
//!
//! What the engine plans is written within the transaction that records it (`within_store`). Whoever calls `export`
//! instead has one transaction a call; every stored object names the change that last wrote it, so that after a crash
//! the question "was this carried out?" has an exact answer.
//!
//! An object with a value in the attribute `assignedRoles` is an administrator of this directory: the engine never
//! takes it over.

mod compare;
mod matching;
mod validate;
mod within_store;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::catalogue;
use domain::value::{Attributes, Value};
use domain::{Clock, ConfigurationId, ObjectKind, Time};
use ports::{
    MatchProperty, Operation, Outcome, OutcomeKind, Target, TargetError, TargetInfo, TargetObject,
    TargetPage, Verb, WithinStore,
};
use storage::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};
use storage::{DirectoryStore, StorageError};

use crate::values::ValueIndexes;

/// Operations that one transaction should hold.
const BATCH: usize = 2_000;

/// The built-in directory, written by one configuration.
#[derive(Clone)]
pub struct BuiltInTarget {
    storage: Arc<dyn DirectoryStore>,
    clock: Arc<dyn Clock>,
    configuration_id: ConfigurationId,
    /// Ids by value.
    values: Arc<tokio::sync::Mutex<ValueIndexes<String>>>,
}

impl fmt::Debug for BuiltInTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuiltInTarget")
            .field("configuration_id", &self.configuration_id)
            .finish_non_exhaustive()
    }
}

impl BuiltInTarget {
    pub fn new(
        storage: Arc<dyn DirectoryStore>,
        clock: Arc<dyn Clock>,
        configuration_id: ConfigurationId,
    ) -> Self {
        Self { storage, clock, configuration_id, values: Arc::default() }
    }

    /// The write that an operation asks for.
    fn write(&self, operation: &Operation, held: &Held, now: Time) -> Result<DirectoryWrite, TargetError> {
        match operation.verb {
            Verb::Create => {
                validate::validate(operation.kind, &operation.attributes)?;
                let id = operation.target_id.clone().unwrap_or_else(|| self.clock.uuid().to_string());
                let object = self.object(operation, operation.attributes.clone(), id, now);
                Ok(DirectoryWrite::Create { object, members: operation.add_members.clone() })
            }
            Verb::Update | Verb::Disable => {
                let id = target_id(operation)?.to_owned();
                let attributes = merged(held.get(&id), operation);
                // Nothing may keep an account from being disabled.
                if operation.verb == Verb::Update {
                    validate::validate(operation.kind, &attributes)?;
                }
                let object = self.object(operation, attributes, id, now);
                Ok(DirectoryWrite::Update {
                    object,
                    add_members: operation.add_members.clone(),
                    remove_members: operation.remove_members.clone(),
                })
            }
            Verb::Delete => Ok(DirectoryWrite::Delete { id: target_id(operation)?.to_owned() }),
        }
    }

    fn object(
        &self,
        operation: &Operation,
        mut attributes: Attributes,
        id: String,
        now: Time,
    ) -> DirectoryObject {
        let account_enabled = operation.kind.has_account_state().then(|| {
            let enabled = operation.verb != Verb::Disable
                && attributes.get("accountEnabled").and_then(validate::flag).unwrap_or(true);
            attributes.insert("accountEnabled".to_owned(), Value::Boolean(enabled));
            enabled
        });
        let text = |name: &str| attributes.get(name).and_then(Value::as_text).map(str::to_owned);
        DirectoryObject {
            id,
            kind: operation.kind,
            anchor: operation.anchor.clone(),
            display_name: text("displayName").unwrap_or_default(),
            user_principal_name: text("userPrincipalName").filter(|_| operation.kind == ObjectKind::User),
            mail: text("mail"),
            account_enabled,
            attributes,
            configuration_id: self.configuration_id,
            change_id: operation.change_id,
            created_at: now,
            updated_at: now,
        }
    }

    /// What the caller is told of one write.
    async fn answer(
        &self,
        operation: &Operation,
        write: &DirectoryWrite,
        written: DirectoryWritten,
    ) -> Result<Outcome, TargetError> {
        let id = match write {
            DirectoryWrite::Create { object, .. } | DirectoryWrite::Update { object, .. } => &object.id,
            DirectoryWrite::Delete { id } => id,
        };
        match written {
            DirectoryWritten::Done => Ok(outcome(operation.verb, id)),
            DirectoryWritten::NotFound => absent(operation, id),
            DirectoryWritten::Conflict { attribute, other_id } => {
                let other = self.storage.directory_object(&other_id).await.map_err(|error| failed(&error))?;
                if operation.verb == Verb::Create
                    && other.as_ref().is_some_and(|other| other.change_id == operation.change_id)
                {
                    return Ok(outcome(Verb::Create, &other_id));
                }
                Err(conflict(operation, attribute, &other_id, other.as_ref()))
            }
        }
    }

    /// What the directory holds of the objects that operations update.
    async fn held(&self, operations: &[&Operation]) -> Result<Held, StorageError> {
        let mut held = Held::new();
        for kind in ObjectKind::ALL.iter().copied() {
            let anchors: Vec<String> = operations
                .iter()
                .filter(|operation| operation.kind == kind && is_update(operation.verb))
                .map(|operation| operation.anchor.clone())
                .collect();
            if !anchors.is_empty() {
                let objects = self.storage.directory_by_anchors(kind, &anchors).await?;
                held.extend(objects.into_iter().map(|object| (object.id, object.attributes)));
            }
        }
        // An object whose anchor is what changes is found by its id.
        for operation in operations.iter().filter(|operation| is_update(operation.verb)) {
            if let Some(id) = operation.target_id.as_ref().filter(|id| !held.contains_key(*id))
                && let Some(object) = self.storage.directory_object(id).await?
            {
                held.insert(object.id, object.attributes);
            }
        }
        Ok(held)
    }

    /// The stored object that an operation is about.
    async fn stored(&self, operation: &Operation) -> Result<Option<DirectoryObject>, TargetError> {
        let found = match &operation.target_id {
            Some(id) => self.storage.directory_object(id).await,
            None => self
                .storage
                .directory_by_anchors(operation.kind, std::slice::from_ref(&operation.anchor))
                .await
                .map(|found| found.into_iter().next()),
        };
        found.map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Target for BuiltInTarget {
    async fn probe(&self) -> Result<TargetInfo, TargetError> {
        // Every cycle asks: no counting.
        self.storage.directory_object("").await.map_err(|error| failed(&error))?;
        Ok(TargetInfo {
            description: "Built-in directory".to_owned(),
            kinds: ObjectKind::ALL.to_vec(),
            batch: BATCH,
        })
    }

    async fn find(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        let objects =
            self.storage.directory_by_anchors(kind, anchors).await.map_err(|error| failed(&error))?;
        let mut found = HashMap::with_capacity(objects.len());
        for object in objects {
            found.insert(object.anchor.clone(), self.shown(object).await?);
        }
        // The store holds an anchor once a kind: there is never more than one object.
        Ok(anchors.iter().map(|anchor| Ok(found.get(anchor).cloned())).collect())
    }

    async fn find_by(
        &self,
        kind: ObjectKind,
        property: MatchProperty,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.named(kind, property, values).await
    }

    async fn find_by_attribute(
        &self,
        kind: ObjectKind,
        attribute: &str,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        match attribute {
            "userPrincipalName" if kind == ObjectKind::User => {
                self.named(kind, MatchProperty::UserPrincipalName, values).await
            }
            "mail" => self.named(kind, MatchProperty::PrimaryMail, values).await,
            attribute => self.with_value(kind, attribute, values).await,
        }
    }

    async fn list(&self, kind: ObjectKind, after: Option<String>) -> Result<TargetPage, TargetError> {
        self.walk(kind, after).await
    }

    async fn export(&self, operations: &[Operation]) -> Vec<Result<Outcome, TargetError>> {
        let now = self.clock.now();
        let all: Vec<&Operation> = operations.iter().collect();
        let held = match self.held(&all).await {
            Ok(held) => held,
            Err(error) => return operations.iter().map(|_| Err(failed(&error))).collect(),
        };
        let planned: Vec<Result<DirectoryWrite, TargetError>> =
            operations.iter().map(|operation| self.write(operation, &held, now)).collect();
        let writes: Vec<DirectoryWrite> = planned.iter().filter_map(|write| write.clone().ok()).collect();
        let written =
            if writes.is_empty() { Ok(Vec::new()) } else { self.storage.write_directory(writes).await };
        let mut written = match written {
            Ok(written) => written.into_iter(),
            Err(error) => {
                let error = failed(&error);
                return planned.into_iter().map(|write| write.and_then(|_| Err(error.clone()))).collect();
            }
        };
        let mut answers = Vec::with_capacity(operations.len());
        for (operation, write) in operations.iter().zip(planned) {
            answers.push(match write {
                Ok(write) => match written.next() {
                    Some(written) => self.answer(operation, &write, written).await,
                    None => Err(TargetError::system(
                        &catalogue::INTERNAL,
                        "the built-in directory gave no answer for an object",
                    )),
                },
                Err(error) => Err(error),
            });
        }
        answers
    }

    async fn foresee(&self, operation: &Operation) -> Result<(), TargetError> {
        let held = self.held(&[operation]).await.map_err(|error| failed(&error))?;
        let write = self.write(operation, &held, self.clock.now())?;
        let tried = self.storage.try_directory(vec![write.clone()]).await.map_err(|error| failed(&error))?;
        match tried.into_iter().next() {
            Some(written) => self.answer(operation, &write, written).await.map(drop),
            None => Ok(()),
        }
    }

    async fn outcome_of(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        let stored = self.stored(operation).await?;
        let Some(stored) = stored else {
            let gone = operation.verb == Verb::Delete;
            return Ok(
                gone.then(|| outcome(Verb::Delete, operation.target_id.as_deref().unwrap_or_default()))
            );
        };
        if operation.verb == Verb::Delete {
            return Ok(None);
        }
        if stored.change_id == operation.change_id {
            return Ok(Some(outcome(operation.verb, &stored.id)));
        }
        let members = if operation.add_members.is_empty() && operation.remove_members.is_empty() {
            Vec::new()
        } else {
            self.storage.directory_member_ids(&stored.id).await.map_err(|error| failed(&error))?
        };
        Ok(compare::is_as_asked(&stored, &members, operation).then(|| Outcome {
            kind: OutcomeKind::Unchanged,
            target_id: stored.id,
            answer: "already as asked".to_owned(),
        }))
    }

    fn within_store(&self) -> Option<&dyn WithinStore> {
        Some(self)
    }
}

/// Attributes by object id.
type Held = HashMap<String, Attributes>;

const fn is_update(verb: Verb) -> bool {
    matches!(verb, Verb::Update | Verb::Disable)
}

/// What an object shall hold: an update touches what it names and leaves the rest, such as values that were only
/// given on creation, as it is.
fn merged(held: Option<&Attributes>, operation: &Operation) -> Attributes {
    let mut attributes = held.cloned().unwrap_or_default();
    attributes.retain(|name, _| !operation.changed.contains(name));
    attributes.extend(operation.attributes.clone());
    attributes
}

fn outcome(verb: Verb, id: &str) -> Outcome {
    let (kind, answer) = match verb {
        Verb::Create => (OutcomeKind::Created, "created"),
        Verb::Update => (OutcomeKind::Updated, "updated"),
        Verb::Disable => (OutcomeKind::Disabled, "disabled"),
        Verb::Delete => (OutcomeKind::Deleted, "deleted"),
    };
    Outcome { kind, target_id: id.to_owned(), answer: answer.to_owned() }
}

/// What is said of an object that is not there: who wants it deleted has what they wish, whoever did it.
fn absent(operation: &Operation, id: &str) -> Result<Outcome, TargetError> {
    if operation.verb == Verb::Delete {
        return Ok(Outcome {
            kind: OutcomeKind::Deleted,
            target_id: id.to_owned(),
            answer: "was already gone".to_owned(),
        });
    }
    Err(not_found(id))
}

fn target_id(operation: &Operation) -> Result<&str, TargetError> {
    operation.target_id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| {
        TargetError::object(&catalogue::INTERNAL, format!("the {} names no object", operation.verb))
    })
}

fn not_found(id: &str) -> TargetError {
    TargetError::object(&catalogue::TARGET_NOT_FOUND, format!("the built-in directory has no object {id}"))
}

fn conflict(
    operation: &Operation,
    attribute: &'static str,
    other_id: &str,
    other: Option<&DirectoryObject>,
) -> TargetError {
    let name = other.map_or("", |other| other.display_name.as_str());
    let value = match attribute {
        "onPremisesImmutableId" => operation.anchor.clone(),
        name => compare::shared(&operation.attributes, name, other).unwrap_or_default(),
    };
    let reason = format!("{attribute} {} belongs to {name} ({other_id}) already", validate::shown(&value));
    let code = match attribute {
        "userPrincipalName" | "proxyAddresses" | "mail" => &catalogue::DUPLICATE_VALUE,
        _ => &catalogue::CONFLICT,
    };
    TargetError::conflict(code, reason, other.map(|other| other.anchor.clone()))
}

fn failed(error: &StorageError) -> TargetError {
    match error {
        StorageError::Full => {
            TargetError::system(&catalogue::STORAGE_FULL, "the disk of the data folder is full")
        }
        other => {
            tracing::error!(error = ?other, "the built-in directory failed");
            TargetError::system(&catalogue::INTERNAL, format!("the built-in directory failed: {other}"))
        }
    }
}

//! A target that answers without being written: what a cycle or one object would do is found out with it.
//!
//! Reading goes to the real target, behind what the rehearsal itself has written. Refusals are foreseen as far as they
//! can be known: the target's own rules ([`Target::foresee`]) and user names that another object has.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::catalogue::{self, CONFLICT, DUPLICATE_TARGET, DUPLICATE_VALUE, ErrorCode};
use domain::value::{Attributes, Value};
use domain::{Clock, ConfigurationId, ObjectKind, TargetKind};
use ports::{
    MatchProperty, Operation, Outcome, OutcomeKind, Target, TargetError, TargetInfo, TargetObject,
    TargetPage, Verb,
};
use storage::directory::{DirectoryName, DirectoryObject, DirectoryWrite};
use storage::{DirectoryStore, StorageError};
use xxhash_rust::xxh3::xxh3_64;

use crate::mapping::TargetSchema;

/// Where a group's members are kept in the memory: beside its attributes, because most of them are not in it.
const MEMBERS: &str = "\u{1}members";

type Found = Result<Option<TargetObject>, TargetError>;

/// A target in front of a real one.
pub(crate) struct Rehearsal {
    real: Arc<dyn Target>,
    kind: TargetKind,
    clock: Arc<dyn Clock>,
    configuration: ConfigurationId,
    /// Keeps what was written; absent where one operation is all that comes.
    memory: Option<Arc<dyn DirectoryStore>>,
    /// Digests of the ids that were deleted.
    gone: Mutex<HashSet<u64>>,
}

/// What one call has written so far.
#[derive(Default)]
struct Batch {
    /// Folded user names that were taken, with their holders.
    names: HashMap<String, String>,
    written: HashSet<String>,
    writes: Vec<DirectoryWrite>,
}

impl Rehearsal {
    pub(crate) fn new(
        real: Arc<dyn Target>,
        kind: TargetKind,
        clock: Arc<dyn Clock>,
        configuration: ConfigurationId,
        memory: Option<Arc<dyn DirectoryStore>>,
    ) -> Self {
        Self { real, kind, clock, configuration, memory, gone: Mutex::default() }
    }

    fn is_gone(&self, id: &str) -> bool {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).contains(&xxh3_64(id.as_bytes()))
    }

    async fn remembered(&self, id: &str) -> Result<Option<DirectoryObject>, TargetError> {
        match &self.memory {
            Some(memory) => memory.directory_object(id).await.map_err(failed),
            None => Ok(None),
        }
    }

    /// Whether what the real target shows of an object is not the last word any more.
    async fn is_outdated(&self, id: &str) -> Result<bool, TargetError> {
        Ok(self.is_gone(id) || self.remembered(id).await?.is_some())
    }

    /// What the real target found, but for objects that were written since.
    async fn current(&self, found: Found) -> Result<Found, TargetError> {
        match found {
            Ok(Some(object)) if self.is_outdated(&object.id).await? => Ok(Ok(None)),
            other => Ok(other),
        }
    }

    /// Who else holds the operation's user name.
    async fn holder(
        &self,
        batch: &Batch,
        operation: &Operation,
        real: Option<&Found>,
    ) -> Result<Option<TargetObject>, TargetError> {
        let Some(name) = self.name_of(operation) else { return Ok(None) };
        let own = |id: &str| operation.target_id.as_deref() == Some(id);
        if let Some(id) = batch.names.get(&name.to_lowercase()).filter(|id| !own(id)) {
            let id = id.clone();
            return Ok(Some(TargetObject { id, display_name: String::new(), ..nobody() }));
        }
        if let Some(memory) = &self.memory {
            let names = [name.to_owned()];
            let held = memory
                .directory_by_names(ObjectKind::User, DirectoryName::UserPrincipalName, &names)
                .await
                .map_err(failed)?;
            let holder =
                held.into_iter().find(|object| !own(&object.id) && !batch.written.contains(&object.id));
            if let Some(holder) = holder {
                return Ok(Some(shown(holder)));
            }
        }
        match real {
            Some(Ok(Some(object)))
                if !own(&object.id)
                    && !batch.written.contains(&object.id)
                    && !self.is_outdated(&object.id).await? =>
            {
                Ok(Some(object.clone()))
            }
            _ => Ok(None),
        }
    }

    /// The name that only one user of the target may have.
    fn name_of<'o>(&self, operation: &'o Operation) -> Option<&'o str> {
        if operation.kind != ObjectKind::User || operation.verb == Verb::Delete {
            return None;
        }
        operation.attributes.get(TargetSchema::of(self.kind).user_name).and_then(Value::as_text)
    }

    /// What the target would answer to one operation.
    async fn answer(
        &self,
        batch: &mut Batch,
        operation: &Operation,
        held: Option<TargetObject>,
        same_name: Option<&Found>,
    ) -> Result<Outcome, TargetError> {
        let known = match &operation.target_id {
            Some(id) => self.remembered(id).await?,
            None => None,
        };
        if known.is_none() {
            self.real.foresee(operation).await?;
        }
        if operation.verb == Verb::Create
            && let Some(other) = &held
        {
            let reason = format!("the object {} carries the anchor {} already", other.id, operation.anchor);
            return Err(TargetError::object(&CONFLICT, reason));
        }
        if let Some(other) = self.holder(batch, operation, same_name).await? {
            let name = self.name_of(operation).unwrap_or_default();
            let attribute = TargetSchema::of(self.kind).user_name;
            let reason =
                format!("{attribute} {name} belongs to {} ({}) already", other.display_name, other.id);
            let holder = Some(other.anchor).filter(|anchor| !anchor.is_empty());
            return Err(TargetError::conflict(self.name_conflict(), reason, holder));
        }
        let id = operation.target_id.clone().unwrap_or_else(|| self.clock.uuid().to_string());
        self.remember(batch, operation, &id, held, known.is_some());
        let (kind, answer) = match operation.verb {
            Verb::Create => (OutcomeKind::Created, "would be created"),
            Verb::Update => (OutcomeKind::Updated, "would be updated"),
            Verb::Disable => (OutcomeKind::Disabled, "would be disabled"),
            Verb::Delete => (OutcomeKind::Deleted, "would be deleted"),
        };
        Ok(Outcome { kind, target_id: id, answer: answer.to_owned() })
    }

    /// The code with which the target refuses a user name that somebody has.
    const fn name_conflict(&self) -> &'static ErrorCode {
        match self.kind {
            TargetKind::BuiltIn => &DUPLICATE_VALUE,
            TargetKind::Scim => &CONFLICT,
        }
    }

    fn remember(
        &self,
        batch: &mut Batch,
        operation: &Operation,
        id: &str,
        held: Option<TargetObject>,
        known: bool,
    ) {
        if let Some(name) = self.name_of(operation) {
            batch.names.insert(name.to_lowercase(), id.to_owned());
        }
        batch.written.insert(id.to_owned());
        if operation.verb == Verb::Delete {
            self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert(xxh3_64(id.as_bytes()));
            if known {
                batch.writes.push(DirectoryWrite::Delete { id: id.to_owned() });
            }
            return;
        }
        if self.memory.is_none() {
            return;
        }
        let (mut attributes, mut members) =
            held.map_or_else(Default::default, |held| (held.attributes, held.members));
        attributes.retain(|name, _| !operation.changed.contains(name));
        attributes.extend(operation.attributes.clone());
        let left: HashSet<&String> = operation.remove_members.iter().collect();
        members.retain(|member| !left.contains(member));
        let there: HashSet<String> = members.iter().cloned().collect();
        members.extend(operation.add_members.iter().filter(|id| !there.contains(*id)).cloned());
        let object = self.object(operation, id, attributes, members);
        batch.writes.push(if known {
            DirectoryWrite::Update { object, add_members: Vec::new(), remove_members: Vec::new() }
        } else {
            DirectoryWrite::Create { object, members: Vec::new() }
        });
    }

    fn object(
        &self,
        operation: &Operation,
        id: &str,
        mut attributes: Attributes,
        members: Vec<String>,
    ) -> DirectoryObject {
        let schema = TargetSchema::of(self.kind);
        if operation.kind.has_account_state() && operation.verb == Verb::Disable {
            attributes.insert(schema.account_state.to_owned(), Value::Boolean(false));
        }
        let text = |name: &str| attributes.get(name).and_then(Value::as_text).map(str::to_owned);
        let (display_name, mail) = (text("displayName").unwrap_or_default(), text(schema.mail));
        let user_principal_name = text(schema.user_name).filter(|_| operation.kind == ObjectKind::User);
        if operation.kind == ObjectKind::Group {
            let members = members.into_iter().map(Value::Reference).collect();
            attributes.insert(MEMBERS.to_owned(), Value::Many(members));
        }
        let now = self.clock.now();
        DirectoryObject {
            id: id.to_owned(),
            kind: operation.kind,
            anchor: operation.anchor.clone(),
            display_name,
            user_principal_name,
            mail,
            account_enabled: None,
            attributes,
            configuration_id: self.configuration,
            change_id: operation.change_id,
            created_at: now,
            updated_at: now,
        }
    }

    /// For each operation what the target, as it would be now, holds under its anchor, and who has its user name.
    async fn look_up(
        &self,
        operations: &[Operation],
    ) -> Result<(Vec<Option<TargetObject>>, Vec<Option<Found>>), TargetError> {
        let mut held: Vec<Option<TargetObject>> = vec![None; operations.len()];
        let mut names: Vec<Option<Found>> = vec![None; operations.len()];
        for kind in ObjectKind::ALL.iter().copied() {
            let of_kind: Vec<usize> =
                (0..operations.len()).filter(|index| operations[*index].kind == kind).collect();
            if of_kind.is_empty() {
                continue;
            }
            let anchors: Vec<String> =
                of_kind.iter().map(|index| operations[*index].anchor.clone()).collect();
            for (index, found) in of_kind.iter().zip(self.find(kind, &anchors).await?) {
                held[*index] = found.ok().flatten();
            }
        }
        let named: Vec<(usize, String)> = operations
            .iter()
            .enumerate()
            .filter_map(|(index, operation)| Some((index, self.name_of(operation)?.to_owned())))
            .collect();
        if !named.is_empty() {
            let values: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
            let found =
                self.real.find_by(ObjectKind::User, MatchProperty::UserPrincipalName, &values).await?;
            for ((index, _), found) in named.into_iter().zip(found) {
                names[index] = Some(found);
            }
        }
        Ok((held, names))
    }
}

impl Rehearsal {
    /// What the rehearsal wrote for these anchors.
    async fn written(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<HashMap<String, TargetObject>, TargetError> {
        let Some(memory) = &self.memory else { return Ok(HashMap::new()) };
        let objects = memory.directory_by_anchors(kind, anchors).await.map_err(failed)?;
        Ok(objects.into_iter().map(|object| (object.anchor.clone(), shown(object))).collect())
    }

    /// What was written, and the real target's answers for the others, in the order of the anchors.
    async fn merged(
        &self,
        anchors: &[String],
        written: &HashMap<String, TargetObject>,
        real: Vec<Found>,
    ) -> Result<Vec<Found>, TargetError> {
        let mut real = real.into_iter();
        let mut found = Vec::with_capacity(anchors.len());
        for anchor in anchors {
            found.push(match written.get(anchor) {
                Some(object) => Ok(Some(object.clone())),
                None => self.current(real.next().unwrap_or(Ok(None))).await?,
            });
        }
        Ok(found)
    }
}

#[async_trait]
impl Target for Rehearsal {
    async fn probe(&self) -> Result<TargetInfo, TargetError> {
        self.real.probe().await
    }

    async fn find(&self, kind: ObjectKind, anchors: &[String]) -> Result<Vec<Found>, TargetError> {
        let written = self.written(kind, anchors).await?;
        let rest: Vec<String> =
            anchors.iter().filter(|anchor| !written.contains_key(*anchor)).cloned().collect();
        let real = if rest.is_empty() { Vec::new() } else { self.real.find(kind, &rest).await? };
        self.merged(anchors, &written, real).await
    }

    async fn held(&self, kind: ObjectKind, links: &[(String, String)]) -> Result<Vec<Found>, TargetError> {
        let anchors: Vec<String> = links.iter().map(|(anchor, _)| anchor.clone()).collect();
        let written = self.written(kind, &anchors).await?;
        let rest: Vec<(String, String)> =
            links.iter().filter(|(anchor, _)| !written.contains_key(anchor)).cloned().collect();
        let real = if rest.is_empty() { Vec::new() } else { self.real.held(kind, &rest).await? };
        self.merged(&anchors, &written, real).await
    }

    async fn find_by(
        &self,
        kind: ObjectKind,
        property: MatchProperty,
        values: &[String],
    ) -> Result<Vec<Found>, TargetError> {
        let name = match property {
            MatchProperty::UserPrincipalName => DirectoryName::UserPrincipalName,
            MatchProperty::PrimaryMail => DirectoryName::Mail,
        };
        let mut found = Vec::with_capacity(values.len());
        let real = self.real.find_by(kind, property, values).await?;
        for (value, real) in values.iter().zip(real) {
            let mut holders = match &self.memory {
                Some(memory) => {
                    let value = std::slice::from_ref(value);
                    memory.directory_by_names(kind, name, value).await.map_err(failed)?
                }
                None => Vec::new(),
            };
            let real = self.current(real).await?;
            found.push(match (holders.pop(), real) {
                (None, real) => real,
                (Some(holder), Ok(None)) if holders.is_empty() => Ok(Some(shown(holder))),
                (Some(_), _) => {
                    Err(TargetError::object(&DUPLICATE_TARGET, format!("several objects have {value}")))
                }
            });
        }
        Ok(found)
    }

    async fn find_by_attribute(
        &self,
        kind: ObjectKind,
        attribute: &str,
        values: &[String],
    ) -> Result<Vec<Found>, TargetError> {
        let schema = TargetSchema::of(self.kind);
        if self.memory.is_some() && kind == ObjectKind::User && attribute == schema.user_name {
            return self.find_by(kind, MatchProperty::UserPrincipalName, values).await;
        }
        let mut found = Vec::with_capacity(values.len());
        for real in self.real.find_by_attribute(kind, attribute, values).await? {
            found.push(self.current(real).await?);
        }
        Ok(found)
    }

    async fn list(&self, kind: ObjectKind, after: Option<String>) -> Result<TargetPage, TargetError> {
        self.real.list(kind, after).await
    }

    async fn export(&self, operations: &[Operation]) -> Vec<Result<Outcome, TargetError>> {
        let (held, names) = match self.look_up(operations).await {
            Ok(known) => known,
            Err(error) => return operations.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut batch = Batch::default();
        let mut answers = Vec::with_capacity(operations.len());
        for ((operation, held), name) in operations.iter().zip(held).zip(&names) {
            answers.push(self.answer(&mut batch, operation, held, name.as_ref()).await);
        }
        if let Some(memory) = &self.memory
            && !batch.writes.is_empty()
            && let Err(error) = memory.write_directory(batch.writes).await
        {
            let error = failed(error);
            return operations.iter().map(|_| Err(error.clone())).collect();
        }
        answers
    }

    async fn outcome_of(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        self.real.outcome_of(operation).await
    }
}

/// A remembered object as the port shows it.
fn shown(object: DirectoryObject) -> TargetObject {
    let mut attributes = object.attributes;
    let members = match attributes.remove(MEMBERS) {
        Some(Value::Many(members)) => {
            members.iter().filter_map(Value::as_text).map(ToOwned::to_owned).collect()
        }
        _ => Vec::new(),
    };
    TargetObject {
        id: object.id,
        anchor: object.anchor,
        display_name: object.display_name,
        attributes,
        members,
        administrator: false,
    }
}

const fn nobody() -> TargetObject {
    TargetObject {
        id: String::new(),
        anchor: String::new(),
        display_name: String::new(),
        attributes: Attributes::new(),
        members: Vec::new(),
        administrator: false,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
fn failed(error: StorageError) -> TargetError {
    TargetError::system(&catalogue::INTERNAL, format!("the rehearsal's memory failed: {error}"))
}

//! The four steps of one object.

use domain::ProvisioningRecord;
use domain::catalogue::{ErrorCode, IMPORT_SKIPPED, SYNCHRONIZATION_SKIPPED};
use domain::record::{Identity, Status, Step, StepKind};
use domain::{Entry, ObjectKind};
use ports::{SourceEntry, Which};
use storage::link::{Link, LinkState, PageCommit};

use super::Wanted;
use super::trace::Trace;
use crate::anchor::anchor_of;
use crate::page::Arrival;
use crate::page::steps::{import_step, matching_step};
use crate::records::step;
use crate::run::{CycleError, Run, source_identity};

/// Why nothing is done.
struct Skip {
    /// Absent: there is nothing to do.
    error: Option<(&'static ErrorCode, String)>,
    sentence: String,
    reason: &'static str,
}

impl Run {
    /// Takes the wanted object through the four steps and gives its record.
    pub(super) async fn one(
        &mut self,
        wanted: &Wanted,
        trace: &Trace,
    ) -> Result<ProvisioningRecord, CycleError> {
        match self.fetch(wanted).await? {
            Some((kind, object)) => self.present(kind, object, trace).await,
            None => self.absent(wanted, trace).await,
        }
    }

    async fn fetch(&self, wanted: &Wanted) -> Result<Option<(ObjectKind, SourceEntry)>, CycleError> {
        let which = match wanted {
            Wanted::Dn(dn) => Which::Names(std::slice::from_ref(dn)),
            Wanted::ObjectId(id) => Which::Ids(std::slice::from_ref(id)),
        };
        Ok(self.ends.source.objects(which, &self.kind_requests()).await?.pop())
    }

    /// An object that the directory has.
    async fn present(
        &mut self,
        kind: ObjectKind,
        object: SourceEntry,
        trace: &Trace,
    ) -> Result<ProvisioningRecord, CycleError> {
        let (id, entry) = (object.object_id.clone(), object.entry.clone());
        let before = self.link_of(kind, &id).await?;
        let verdict = self.scope.verdict(&entry, kind);
        let scoping = match &verdict {
            Ok(place) => scoping_step(Status::Success, place),
            Err(reason) => scoping_step(Status::Skipped, reason),
        };
        trace.follow(&id, scoping);
        self.process_page(kind, vec![Arrival::from(object)]).await?;
        self.record_every_refusal().await?;
        let after = if self.dry { before.clone() } else { self.link_of(kind, &id).await? };
        match (verdict, after.or(before)) {
            (Ok(_), link) => {
                if let Some(group) = link.as_ref().filter(|link| link.kind == ObjectKind::Group) {
                    self.remove_members_of(group).await?;
                }
                if trace.record(&id).is_none() {
                    let skip = Skip {
                        error: None,
                        sentence: "The target's object already is as it should be; nothing is exported."
                            .to_owned(),
                        reason: "RedundantExport",
                    };
                    self.skip(
                        kind,
                        &self.import_of(&entry, &id),
                        link.as_ref(),
                        skip,
                        &entry_of(&id, &entry),
                    )
                    .await?;
                }
            }
            (Err(reason), Some(link)) => {
                self.remove(&link, &reason, &self.import_of(&entry, &id), trace).await?;
            }
            (Err(reason), None) => {
                let skip = Skip {
                    error: Some((&SYNCHRONIZATION_SKIPPED, reason)),
                    sentence: "The object is not in scope and was never provisioned; nothing is done."
                        .to_owned(),
                    reason: "NotEffectivelyEntitled",
                };
                self.skip(kind, &self.import_of(&entry, &id), None, skip, &entry_of(&id, &entry)).await?;
            }
        }
        let mut record = written(trace, &id)?;
        if let Some(import) = record.steps.iter_mut().find(|step| step.kind == StepKind::Import) {
            import.details.extend(self.source_attributes(kind, &entry));
        }
        Ok(record)
    }

    /// An object that the directory does not have under this name or id.
    async fn absent(&mut self, wanted: &Wanted, trace: &Trace) -> Result<ProvisioningRecord, CycleError> {
        let Some(link) = self.linked(wanted).await? else { return self.unknown(wanted, trace).await };
        if let Wanted::Dn(dn) = wanted {
            let renamed = self.fetch(&Wanted::ObjectId(link.object_id.clone())).await?;
            if let Some((kind, object)) = renamed {
                self.note(format!("{dn} is now {}; it is still the same object.", object.entry.dn));
                return Box::pin(self.present(kind, object, trace)).await;
            }
        }
        let reason = "The directory no longer has the object.";
        trace.follow(&link.object_id, scoping_step(Status::Success, reason));
        let released = vec![(link.kind, link.object_id.clone())];
        self.commit(PageCommit { released, ..PageCommit::default() }).await?;
        let import = step("EntryImport", StepKind::Import, Status::Success, reason);
        self.remove(&link, reason, &import, trace).await?;
        written(trace, &link.object_id)
    }

    /// Neither the directory nor an earlier cycle knows the object.
    async fn unknown(&mut self, wanted: &Wanted, trace: &Trace) -> Result<ProvisioningRecord, CycleError> {
        let (entry, shown, id, dn) = match wanted {
            Wanted::Dn(dn) => (self.ends.source.container(dn).await?, dn, "", dn.as_str()),
            Wanted::ObjectId(id) => (self.ends.source.container_by_id(id).await?, id, id.as_str(), ""),
        };
        let reason = match entry {
            Some(entry) => {
                format!(
                    "The directory has {}, but it is no object of a kind that the configuration takes.",
                    entry.dn
                )
            }
            None => format!("The directory has no object {shown}, or the service account may not read it."),
        };
        let import = step("EntryImport", StepKind::Import, Status::Skipped, &reason);
        let source = source_identity(id, "", dn);
        let error = Some(IMPORT_SKIPPED.info(reason));
        let record =
            self.records.skipped(ObjectKind::User, (source, Identity::default()), vec![import], error);
        self.commit(PageCommit { records: vec![record], ..PageCommit::default() }).await?;
        written(trace, id)
    }

    /// A linked object that is gone or out of scope.
    async fn remove(
        &mut self,
        link: &Link,
        reason: &str,
        import: &Step,
        trace: &Trace,
    ) -> Result<(), CycleError> {
        let sentence = if link.state == LinkState::Disabled {
            "The target's account is disabled already; nothing is exported."
        } else if self.remove_one(link).await? {
            if trace.record(&link.object_id).is_some() {
                return Ok(());
            }
            "The removal waits for its next attempt."
        } else {
            "The configuration leaves objects alone that are gone or out of scope; nothing is exported."
        };
        let skip = Skip {
            error: Some((&SYNCHRONIZATION_SKIPPED, reason.to_owned())),
            sentence: sentence.to_owned(),
            reason: "NotEffectivelyEntitled",
        };
        let source = source_identity(&link.object_id, &link.display_name, &link.source_dn);
        self.skip(link.kind, import, Some(link), skip, &source).await
    }

    /// Writes down that nothing is done, and why.
    async fn skip(
        &mut self,
        kind: ObjectKind,
        import: &Step,
        link: Option<&Link>,
        skip: Skip,
        source: &Identity,
    ) -> Result<(), CycleError> {
        let mut steps = vec![import.clone()];
        let mut target = Identity::default();
        if let Some(link) = link {
            steps.push(matching_step(Some(&link.target_id), true, ""));
            target = Identity {
                id: link.target_id.clone(),
                display_name: link.display_name.clone(),
                name: link.display_name.clone(),
            };
        }
        let mut last = step("EntrySynchronizationSkip", StepKind::Processing, Status::Skipped, skip.sentence);
        last.details = vec![("SkipReason".to_owned(), skip.reason.to_owned())];
        steps.push(last);
        let error = skip.error.map(|(code, reason)| code.info(reason));
        let record = self.records.skipped(kind, (source.clone(), target), steps, error);
        self.commit(PageCommit { records: vec![record], ..PageCommit::default() }).await.map(drop)
    }

    fn import_of(&self, entry: &Entry, object_id: &str) -> Step {
        let anchor = anchor_of(entry, object_id, self.directory).unwrap_or_default();
        import_step(&entry.dn, object_id, &anchor)
    }

    async fn link_of(&self, kind: ObjectKind, object_id: &str) -> Result<Option<Link>, CycleError> {
        let ids = [object_id.to_owned()];
        Ok(self.links.links_of(self.configuration.id, kind, &ids).await?.pop())
    }

    /// What earlier cycles linked under the name or id.
    async fn linked(&self, wanted: &Wanted) -> Result<Option<Link>, CycleError> {
        match wanted {
            Wanted::ObjectId(id) => {
                for kind in ObjectKind::ALL.iter().copied() {
                    if let Some(link) = self.link_of(kind, id).await? {
                        return Ok(Some(link));
                    }
                }
                Ok(None)
            }
            Wanted::Dn(dn) => {
                let keys = [storage::link::name_key(dn)];
                let found = self.links.links_by_name(self.configuration.id, &keys).await?;
                let mut links: Vec<Link> = found
                    .into_iter()
                    .map(|(_, link)| link)
                    .filter(|link| domain::dn::key(&link.source_dn) == domain::dn::key(dn))
                    .collect();
                links.sort_by_key(|link| link.state);
                Ok(links.into_iter().next())
            }
        }
    }
}

fn written(trace: &Trace, object_id: &str) -> Result<ProvisioningRecord, CycleError> {
    let nothing = || CycleError::Configuration("the object left no record".to_owned());
    trace.record(object_id).ok_or_else(nothing)
}

fn entry_of(object_id: &str, entry: &Entry) -> Identity {
    let name = entry.text("displayName").or_else(|| entry.text("cn")).unwrap_or_default();
    source_identity(object_id, name, &entry.dn)
}

fn scoping_step(status: Status, sentence: &str) -> Step {
    step("EntrySynchronizationScoping", StepKind::Scoping, status, sentence)
}

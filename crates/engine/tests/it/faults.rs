//! A source and a target with faults that the real ones cannot be made to show at a chosen moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use directory::LdapSource;
use domain::{Cursor, ObjectKind};
use ports::source::SourcePage;
use ports::{
    Browse, ChangePage, ChangeReader, Changes, ChangesRequest, Container, KindRequest, Listing,
    MatchProperty, Operation, Outcome, PageReader, ReadRequest, Source, SourceEntry, SourceError, SourceInfo,
    Target, TargetError, TargetInfo, TargetObject, TargetPage, Which, WithinStore,
};
use tokio::sync::Notify;

/// Faults that a test switches on.
#[derive(Debug, Default)]
pub struct Faults {
    /// The reading of users breaks off after so many pages, when above 0.
    pub break_reading_after: AtomicUsize,
    /// The reading gives no entry at all, when above 0.
    pub empty_reading: AtomicUsize,
    /// The answer to a request for changes is cut short before anything was told, when set.
    pub cut_changes_short: AtomicBool,
    /// The answers of the n-th export call (from 1) get lost after the target carried it out.
    pub lose_answer_of: AtomicUsize,
    exports: AtomicUsize,
    /// The source does not let the service account in.
    pub refuse_sign_in: AtomicBool,
    /// The reading of users waits before its n-th page (from 1), says so and goes on when it is told to.
    pub hold_page: AtomicUsize,
    pub held: Notify,
    pub released: Notify,
}

/// A directory whose reading breaks off, is empty or waits.
pub struct FaultySource {
    pub inner: LdapSource,
    pub faults: Arc<Faults>,
}

#[async_trait]
impl Source for FaultySource {
    async fn probe(&self) -> Result<SourceInfo, SourceError> {
        self.inner.probe().await
    }

    async fn container(&self, dn: &str) -> Result<Option<Container>, SourceError> {
        self.inner.container(dn).await
    }

    async fn container_by_id(&self, object_id: &str) -> Result<Option<Container>, SourceError> {
        self.inner.container_by_id(object_id).await
    }

    async fn browse(&self, what: Browse) -> Result<Option<Listing>, SourceError> {
        self.inner.browse(what).await
    }

    async fn read(&self, mut request: ReadRequest) -> Result<Box<dyn PageReader>, SourceError> {
        request.page_size = 25;
        let reader = self.inner.read(request).await?;
        Ok(Box::new(FaultyReader { reader, faults: Arc::clone(&self.faults), pages: 0 }))
    }

    async fn object(&self, dn: &str, attributes: &[String]) -> Result<Option<domain::Entry>, SourceError> {
        self.inner.object(dn, attributes).await
    }

    async fn objects(
        &self,
        which: Which<'_>,
        kinds: &[KindRequest],
    ) -> Result<Vec<(ObjectKind, SourceEntry)>, SourceError> {
        self.inner.objects(which, kinds).await
    }

    async fn mark(&self) -> Result<Option<Cursor>, SourceError> {
        self.inner.mark().await
    }

    async fn changes(&self, request: ChangesRequest) -> Result<Changes, SourceError> {
        Ok(match self.inner.changes(request).await? {
            Changes::Since(reader) if self.faults.cut_changes_short.load(Ordering::SeqCst) => {
                Changes::Since(Box::new(CutShort { reader, told: false }))
            }
            other => other,
        })
    }
}

struct CutShort {
    reader: Box<dyn ChangeReader>,
    told: bool,
}

#[async_trait]
impl ChangeReader for CutShort {
    async fn next_page(&mut self) -> Result<Option<ChangePage>, SourceError> {
        let Some(page) = self.reader.next_page().await?.filter(|_| !self.told) else { return Ok(None) };
        self.told = true;
        let lost = Some("the directory did not tell all changes".to_owned());
        Ok(Some(ChangePage { cursor: page.cursor, lost, ..ChangePage::default() }))
    }

    fn is_sweep(&self) -> bool {
        false
    }
}

struct FaultyReader {
    reader: Box<dyn PageReader>,
    faults: Arc<Faults>,
    pages: usize,
}

#[async_trait]
impl PageReader for FaultyReader {
    async fn next_page(&mut self) -> Result<Option<SourcePage>, SourceError> {
        if self.faults.empty_reading.load(Ordering::SeqCst) > 0 {
            return Ok(None);
        }
        let limit = self.faults.break_reading_after.load(Ordering::SeqCst);
        if limit > 0 && self.pages == limit {
            return Err(SourceError::Incomplete { reason: "the connection was cut".to_owned() });
        }
        self.pages += 1;
        if self.faults.hold_page.load(Ordering::SeqCst) == self.pages {
            self.faults.hold_page.store(0, Ordering::SeqCst);
            self.faults.held.notify_one();
            self.faults.released.notified().await;
        }
        self.reader.next_page().await
    }
}

/// The built-in directory, where answers can get lost.
pub struct FaultyTarget {
    pub inner: targets::builtin::BuiltInTarget,
    pub faults: Arc<Faults>,
}

#[async_trait]
impl Target for FaultyTarget {
    async fn probe(&self) -> Result<TargetInfo, TargetError> {
        self.inner.probe().await
    }

    async fn find(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.inner.find(kind, anchors).await
    }

    async fn find_by(
        &self,
        kind: ObjectKind,
        property: MatchProperty,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.inner.find_by(kind, property, values).await
    }

    async fn find_by_attribute(
        &self,
        kind: ObjectKind,
        attribute: &str,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.inner.find_by_attribute(kind, attribute, values).await
    }

    async fn list(&self, kind: ObjectKind, after: Option<String>) -> Result<TargetPage, TargetError> {
        self.inner.list(kind, after).await
    }

    async fn export(&self, operations: &[Operation]) -> Vec<Result<Outcome, TargetError>> {
        let call = self.faults.exports.fetch_add(1, Ordering::SeqCst) + 1;
        let answers = self.inner.export(operations).await;
        if self.faults.lose_answer_of.load(Ordering::SeqCst) == call {
            let lost =
                || TargetError::system(&domain::catalogue::TARGET_UNREACHABLE, "the connection was lost");
            return answers.into_iter().map(|_| Err(lost())).collect();
        }
        answers
    }

    async fn foresee(&self, operation: &Operation) -> Result<(), TargetError> {
        self.inner.foresee(operation).await
    }

    async fn outcome_of(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        self.inner.outcome_of(operation).await
    }

    /// An answer can only get lost on its way from a target that lies elsewhere.
    fn within_store(&self) -> Option<&dyn WithinStore> {
        let is_elsewhere = self.faults.lose_answer_of.load(Ordering::SeqCst) > 0;
        if is_elsewhere { None } else { self.inner.within_store() }
    }
}

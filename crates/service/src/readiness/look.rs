//! One look through all directories.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::hash::RandomState;

use domain::cycle::Problem;
use domain::readiness::{ATTRIBUTES, Context, DomainScan, ObjectFinding, ReadinessScan};
use domain::readiness::{examine, is_skipped, unique_values};
use domain::unmatched::ScanState;
use domain::{Entry, ObjectKind, SourceDomain};
use engine::{Hint, Surroundings};
use ports::{ReadRequest, SourceEntry, SourceError};
use storage::StorageError;

/// Entries asked for at a time.
const PAGE: u32 = 500;
/// Findings that are kept; more are only counted. Whoever has so many mends rules, not objects.
const MOST: u64 = 200_000;

/// Looks through the domains; the look has begun in the store. Writes down what it finds, and how it ended.
pub async fn look(surroundings: &Surroundings, domains: Vec<SourceDomain>, scan: ReadinessScan) {
    let look = Look { surroundings, scan, seen: Seen::default(), broken: HashMap::new() };
    if let Err(error) = look.go(domains).await {
        tracing::error!(error = %error, "a readiness scan could not be written down");
        if let Err(error) = surroundings.storage.interrupt_readiness().await {
            tracing::error!(error = %error, "the readiness scan counts as running until the next start");
        }
    }
}

/// Why the look at a domain ended early.
enum Failure {
    Source(SourceError),
    Storage(StorageError),
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

struct Look<'s> {
    surroundings: &'s Surroundings,
    scan: ReadinessScan,
    seen: Seen,
    /// Domains whose first reading failed: the second one would only fail again.
    broken: HashMap<String, Problem>,
}

impl Look<'_> {
    async fn go(mut self, domains: Vec<SourceDomain>) -> Result<(), StorageError> {
        for domain in &domains {
            match self.first(domain).await {
                Ok(()) => {}
                Err(Failure::Storage(error)) => return Err(error),
                Err(Failure::Source(error)) => {
                    self.broken.insert(domain.name.clone(), problem(&error));
                }
            }
        }
        for domain in &domains {
            let mut found = DomainScan { name: domain.name.clone(), ..DomainScan::default() };
            found.problem = self.broken.remove(&domain.name);
            self.scan.domains.push(found);
            if self.scan.domains.last().is_some_and(|found| found.problem.is_some()) {
                continue;
            }
            match self.second(domain).await {
                Ok(()) => {}
                Err(Failure::Storage(error)) => return Err(error),
                Err(Failure::Source(error)) => self.here().problem = Some(problem(&error)),
            }
        }
        let failed = self.scan.domains.iter().all(|domain| domain.problem.is_some());
        self.scan.state = if failed { ScanState::Failed } else { ScanState::Succeeded };
        self.scan.ended_at = Some(self.surroundings.clock.now());
        self.note(&[]).await
    }

    /// The domain that is looked at.
    fn here(&mut self) -> &mut DomainScan {
        if self.scan.domains.is_empty() {
            self.scan.domains.push(DomainScan::default());
        }
        let last = self.scan.domains.len() - 1;
        &mut self.scan.domains[last]
    }

    /// Notes what must be unique.
    async fn first(&mut self, domain: &SourceDomain) -> Result<(), Failure> {
        let source = self.surroundings.connectors.source(domain).await?;
        for kind in ObjectKind::ALL.iter().copied() {
            let mut reader = source.read(request(kind)).await?;
            while let Some(page) = reader.next_page().await? {
                for object in &page.entries {
                    if !is_skipped(kind, &object.entry) {
                        self.seen.note(kind, &object.entry);
                    }
                }
            }
        }
        Ok(())
    }

    /// Holds every object against the rules.
    async fn second(&mut self, domain: &SourceDomain) -> Result<(), Failure> {
        let source = self.surroundings.connectors.source(domain).await?;
        for kind in ObjectKind::ALL.iter().copied() {
            let mut reader = source.read(request(kind)).await?;
            while let Some(page) = reader.next_page().await? {
                let mut found = Vec::new();
                for object in &page.entries {
                    if is_skipped(kind, &object.entry) {
                        self.here().skipped += 1;
                    } else {
                        self.here().count(kind);
                        self.hold(domain, kind, object, &mut found);
                    }
                }
                let before = self.scan.findings;
                self.scan.findings += found.len() as u64;
                found.truncate(usize::try_from(MOST.saturating_sub(before)).unwrap_or(usize::MAX));
                self.note(&found).await?;
            }
        }
        Ok(())
    }

    fn hold(
        &self,
        domain: &SourceDomain,
        kind: ObjectKind,
        object: &SourceEntry,
        into: &mut Vec<ObjectFinding>,
    ) {
        let is_duplicate = |key: &str| self.seen.is_duplicate(key);
        let context = Context { verified: &self.scan.verified_domains, is_duplicate: &is_duplicate };
        let entry = &object.entry;
        let name = entry.text("displayName").or_else(|| entry.text("cn")).unwrap_or_default();
        into.extend(examine(kind, entry, &context).into_iter().map(|finding| ObjectFinding {
            domain: domain.name.clone(),
            object_id: object.object_id.clone(),
            kind,
            display_name: name.to_owned(),
            dn: entry.dn.clone(),
            finding,
        }));
    }

    async fn note(&self, found: &[ObjectFinding]) -> Result<(), StorageError> {
        self.surroundings.storage.advance_readiness(&self.scan, found).await?;
        self.surroundings.handle.hint(Hint::Readiness);
        Ok(())
    }
}

fn request(kind: ObjectKind) -> ReadRequest {
    let attributes = ATTRIBUTES.iter().map(|name| (*name).to_owned()).collect();
    ReadRequest { kind, bases: Vec::new(), attributes, page_size: PAGE }
}

fn problem(error: &SourceError) -> Problem {
    let code = error.code();
    Problem { code: code.code.to_owned(), message: format!("{error}. {}", code.advice) }
}

/// Digests of the values that were seen: eight bytes each and what a set adds. The key is of this look alone, so that
/// nobody can make values that only seem to be the same.
#[derive(Default)]
struct Seen {
    hasher: RandomState,
    once: HashSet<u64>,
    twice: HashSet<u64>,
}

impl Seen {
    fn note(&mut self, kind: ObjectKind, entry: &Entry) {
        for key in unique_values(kind, entry) {
            let digest = self.hasher.hash_one(&key);
            if !self.once.insert(digest) {
                self.twice.insert(digest);
            }
        }
    }

    fn is_duplicate(&self, key: &str) -> bool {
        self.twice.contains(&self.hasher.hash_one(key))
    }
}

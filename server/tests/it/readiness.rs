//! Directory readiness over two sample forests: duplicates across them, suggestions, and a domain out of reach.

use std::sync::Arc;

use async_trait::async_trait;
use directory::{LdapSettings, LdapSource};
use domain::access::Principal;
use domain::readiness::{Check, ldif};
use domain::unmatched::ScanState;
use domain::{Secret, SourceDomain, TargetSystem, Time};
use engine::{Connectors, EngineHandle, TargetContext};
use lab::{Change, Forest, ForestOptions};
use ports::{Source, SourceError, Target, TargetError};
use serde_json::json;
use service::readiness::FindingFilter;
use service::{PageRequest, Parts, Sealer, Service, ServiceError};
use storage_sqlite::{OpenOptions, SqliteStorage};

use crate::app::TestClock;

#[derive(Debug)]
struct Forests(Vec<Forest>);

#[async_trait]
impl Connectors for Forests {
    async fn source(&self, domain: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        let place = usize::from(domain.name == "south.example");
        if domain.name == "gone.example" {
            return Err(SourceError::NoConnection);
        }
        let forest = &self.0[place];
        let settings = LdapSettings {
            bind_dn: forest.bind_dn().to_owned(),
            bind_password: Secret::new(forest.bind_password()),
            ..LdapSettings::new(forest.url())
        };
        Ok(Arc::new(LdapSource::new(settings)?))
    }

    async fn target(&self, _: &TargetSystem, _: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        unreachable!("readiness writes nowhere")
    }
}

async fn forest(name: &str) -> Forest {
    let epoch = Time::from_timestamp(1_800_000_000, 0).expect("time");
    let options = ForestOptions { people: 40, groups: 3, ..ForestOptions::new(name, epoch) };
    Forest::start(options).await.expect("starts")
}

#[tokio::test]
async fn a_look_finds_what_targets_refuse_and_duplicates_across_forests() {
    let forests = vec![forest("north.example").await, forest("south.example").await];
    let set = |place: usize, number: u32, attribute: &str, value: &str| {
        let dn = forests[place].person_dn(number).expect("a person");
        drop(forests[place].apply(&Change::set(dn, attribute, value)).expect("is set"));
    };
    set(0, 5, "mailNickname", "..odd-nickname");
    set(0, 6, "mail", "shared-by-two@corp.example.org");
    set(1, 7, "mail", "Shared-By-Two@corp.example.org");
    set(0, 8, "userPrincipalName", "some one@verified.example.org");
    set(0, 9, "userPrincipalName", "elsewhere@other.example.org");

    let folder = tempfile::tempdir().expect("folder");
    let storage =
        SqliteStorage::open(folder.path().join("x.db"), OpenOptions::default()).await.expect("opens");
    let engine = EngineHandle::default();
    let mut hints = engine.hints();
    let service = Service::new(Parts {
        storage: Arc::new(storage),
        connectors: Arc::new(Forests(forests)),
        engine,
        clock: Arc::new(TestClock::default()),
        sealer: Sealer::with_key(&[7; 32]),
        checkpoints: None,
    })
    .expect("service");
    let boss = Principal::system();
    assert!(
        matches!(service.scan_readiness(&boss).await, Err(ServiceError::Conflict(_))),
        "nothing to look at"
    );
    let document = json!({
        "domains": [{"name": "gone.example"}, {"name": "north.example"}, {"name": "south.example"}],
        "settings": {"verifiedDomains": ["verified.example.org", "north.example", "south.example"]},
    });
    let document = service::document::parse::document(document)
        .and_then(service::document::parse::Reading::complete)
        .expect("a document");
    service.apply(&boss, &document, false).await.expect("applies");

    assert_eq!(service.scan_readiness(&boss).await.expect("begins").state, ScanState::Running);
    let scan = loop {
        let scan = service.readiness_scan(&boss).await.expect("is read").expect("a scan");
        if scan.state != ScanState::Running {
            break scan;
        }
        drop(hints.recv().await);
    };
    assert_eq!(scan.state, ScanState::Succeeded, "{scan:?}");
    let problems: Vec<_> =
        scan.domains.iter().map(|domain| (domain.name.as_str(), domain.problem.is_some())).collect();
    assert_eq!(problems, [("gone.example", true), ("north.example", false), ("south.example", false)]);
    assert!(scan.domains[1].users >= 40, "{scan:?}");

    let about = async |text: &str, attribute: &str| {
        let filter = FindingFilter {
            text: Some(text.to_owned()),
            attribute: Some(attribute.to_owned()),
            ..FindingFilter::default()
        };
        service
            .readiness_findings(&boss, &filter, false, PageRequest::first(50))
            .await
            .expect("are read")
            .items
    };
    let nickname = about("odd-nickname", "mailNickname").await;
    assert_eq!(nickname.len(), 1, "{nickname:?}");
    assert_eq!(nickname[0].finding.suggestion.as_deref(), Some("odd-nickname"));
    let change = ldif::change(&nickname[0].dn, &nickname[0].finding).expect("a change");
    assert!(
        change.contains("delete: mailNickname\nmailNickname: ..odd-nickname\n-\nadd: mailNickname\n"),
        "{change}"
    );
    let shared = about("shared-by-two", "mail").await;
    let owners: Vec<_> = shared.iter().map(|found| found.domain.as_str()).collect();
    assert_eq!(owners, ["north.example", "south.example"]);
    assert!(shared.iter().all(|found| found.finding.checks == [Check::Duplicate]), "{shared:?}");
    let spaced = about("some", "userPrincipalName").await;
    assert_eq!(spaced[0].finding.suggestion.as_deref(), Some("someone@verified.example.org"));
    assert_eq!(about("elsewhere@", "userPrincipalName").await[0].finding.checks, [Check::Suffix]);

    // Both directions of the list, a page at a time.
    let mut all = Vec::new();
    let mut request = PageRequest::first(2);
    loop {
        let filter = FindingFilter::default();
        let page = service.readiness_findings(&boss, &filter, false, request).await.expect("are read");
        all.extend(page.items);
        let Some(next) = page.next else { break };
        request = PageRequest { limit: 2, after: Some(next) };
    }
    assert_eq!(all.len() as u64, scan.findings);
    let filter = FindingFilter::default();
    let turned =
        service.readiness_findings(&boss, &filter, true, PageRequest::first(1000)).await.expect("are read");
    assert_eq!(turned.items.iter().rev().cloned().collect::<Vec<_>>(), all);
    let counts = service.readiness_counts(&boss).await.expect("are counted");
    assert!(
        counts.checks.iter().any(|(check, count)| *check == Check::Duplicate && *count >= 2),
        "{counts:?}"
    );
}

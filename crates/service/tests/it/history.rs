//! One object across configurations, as the store knows it.

use chrono::TimeDelta;
use domain::record::{Action, Identity, ModifiedProperty, Status};
use domain::value::Attributes;
use domain::{ChangeId, Clock, CycleId, ObjectKind, ProvisioningRecord, RecordId, Value};
use service::history::{Explanation, Weight, sentences};
use service::{AuditFilter, PageRequest, ServiceError};
use storage::link::{Escrow, LinkState, LinkWrite, PageCommit};

use crate::support::Bench;

const NAME: &str = "a to directory";
const ANN: &str = "11111111-2222-3333-4444-555555555555";

fn link() -> LinkWrite {
    LinkWrite {
        kind: ObjectKind::User,
        object_id: ANN.to_owned(),
        anchor: "anchor".to_owned(),
        source_dn: "CN=Ann,DC=a,DC=local".to_owned(),
        display_name: "Ann".to_owned(),
        target_id: "target-1".to_owned(),
        state: LinkState::Active,
        fingerprint: 1,
        exported: Some(Attributes::from([("displayName".to_owned(), Value::text("Ann"))])),
    }
}

/// The bench with a linked, failing Ann and a record of her.
async fn with_ann() -> Bench {
    let bench = Bench::configured().await;
    let id = bench.service.configuration(&bench.system, NAME).await.expect("view").configuration.id;
    let now = bench.clock.now();
    let escrow = Escrow {
        kind: ObjectKind::User,
        object_id: ANN.to_owned(),
        display_name: "Ann".to_owned(),
        code: domain::catalogue::SOURCE_TIMEOUT.code.to_owned(),
        reason: "no answer.".to_owned(),
        fingerprint: 1,
        attempts: 3,
        first_failed_at: now,
        next_attempt_at: now + TimeDelta::hours(1),
    };
    let record = ProvisioningRecord {
        id: RecordId(0),
        change_id: ChangeId::new(bench.clock.uuid()),
        cycle_id: CycleId::new(bench.clock.uuid()),
        configuration_id: id,
        initiated_by: None,
        at: now,
        duration_ms: 3,
        action: Action::Create,
        status: Status::Success,
        kind: ObjectKind::User,
        source: Identity { id: ANN.to_owned(), display_name: "Ann".to_owned(), name: "CN=Ann".to_owned() },
        target: Identity { id: "target-1".to_owned(), ..Identity::default() },
        source_system: "a.local".to_owned(),
        target_system: "directory".to_owned(),
        error: None,
        steps: Vec::new(),
        modified: vec![ModifiedProperty {
            display_name: "displayName".to_owned(),
            old_value: None,
            new_value: Some("Ann".to_owned()),
        }],
    };
    let page = PageCommit {
        links: vec![link()],
        escrows: vec![escrow],
        records: vec![record],
        ..PageCommit::default()
    };
    bench.storage.commit_page(id, page).await.expect("commits");
    bench
}

#[tokio::test]
async fn an_object_is_shown_with_its_links_its_failure_and_its_whole_records() {
    let bench = with_ann().await;
    let history =
        bench.service.object_history(&bench.system, &ANN.to_uppercase(), PageRequest::first(9)).await;
    let history = history.expect("is known");
    assert_eq!((history.display_name.as_str(), history.dn.as_str()), ("Ann", "CN=Ann,DC=a,DC=local"));
    assert_eq!(history.records.items[0].modified.len(), 1, "the diff is there");
    let place = &history.places[0];
    assert_eq!(place.configuration, NAME);
    assert!(place.knows() && place.exported.is_some());
    let said = sentences(place, None, bench.clock.now());
    let failing = said.iter().find(|sentence| sentence.weight == Weight::Bad).expect("a problem");
    assert!(failing.text.contains("It failed 3 times"), "{failing:?}");
    assert_eq!(failing.advice, domain::catalogue::SOURCE_TIMEOUT.advice);
}

#[tokio::test]
async fn what_nobody_knows_is_not_found_and_what_cannot_be_asked_is_said() {
    let bench = with_ann().await;
    for unknown in ["99999999-2222-3333-4444-555555555555", "Ann", ""] {
        let refused = bench.service.object_history(&bench.system, unknown, PageRequest::first(9)).await;
        assert!(matches!(refused, Err(ServiceError::NotFound { .. })), "{unknown}: {refused:?}");
    }
    let audited =
        bench.storage.audit(&AuditFilter::default(), PageRequest::first(1)).await.expect("audit").items[0]
            .sequence;
    let explained = bench.service.explain_object(&bench.system, NAME, ANN).await.expect("an explanation");
    let Explanation::Unknown { code, .. } = &explained else { panic!("{explained:?}") };
    assert_eq!(code, domain::catalogue::NO_CONNECTION.code);
    let history =
        bench.service.object_history(&bench.system, ANN, PageRequest::first(9)).await.expect("known");
    let said = sentences(&history.places[0], Some(&explained), bench.clock.now());
    assert!(said.iter().any(|s| s.text.starts_with("What the next cycle would do is not known")), "{said:?}");
    let later =
        bench.storage.audit(&AuditFilter::default(), PageRequest::first(1)).await.expect("audit").items[0]
            .sequence;
    assert_eq!(audited, later, "looking changes nothing");
}

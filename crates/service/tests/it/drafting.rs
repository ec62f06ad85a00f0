//! Changes of what is configured.

use domain::document::FieldProblem;
use domain::mapping::Mapping;
use domain::scope::Scope;
use domain::{ObjectKind, TargetKind};
use serde_json::json;
use service::{ServiceError, sealer};

use crate::support::{Bench, document, sample};

const NAME: &str = "a to directory";

fn problems(error: ServiceError) -> Vec<FieldProblem> {
    match error {
        ServiceError::Invalid(problems) => problems,
        other => panic!("expected problems, got {other:?}"),
    }
}

#[tokio::test]
async fn a_sealed_password_is_bound_to_its_domain() {
    let bench = Bench::configured().await;
    let domain = bench.service.domain(&bench.system, "A.LOCAL").await.expect("domain");
    let sealed = domain.connection.expect("connection").bind_password;
    let sealer = service::Sealer::with_key(&[7; 32]);
    let opened = sealer.unseal(&sealer::bind_password(domain.id), &sealed).expect("opens");
    assert_eq!(opened.expose(), "secret");
    assert!(sealer.unseal("bindPassword/another", &sealed).is_err());
}

#[tokio::test]
async fn a_changed_domain_makes_its_configurations_run_now() {
    let bench = Bench::configured().await;
    let queued = async || {
        bench.service.configuration(&bench.system, NAME).await.expect("view").queued.expect("queued").due_at
    };
    let id = bench.service.configuration(&bench.system, NAME).await.expect("view").configuration.id;
    bench.storage.drop_queued_cycles(id).await.expect("drops");
    let mut changed = sample();
    changed["domains"][0]["connection"]["url"] = json!("ldaps://dc2.a.local");
    bench.service.apply(&bench.system, &document(&changed), false).await.expect("applies");
    assert_eq!(queued().await, bench.service.now());
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let bench = Bench::configured().await;
    let mut wrong = sample();
    wrong["targets"][0]["name"] = json!("renamed");
    wrong["configurations"][0]["scope"] = json!({"organizationalUnits": ["nonsense"]});
    let refused = bench.service.apply(&bench.system, &document(&wrong), false).await.expect_err("refused");
    assert!(
        problems(refused)
            .iter()
            .any(|problem| problem.path == "configurations[0].scope.organizationalUnits[0]")
    );
    let targets = bench.service.targets(&bench.system).await.expect("targets");
    assert_eq!(targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["directory"]);
}

#[tokio::test]
async fn forms_list_their_problems_by_the_names_of_their_fields() {
    let bench = Bench::configured().await;
    let scope =
        Scope { organizational_units: vec!["OU=A,DC=x".into(), "nonsense".into()], ..Scope::default() };
    let refused = bench.service.update_scope(&bench.system, NAME, scope).await.expect_err("refused");
    assert_eq!(problems(refused)[0].path, "scope.organizationalUnits[1]");
    let mappings = vec![Mapping::direct("displayName", "cn"), Mapping::expression("city", "Nonsense(")];
    let refused = bench.service.update_mapping(&bench.system, NAME, ObjectKind::User, mappings).await;
    assert_eq!(problems(refused.expect_err("refused"))[0].path, "mappings.user[1].expression");
}

#[tokio::test]
async fn a_thousand_containers_are_taken_and_too_many_are_named_as_such() {
    let bench = Bench::configured().await;
    let scope = |count: usize| Scope {
        organizational_units: (0..count).map(|n| format!("OU=Team {n},DC=a,DC=local")).collect(),
        ..Scope::default()
    };
    bench.service.update_scope(&bench.system, NAME, scope(1_000)).await.expect("saves");
    let stored = bench.service.configuration(&bench.system, NAME).await.expect("configuration");
    assert_eq!(stored.configuration.plan.scope.organizational_units.len(), 1_000);
    let refused = bench.service.update_scope(&bench.system, NAME, scope(5_001)).await.expect_err("refused");
    assert_eq!(problems(refused)[0].path, "scope.organizationalUnits");
}

#[tokio::test]
async fn an_empty_mapping_goes_back_to_the_defaults() {
    let bench = Bench::configured().await;
    let own = vec![Mapping::direct("displayName", "cn")];
    bench.service.update_mapping(&bench.system, NAME, ObjectKind::User, own.clone()).await.expect("saves");
    let used =
        bench.service.effective_mappings(&bench.system, NAME, ObjectKind::User).await.expect("mappings");
    assert_eq!(used, own);
    bench.service.update_mapping(&bench.system, NAME, ObjectKind::User, Vec::new()).await.expect("resets");
    let used =
        bench.service.effective_mappings(&bench.system, NAME, ObjectKind::User).await.expect("mappings");
    let defaults = domain::defaults::mappings(
        domain::DirectoryKind::ActiveDirectory,
        TargetKind::BuiltIn,
        ObjectKind::User,
    );
    assert_eq!(used, defaults);
}

#[tokio::test]
async fn every_default_mapping_compiles() {
    for source in domain::DirectoryKind::ALL {
        for target in TargetKind::ALL {
            for kind in ObjectKind::ALL {
                for mapping in domain::defaults::mappings(*source, *target, *kind) {
                    if let Some(text) = &mapping.expression {
                        expression::Expression::compile(text)
                            .unwrap_or_else(|error| panic!("{target} {kind} {}: {error}", mapping.target));
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn the_audit_log_shows_before_and_after_without_secrets() {
    let bench = Bench::configured().await;
    let mut changed = sample();
    changed["domains"][0]["connection"]["bindPassword"]["value"] = json!("another secret");
    changed["domains"][0]["connection"]["baseDn"] = json!("DC=a,DC=local");
    bench.service.apply(&bench.system, &document(&changed), false).await.expect("applies");
    let page = bench
        .service
        .audit(&bench.system, &service::AuditFilter::default(), storage::PageRequest::first(10))
        .await
        .expect("audit");
    let entry = &page.items[0].entry;
    assert_eq!((entry.activity.as_str(), entry.subject.as_str()), ("domain.update", "a.local"));
    assert_eq!(entry.details["fields"], json!(["connection.baseDn", "connection.bindPassword"]));
    assert_eq!(entry.details["after"]["connection"]["baseDn"], "DC=a,DC=local");
    assert!(!entry.details.to_string().contains("secret"));
}

//! A mapping tried on somebody of a sample forest, from the service to the portal's form.

use axum::http::StatusCode;
use domain::ObjectKind::{self, User};
use domain::access::{Principal, Role, Via};
use domain::mapping::{Apply, Mapping};
use domain::value::Value;
use service::ServiceError;
use service::on_demand::OnDemandRequest;
use service::trial::{Given, Tried};

use crate::app::TestApp;
use crate::scope::portal_and_people;

const CONFIGURATION: &str = "lab to directory";

async fn tried(app: &TestApp, kind: ObjectKind, mapping: &Mapping, dn: &str) -> Result<Tried, ServiceError> {
    let object = OnDemandRequest { dn: Some(dn.to_owned()), ..OnDemandRequest::default() };
    app.service.try_mapping(&Principal::system(), CONFIGURATION, kind, mapping, &object).await
}

async fn given(app: &TestApp, mapping: Mapping, dn: &str) -> Given {
    tried(app, User, &mapping, dn).await.expect("is tried").given
}

#[tokio::test]
async fn a_mapping_gives_for_a_real_object_what_a_cycle_would_give() {
    let (app, person, group) = portal_and_people().await;
    let Given::Value(Value::Text(surname)) = given(&app, Mapping::direct("surname", "sn"), &person).await
    else {
        panic!("a person has a surname");
    };
    let joined = Mapping::expression("displayName", r#"Join("+", [SN], "x")"#);
    assert_eq!(given(&app, joined, &person).await, Given::Value(Value::text(format!("{surname}+x"))));
    let fitted = Mapping::constant("accountEnabled", "true");
    assert_eq!(
        given(&app, fitted, &person).await,
        Given::Value(Value::Boolean(true)),
        "as the target gets it"
    );
    let absent =
        Mapping { default: Some("none".to_owned()), ..Mapping::direct("jobTitle", "noSuchAttribute") };
    assert_eq!(given(&app, absent, &person).await, Given::Nothing { default: Some("none".to_owned()) });
    let kept = Mapping::expression("jobTitle", "IgnoreFlowIfNullOrEmpty([noSuchAttribute])");
    assert_eq!(given(&app, kept, &person).await, Given::Kept);
    let redacted = given(&app, Mapping::expression("jobTitle", "Redact([sn])"), &person).await;
    assert_eq!(redacted, Given::Redacted);
    let once = Mapping { apply: Apply::OnCreate, ..Mapping::expression("jobTitle", "[sn]") };
    assert_eq!(given(&app, once, &person).await, Given::Value(Value::text(surname)));
    let unique = Mapping {
        apply: Apply::OnCreate,
        ..Mapping::expression("mailNickname", r#"SelectUniqueValue("one", "two")"#)
    };
    let choices = ["one", "two"].map(Value::text).into();
    assert_eq!(given(&app, unique, &person).await, Given::FirstFree(choices));
    let fails = given(&app, Mapping::expression("jobTitle", "CDate([sn])"), &person).await;
    assert!(matches!(&fails, Given::Failure(reason) if reason.contains("CDate")), "{fails:?}");
    let members = tried(&app, ObjectKind::Group, &Mapping::direct("members", "member"), &group).await;
    let members = members.expect("is tried");
    assert!(matches!(members.given, Given::Names { all, .. } if all > 0), "{members:?}");
}

#[tokio::test]
async fn what_was_read_is_told_with_it_but_not_what_flows_into_a_redacted_attribute() {
    let (app, person, _) = portal_and_people().await;
    let mapping = Mapping::expression("jobTitle", "Redact([sn])");
    let tried = tried(&app, User, &mapping, &person).await.expect("is tried");
    assert_eq!(tried.dn, person);
    assert!(tried.known.contains("givenName") && tried.attributes.contains_key("givenName"), "{tried:?}");
    assert!(!tried.known.contains("sn") && !tried.attributes.contains_key("sn"), "{tried:?}");
    assert!(tried.parameters.contains(&("DomainFQDN", "lab.local".to_owned())), "{tried:?}");
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused_at_its_place() {
    let (app, person, group) = portal_and_people().await;
    let mapping = Mapping::direct("surname", "sn");
    for (mapping, dn, path) in [
        (&mapping, "", "dn"),
        (&mapping, "CN=nobody,DC=lab,DC=local", "dn"),
        (&mapping, group.as_str(), "dn"),
        (&Mapping::expression("surname", "Trimm([sn])"), person.as_str(), "mapping"),
        (&Mapping::expression("manager", "[manager]"), person.as_str(), "mapping"),
    ] {
        let refused = tried(&app, User, mapping, dn).await;
        let Err(ServiceError::Invalid(problems)) = &refused else { panic!("{dn}: {refused:?}") };
        assert_eq!(problems[0].path, path, "{dn}: {problems:?}");
    }
    let reader = Principal { name: "r".to_owned(), role: Role::Operator, via: Via::Session, from: None };
    let object = OnDemandRequest { dn: Some(person), ..OnDemandRequest::default() };
    let refused = app.service.try_mapping(&reader, CONFIGURATION, User, &mapping, &object).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden { .. })), "{refused:?}");
}

#[tokio::test]
async fn in_the_portal_trying_keeps_what_was_typed_and_saves_nothing() {
    let (app, person, _) = portal_and_people().await;
    app.account("alice", Role::Administrator).await;
    let page = app.browser("alice").await.on_our_page();
    let path = {
        let id = app
            .service
            .configuration(&Principal::system(), CONFIGURATION)
            .await
            .expect("is there")
            .configuration
            .id;
        format!("/configurations/{id}/mapping")
    };
    let fields = |object: &'static str, origin: &'static str| {
        [
            ("type", "user"),
            ("original", "displayName"),
            ("target", "displayName"),
            ("kind", "expression"),
            ("origin", origin),
            ("apply", "always"),
            ("object", object),
            ("try", "1"),
        ]
    };
    let person: &'static str = person.leak();
    let tried = page.form(&path, &fields(person, r#"Join("", "zebra-", "b")"#)).await;
    assert_eq!(tried.status, StatusCode::OK, "{tried:?}");
    assert!(tried.text.contains("Gives: zebra-b"), "{}", tried.text);
    assert!(tried.text.contains("What was read of the object"));
    let wrong = page.form(&path, &fields(person, "Join(")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("origin-error") && wrong.text.contains("Join("));
    let nobody = page.form(&path, &fields("", "[sn]")).await;
    assert!(nobody.text.contains("object-error"));
    let unknown = page.form(&path, &fields("a name without records", "[sn]")).await;
    assert!(unknown.text.contains("Neither the log nor the directory knows this name"));
    // Nobody was provisioned yet, so that only the directory knows people.
    let name = domain::Dn::parse(person).expect("a name").leaf();
    let offered = page.form(&path, &fields(name.leak(), "[sn]")).await;
    assert!(offered.text.contains("name=\"try\""), "{}", offered.text);
    let kept = page.get(&format!("{path}?type=user&edit=displayName")).await;
    assert!(!kept.text.contains("zebra"), "nothing was saved");
}

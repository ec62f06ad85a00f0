use std::sync::atomic::{AtomicU64, Ordering};

use domain::Time;
use uuid::Uuid;

use super::*;

/// Time stands still; ids count.
#[derive(Debug, Default)]
struct StillClock(AtomicU64);

impl Clock for StillClock {
    fn now(&self) -> Time {
        Time::from_timestamp(1_700_000_000, 0).expect("a valid time")
    }

    fn uuid(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}

fn evaluate(mappings: &[Mapping], entry: &Entry) -> Result<Desired, MappingFailure> {
    let clock: Arc<dyn Clock> = Arc::new(StillClock::default());
    CompiledMappings::compile(mappings, TargetKind::BuiltIn, ObjectKind::User).expect("compiles").evaluate(
        entry,
        &parameters("DC=lab01,DC=local", "lab01", &clock),
        true,
    )
}

#[test]
fn the_default_user_mappings_give_graphs_attributes() {
    let entry = Entry::new("CN=Ann Lee,OU=People,DC=lab01,DC=local")
        .with("cn", ["Ann Lee"])
        .with("sn", [" Lee "])
        .with("sAMAccountName", ["alee"])
        .with("userAccountControl", ["514"])
        .with("telephoneNumber", ["+49 1"])
        .with("manager", ["CN=Bob,DC=lab01,DC=local"]);
    let mappings = domain::defaults::mappings(
        domain::DirectoryKind::ActiveDirectory,
        TargetKind::BuiltIn,
        ObjectKind::User,
    );
    let desired = evaluate(&mappings, &entry).expect("maps");
    let attribute = |name: &str| desired.attributes.get(name).cloned();
    assert_eq!(attribute("displayName"), Some(Value::text("Ann Lee")));
    assert_eq!(attribute("surname"), Some(Value::text("Lee")));
    assert_eq!(attribute("userPrincipalName"), Some(Value::text("alee@lab01.local")));
    assert_eq!(attribute("accountEnabled"), Some(Value::Boolean(false)));
    assert_eq!(attribute("businessPhones"), Some(Value::Many(vec![Value::text("+49 1")])));
    assert_eq!(attribute("onPremisesDomainName"), Some(Value::text("lab01.local")));
    assert_eq!(attribute("givenName"), None);
    assert_eq!(desired.references, [("manager".to_owned(), NameKey::of("cn=bob,dc=lab01,dc=local"))]);
}

#[test]
fn a_failing_mapping_names_the_attribute() {
    let failure = evaluate(
        &[Mapping::expression("jobTitle", "Item([title], 3)")],
        &Entry::new("CN=a").with("title", ["x"]),
    )
    .expect_err("out of range");
    assert!(failure.reason.contains("jobTitle") && failure.reason.contains("Item"), "{}", failure.reason);
}

#[test]
fn a_default_flows_only_when_the_object_is_created() {
    let mut mapping = Mapping::direct("department", "department");
    mapping.default = Some("Unassigned".to_owned());
    let desired = evaluate(&[mapping], &Entry::new("CN=a")).expect("maps");
    assert!(desired.attributes.is_empty());
    assert_eq!(desired.on_create.get("department"), Some(&Value::text("Unassigned")));
}

#[test]
fn an_ignored_flow_keeps_what_the_target_has() {
    let mapping = Mapping::expression("jobTitle", "IgnoreFlowIfNullOrEmpty([title])");
    let desired = evaluate(std::slice::from_ref(&mapping), &Entry::new("CN=a")).expect("maps");
    assert_eq!((desired.kept, desired.attributes.len()), (vec!["jobTitle".to_owned()], 0));
    let desired = evaluate(&[mapping], &Entry::new("CN=a").with("title", ["Baker"])).expect("maps");
    assert_eq!(desired.attributes.get("jobTitle"), Some(&Value::text("Baker")));
}

#[test]
fn values_take_the_types_of_the_directory() {
    let entry = Entry::new("CN=Ann,DC=lab01,DC=local")
        .with("cn", ["Ann"])
        .with("sAMAccountName", ["ann"])
        .with("objectGUID", [(0..16).collect::<Vec<u8>>()])
        .with("countryCode", ["756"])
        .with("msExchHideFromAddressLists", ["TRUE"])
        .with("thumbnailPhoto", [vec![1, 2]])
        .with("pwdLastSet", ["133497216000000000"])
        .with("publicDelegates", ["CN=b,DC=lab01,DC=local", "CN=a,DC=lab01,DC=local"]);
    let mappings = domain::defaults::mappings(
        domain::DirectoryKind::ActiveDirectory,
        TargetKind::BuiltIn,
        ObjectKind::User,
    );
    let desired = evaluate(&mappings, &entry).expect("maps");
    let attribute = |name: &str| desired.attributes.get(name).cloned();
    assert_eq!(attribute("countryCode"), Some(Value::Integer(756)));
    assert_eq!(attribute("msExchHideFromAddressLists"), Some(Value::Boolean(true)));
    assert_eq!(attribute("thumbnailPhoto"), Some(Value::text("AQI=")));
    assert_eq!(attribute("lastPasswordChangeTimestamp"), Some(Value::text("20240114160000.0Z")));
    assert_eq!(
        attribute("onPremisesObjectIdentifier"),
        Some(Value::text("03020100-0504-0706-0809-0a0b0c0d0e0f"))
    );
    let mut delegates = vec![NameKey::of("CN=a,DC=lab01,DC=local"), NameKey::of("CN=b,DC=lab01,DC=local")];
    delegates.sort_unstable();
    assert_eq!(desired.lists, [("publicDelegates".to_owned(), delegates)]);

    let wrong = Entry::new("CN=Ann,DC=lab01,DC=local").with("cn", ["Ann"]).with("sAMAccountName", ["ann"]);
    let failure = evaluate(&mappings, &wrong.with("countryCode", ["CH"])).expect_err("no number");
    assert_eq!(failure.reason, "countryCode: `CH` is not a whole number");
}

#[test]
fn what_is_passed_over_is_what_would_give_nothing() {
    let needs = |expression: &str| {
        let mapping = Mapping::expression("jobTitle", expression);
        let compiled = CompiledMappings::compile(&[mapping], TargetKind::BuiltIn, ObjectKind::User);
        compiled
            .expect("compiles")
            .rules
            .first()
            .and_then(|rule| rule.needs.as_ref().map(|needs| needs.len()))
    };
    assert_eq!(needs("Trim([a])"), Some(1));
    assert_eq!(needs("IIF(IsPresent([a]), [b], )"), Some(2));
    for always in [
        "IIF(IsPresent([a]), [b], \"x\")",
        "IgnoreFlowIfNullOrEmpty([a])",
        "IIF(IsPresent([a]), [a], %DomainFQDN%)",
        "Error([a])",
        "Trim([distinguishedName])",
        "IIF(IsPresent([a]), [a], Guid())",
    ] {
        assert_eq!(needs(always), None, "{always}");
    }
}

#[test]
fn random_values_come_from_the_clock_that_is_passed_in() {
    let mapping = Mapping::expression("employeeId", "RandomString(12, 2, 0, 2, 2) & Guid()");
    let of = || evaluate(std::slice::from_ref(&mapping), &Entry::new("CN=a")).expect("maps").attributes;
    let one = of();
    assert_eq!(one, of(), "a clock that repeats itself gives the same");
    assert_eq!(one.get("employeeId").and_then(Value::as_text).map(str::len), Some(12 + 36));
}

#[test]
fn what_is_applied_on_create_is_not_looked_at_for_others() {
    let mut mapping = Mapping::expression("jobTitle", "Error(\"no\")");
    mapping.apply = Apply::OnCreate;
    let compiled =
        CompiledMappings::compile(&[mapping], TargetKind::BuiltIn, ObjectKind::User).expect("compiles");
    let clock: Arc<dyn Clock> = Arc::new(StillClock::default());
    let of = |creating| {
        let parameters = parameters("DC=lab01,DC=local", "lab01", &clock);
        compiled.evaluate(&Entry::new("CN=a"), &parameters, creating).expect("maps").create_failure
    };
    assert_eq!(of(false), None);
    assert!(of(true).is_some_and(|failure| failure.reason.contains("jobTitle")));
}

#[test]
fn the_lowest_precedence_matches_first_and_unique_values_do_not_match() {
    let mappings = [
        Mapping::direct("mail", "mail").matching(2),
        Mapping::direct("employeeId", "employeeID").matching(1),
        Mapping::direct("displayName", "cn"),
    ];
    let compile =
        |mappings: &[Mapping]| CompiledMappings::compile(mappings, TargetKind::BuiltIn, ObjectKind::User);
    assert_eq!(compile(&mappings).expect("compiles").matching(), ["employeeId", "mail"]);
    let mut unique = Mapping::expression("mailNickname", "SelectUniqueValue([a], [b])");
    assert!(compile(std::slice::from_ref(&unique)).is_err(), "it is applied always");
    unique.apply = Apply::OnCreate;
    assert!(compile(std::slice::from_ref(&unique)).is_ok());
    assert!(compile(&[unique.matching(1)]).is_err());
}

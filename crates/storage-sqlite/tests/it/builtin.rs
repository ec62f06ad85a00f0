//! The built-in directory as a target, over this database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::value::Attributes;
use domain::{Clock, ObjectKind, Time, Value};
use ports::{MatchProperty, Operation, Outcome, OutcomeKind, Target, TargetError, Verb};
use storage::DirectoryStore as _;
use storage::contract::sample;
use storage::directory::{DirectoryWrite, DirectoryWritten};
use storage_sqlite::{OpenOptions, SqliteStorage};
use targets::builtin::BuiltInTarget;
use tempfile::TempDir;
use uuid::Uuid;

#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Clock for Counter {
    fn now(&self) -> Time {
        sample::time(self.0.fetch_add(1, Ordering::Relaxed).cast_signed())
    }

    fn uuid(&self) -> Uuid {
        Uuid::from_u128(0xabc << 64 | u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

async fn target() -> (BuiltInTarget, SqliteStorage, TempDir) {
    let (storage, folder) = crate::empty().await;
    (over(&storage), storage, folder)
}

fn over(storage: &SqliteStorage) -> BuiltInTarget {
    BuiltInTarget::new(Arc::new(storage.clone()), Arc::new(Counter::default()), sample::configuration_id(1))
}

fn operation(number: u128, verb: Verb, kind: ObjectKind) -> Operation {
    let mut attributes =
        Attributes::from([("displayName".to_owned(), Value::text(format!("Object {number}")))]);
    if kind == ObjectKind::User {
        attributes.insert("userPrincipalName".to_owned(), Value::text(format!("user{number}@north.example")));
        attributes.insert("accountEnabled".to_owned(), Value::text("True"));
    }
    Operation {
        change_id: sample::change_id(number),
        verb,
        kind,
        anchor: format!("anchor-{number}"),
        target_id: None,
        changed: attributes.keys().cloned().collect(),
        attributes,
        add_members: Vec::new(),
        remove_members: Vec::new(),
    }
}

fn create(number: u128) -> Operation {
    operation(number, Verb::Create, ObjectKind::User)
}

fn with(mut operation: Operation, name: &str, value: Value) -> Operation {
    operation.attributes.insert(name.to_owned(), value);
    operation
}

fn change(number: u128, change: u128, verb: Verb, id: &str) -> Operation {
    Operation {
        change_id: sample::change_id(change),
        target_id: Some(id.to_owned()),
        ..operation(number, verb, ObjectKind::User)
    }
}

async fn one(target: &BuiltInTarget, operation: Operation) -> Result<Outcome, TargetError> {
    let mut answers = target.export(&[operation]).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

async fn created(target: &BuiltInTarget, operation: Operation) -> String {
    one(target, operation).await.expect("is created").target_id
}

fn code(answer: &Result<Outcome, TargetError>) -> &'static str {
    answer.as_ref().expect_err("is refused").code().code
}

#[tokio::test]
async fn what_is_created_is_found_by_its_anchor() {
    let (target, storage, _folder) = target().await;
    let user = with(create(1), "manager", Value::Reference("somebody".to_owned()));
    let outcome = one(&target, with(user, "mail", Value::text("a@b.c"))).await.expect("is created");
    assert_eq!(outcome.kind, OutcomeKind::Created);
    let group = Operation {
        add_members: vec![outcome.target_id.clone()],
        ..operation(2, Verb::Create, ObjectKind::Group)
    };
    created(&target, group).await;

    let stored = storage.directory_object(&outcome.target_id).await.expect("is read").expect("is there");
    assert_eq!(stored.account_enabled, Some(true));
    assert_eq!(stored.attributes.get("accountEnabled"), Some(&Value::Boolean(true)));
    assert_eq!(stored.attributes.get("manager"), Some(&Value::Reference("somebody".to_owned())));
    assert_eq!(stored.mail.as_deref(), Some("a@b.c"));

    let anchors = ["anchor-9", "anchor-1"].map(str::to_owned);
    let found = target.find(ObjectKind::User, &anchors).await.expect("is asked");
    assert_eq!(found[0], Ok(None));
    let user = found[1].clone().expect("no failure").expect("is there");
    assert_eq!((user.id, user.display_name.as_str()), (outcome.target_id.clone(), "Object 1"));
    let found = target.find(ObjectKind::Group, &["anchor-2".to_owned()]).await.expect("is asked");
    let group = found[0].clone().expect("no failure").expect("is there");
    assert_eq!(group.members, [outcome.target_id]);
}

#[tokio::test]
async fn a_refused_operation_does_not_stop_the_others() {
    let (target, storage, _folder) = target().await;
    let mut nameless = create(2);
    nameless.attributes.remove("displayName");
    let taken = with(create(4), "userPrincipalName", Value::text("USER1@north.example"));
    let answers = target.export(&[create(1), nameless, create(3), taken]).await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert_eq!(code(&answers[1]), "MandatoryFieldsMissing");
    assert_eq!(code(&answers[3]), "AttributeValueMustBeUnique");
    let reason = answers[3].as_ref().expect_err("is refused").to_string();
    let other = &answers[0].as_ref().expect("is created").target_id;
    assert!(reason.contains("Object 1") && reason.contains(other.as_str()), "{reason}");
    assert_eq!(storage.directory_counts().await.expect("are counted").users, 2);
}

#[tokio::test]
async fn values_that_no_directory_takes_are_refused_with_attribute_and_limit() {
    let (target, _storage, _folder) = target().await;
    let long = |length: usize| Value::text("x".repeat(length));
    for (name, value, expected) in [
        ("displayName", long(257), "ExceededAllowedLength"),
        ("givenName", long(65), "ExceededAllowedLength"),
        ("surname", long(65), "ExceededAllowedLength"),
        ("mail", long(257), "ExceededAllowedLength"),
        ("userPrincipalName", Value::text(format!("{}@x", "a".repeat(112))), "ExceededAllowedLength"),
        ("userPrincipalName", Value::text("a b@x"), "IdentityDataValidationFailed"),
        ("userPrincipalName", Value::text("nobody"), "IdentityDataValidationFailed"),
        ("userPrincipalName", Value::text(" "), "MandatoryFieldsMissing"),
        ("accountEnabled", Value::text("perhaps"), "IdentityDataValidationFailed"),
        ("proxyAddresses", Value::Many(vec![Value::text("smtp:a@b"), long(257)]), "ExceededAllowedLength"),
        ("proxyAddresses", Value::Many(vec![Value::text("a@b")]), "IdentityDataValidationFailed"),
    ] {
        let answer = one(&target, with(create(1), name, value)).await;
        assert_eq!(code(&answer), expected, "{name}");
        let reason = answer.expect_err("is refused").to_string();
        assert!(reason.starts_with(name) && reason.chars().count() < 200, "{reason}");
    }
    for (name, value) in [("displayName", long(256)), ("givenName", long(64)), ("mail", long(256))] {
        assert!(one(&target, with(create(2), name, value)).await.is_ok(), "{name}");
        let id = target.find(ObjectKind::User, &["anchor-2".to_owned()]).await.expect("is asked")[0]
            .clone()
            .expect("no failure")
            .expect("is there")
            .id;
        assert!(one(&target, change(2, 3, Verb::Delete, &id)).await.is_ok());
    }
}

#[tokio::test]
async fn objects_are_updated_disabled_and_deleted() {
    let (target, storage, _folder) = target().await;
    let id = created(&target, create(1)).await;
    let renamed = with(change(1, 2, Verb::Update, &id), "displayName", Value::text("Renamed"));
    assert_eq!(one(&target, renamed).await.map(|outcome| outcome.kind), Ok(OutcomeKind::Updated));
    // An account is disabled whatever its other values are.
    let disable = with(change(1, 3, Verb::Disable, &id), "givenName", Value::text("x".repeat(99)));
    assert_eq!(one(&target, disable).await.map(|outcome| outcome.kind), Ok(OutcomeKind::Disabled));
    let stored = storage.directory_object(&id).await.expect("is read").expect("is there");
    assert_eq!((stored.account_enabled, stored.change_id), (Some(false), sample::change_id(3)));
    let delete = change(1, 4, Verb::Delete, &id);
    let outcome = one(&target, delete.clone()).await.expect("is deleted");
    assert_eq!((outcome.kind, outcome.target_id.as_str()), (OutcomeKind::Deleted, id.as_str()));
    assert_eq!(one(&target, delete).await.map(|outcome| outcome.kind), Ok(OutcomeKind::Deleted));
    assert_eq!(code(&one(&target, change(1, 5, Verb::Update, &id)).await), "EntryNotFound");
    assert_eq!(code(&one(&target, change(1, 6, Verb::Update, "")).await), "InternalError");
}

#[tokio::test]
async fn creating_again_after_a_crash_adopts_what_is_there() {
    let (target, storage, _folder) = target().await;
    let id = created(&target, create(1)).await;
    let again = one(&target, create(1)).await.expect("is adopted");
    assert_eq!((again.kind, again.target_id), (OutcomeKind::Created, id));
    let other = Operation { change_id: sample::change_id(2), ..create(1) };
    assert_eq!(code(&one(&target, other).await), "EntryConflict");
    assert_eq!(storage.directory_counts().await.expect("are counted").users, 1);
}

#[tokio::test]
async fn the_outcome_of_a_lost_answer_is_known() {
    let (target, _storage, _folder) = target().await;
    assert_eq!(target.outcome_of(&create(1)).await, Ok(None));
    let id = created(&target, create(1)).await;
    let kind = |outcome: Result<Option<Outcome>, TargetError>| {
        outcome.expect("is asked").map(|outcome| (outcome.kind, outcome.target_id == id))
    };
    assert_eq!(kind(target.outcome_of(&create(1)).await), Some((OutcomeKind::Created, true)));

    let rename = with(change(1, 2, Verb::Update, &id), "displayName", Value::text("Renamed"));
    assert_eq!(kind(target.outcome_of(&rename).await), None);
    one(&target, rename.clone()).await.expect("is updated");
    assert_eq!(kind(target.outcome_of(&rename).await), Some((OutcomeKind::Updated, true)));
    let same = Operation { change_id: sample::change_id(3), ..rename };
    assert_eq!(kind(target.outcome_of(&same).await), Some((OutcomeKind::Unchanged, true)));

    let disable = change(1, 4, Verb::Disable, &id);
    assert_eq!(kind(target.outcome_of(&disable).await), None);
    let delete = change(1, 5, Verb::Delete, &id);
    assert_eq!(kind(target.outcome_of(&delete).await), None);
    one(&target, delete.clone()).await.expect("is deleted");
    assert_eq!(kind(target.outcome_of(&delete).await), Some((OutcomeKind::Deleted, true)));
    assert_eq!(kind(target.outcome_of(&disable).await), None);
}

#[tokio::test]
async fn memberships_are_part_of_an_outcome() {
    let (target, storage, _folder) = target().await;
    let users = [created(&target, create(1)).await, created(&target, create(2)).await];
    let group =
        Operation { add_members: vec![users[0].clone()], ..operation(3, Verb::Create, ObjectKind::Group) };
    let id = created(&target, group.clone()).await;
    let swap = Operation {
        verb: Verb::Update,
        change_id: sample::change_id(4),
        target_id: Some(id.clone()),
        changed: Vec::new(),
        add_members: vec![users[1].clone()],
        remove_members: vec![users[0].clone()],
        ..group
    };
    assert_eq!(target.outcome_of(&swap).await, Ok(None));
    one(&target, swap.clone()).await.expect("is updated");
    assert_eq!(storage.directory_member_ids(&id).await.expect("are read"), [users[1].clone()]);
    let same = Operation { change_id: sample::change_id(5), ..swap };
    let outcome = target.outcome_of(&same).await.expect("is asked").expect("is as asked");
    assert_eq!(outcome.kind, OutcomeKind::Unchanged);
}

#[tokio::test]
async fn a_full_disk_stops_the_cycle() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = OpenOptions { max_pages: Some(200), ..OpenOptions::default() };
    let storage = SqliteStorage::open(crate::file(&folder), options).await.expect("opens");
    let target = over(&storage);
    let mut first = 1;
    let answers = loop {
        let operations: Vec<_> = (first..first + 100).map(create).collect();
        let answers = target.export(&operations).await;
        if answers.iter().any(Result::is_err) {
            break answers;
        }
        first += 100;
        assert!(first < 100_000, "the disk is never full");
    };
    assert!(answers.iter().all(|answer| code(answer) == "StorageFull"));
    assert!(answers[0].as_ref().expect_err("is refused").is_system());
    let users = storage.directory_counts().await.expect("are counted").users;
    assert_eq!(u128::from(users), first - 1);
}

#[tokio::test]
async fn a_soft_match_knows_no_case_and_says_who_administers_the_directory() {
    let (target, storage, _folder) = target().await;
    for (number, mail) in [(1, "Anna@North.example"), (2, "anna@north.EXAMPLE")] {
        let id = created(&target, create(number)).await;
        // As it may be in a directory of before addresses were unique.
        let mut object = storage.directory_object(&id).await.expect("is read").expect("is there");
        object.mail = Some(mail.to_owned());
        let twin = DirectoryWrite::Update { object, add_members: Vec::new(), remove_members: Vec::new() };
        assert_eq!(storage.write_directory(vec![twin]).await.expect("is written"), [DirectoryWritten::Done]);
    }
    let roles = Value::Many(vec![Value::text("Global Administrator")]);
    let root = created(&target, with(create(3), "assignedRoles", roles)).await;
    let blank = created(&target, with(create(4), "assignedRoles", Value::text(""))).await;
    let by = async |property, values: &[&str]| {
        let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
        target.find_by(ObjectKind::User, property, &values).await.expect("asked")
    };
    let names = ["USER3@north.example", "user4@NORTH.example", "nobody@north.example"];
    let found = by(MatchProperty::UserPrincipalName, &names).await;
    let shown: Vec<_> = found
        .into_iter()
        .map(|found| found.expect("one or none").map(|found| (found.id, found.anchor, found.administrator)))
        .collect();
    let expected =
        [Some((root, "anchor-3".to_owned(), true)), Some((blank, "anchor-4".to_owned(), false)), None];
    assert_eq!(shown, expected);
    let found = by(MatchProperty::PrimaryMail, &["ANNA@north.example", "x@north.example"]).await;
    let error = found[0].as_ref().expect_err("two have it");
    assert_eq!(error.code(), &domain::catalogue::DUPLICATE_TARGET);
    assert_eq!(found[1], Ok(None));
    let by_anchor = target.find(ObjectKind::User, &["anchor-3".to_owned()]).await.expect("asked");
    assert!(by_anchor[0].as_ref().expect("found").as_ref().expect("there").administrator);
}

#[tokio::test]
async fn everything_is_listed_page_by_page_whoever_made_it() {
    let (target, storage, _folder) = target().await;
    let people: Vec<_> = (1..=1201).map(create).collect();
    assert!(target.export(&people).await.iter().all(Result::is_ok));
    let member = target.find(ObjectKind::User, &["anchor-7".to_owned()]).await.expect("asked").remove(0);
    let member = member.expect("found").expect("there").id;
    let mut team = operation(2000, Verb::Create, ObjectKind::Group);
    team.add_members = vec![member.clone()];
    let team = created(&target, team).await;
    // Another configuration's target sees the same.
    let other = over(&storage);
    let (mut anchors, mut pages, mut after) = (std::collections::BTreeSet::new(), 0, None);
    loop {
        let page = other.list(ObjectKind::User, after).await.expect("is read");
        pages += 1;
        for object in page.objects {
            assert!(anchors.insert(object.anchor), "nobody comes twice");
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((anchors.len(), pages), (1201, 3));
    let groups = other.list(ObjectKind::Group, None).await.expect("is read");
    assert_eq!(groups.objects.len(), 1);
    assert_eq!((&groups.objects[0].id, &groups.objects[0].members), (&team, &vec![member]));
    assert_eq!(other.list(ObjectKind::Contact, None).await.expect("is read"), ports::TargetPage::default());
}

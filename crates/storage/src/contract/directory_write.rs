//! Writing the built-in directory.

use domain::{ObjectKind, Value};

use super::sample::{attributes, change_id, group, time, user, uuid};
use crate::Storage;
use crate::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};

use DirectoryWritten::{Conflict, Done, NotFound};

fn create(object: DirectoryObject) -> DirectoryWrite {
    DirectoryWrite::Create { object, members: Vec::new() }
}

fn update(object: DirectoryObject) -> DirectoryWrite {
    DirectoryWrite::Update { object, add_members: Vec::new(), remove_members: Vec::new() }
}

fn delete(number: u128) -> DirectoryWrite {
    DirectoryWrite::Delete { id: id(number) }
}

fn id(number: u128) -> String {
    uuid(number).to_string()
}

async fn write(storage: &dyn Storage, writes: Vec<DirectoryWrite>) -> Vec<DirectoryWritten> {
    storage.write_directory(writes).await.expect("are written")
}

async fn stored(storage: &dyn Storage, number: u128) -> Option<DirectoryObject> {
    storage.directory_object(&id(number)).await.expect("is read")
}

fn with_name(number: u128, principal: &str) -> DirectoryObject {
    DirectoryObject { user_principal_name: Some(principal.to_owned()), ..user(number, "Somebody") }
}

pub async fn an_object_comes_back_by_id_and_anchor(storage: &dyn Storage) {
    assert_eq!(write(storage, vec![create(user(1, "Anna")), create(group(2, "Staff"))]).await, [Done, Done]);
    assert_eq!(stored(storage, 1).await, Some(user(1, "Anna")));
    assert_eq!(stored(storage, 2).await, Some(group(2, "Staff")));
    assert_eq!(stored(storage, 3).await, None);
    let asked = ["anchor-1", "anchor-2", "anchor-3"].map(str::to_owned);
    let found = storage.directory_by_anchors(ObjectKind::User, &asked).await.expect("are read");
    assert_eq!(found, [user(1, "Anna")]);
    assert!(write(storage, Vec::new()).await.is_empty());
}

pub async fn an_update_replaces_attributes_and_keeps_the_creation(storage: &dyn Storage) {
    write(storage, vec![create(user(1, "Anna"))]).await;
    let changed = DirectoryObject {
        display_name: "Anna Berg".to_owned(),
        mail: None,
        account_enabled: Some(false),
        attributes: attributes("Anna Berg"),
        change_id: change_id(77),
        created_at: time(50),
        updated_at: time(50),
        ..user(1, "Anna")
    };
    assert_eq!(write(storage, vec![update(changed.clone())]).await, [Done]);
    let expected = DirectoryObject { created_at: time(1), ..changed };
    assert_eq!(stored(storage, 1).await, Some(expected));
}

pub async fn a_deleted_object_leaves_its_groups(storage: &dyn Storage) {
    write(storage, vec![create(user(1, "Anna")), create(user(2, "Berta"))]).await;
    let staff = DirectoryWrite::Create { object: group(3, "Staff"), members: vec![id(1), id(2)] };
    write(storage, vec![staff]).await;
    assert_eq!(write(storage, vec![delete(1)]).await, [Done]);
    assert_eq!(stored(storage, 1).await, None);
    assert_eq!(storage.directory_member_ids(&id(3)).await.expect("are read"), [id(2)]);
    assert_eq!(write(storage, vec![delete(3)]).await, [Done]);
    assert_eq!(storage.directory_member_count(&id(3)).await.expect("is counted"), 0);
    assert!(stored(storage, 2).await.is_some());
}

pub async fn what_is_not_there_is_not_found(storage: &dyn Storage) {
    assert_eq!(write(storage, vec![update(user(1, "Anna")), delete(2)]).await, [NotFound, NotFound]);
    assert_eq!(stored(storage, 1).await, None);
}

pub async fn a_taken_anchor_is_a_conflict_within_its_kind(storage: &dyn Storage) {
    write(storage, vec![create(user(1, "Anna"))]).await;
    let same = |object: DirectoryObject| DirectoryObject { anchor: "anchor-1".to_owned(), ..object };
    let written =
        write(storage, vec![create(same(user(2, "Double"))), create(same(group(3, "Staff")))]).await;
    let conflict = Conflict { attribute: "onPremisesImmutableId", other_id: id(1) };
    assert_eq!(written, [conflict.clone(), Done]);
    write(storage, vec![create(user(4, "Dora"))]).await;
    assert_eq!(write(storage, vec![update(same(user(4, "Dora")))]).await, [conflict]);
    assert_eq!(stored(storage, 4).await.map(|object| object.anchor), Some("anchor-4".to_owned()));
}

pub async fn a_taken_user_name_is_a_conflict_among_users(storage: &dyn Storage) {
    write(storage, vec![create(with_name(1, "Änne@North.example"))]).await;
    let conflict = Conflict { attribute: "userPrincipalName", other_id: id(1) };
    let written = write(
        storage,
        vec![
            create(with_name(2, "äNNE@north.EXAMPLE")),
            create(DirectoryObject {
                kind: ObjectKind::Contact,
                user_principal_name: Some("änne@north.example".to_owned()),
                ..group(3, "Contact")
            }),
            // Its own name in other letters is no conflict.
            update(with_name(1, "ÄNNE@north.example")),
        ],
    )
    .await;
    assert_eq!(written, [conflict, Done, Done]);
    assert_eq!(
        stored(storage, 1).await.and_then(|object| object.user_principal_name).as_deref(),
        Some("ÄNNE@north.example")
    );
}

fn with_addresses(object: DirectoryObject, mail: &str, proxies: &[&str]) -> DirectoryObject {
    let mut object = object;
    if !mail.is_empty() {
        object.attributes.insert("mail".to_owned(), Value::text(mail));
    }
    if let Some(value) = Value::many(proxies.iter().map(|proxy| Value::text(*proxy))) {
        object.attributes.insert("proxyAddresses".to_owned(), value);
    }
    object
}

pub async fn what_is_only_tried_leaves_nothing_behind(storage: &dyn Storage) {
    let anna = with_addresses(user(1, "Anna"), "anna@north.example", &[]);
    assert_eq!(write(storage, vec![create(anna.clone())]).await, [Done]);
    let other = create(with_addresses(user(2, "Other"), "anna@north.example", &[]));
    let tried = storage.try_directory(vec![other, create(user(3, "Third")), delete(1)]).await;
    let conflict = Conflict { attribute: "mail", other_id: id(1) };
    assert_eq!(tried.expect("is tried"), [conflict, Done, Done]);
    assert_eq!(storage.directory_counts().await.expect("is read").users, 1);
    assert_eq!(write(storage, vec![create(user(3, "Third")), update(anna)]).await, [Done, Done]);
}

pub async fn an_address_belongs_to_one_object_until_it_is_given_up(storage: &dyn Storage) {
    let anna = |mail: &str, proxies: &[&str]| with_addresses(user(1, "Anna"), mail, proxies);
    let first = anna("Anna@North.example", &["SMTP:anna@north.example", "smtp:Änne@north.example"]);
    assert_eq!(write(storage, vec![create(first.clone())]).await, [Done]);
    let conflict = |attribute| Conflict { attribute, other_id: id(1) };
    let list = |proxies: &[&str]| with_addresses(group(3, "List"), "", proxies);
    let written = write(
        storage,
        vec![
            create(with_addresses(user(2, "Other"), "ANNA@north.example", &[])),
            create(list(&["SMTP:list@north.example", "smtp:änne@NORTH.example"])),
            // Its own addresses are no conflict.
            update(first),
            create(with_addresses(user(4, "Dora"), "dora@north.example", &["SIP:anna@north.example"])),
        ],
    )
    .await;
    assert_eq!(written, [conflict("mail"), conflict("proxyAddresses"), Done, Done]);
    // Given up and taken within one call, and across calls.
    let taken = create(list(&["SMTP:list@north.example", "smtp:änne@north.example"]));
    let given_up = update(anna("anna@north.example", &["SMTP:anna@north.example"]));
    assert_eq!(write(storage, vec![taken.clone(), given_up]).await, [conflict("proxyAddresses"), Done]);
    assert_eq!(write(storage, vec![taken]).await, [Done]);
    let back = update(anna("anna@north.example", &["smtp:änne@north.example"]));
    let expected = Conflict { attribute: "proxyAddresses", other_id: id(3) };
    assert_eq!(write(storage, vec![back.clone()]).await, [expected]);
    assert_eq!(write(storage, vec![delete(3), back]).await, [Done, Done]);
    let other = create(with_addresses(user(5, "Other"), "anna@north.example", &[]));
    assert_eq!(write(storage, vec![other.clone(), delete(1), other]).await, [conflict("mail"), Done, Done]);
}

pub async fn refused_writes_do_not_stop_the_others(storage: &dyn Storage) {
    write(storage, vec![create(user(1, "Anna"))]).await;
    let mut writes: Vec<_> = (2..=90).map(|n| create(user(n, &format!("Person {n}")))).collect();
    writes.insert(40, create(with_name(200, "user1@north.example")));
    // Two of the same call may want the same name as well: the first gets it.
    writes.push(create(with_name(201, "same@north.example")));
    writes.push(create(with_name(202, "SAME@north.example")));
    let written = write(storage, writes).await;
    assert_eq!(written.iter().filter(|how| **how == Done).count(), 90);
    assert_eq!(written[40], Conflict { attribute: "userPrincipalName", other_id: id(1) });
    assert_eq!(written[91], Conflict { attribute: "userPrincipalName", other_id: id(201) });
    assert!(stored(storage, 90).await.is_some());
    assert!(stored(storage, 200).await.is_none());
}

pub async fn a_freed_name_can_be_taken_in_the_same_call(storage: &dyn Storage) {
    write(storage, vec![create(with_name(1, "a@x")), create(with_name(2, "b@x"))]).await;
    let written = write(
        storage,
        vec![
            delete(1),
            update(with_name(2, "a@x")),
            create(DirectoryObject { anchor: "anchor-1".to_owned(), ..with_name(3, "b@x") }),
        ],
    )
    .await;
    assert_eq!(written, [Done, Done, Done]);
    let name = |object: Option<DirectoryObject>| object.and_then(|object| object.user_principal_name);
    assert_eq!(name(stored(storage, 2).await).as_deref(), Some("a@x"));
    assert_eq!(name(stored(storage, 3).await).as_deref(), Some("b@x"));
    // What is freed only later is still taken.
    let written = write(storage, vec![create(with_name(4, "a@x")), delete(2)]).await;
    assert_eq!(written, [Conflict { attribute: "userPrincipalName", other_id: id(2) }, Done]);
}

pub async fn names_are_not_swapped_in_one_call(storage: &dyn Storage) {
    write(storage, vec![create(with_name(1, "a@x")), create(with_name(2, "b@x"))]).await;
    let written = write(storage, vec![update(with_name(1, "b@x")), update(with_name(2, "a@x"))]).await;
    assert_eq!(
        written,
        [
            Conflict { attribute: "userPrincipalName", other_id: id(2) },
            Conflict { attribute: "userPrincipalName", other_id: id(1) },
        ]
    );
    let written = write(storage, vec![update(with_name(1, "c@x")), update(with_name(2, "a@x"))]).await;
    assert_eq!(written, [Done, Done]);
}

pub async fn one_object_can_be_written_twice_in_one_call(storage: &dyn Storage) {
    let written = write(
        storage,
        vec![
            create(user(1, "First")),
            update(user(1, "Second")),
            create(user(2, "Short-lived")),
            delete(2),
            create(user(3, "Third")),
        ],
    )
    .await;
    assert_eq!(written, [Done, Done, Done, Done, Done]);
    assert_eq!(stored(storage, 1).await.map(|object| object.display_name).as_deref(), Some("Second"));
    assert!(stored(storage, 2).await.is_none());
    assert!(stored(storage, 3).await.is_some());
}

pub async fn members_that_are_not_there_are_passed_over(storage: &dyn Storage) {
    write(storage, vec![create(user(1, "Anna")), create(user(2, "Berta"))]).await;
    let staff = DirectoryWrite::Create { object: group(3, "Staff"), members: vec![id(1), id(99)] };
    assert_eq!(write(storage, vec![staff]).await, [Done]);
    let change = DirectoryWrite::Update {
        object: group(3, "Staff"),
        add_members: vec![id(2), id(2), id(98)],
        remove_members: vec![id(1), id(97)],
    };
    assert_eq!(write(storage, vec![change]).await, [Done]);
    assert_eq!(storage.directory_member_ids(&id(3)).await.expect("are read"), [id(2)]);
}

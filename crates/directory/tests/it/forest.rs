//! What is read from a directory that answers like Active Directory.

use std::collections::BTreeSet;

use domain::{DirectoryKind, ObjectKind};
use lab::Change;
use ports::{Browse, KindRequest, MOST_CALLED, ReadRequest, SourceEntry, Which};

use crate::{forest, read, request, settings, source};

fn dns(entries: &[SourceEntry]) -> BTreeSet<String> {
    entries.iter().map(|entry| entry.entry.dn.clone()).collect()
}

#[tokio::test]
async fn a_forest_is_recognised_and_named() {
    let forest = forest(|_| {}).await;
    let info = source(settings(&forest)).probe().await.expect("a forest");
    assert_eq!(info.kind, DirectoryKind::ActiveDirectory);
    assert_eq!(info.product, "Active Directory, functional level 2016");
    assert_eq!(info.base_dn, "DC=lab01,DC=local");
    assert_eq!(info.server_name.as_deref(), Some("dc1.lab01.local"));
}

#[tokio::test]
async fn every_object_of_each_kind_is_read_once_over_many_pages() {
    let forest = forest(|_| {}).await;
    let source = source(settings(&forest));
    let (users, notes) =
        read(&source, request(ObjectKind::User, &["SAMACCOUNTNAME", "objectSid"], 17)).await.expect("users");
    let (people, names) = (0..forest.people()).filter_map(|number| forest.person_dn(number)).fold(
        (0, BTreeSet::new()),
        |(count, mut names), dn| {
            names.insert(dn);
            (count + 1, names)
        },
    );
    assert_eq!(people, 300);
    assert!(dns(&users).is_superset(&names), "{:?}", names.difference(&dns(&users)).next());
    assert_eq!(dns(&users).len(), users.len(), "somebody came twice");
    assert_eq!(notes, Vec::<String>::new(), "Active Directory's own partitions are no news");
    for user in &users {
        assert_eq!(user.object_id.len(), 36, "{user:?}");
        assert!(user.entry.text("sAMAccountName").is_some(), "{user:?}");
        assert_eq!(user.entry.first("objectSid").map(|sid| sid[0]), Some(1), "{user:?}");
    }
    let (groups, _) = read(&source, request(ObjectKind::Group, &["cn"], 7)).await.expect("groups");
    assert!(groups.len() >= forest.groups() as usize);
    let (contacts, _) = read(&source, request(ObjectKind::Contact, &["mail"], 3)).await.expect("contacts");
    assert_eq!(dns(&contacts), (0..8).filter_map(|number| forest.contact_dn(number)).collect());
}

#[tokio::test]
async fn only_the_bases_asked_for_are_read() {
    let forest = forest(|_| {}).await;
    let source = source(settings(&forest));
    let (everybody, _) = read(&source, request(ObjectKind::User, &[], 100)).await.expect("users");
    let departments: BTreeSet<String> = everybody
        .iter()
        .filter_map(|user| domain::Dn::parse(&user.entry.dn).ok()?.parent())
        .map(|dn| dn.to_string())
        .collect();
    let bases: Vec<String> = departments.into_iter().filter(|dn| dn.starts_with("OU=")).take(2).collect();
    let bases_parsed: Vec<domain::Dn> =
        bases.iter().map(|dn| domain::Dn::parse(dn).expect("a name")).collect();
    let request = ReadRequest { bases, ..request(ObjectKind::User, &[], 5) };
    let (some, _) = read(&source, request).await.expect("users");
    let expected = dns(&everybody)
        .into_iter()
        .filter(|dn| {
            let dn = domain::Dn::parse(dn).expect("a name");
            bases_parsed.iter().any(|base| dn.is_within(base))
        })
        .collect();
    assert_eq!(dns(&some), expected);
    assert!(!some.is_empty() && some.len() < everybody.len());
}

#[tokio::test]
async fn pain_4_all_members_of_a_group_larger_than_a_range_come_with_it() {
    let forest = forest(|options| {
        options.people = 5_000;
        options.large_group = Some(4_321);
    })
    .await;
    let source = source(settings(&forest));
    let (groups, _) = read(&source, request(ObjectKind::Group, &["member"], 500)).await.expect("groups");
    let large = groups.iter().max_by_key(|group| group.entry.values("member").len()).expect("a group");
    let members: BTreeSet<&str> = large.entry.texts("member").collect();
    let expected: Vec<String> = (0..4_321).filter_map(|number| forest.person_dn(number)).collect();
    assert_eq!(large.entry.values("member").len(), 4_321);
    assert_eq!(members, expected.iter().map(String::as_str).collect());

    let alone =
        source.object(&large.entry.dn, &["member".into()]).await.expect("an answer").expect("the group");
    assert_eq!(alone.values("member").len(), 4_321);
}

#[tokio::test]
async fn a_container_is_found_by_name_and_by_id_even_after_it_was_renamed() {
    let forest = forest(|_| {}).await;
    let source = source(settings(&forest));
    let dn = format!("OU=People,{}", forest.base_dn());
    let people = source.container(&dn).await.expect("an answer").expect("the container");
    assert_eq!(source.container_by_id(&people.object_id).await, Ok(Some(people.clone())));
    forest.apply(&Change::Rename { dn: dn.clone(), name: "Staff".into() }).expect("a rename");
    assert_eq!(source.container(&dn).await, Ok(None));
    let renamed = source.container_by_id(&people.object_id).await.expect("an answer").expect("the container");
    assert_eq!(renamed.dn, format!("OU=Staff,{}", forest.base_dn()));
    assert_eq!(source.container_by_id("00000000-0000-0000-0000-000000000001").await, Ok(None));
    assert_eq!(source.container_by_id("no id").await, Ok(None));
}

#[tokio::test]
async fn one_object_is_read_with_the_attributes_asked_for() {
    let forest = forest(|_| {}).await;
    let source = source(settings(&forest));
    let dn = forest.person_dn(5).expect("a person");
    let person = source.object(&dn, &["displayname".into()]).await.expect("an answer").expect("the person");
    assert_eq!(person.dn, dn);
    assert!(person.text("displayName").is_some());
    assert_eq!(person.first("objectGUID").map(<[u8]>::len), Some(16));
    assert_eq!(person.text("mail"), None);
    let nobody = format!("CN=Nobody,{}", forest.base_dn());
    assert_eq!(source.object(&nobody, &[]).await, Ok(None));
    assert_eq!(source.object("CN=A,DC=elsewhere,DC=local", &[]).await, Ok(None), "another domain's name");
}

#[tokio::test]
async fn ldaps_and_start_tls_are_verified_against_the_ca() {
    let forest = forest(|_| {}).await;
    let ca_pem = forest.ca_pem().map(str::to_owned);
    let url = forest.ldaps_url().expect("ldaps");
    let over_tls = directory::LdapSettings { url, ca_pem: ca_pem.clone(), ..settings(&forest) };
    assert!(source(over_tls).probe().await.is_ok());
    let upgraded = directory::LdapSettings { start_tls: true, ca_pem, ..settings(&forest) };
    let (users, _) = read(&source(upgraded), request(ObjectKind::User, &["mail"], 50)).await.expect("users");
    assert!(users.len() >= 300);
}

#[tokio::test]
async fn a_reading_that_is_dropped_ends_its_connection() {
    let forest = forest(|options| options.max_connections = 1).await;
    let source = source(settings(&forest));
    let mut pages = source.read(request(ObjectKind::User, &["mail"], 10)).await.expect("a reading");
    assert!(pages.next_page().await.expect("a page").is_some());
    drop(pages);
    // The forest has room for one connection only, so the next waits until the first is gone.
    let mut attempts = 0;
    while source.probe().await.is_err() {
        attempts += 1;
        assert!(attempts < 2_000, "the first connection stays");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_tree_is_looked_through_level_by_level_and_groups_are_found_by_a_part_of_their_name() {
    let forest = forest(|_| {}).await;
    let source = source(settings(&forest));
    let beneath = |object_id: Option<&str>| Browse::Beneath { object_id: object_id.map(str::to_owned) };
    let root = source.browse(beneath(None)).await.expect("answers").expect("the base");
    assert_eq!((root.at.dn.as_str(), root.more), ("DC=lab01,DC=local", false));
    assert!(root.places.iter().all(|place| !place.is_group && place.container.object_id.len() == 36));
    let parent =
        domain::Dn::parse(&forest.person_dn(7).expect("a person")).expect("a name").parent().expect("one");
    // Down to the container of a person, by ids alone.
    let mut level = root.clone();
    while domain::dn::key(&level.at.dn) != parent.key() {
        let next = level.places.iter().find(|place| {
            let at = domain::Dn::parse(&place.container.dn).expect("a name");
            at.key() == parent.key() || parent.is_within(&at)
        });
        let next = next.unwrap_or_else(|| panic!("nothing leads to {parent} in {level:?}")).container.clone();
        level = source.browse(beneath(Some(&next.object_id))).await.expect("answers").expect("is there");
        assert_eq!(level.at, next);
    }
    let gone = "00000000-0000-4000-8000-000000000000";
    assert_eq!(source.browse(beneath(Some(gone))).await, Ok(None));
    assert_eq!(source.browse(beneath(Some("*)(cn=*"))).await, Ok(None), "no id names nothing");

    let (groups, _) = read(&source, request(ObjectKind::Group, &["cn"], 100)).await.expect("groups");
    let wanted = &groups[groups.len() / 2].entry;
    let name = wanted.text("cn").expect("a name");
    let part: String = name.chars().skip(1).collect::<String>().to_uppercase();
    let found = source.browse(Browse::Named { text: part }).await.expect("answers").expect("the base");
    let found = found.places.iter().find(|place| place.container.dn == wanted.dn);
    assert!(found.is_some_and(|place| place.is_group), "{name} was not found");
    let nothing = source.browse(Browse::Named { text: "*)(objectClass=*".into() }).await.expect("answers");
    assert_eq!(nothing.map(|listing| listing.places), Some(Vec::new()), "a text stays a text");
}

#[tokio::test]
async fn somebody_is_found_by_how_a_name_begins() {
    let forest = forest(|_| {}).await;
    let source = source(settings(&forest));
    let kinds = [KindRequest { kind: ObjectKind::User, attributes: vec!["displayName".to_owned()] }];
    let (people, _) = read(&source, request(ObjectKind::User, &["displayName"], 100)).await.expect("people");
    let wanted = &people[people.len() / 2];
    let mut name = wanted.entry.text("displayName").expect("a name").to_uppercase();
    name.pop();
    let found = source.objects(Which::Called(&name), &kinds).await.expect("answers");
    assert!(found.iter().any(|(kind, one)| (*kind, &one.object_id) == (ObjectKind::User, &wanted.object_id)));
    for nobody in ["*)(objectClass=*", "nobody is called so"] {
        assert_eq!(source.objects(Which::Called(nobody), &kinds).await, Ok(Vec::new()), "{nobody}");
    }
    let first: String = name.chars().take(1).collect();
    let some = source.objects(Which::Called(&first), &kinds).await.expect("answers");
    assert!(!some.is_empty() && some.len() <= MOST_CALLED, "{}", some.len());
}

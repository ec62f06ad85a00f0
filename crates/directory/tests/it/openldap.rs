//! Against a real OpenLDAP server, where the machine has one.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use directory::LdapSettings;
use domain::{DirectoryKind, ObjectKind, Secret};
use ports::{Browse, KindRequest, ReadRequest, Source, SourceError, Which};

use crate::slapd::{ADMIN, BASE, LARGE, LIMITED, PASSWORD, PEOPLE, Slapd};
use crate::{PATIENCE, read, request, source};

fn as_user(slapd: &Slapd, dn: &str) -> Arc<dyn Source> {
    source(settings(slapd, dn))
}

pub fn settings(slapd: &Slapd, dn: &str) -> LdapSettings {
    LdapSettings {
        bind_dn: dn.to_owned(),
        bind_password: Secret::new(PASSWORD),
        connect_timeout: PATIENCE,
        bind_timeout: PATIENCE,
        read_timeout: PATIENCE,
        ..LdapSettings::new(&slapd.url)
    }
}

#[tokio::test]
async fn openldap_is_recognised_and_its_people_and_groups_are_read() {
    let Some(slapd) = Slapd::start().await else { return };
    let source = as_user(&slapd, ADMIN);
    let info = source.probe().await.expect("OpenLDAP");
    assert_eq!(
        (info.kind, info.product.as_str(), info.base_dn.as_str()),
        (DirectoryKind::Ldap, "OpenLDAP", BASE)
    );

    let (users, notes) =
        read(&source, request(ObjectKind::User, &["UID", "userCertificate", "description"], 7))
            .await
            .expect("users");
    assert_eq!(users.len(), PEOPLE + 1);
    assert!(users.iter().all(|user| user.object_id.len() == 36 && user.entry.text("uid").is_some()));
    assert_eq!(users.iter().map(|user| &user.object_id).collect::<BTreeSet<_>>().len(), users.len());
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("other.example.org"), "{notes:?}");
    let limited = users.iter().find(|user| user.entry.dn == LIMITED).expect("the limited user");
    assert_eq!(limited.entry.first("userCertificate").map(|certificate| certificate[0]), Some(0x30));
    assert_eq!(limited.entry.text("description"), None, "a translation is not the value itself");

    let (groups, _) = read(&source, request(ObjectKind::Group, &["member"], 500)).await.expect("groups");
    let sizes: BTreeMap<&str, usize> =
        groups.iter().map(|group| (group.entry.dn.as_str(), group.entry.values("member").len())).collect();
    let expected =
        [(format!("cn=large,ou=groups,{BASE}"), LARGE), (format!("cn=unique,ou=groups,{BASE}"), 3)];
    assert_eq!(sizes, expected.iter().map(|(dn, size)| (dn.as_str(), *size)).collect());
    let (contacts, _) = read(&source, request(ObjectKind::Contact, &["cn"], 500)).await.expect("contacts");
    assert!(contacts.is_empty());

    let people =
        source.container(&format!("ou=people,{BASE}")).await.expect("an answer").expect("the container");
    assert_eq!(source.container_by_id(&people.object_id).await, Ok(Some(people)));
}

#[tokio::test]
async fn pain_5_a_search_reference_below_the_base_is_noted_and_ends_nothing() {
    let Some(slapd) = Slapd::start().await else { return };
    let source = as_user(&slapd, ADMIN);
    let info = source.probe().await.expect("OpenLDAP");
    assert_eq!(info.base_dn, BASE, "the reference lies below what is read");
    for kind in [ObjectKind::User, ObjectKind::Group] {
        let (_, notes) = read(&source, request(kind, &["cn"], 500)).await.expect("the reading goes on");
        assert!(notes.iter().any(|note| note.contains("other.example.org")), "{kind}: {notes:?}");
    }
}

#[tokio::test]
async fn what_is_read_is_what_another_client_reads() {
    let Some(slapd) = Slapd::start().await else { return };
    let (users, _) =
        read(&as_user(&slapd, ADMIN), request(ObjectKind::User, &["*", "+"], 7)).await.expect("users");
    let ours: BTreeMap<String, BTreeMap<String, BTreeSet<Vec<u8>>>> = users
        .into_iter()
        .map(|user| {
            let attributes = user.entry.attributes.into_iter();
            let attributes = attributes.map(|it| (it.name, it.values.into_iter().collect())).collect();
            (user.entry.dn, attributes)
        })
        .collect();

    let (connection, mut ldap) = ldap3::LdapConnAsync::new(&slapd.url).await.expect("a connection");
    ldap3::drive!(connection);
    ldap.simple_bind(ADMIN, PASSWORD).await.expect("an answer").success().expect("signed in");
    let (found, _) = ldap
        .search(
            &format!("ou=people,{BASE}"),
            ldap3::Scope::Subtree,
            "(objectClass=inetOrgPerson)",
            ["*", "+"],
        )
        .await
        .expect("an answer")
        .success()
        .expect("users");
    let theirs = found
        .into_iter()
        .map(ldap3::SearchEntry::construct)
        .map(|entry| {
            let texts = entry
                .attrs
                .into_iter()
                .map(|(name, values)| (name, values.into_iter().map(String::into_bytes).collect()));
            let bytes =
                entry.bin_attrs.into_iter().map(|(name, values)| (name, values.into_iter().collect()));
            let plain = |(name, values): (String, BTreeSet<Vec<u8>>)| (name.replace(";binary", ""), values);
            (entry.dn, texts.chain(bytes).map(plain).collect())
        })
        .collect();
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn a_size_limit_means_an_incomplete_list() {
    let Some(slapd) = Slapd::start().await else { return };
    let result = read(&as_user(&slapd, LIMITED), request(ObjectKind::User, &["uid"], 10)).await;
    match result {
        Err(SourceError::Incomplete { reason }) => assert!(reason.contains("size limit"), "{reason}"),
        other => panic!("{:?}", other.map(|(entries, _)| entries.len())),
    }
}

#[tokio::test]
async fn a_container_that_may_not_be_read_and_one_that_is_not_there_are_told_apart() {
    let Some(slapd) = Slapd::start().await else { return };
    let source = as_user(&slapd, LIMITED);
    for (base, expected) in [
        (format!("ou=closed,{BASE}"), SourceError::NotAllowed { dn: format!("ou=closed,{BASE}") }),
        (format!("ou=nowhere,{BASE}"), SourceError::NoSuchBase { dn: format!("ou=nowhere,{BASE}") }),
    ] {
        let request = ReadRequest { bases: vec![base], ..request(ObjectKind::User, &["uid"], 10) };
        assert_eq!(read(&source, request).await.map(|_| ()), Err(expected));
    }
}

#[tokio::test]
async fn start_tls_and_a_wrong_password_are_handled_as_with_active_directory() {
    let Some(slapd) = Slapd::start().await else { return };
    let secured =
        LdapSettings { start_tls: true, ca_pem: Some(slapd.ca_pem.clone()), ..settings(&slapd, ADMIN) };
    assert!(source(secured.clone()).probe().await.is_ok());
    let wrong = LdapSettings { bind_password: Secret::new("wrong"), ..secured };
    let error = source(wrong).probe().await.expect_err("a refusal");
    assert!(matches!(error, SourceError::Credentials { .. }), "{error:?}");
}

#[tokio::test]
async fn openldaps_tree_is_looked_through_and_groups_are_found() {
    let Some(slapd) = Slapd::start().await else { return };
    let source = as_user(&slapd, ADMIN);
    let root = source.browse(Browse::Beneath { object_id: None }).await.expect("answers").expect("the base");
    assert_eq!(root.at.dn, BASE);
    let people = root.places.iter().find(|place| place.container.dn.starts_with("ou=people,"));
    let people = people.unwrap_or_else(|| panic!("{root:?}")).container.clone();
    let within = Browse::Beneath { object_id: Some(people.object_id.clone()) };
    let within = source.browse(within).await.expect("answers").expect("is there");
    assert_eq!(within.at, people);
    let (groups, _) = read(&source, request(ObjectKind::Group, &["cn"], 100)).await.expect("groups");
    let name = groups[0].entry.text("cn").expect("a name").to_uppercase();
    let found = source.browse(Browse::Named { text: name }).await.expect("answers").expect("the base");
    assert!(found.places.iter().any(|place| place.is_group && place.container.dn == groups[0].entry.dn));
}

#[tokio::test]
async fn somebody_is_found_by_a_part_of_a_name() {
    let Some(slapd) = Slapd::start().await else { return };
    let source = as_user(&slapd, ADMIN);
    let (people, _) = read(&source, request(ObjectKind::User, &["cn"], 100)).await.expect("people");
    let wanted = &people[people.len() / 2];
    let name = wanted.entry.text("cn").expect("a name");
    let part: String = name.chars().skip(1).collect::<String>().to_uppercase();
    let kinds = [KindRequest { kind: ObjectKind::User, attributes: vec!["cn".to_owned()] }];
    let found = source.objects(Which::Called(&part), &kinds).await.expect("answers");
    assert!(found.iter().any(|(kind, one)| (*kind, &one.object_id) == (ObjectKind::User, &wanted.object_id)));
    for (kind, why) in [(ObjectKind::Group, "people are no groups"), (ObjectKind::Contact, "there are none")]
    {
        let kinds = [KindRequest { kind, attributes: vec!["cn".to_owned()] }];
        assert_eq!(source.objects(Which::Called(&part), &kinds).await, Ok(Vec::new()), "{why}");
    }
}

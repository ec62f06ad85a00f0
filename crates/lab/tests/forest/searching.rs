//! Names, scopes, filters and attributes.

use std::collections::BTreeSet;

use ldap3::{Scope, SearchResult};

use crate::client::{
    PEOPLE, all, attributes, control, entries, find, hex, one, options, read, search, sign_in, start,
};

const BASE: &str = "DC=lab01,DC=local";

#[tokio::test]
async fn a_person_has_what_a_person_has_in_active_directory() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let person = read(&mut ldap, &forest.person_dn(20).expect("a person"), &[]).await;
    assert_eq!(person.attrs["objectClass"], ["top", "person", "organizationalPerson", "user"]);
    assert_eq!(one(&person, "distinguishedName"), person.dn);
    assert_eq!(one(&person, "userAccountControl"), "512");
    assert_eq!(one(&person, "objectCategory"), "CN=Person,CN=Schema,CN=Configuration,DC=lab01,DC=local");
    assert_eq!(one(&person, "primaryGroupID"), "513");
    assert!(one(&person, "proxyAddresses").starts_with("SMTP:"));
    assert_eq!(one(&person, "whenCreated").len(), "20260102030405.0Z".len());
    assert!(one(&person, "pwdLastSet").parse::<u64>().expect("a number") > 130_000_000_000_000_000);
    assert_eq!(person.bin_attrs["objectGUID"][0].len(), 16);
    assert_eq!(person.bin_attrs["objectSid"][0][..8], [1, 5, 0, 0, 0, 0, 0, 5]);
    assert!(!person.attrs.contains_key("canonicalName"), "constructed attributes only come when asked for");
    let manager = read(&mut ldap, one(&person, "manager"), &["directReports"]).await;
    assert!(manager.attrs["directReports"].contains(&person.dn));
    for group in &person.attrs["memberOf"] {
        assert!(read(&mut ldap, group, &["member"]).await.attrs["member"].contains(&person.dn), "{group}");
    }
    forest.stop().await;
}

#[tokio::test]
async fn everything_has_its_own_identifiers_and_names() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let found =
        all(&mut ldap, BASE, "(objectClass=*)", &["objectGUID", "objectSid", "sAMAccountName", "uSNCreated"])
            .await;
    assert!(found.len() > 350, "{}", found.len());
    let unique = |name: &str| {
        let values: Vec<String> = found
            .iter()
            .filter_map(|entry| attributes(entry.clone()).remove(name))
            .flatten()
            .map(|value| value.to_lowercase())
            .collect();
        assert_eq!(values.iter().collect::<BTreeSet<_>>().len(), values.len(), "{name} is unique");
        values.len()
    };
    assert_eq!(unique("objectGUID"), found.len());
    assert_eq!(unique("uSNCreated"), found.len());
    assert!(unique("objectSid") > 340);
    assert!(unique("sAMAccountName") > 340);
    forest.stop().await;
}

#[tokio::test]
async fn every_filter_finds_what_a_look_at_all_entries_finds() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let everybody = all(&mut ldap, BASE, PEOPLE, &["*"]).await;
    assert_eq!(everybody.len(), 302, "300 people and two service accounts");
    let some = everybody[60].clone();
    let (mail, logon) = (one(&some, "mail").to_owned(), one(&some, "sAMAccountName").to_owned());
    let guid = hex(&some.bin_attrs["objectGUID"][0], "\\");
    let sid = hex(&some.bin_attrs["objectSid"][0], "\\");
    let group = one(&some, "memberOf").to_owned();
    for filter in [
        format!("(mail={})", mail.to_uppercase()),
        format!("(sAMAccountName={logon})"),
        format!("(userPrincipalName={mail})"),
        format!("(objectGUID={guid})"),
        format!("(objectSid={sid})"),
        format!("(distinguishedName={})", some.dn.to_lowercase()),
        format!("(proxyAddresses=smtp:{mail})"),
        format!("(&(memberOf={group})(sAMAccountName={logon}))"),
        format!("(anr={logon})"),
    ] {
        assert_eq!(find(&mut ldap, BASE, &filter).await, [some.dn.as_str()], "{filter}");
    }
    type Test = fn(&ldap3::SearchEntry) -> bool;
    let cases: [(&str, Test); 9] = [
        ("(userAccountControl:1.2.840.113556.1.4.803:=2)", |it| it.attrs["userAccountControl"][0] == "514"),
        ("(userAccountControl:1.2.840.113556.1.4.804:=3)", |it| it.attrs["userAccountControl"][0] == "514"),
        ("(!(mail=*))", |it| !it.attrs.contains_key("mail")),
        ("(sn=k*R)", |it| {
            it.attrs.get("sn").is_some_and(|sn| sn[0].starts_with('K') && sn[0].ends_with('r'))
        }),
        ("(department=*IN*)", |it| {
            it.attrs.get("department").is_some_and(|it| it[0].to_lowercase().contains("in"))
        }),
        ("(|(l=Lyon)(l=Porto))", |it| {
            it.attrs.get("l").is_some_and(|it| it[0] == "Lyon" || it[0] == "Porto")
        }),
        ("(employeeID>=100250)", |it| it.attrs.get("employeeID").is_some_and(|it| *it[0] >= *"100250")),
        ("(logonCount<=100)", |it| {
            it.attrs.get("logonCount").is_some_and(|it| it[0].parse::<u32>().expect("a number") <= 100)
        }),
        ("(whenCreated>=20240101000000.0Z)", |it| *it.attrs["whenCreated"][0] >= *"20240101000000.0Z"),
    ];
    for (filter, test) in cases {
        let expected: Vec<&str> = everybody.iter().filter(|it| test(it)).map(|it| it.dn.as_str()).collect();
        assert!(!expected.is_empty(), "{filter} is a case");
        assert_eq!(find(&mut ldap, BASE, &format!("(&{PEOPLE}{filter})")).await, expected, "{filter}");
    }
    // What does not exist is neither true nor false.
    assert_eq!(find(&mut ldap, BASE, "(noSuchAttribute=x)").await, Vec::<String>::new());
    assert_eq!(find(&mut ldap, BASE, "(!(noSuchAttribute=x))").await, Vec::<String>::new());
    forest.stop().await;
}

#[tokio::test]
async fn membership_is_found_through_nested_groups_even_where_they_form_a_loop() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let nested = find(
        &mut ldap,
        BASE,
        &format!("(&{PEOPLE}(memberOf:1.2.840.113556.1.4.1941:=CN=All Staff,OU=Groups,{BASE}))"),
    )
    .await;
    assert_eq!(nested.len(), 300);
    let groups =
        all(&mut ldap, &format!("OU=Groups,{BASE}"), "(objectClass=group)", &["member", "memberOf"]).await;
    let looped = groups.iter().any(|group| {
        let empty = Vec::new();
        let inside = group.attrs.get("member").unwrap_or(&empty);
        group.attrs.get("memberOf").unwrap_or(&empty).iter().any(|above| inside.contains(above))
    });
    assert!(looped, "two groups contain each other");
    forest.stop().await;
}

#[tokio::test]
async fn scopes_reach_as_far_as_they_say() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let people = format!("OU=People,{BASE}");
    let one_level = entries(search(&mut ldap, &people, Scope::OneLevel, "(objectClass=*)", &["ou"]).await);
    assert_eq!(one_level.len(), 16);
    assert!(one_level.iter().all(|entry| entry.attrs.contains_key("ou")));
    assert_eq!(find(&mut ldap, &people, "(objectClass=*)").await.len(), 1 + 16 + 300);
    assert_eq!(find(&mut ldap, &format!("OU=Legal,{people}"), "(objectClass=user)").await.len(), 5);
    let person = forest.person_dn(9).expect("a person");
    assert_eq!(find(&mut ldap, &person, "(objectClass=*)").await, [person]);
    forest.stop().await;
}

#[tokio::test]
async fn only_what_is_asked_for_is_returned() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let person = forest.person_dn(9).expect("a person");
    let some = attributes(read(&mut ldap, &person, &["CN", "objectguid", "parentGUID", "nothing"]).await);
    assert_eq!(some.keys().collect::<Vec<_>>(), ["cn", "objectGUID", "parentGUID"]);
    assert!(attributes(read(&mut ldap, &person, &["1.1"]).await).is_empty());
    let star = attributes(read(&mut ldap, &person, &["*", "canonicalName"]).await);
    assert!(star.contains_key("mail") && star["canonicalName"][0].starts_with("lab01.local/People/"));
    ldap.with_search_options(ldap3::SearchOptions::new().typesonly(true));
    let names = attributes(read(&mut ldap, &person, &["mail", "cn"]).await);
    assert_eq!(names.values().flatten().count(), 0);
    assert_eq!(names.len(), 2);
    forest.stop().await;
}

#[tokio::test]
async fn a_search_of_the_whole_domain_ends_with_references() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let SearchResult(found, result) = search(&mut ldap, BASE, Scope::Subtree, "(ou=People)", &["1.1"]).await;
    assert_eq!((result.rc, found.len()), (0, 1));
    assert_eq!(result.refs.len(), 3);
    assert!(result.refs.contains(&format!("ldap://lab01.local/CN=Configuration,{BASE}")));
    ldap.with_controls(control("1.2.840.113556.1.4.1339", true));
    let SearchResult(_, result) = search(&mut ldap, BASE, Scope::Subtree, "(ou=People)", &["1.1"]).await;
    assert_eq!(result.refs, Vec::<String>::new(), "the domain scope control asks for none");
    forest.stop().await;
}

#[tokio::test]
async fn a_base_that_is_not_there_is_told_from_one_of_another_forest() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    for (base, code, matched) in [
        (format!("OU=Nowhere,OU=People,{BASE}"), 32, format!("OU=People,{BASE}")),
        (format!("CN=x,OU=Nowhere,{BASE}"), 32, BASE.to_owned()),
        ("DC=lab02,DC=local".to_owned(), 10, String::new()),
        ("people".to_owned(), 34, String::new()),
    ] {
        let SearchResult(_, result) = search(&mut ldap, &base, Scope::Subtree, "(objectClass=*)", &[]).await;
        assert_eq!((result.rc, result.matched), (code, matched), "{base}");
    }
    let SearchResult(_, result) =
        search(&mut ldap, "DC=lab02,DC=local", Scope::Base, "(objectClass=*)", &[]).await;
    assert_eq!(result.refs, ["ldap://lab02.local/DC=lab02,DC=local"]);
    forest.stop().await;
}

#[tokio::test]
async fn an_object_is_also_found_by_its_guid_and_a_name_may_hold_a_comma() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let contact = forest.contact_dn(1).expect("a contact");
    assert!(contact.contains("\\,"), "{contact}");
    let entry = read(&mut ldap, &contact, &["objectGUID", "cn"]).await;
    assert!(one(&entry, "cn").contains(", "));
    let guid = hex(&entry.bin_attrs["objectGUID"][0], "");
    assert_eq!(read(&mut ldap, &format!("<GUID={guid}>"), &["cn"]).await.dn, contact);
    forest.stop().await;
}

#[tokio::test]
async fn the_configuration_tells_the_short_name_and_the_schema() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let configuration = format!("CN=Configuration,{BASE}");
    let found = all(
        &mut ldap,
        &configuration,
        "(&(objectClass=crossRef)(nETBIOSName=*))",
        &["nETBIOSName", "nCName"],
    )
    .await;
    assert_eq!(one(&found[0], "nETBIOSName"), "LAB01");
    assert_eq!(one(&found[0], "nCName"), BASE);
    let schema =
        read(&mut ldap, &format!("CN=Aggregate,CN=Schema,{configuration}"), &["attributeTypes"]).await;
    assert!(schema.attrs["attributeTypes"].iter().any(|line| line.contains("NAME 'proxyAddresses'")));
    forest.stop().await;
}

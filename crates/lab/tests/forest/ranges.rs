//! Groups with more members than one answer may hold.

use std::collections::BTreeSet;

use lab::{Change, ForestOptions};
use ldap3::Ldap;

use crate::client::{options, read, sign_in, start};

/// All members, part by part, and how many parts there were.
async fn members(ldap: &mut Ldap, group: &str) -> (Vec<String>, usize) {
    let mut members = Vec::new();
    for part in 1.. {
        let asked = format!("member;range={}-*", members.len());
        let entry = read(ldap, group, &[&asked]).await;
        let (name, values) = entry.attrs.into_iter().next().expect("a part");
        let expected = format!("member;range={}-", members.len());
        assert!(name.starts_with(&expected), "{name} for {asked}");
        members.extend(values);
        if name.ends_with('*') {
            return (members, part);
        }
        assert_eq!(name, format!("{expected}{}", members.len() - 1));
    }
    unreachable!("the last part ends with a star")
}

#[tokio::test]
async fn a_large_group_comes_in_parts() {
    let forest = start(ForestOptions { people: 4_000, large_group: Some(3_200), ..options() }).await;
    let mut ldap = sign_in(&forest).await;
    let group = "CN=Everyone in Company,OU=Groups,DC=lab01,DC=local";
    let plain = read(&mut ldap, group, &["*"]).await;
    assert_eq!(plain.attrs["member"], Vec::<String>::new(), "the plain name is there, and empty");
    assert_eq!(plain.attrs["member;range=0-1499"].len(), 1_500);
    let (all, parts) = members(&mut ldap, group).await;
    assert_eq!((all.len(), parts), (3_200, 3));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 3_200);
    let some = read(&mut ldap, group, &["member;range=10-19"]).await;
    assert_eq!(some.attrs["member;range=10-19"], all[10..20]);
    let beyond = read(&mut ldap, group, &["member;range=9000-*"]).await;
    assert!(beyond.attrs.is_empty());
    forest.stop().await;
}

#[tokio::test]
async fn the_limit_itself_still_fits_and_one_more_does_not() {
    let forest =
        start(ForestOptions { people: 40, max_val_range: 10, large_group: Some(10), ..options() }).await;
    let mut ldap = sign_in(&forest).await;
    let group = "CN=Everyone in Company,OU=Groups,DC=lab01,DC=local";
    assert_eq!(read(&mut ldap, group, &["member"]).await.attrs["member"].len(), 10);
    let member = forest.person_dn(30).expect("a person");
    forest.apply(&Change::AddMember { group: group.to_owned(), member }).expect("a change");
    let entry = read(&mut ldap, group, &["member"]).await;
    assert_eq!(entry.attrs["member;range=0-9"].len(), 10);
    assert_eq!(members(&mut ldap, group).await.0.len(), 11);
    forest.stop().await;
}

//! What changes in a forest, as a client sees it afterwards.

use std::time::Duration;

use lab::{Change, Churn, Forest, ForestOptions};
use ldap3::{Ldap, Scope, SearchEntry};

use crate::client::{
    PEOPLE, all, attributes, control, entries, find, one, options, read, search, sign_in, start,
};

const BASE: &str = "DC=lab01,DC=local";
const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";

async fn usn(ldap: &mut Ldap, dn: &str) -> u64 {
    one(&read(ldap, dn, &["uSNChanged"]).await, "uSNChanged").parse().expect("a number")
}

async fn deleted(ldap: &mut Ldap, filter: &str) -> Vec<SearchEntry> {
    ldap.with_controls(control(SHOW_DELETED, true));
    entries(search(ldap, BASE, Scope::Subtree, &format!("(&(isDeleted=TRUE){filter})"), &[]).await)
}

#[tokio::test]
async fn every_change_takes_the_next_number_and_can_be_found_by_it() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let dn = forest.person_dn(33).expect("a person");
    let before = usn(&mut ldap, &dn).await;
    let applied = forest.apply(&Change::set(&dn, "TITLE", "Chief Tester")).expect("a change");
    assert!(applied.usn > before);
    let person = read(&mut ldap, &dn, &["*"]).await;
    assert_eq!(one(&person, "title"), "Chief Tester");
    assert_eq!(one(&person, "uSNChanged"), applied.usn.to_string());
    assert_eq!(find(&mut ldap, BASE, &format!("(uSNChanged>={})", applied.usn)).await, [dn.as_str()]);
    forest.apply(&Change::ChangePassword { dn: dn.clone() }).expect("a change");
    assert!(
        find(&mut ldap, BASE, &format!("(uSNChanged<={})", applied.usn)).await.iter().all(|it| *it != dn)
    );
    forest.stop().await;
}

#[tokio::test]
async fn a_joiner_a_mover_and_a_leaver() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let joined = forest.apply(&Change::Join).expect("a joiner");
    let person = read(&mut ldap, &joined.dn, &["*"]).await;
    assert_eq!(person.bin_attrs["objectGUID"][0], joined.guid.to_bytes_le());
    assert_eq!(person.attrs["memberOf"].len(), 2, "the department's group and the site's");

    let dn = forest.person_dn(120).expect("a person");
    let department = |it: &SearchEntry| one(it, "department").to_owned();
    let before = read(&mut ldap, &dn, &["*"]).await;
    let target = if department(&before) == "Legal" { "Finance" } else { "Legal" };
    let moved = forest
        .apply(&Change::MoveDepartment { dn: dn.clone(), department: target.to_owned() })
        .expect("a move");
    let after = read(&mut ldap, &moved.dn, &["*"]).await;
    assert!(moved.dn.ends_with(&format!(",OU={target},OU=People,{BASE}")));
    assert_eq!(after.bin_attrs["objectGUID"], before.bin_attrs["objectGUID"]);
    assert_eq!(department(&after), target);
    let groups = &after.attrs["memberOf"];
    assert!(groups.contains(&format!("CN=Department {target},OU=Groups,{BASE}")));
    assert!(!groups.contains(&format!("CN=Department {},OU=Groups,{BASE}", department(&before))));
    assert_ne!(one(&after, "manager"), one(&before, "manager"));

    forest.apply(&Change::Disable { dn: moved.dn.clone() }).expect("a leaver");
    assert_eq!(one(&read(&mut ldap, &moved.dn, &[]).await, "userAccountControl"), "514");
    forest.apply(&Change::Enable { dn: moved.dn.clone() }).expect("back again");
    assert_eq!(one(&read(&mut ldap, &moved.dn, &[]).await, "userAccountControl"), "512");
    forest.stop().await;
}

#[tokio::test]
async fn what_is_deleted_leaves_a_tombstone_and_can_come_back() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let dn = forest.person_dn(77).expect("a person");
    let before = read(&mut ldap, &dn, &["*"]).await;
    let group = before.attrs["memberOf"][0].clone();
    let gone = forest.apply(&Change::Delete { dn: dn.clone() }).expect("a deletion");
    assert!(
        gone.dn.contains("\\0ADEL:") && gone.dn.ends_with(&format!(",CN=Deleted Objects,{BASE}")),
        "{}",
        gone.dn
    );
    assert_eq!(search(&mut ldap, &dn, Scope::Base, "(objectClass=*)", &[]).await.1.rc, 32);
    assert!(!read(&mut ldap, &group, &["member"]).await.attrs["member"].contains(&dn));
    assert_eq!(find(&mut ldap, BASE, PEOPLE).await.len(), 301);

    let tombstones = deleted(&mut ldap, "(objectClass=user)").await;
    assert_eq!(tombstones.len(), 1);
    let tombstone = attributes(tombstones[0].clone());
    assert_eq!(tombstone["isDeleted"], ["TRUE"]);
    assert!(dn.ends_with(&tombstone["lastKnownParent"][0]));
    assert_eq!(tombstone["objectGUID"], attributes(before.clone())["objectGUID"]);
    assert!(!tombstone.contains_key("mail") && !tombstone.contains_key("memberOf"));
    assert!(tombstone["name"][0].contains("\nDEL:"));

    let back = forest.apply(&Change::Restore { dn: gone.dn }).expect("a restore");
    assert_eq!(back.dn, dn);
    let mut after = attributes(read(&mut ldap, &dn, &["*"]).await);
    let mut expected = attributes(before);
    for name in ["uSNChanged", "whenChanged"] {
        assert_ne!(after.remove(name), expected.remove(name));
    }
    assert_eq!(after, expected);
    forest.stop().await;
}

#[tokio::test]
async fn a_renamed_container_renames_everything_below_and_changes_only_itself() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let container = format!("OU=Research,OU=People,{BASE}");
    let before = all(&mut ldap, &container, "(objectClass=user)", &["uSNChanged", "objectGUID"]).await;
    let own = usn(&mut ldap, &container).await;
    let renamed = forest
        .apply(&Change::Rename { dn: container.clone(), name: "Research, Development".to_owned() })
        .expect("a rename");
    assert_eq!(renamed.dn, format!("OU=Research\\, Development,OU=People,{BASE}"));
    let after = all(&mut ldap, &renamed.dn, "(objectClass=user)", &["uSNChanged", "objectGUID"]).await;
    assert_eq!(after.len(), before.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(after.dn, before.dn.replace(&container, &renamed.dn));
        assert_eq!((&after.attrs, &after.bin_attrs), (&before.attrs, &before.bin_attrs));
    }
    assert!(usn(&mut ldap, &renamed.dn).await > own);
    assert_eq!(search(&mut ldap, &container, Scope::Base, "(objectClass=*)", &[]).await.1.rc, 32);
    forest.stop().await;
}

#[tokio::test]
async fn a_new_family_name_keeps_the_old_address() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let dn = forest.person_dn(140).expect("a person");
    let before = read(&mut ldap, &dn, &["*"]).await;
    let change = Change::ChangeFamilyName { dn, family: "Unbekannt-Größe".to_owned() };
    let renamed = forest.apply(&change).expect("a rename");
    let after = read(&mut ldap, &renamed.dn, &["*"]).await;
    assert_eq!(one(&after, "cn"), format!("{} Unbekannt-Größe", one(&before, "givenName")));
    assert_eq!(one(&after, "sAMAccountName"), one(&before, "sAMAccountName"));
    assert!(one(&after, "mail").contains(".unbekanntgroesse@"), "{}", one(&after, "mail"));
    assert!(after.attrs["proxyAddresses"].contains(&format!("smtp:{}", one(&before, "mail"))));
    let found =
        find(&mut ldap, BASE, &format!("(userPrincipalName={})", one(&after, "userPrincipalName"))).await;
    assert_eq!(found, [renamed.dn]);
    forest.stop().await;
}

#[tokio::test]
async fn groups_are_made_filled_and_emptied() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    let group = forest.apply(&Change::NewGroup { name: "Night Shift".to_owned() }).expect("a group").dn;
    let members = [forest.person_dn(1).expect("a person"), forest.group_dn(2).expect("a group")];
    for member in &members {
        forest.apply(&Change::AddMember { group: group.clone(), member: member.clone() }).expect("a member");
    }
    let entry = read(&mut ldap, &group, &["*"]).await;
    assert_eq!(entry.attrs["member"], members);
    assert_eq!(one(&entry, "sAMAccountName"), "Night Shift");
    forest
        .apply(&Change::RemoveMember { group: group.clone(), member: members[0].clone() })
        .expect("a change");
    assert_eq!(read(&mut ldap, &group, &["member"]).await.attrs["member"], members[1..]);
    // Somebody who was a member at creation, leaves, and comes back, is there once.
    let (first, member) = (forest.group_dn(1).expect("a group"), forest.person_dn(0).expect("a person"));
    let before = read(&mut ldap, &first, &["member"]).await.attrs["member"].len();
    forest.apply(&Change::RemoveMember { group: first.clone(), member: member.clone() }).expect("a change");
    assert_eq!(read(&mut ldap, &first, &["member"]).await.attrs["member"].len(), before - 1);
    forest.apply(&Change::AddMember { group: first.clone(), member: member.clone() }).expect("a change");
    assert_eq!(read(&mut ldap, &first, &["member"]).await.attrs["member"].len(), before);
    assert!(read(&mut ldap, &member, &["memberOf"]).await.attrs["memberOf"].contains(&first));
    forest.stop().await;
}

#[tokio::test]
async fn what_cannot_be_changed_says_so() {
    let forest = start(options()).await;
    let person = forest.person_dn(3).expect("a person");
    let nobody = format!("CN=Nobody,{BASE}");
    for (change, text) in [
        (Change::Delete { dn: nobody }, "no object"),
        (Change::set(&person, "objectGUID", "x"), "cannot be set"),
        (Change::set(&person, "noSuchThing", "x"), "cannot be set"),
        (Change::AddMember { group: person.clone(), member: person.clone() }, "is no group"),
        (Change::NewGroup { name: "ALL STAFF".to_owned() }, "exists already"),
    ] {
        let error = forest.apply(&change).expect_err("a refusal");
        assert!(error.to_string().contains(text), "{error}");
    }
    forest.stop().await;
}

async fn everything(forest: &Forest) -> Vec<std::collections::BTreeMap<String, Vec<String>>> {
    let mut ldap = sign_in(forest).await;
    all(&mut ldap, BASE, "(objectClass=*)", &["*"]).await.into_iter().map(attributes).collect()
}

#[tokio::test(start_paused = true)]
async fn a_forest_lives_on_its_clock_and_a_restart_goes_on_where_it_was() {
    let period = Duration::from_secs(20);
    let churn = |ticks_done| ForestOptions { churn: Some(Churn { period, ticks_done }), ..options() };
    let forest = start(churn(0)).await;
    let mut ticks = forest.watch_ticks();
    ticks.wait_for(|ticks| *ticks >= 50).await.expect("the forest lives");
    let done = forest.ticks();
    forest.stop().await;
    let replayed = start(churn(done)).await;
    let ticked = start(options()).await;
    for _ in 0..done {
        ticked.tick(period);
    }
    assert_eq!(everything(&replayed).await, everything(&ticked).await);
    let fresh = start(options()).await;
    assert_ne!(everything(&replayed).await, everything(&fresh).await);
    for forest in [replayed, ticked, fresh] {
        forest.stop().await;
    }
}

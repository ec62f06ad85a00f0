//! Changes since a cookie.

use std::collections::BTreeSet;

use lab::{Change, Forest, ForestOptions};
use ldap3::{
    Ldap, Scope, SearchEntry, SearchResult,
    asn1::{ASNTag, Integer, OctetString, PL, Sequence, Tag, parse_tag, write},
    controls::RawControl,
};
use tokio_util::bytes::BytesMut;

use crate::client::{attributes, options, search, sign_in, start};

const BASE: &str = "DC=lab01,DC=local";
const DIRSYNC: &str = "1.2.840.113556.1.4.841";
const INCREMENTAL_VALUES: i64 = 0x8000_0000;

/// A client that remembers its cookie.
struct Follower {
    ldap: Ldap,
    cookie: Vec<u8>,
    flags: i64,
    most_bytes: i64,
}

impl Follower {
    async fn new(forest: &Forest, flags: i64) -> Self {
        Self { ldap: sign_in(forest).await, cookie: Vec::new(), flags, most_bytes: 0 }
    }

    /// One answer, and whether there is more.
    async fn step(
        &mut self,
        base: &str,
        filter: &str,
        names: &[&str],
    ) -> Result<(Vec<SearchEntry>, bool), u32> {
        let value = Tag::Sequence(Sequence {
            inner: vec![
                Tag::Integer(Integer { inner: self.flags, ..Default::default() }),
                Tag::Integer(Integer { inner: self.most_bytes, ..Default::default() }),
                Tag::OctetString(OctetString { inner: self.cookie.clone(), ..Default::default() }),
            ],
            ..Default::default()
        });
        let mut bytes = BytesMut::new();
        write::encode_into(&mut bytes, value.into_structure()).expect("encoded");
        self.ldap.with_controls(RawControl {
            ctype: DIRSYNC.to_owned(),
            crit: true,
            val: Some(bytes.to_vec()),
        });
        let SearchResult(found, result) = search(&mut self.ldap, base, Scope::Subtree, filter, names).await;
        if result.rc != 0 {
            return Err(result.rc);
        }
        let control = result.ctrls.into_iter().find(|it| it.1.ctype == DIRSYNC).expect("the control");
        let value = control.1.val.expect("a value");
        let Ok((_, tag)) = parse_tag(&value) else { panic!("a sequence") };
        let PL::C(parts) = tag.payload else { panic!("a sequence") };
        let [PL::P(more), _, PL::P(cookie)] = [0, 1, 2].map(|at: usize| parts[at].payload.clone()) else {
            panic!("three parts")
        };
        self.cookie = cookie;
        Ok((found.into_iter().map(SearchEntry::construct).collect(), more != [0]))
    }

    async fn everything(&mut self, filter: &str, names: &[&str]) -> Vec<SearchEntry> {
        let mut all = Vec::new();
        loop {
            let (found, more) = self.step(BASE, filter, names).await.expect("an answer");
            all.extend(found);
            if !more {
                return all;
            }
        }
    }
}

#[tokio::test]
async fn the_first_answer_is_everything_and_the_next_only_what_changed() {
    let forest = start(options()).await;
    let mut follower = Follower::new(&forest, 0).await;
    let first = follower.everything("(objectClass=user)", &[]).await;
    assert_eq!(first.len(), 307);
    assert_eq!(follower.everything("(objectClass=user)", &[]).await.len(), 0);

    let dn = forest.person_dn(50).expect("a person");
    forest.apply(&Change::set(&dn, "title", "Archivist")).expect("a change");
    forest
        .apply(&Change::Set { dn: dn.clone(), attribute: "mobile".into(), values: vec![] })
        .expect("a change");
    let changed = follower.everything("(objectClass=user)", &["title", "mobile", "mail", "department"]).await;
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].dn, dn);
    let changed = attributes(changed[0].clone());
    assert_eq!(changed.keys().collect::<Vec<_>>(), ["instanceType", "mobile", "objectGUID", "title"]);
    assert_eq!(changed["title"], ["Archivist"]);
    assert!(changed["mobile"].is_empty(), "a removed attribute comes without values");
    assert_eq!(follower.everything("(objectClass=user)", &[]).await.len(), 0);
    forest.stop().await;
}

#[tokio::test]
async fn small_answers_lose_and_repeat_nothing_while_the_forest_changes() {
    let forest = start(options()).await;
    let mut follower = Follower::new(&forest, 0).await;
    follower.most_bytes = 8_000;
    let (mut seen, mut answers, mut more) = (Vec::new(), 0, true);
    while more {
        let (found, again) = follower.step(BASE, "(objectClass=user)", &["cn"]).await.expect("an answer");
        seen.extend(found.into_iter().map(|entry| entry.dn));
        (more, answers) = (again, answers + 1);
        if answers == 1 {
            forest.apply(&Change::Join).expect("a joiner");
        }
    }
    assert!(answers > 2, "{answers} answers");
    assert_eq!(seen.len(), 308);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 308);
    let late = follower.everything("(objectClass=user)", &["cn"]).await;
    assert_eq!(late.len(), 1, "the joiner counts as a change after the first enumeration");
    forest.stop().await;
}

#[tokio::test]
async fn a_large_forest_is_enumerated_once() {
    let forest = start(ForestOptions { people: 20_000, ..options() }).await;
    let mut follower = Follower::new(&forest, 0).await;
    let all = follower.everything("(objectClass=*)", &["cn"]).await;
    let names: BTreeSet<&str> = all.iter().map(|entry| entry.dn.as_str()).collect();
    assert_eq!(names.len(), all.len());
    assert!(all.len() > 20_000, "{}", all.len());
    forest.stop().await;
}

#[tokio::test]
async fn deletions_moves_and_members_are_told() {
    let forest = start(options()).await;
    let mut whole = Follower::new(&forest, 0).await;
    let mut steps = Follower::new(&forest, INCREMENTAL_VALUES).await;
    whole.everything("(objectClass=*)", &[]).await;
    steps.everything("(objectClass=*)", &[]).await;

    let (leaver, mover) = (forest.person_dn(60).expect("a person"), forest.person_dn(61).expect("a person"));
    let gone = forest.apply(&Change::Delete { dn: leaver }).expect("a deletion");
    let to = format!("CN=Users,{BASE}");
    let moved = forest.apply(&Change::MoveTo { dn: mover, container: to }).expect("a move");
    let group = forest.apply(&Change::NewGroup { name: "Choir".to_owned() }).expect("a group").dn;
    whole.everything("(objectClass=group)", &[]).await;
    let members: Vec<String> = (1..4).map(|number| forest.person_dn(number).expect("a person")).collect();
    for member in &members {
        forest.apply(&Change::AddMember { group: group.clone(), member: member.clone() }).expect("a member");
    }
    forest
        .apply(&Change::RemoveMember { group: group.clone(), member: members[0].clone() })
        .expect("a change");

    let told =
        steps.everything("(objectClass=*)", &["isDeleted", "name", "parentGUID", "member", "cn"]).await;
    let about = |dn: &str| attributes(told.iter().find(|it| it.dn == dn).expect("the object").clone());
    assert_eq!(about(&gone.dn)["isDeleted"], ["TRUE"]);
    assert!(about(&moved.dn).contains_key("parentGUID") && about(&moved.dn).contains_key("name"));
    assert_eq!(about(&group)["member;range=1-1"], members[1..]);
    assert_eq!(about(&group)["member;range=0-0"], members[..1]);

    let told = whole.everything("(objectClass=group)", &["member"]).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].attrs["member"], members[1..]);
    forest.stop().await;
}

#[tokio::test]
async fn the_first_answer_has_what_replicates_and_members_in_the_form_of_changes() {
    let forest = start(options()).await;
    let group = forest.group_dn(1).expect("a group");
    for (flags, name) in [(0, "member"), (INCREMENTAL_VALUES, "member;range=1-1")] {
        let mut follower = Follower::new(&forest, flags).await;
        let groups = follower.everything("(objectClass=group)", &[]).await;
        let group = attributes(groups.iter().find(|it| it.dn == group).expect("the group").clone());
        assert!(group[name].len() > 40, "{name}");
        assert!(group.contains_key("sAMAccountName"));
        for local in ["memberOf", "uSNChanged", "distinguishedName"] {
            assert!(!group.contains_key(local), "{local}");
        }
    }
    forest.stop().await;
}

#[tokio::test]
async fn only_a_whole_partition_can_be_followed_and_a_foreign_cookie_is_refused() {
    let forest = start(options()).await;
    let mut follower = Follower::new(&forest, 0).await;
    let people = format!("OU=People,{BASE}");
    assert_eq!(follower.step(&people, "(objectClass=*)", &[]).await.expect_err("a refusal"), 53);
    follower.cookie = b"MSDS and so on".to_vec();
    assert_eq!(follower.step(BASE, "(objectClass=*)", &[]).await.expect_err("a refusal"), 53);
    forest.stop().await;
}

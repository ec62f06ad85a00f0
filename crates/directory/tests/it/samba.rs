//! Changes of a real Samba domain controller: real tombstones, real ranges, its own cookies. Run by hand, since it
//! takes minutes to provision one:
//!
//! ```text
//! e2e/services/samba.sh up              # SAMBA_RECYCLE_BIN=off when it provisions: tombstones instead
//! SAMBA_ENV=e2e/.work/samba.env cargo test -p directory --test it samba -- --ignored --nocapture
//! ```

use std::collections::{BTreeSet, HashMap, HashSet};

use directory::LdapSettings;
use domain::{Secret, Tracking};
use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapConnAsync, Mod};
use ports::{Members, Which};

use crate::follower::{Follower, kinds};
use crate::{PATIENCE, source};

/// People in the large group: more than one range of Samba's.
const LARGE: usize = 1_700;

pub struct Samba {
    pub values: HashMap<String, String>,
}

impl Samba {
    pub fn of_environment() -> Self {
        let path = std::env::var("SAMBA_ENV").expect("SAMBA_ENV names the file that samba.sh wrote");
        let text = std::fs::read_to_string(path).expect("the file");
        let values = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self { values }
    }

    pub fn plain_url(&self) -> String {
        self.values["URL"].replace("ldaps", "ldap").replace(":636", ":389")
    }

    pub fn settings(&self, who: &str) -> LdapSettings {
        let ca_pem = std::fs::read_to_string(&self.values["CA"]).expect("the CA");
        LdapSettings {
            bind_dn: self.values[&format!("{who}_DN")].clone(),
            bind_password: Secret::new(&self.values[&format!("{who}_PASSWORD")]),
            ca_pem: Some(ca_pem),
            connect_timeout: PATIENCE,
            bind_timeout: PATIENCE,
            read_timeout: PATIENCE * 3,
            ..LdapSettings::new(self.values["URL"].as_str())
        }
    }

    pub async fn administrator(&self) -> Ldap {
        let (connection, mut ldap) = LdapConnAsync::new(&self.plain_url()).await.expect("a connection");
        ldap3::drive!(connection);
        ldap.simple_bind(&self.values["ADMIN_DN"], &self.values["ADMIN_PASSWORD"])
            .await
            .and_then(ldap3::LdapResult::success)
            .expect("signed in");
        ldap
    }
}

async fn add(ldap: &mut Ldap, dn: &str, class: &str, more: &[(&str, &[&str])]) {
    let mut attributes = vec![("objectClass", HashSet::from([class]))];
    attributes.extend(more.iter().map(|(name, values)| (*name, values.iter().copied().collect())));
    ldap.add(dn, attributes).await.and_then(ldap3::LdapResult::success).expect(dn);
}

async fn modify(ldap: &mut Ldap, dn: &str, change: Mod<&str>) {
    ldap.modify(dn, vec![change]).await.and_then(ldap3::LdapResult::success).expect(dn);
}

async fn rename(ldap: &mut Ldap, dn: &str, rdn: &str, to: Option<&str>) {
    ldap.modifydn(dn, rdn, true, to).await.and_then(ldap3::LdapResult::success).expect(dn);
}

async fn delete(ldap: &mut Ldap, dn: &str) {
    ldap.delete(dn).await.and_then(ldap3::LdapResult::success).expect(dn);
}

/// Brings a deleted object back (MS-ADTS section 3.1.1.5.3.7.3). `false` where Samba cannot: with the recycle bin it
/// looks for an attribute that only tombstones have.
async fn restore(ldap: &mut Ldap, id: &str, dn: &str) -> bool {
    const NO_SUCH_ATTRIBUTE: u32 = 16;
    let show_deleted = || RawControl { ctype: "1.2.840.113556.1.4.417".into(), crit: true, val: None };
    let found = ldap
        .with_controls(show_deleted())
        .search(&format!("<GUID={id}>"), ldap3::Scope::Base, "(objectClass=*)", ["1.1"])
        .await
        .and_then(ldap3::SearchResult::success)
        .expect(dn);
    let tombstone = ldap3::SearchEntry::construct(found.0.into_iter().next().expect(dn)).dn;
    let changes = vec![
        Mod::Delete("isDeleted", HashSet::new()),
        Mod::Replace("distinguishedName", HashSet::from([dn])),
    ];
    let result = ldap.with_controls(show_deleted()).modify(&tombstone, changes).await.expect(dn);
    if result.rc == NO_SUCH_ATTRIBUTE && result.text.contains("isRecycled") {
        eprintln!("SKIPPED: this Samba cannot bring back what is in the recycle bin; provision it without");
        return false;
    }
    result.success().expect(dn);
    true
}

fn one(value: &str) -> HashSet<&str> {
    HashSet::from([value])
}

/// One test at a time: each counts what it is told.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn every_change(who: &str, way: Tracking) {
    let _turn = TURN.lock().await;
    let samba = Samba::of_environment();
    let mut ldap = samba.administrator().await;
    let base = samba.values["BASE"].clone();
    let suffix = format!("{}{}", who.chars().next().unwrap_or('x'), uuid_of_now());
    let top = format!("OU=Top {suffix},{base}");
    let inner = format!("OU=Inner,{top}");
    for dn in [&top, &inner] {
        add(&mut ldap, dn, "organizationalUnit", &[]).await;
    }
    let mut people = Vec::new();
    for number in 0..LARGE {
        let dn = format!("CN=Person {number},{inner}");
        add(&mut ldap, &dn, "user", &[("sAMAccountName", &[&format!("p{suffix}{number}")])]).await;
        people.push(dn);
    }
    let large = format!("CN=Large,{top}");
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let account = format!("g{suffix}");
    add(&mut ldap, &large, "group", &[("sAMAccountName", &[&account]), ("member", &members[..LARGE - 1])])
        .await;

    let mut follower = Follower::start(source(samba.settings(who))).await;
    assert_eq!(follower.cursor.tracking, way);
    let id_of = |follower: &Follower, dn: &str| {
        let found = follower.known.iter().find(|(_, one)| one.dn.eq_ignore_ascii_case(dn));
        found.map(|(id, _)| id.clone()).expect("known")
    };
    let told = follower.follow().await;
    eprintln!(
        "{who}: right after the mark {} objects are told, {} gone",
        told.objects().count(),
        told.gone().len()
    );
    let told = follower.follow().await;
    assert_eq!((told.objects().count(), told.containers().len()), (0, 0), "nothing is told twice");

    // One member joins, one leaves, one is changed.
    let large_id = id_of(&follower, &large);
    modify(&mut ldap, &large, Mod::Add("member", one(&people[LARGE - 1]))).await;
    modify(&mut ldap, &large, Mod::Delete("member", one(&people[3]))).await;
    modify(&mut ldap, &people[4], Mod::Replace("title", one("Archivist"))).await;
    let told = follower.follow().await;
    let group = told.objects().find(|one| one.object.object_id == large_id).expect("the group");
    if way == Tracking::DirSync {
        let expected =
            Members::Delta { joined: vec![people[LARGE - 1].clone()], left: vec![people[3].clone()] };
        assert_eq!(group.members, expected);
        assert_eq!(told.objects().count(), 2);
    }
    let whole = follower
        .source
        .objects(Which::Ids(std::slice::from_ref(&large_id)), &kinds())
        .await
        .expect("the group");
    let members: BTreeSet<String> = whole[0].1.entry.texts("member").map(str::to_lowercase).collect();
    assert_eq!(members.len(), LARGE - 1);
    assert_eq!(follower.known[&large_id].members, members);
    follower.agrees().await;

    // New, renamed, moved, disabled, deleted.
    let gone = id_of(&follower, &people[5]);
    add(&mut ldap, &format!("CN=New,{top}"), "user", &[("sAMAccountName", &[&format!("n{suffix}")])]).await;
    let account = format!("h{suffix}");
    add(
        &mut ldap,
        &format!("CN=New group,{top}"),
        "group",
        &[("sAMAccountName", &[&account]), ("member", &[&people[7]])],
    )
    .await;
    add(&mut ldap, &format!("CN=Contact,{top}"), "contact", &[]).await;
    rename(&mut ldap, &people[6], "CN=Renamed", None).await;
    rename(&mut ldap, &people[8], "CN=Person 8", Some(&top)).await;
    modify(&mut ldap, &people[9], Mod::Replace("userAccountControl", one("514"))).await;
    delete(&mut ldap, &people[5]).await;
    let told = follower.follow().await;
    assert!(!follower.known.contains_key(&gone), "{who}: who was deleted is gone");
    assert!(way != Tracking::DirSync || told.gone().contains(&gone.as_str()));
    assert!(told.containers().is_empty(), "{:?}", told.containers());
    follower.agrees().await;

    if restore(&mut ldap, &gone, &people[5]).await {
        follower.follow().await;
        assert!(follower.known.contains_key(&gone), "{who}: who was restored is told");
        follower.agrees().await;
    }

    // A container gets another name, a new one is made.
    rename(&mut ldap, &inner, "OU=Renamed", None).await;
    add(&mut ldap, &format!("OU=Fresh,{top}"), "organizationalUnit", &[]).await;
    let told = follower.follow().await;
    eprintln!("{who}: after the rename of a container, {} objects are told", told.objects().count());
    assert!(told.containers().contains(&format!("OU=Renamed,{top}").as_str()), "{:?}", told.containers());
    assert!(!told.containers().contains(&format!("OU=Fresh,{top}").as_str()), "{:?}", told.containers());

    let tree = RawControl { ctype: "1.2.840.113556.1.4.805".into(), crit: true, val: None };
    ldap.with_controls(tree).delete(&top).await.and_then(ldap3::LdapResult::success).expect("all of it");
    let told = follower.follow().await;
    assert!(told.is_sweep || told.gone().len() > LARGE, "{} gone", told.gone().len());
    follower.agrees().await;
}

/// Something that an earlier run did not use.
fn uuid_of_now() -> String {
    std::process::id().to_string()
}

#[tokio::test]
#[ignore = "needs a Samba domain controller, see above"]
async fn samba_tells_an_administrator_every_change_by_dirsync() {
    every_change("ADMIN", Tracking::DirSync).await;
}

#[tokio::test]
#[ignore = "needs a Samba domain controller, see above"]
async fn samba_tells_an_ordinary_account_every_change_by_sequence_numbers() {
    every_change("READER", Tracking::UsnChanged).await;
}

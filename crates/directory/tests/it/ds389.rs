//! Changes of a real 389 Directory Server, by its content synchronisation and by timestamps. Run by hand against an
//! empty `dc=example,dc=org`, since the package wants a machine of its own:
//!
//! ```text
//! DS389_URL=ldap://127.0.0.1:4389 DS389_PASSWORD=... cargo test -p directory --test it ds389 -- --ignored --nocapture
//! ```

use std::collections::HashSet;

use directory::{LdapSettings, Pace};
use domain::{Cursor, Secret, Tracking};
use ldap3::{Ldap, LdapConnAsync, LdapResult, Mod};

use crate::follower::Follower;
use crate::{PATIENCE, source};

const BASE: &str = "dc=example,dc=org";
const MANAGER: &str = "cn=Directory Manager";

fn settings() -> LdapSettings {
    let value = |name: &str| std::env::var(name).expect(name);
    LdapSettings {
        bind_dn: MANAGER.to_owned(),
        bind_password: Secret::new(value("DS389_PASSWORD")),
        base_dn: Some(BASE.to_owned()),
        connect_timeout: PATIENCE,
        read_timeout: PATIENCE,
        pace: Pace { list_after_changes: std::time::Duration::ZERO, list_rest: 0, ..Pace::default() },
        ..LdapSettings::new(value("DS389_URL"))
    }
}

async fn manager() -> Ldap {
    let settings = settings();
    let (connection, mut ldap) = LdapConnAsync::new(&settings.url).await.expect("a connection");
    ldap3::drive!(connection);
    let password = settings.bind_password.expose().to_owned();
    ldap.simple_bind(MANAGER, &password).await.and_then(LdapResult::success).expect("signed in");
    ldap
}

async fn add(ldap: &mut Ldap, dn: &str, class: &str, more: &[(&str, &str)]) {
    let mut attributes = vec![("objectClass", HashSet::from([class]))];
    attributes.extend(more.iter().map(|(name, value)| (*name, HashSet::from([*value]))));
    ldap.add(dn, attributes).await.and_then(LdapResult::success).expect(dn);
}

#[tokio::test]
#[ignore = "needs a 389 Directory Server, see above"]
async fn ds389_tells_every_change() {
    let mut ldap = manager().await;
    let top = format!("ou=t{},{BASE}", std::process::id());
    let person = |number: usize| format!("uid=p{number},{top}");
    add(&mut ldap, &top, "organizationalUnit", &[]).await;
    for number in 0..30 {
        add(&mut ldap, &person(number), "inetOrgPerson", &[("cn", "Somebody"), ("sn", "Ames")]).await;
    }
    let mut follower = Follower::start(source(settings())).await;
    assert_eq!(follower.cursor.tracking, Tracking::ContentSync);
    assert!(follower.follow().await.pages.is_empty(), "nothing changed");

    let group = format!("cn=choir,{top}");
    add(&mut ldap, &group, "groupOfNames", &[("member", &person(1))]).await;
    let title = vec![Mod::Replace("title", HashSet::from(["Archivist"]))];
    ldap.modify(&person(2), title).await.and_then(LdapResult::success).expect("a change");
    ldap.modifydn(&person(3), "uid=renamed", true, None).await.and_then(LdapResult::success).expect("it");
    ldap.delete(&person(4)).await.and_then(LdapResult::success).expect("a deletion");
    let told = follower.follow().await;
    // The member as well, where the server keeps memberOf.
    assert!((3..=4).contains(&told.objects().count()), "{told:?}");
    assert_eq!((told.gone().len(), told.is_sweep), (1, false), "{told:?}");
    follower.agrees().await;
    assert!(follower.follow().await.pages.is_empty(), "nothing is told twice");

    let inner = format!("ou=inner,{top}");
    add(&mut ldap, &inner, "organizationalUnit", &[]).await;
    follower.follow().await;
    ldap.modifydn(&inner, "ou=other", true, None).await.and_then(LdapResult::success).expect("a rename");
    assert_eq!(follower.follow().await.containers(), [format!("ou=other,{top}")]);

    // A cookie of another server.
    let cursor = follower.cursor.clone();
    let mut value: serde_json::Value = serde_json::from_str(&cursor.value).expect("JSON");
    value["cookie"] = "cmlkPTAwMCxjc249MjA5OTAxMDEwMDAwMDAuMDAwMDAwWiMwMDAwMDAjMDAwIzAwMDAwMA==".into();
    follower.cursor = Cursor { value: value.to_string(), ..cursor };
    let told = follower.try_follow().await;
    assert!(told.is_err(), "{told:?}");
    assert!(follower.source.mark().await.expect("a mark").is_some());
}

//! Who gets in, and what everybody may see.

use ldap3::Scope;

use crate::client::{connect, entries, options, search, sign_in, start};

#[tokio::test]
async fn anybody_may_read_what_the_server_says_about_itself() {
    let forest = start(options()).await;
    let mut ldap = connect(&forest).await;
    let root = entries(search(&mut ldap, "", Scope::Base, "(objectClass=*)", &["*", "+"]).await);
    let attributes = &root[0].attrs;
    assert_eq!(attributes["defaultNamingContext"], ["DC=lab01,DC=local"]);
    assert_eq!(attributes["dnsHostName"], ["dc1.lab01.local"]);
    assert!(attributes["supportedCapabilities"].contains(&"1.2.840.113556.1.4.800".to_owned()));
    for control in ["1.2.840.113556.1.4.319", "1.2.840.113556.1.4.841", "1.2.840.113556.1.4.417"] {
        assert!(attributes["supportedControl"].contains(&control.to_owned()), "{control}");
    }
    assert!(attributes["highestCommittedUSN"][0].parse::<u64>().expect("a number") > 0);
    assert!(!attributes["supportedExtension"].contains(&"1.3.6.1.4.1.1466.20037".to_owned()), "no TLS here");
    forest.stop().await;
}

#[tokio::test]
async fn the_account_signs_in_by_any_of_its_names() {
    let forest = start(options()).await;
    let mut ldap = connect(&forest).await;
    for name in [forest.bind_dn(), "cn=SYNC, ou=service,dc=LAB01,dc=local", "sync@lab01.local", "LAB01\\sync"]
    {
        let bound = ldap.simple_bind(name, forest.bind_password()).await.expect("an answer");
        assert_eq!(bound.rc, 0, "{name}");
    }
    forest.stop().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_refusal() {
    let forest = start(options()).await;
    let mut ldap = connect(&forest).await;
    let person = forest.person_dn(5).expect("a person");
    for (name, password) in
        [(forest.bind_dn(), "wrong"), ("CN=nobody,DC=lab01,DC=local", "x"), (&person, forest.bind_password())]
    {
        let refused = ldap.simple_bind(name, password).await.expect("an answer");
        assert_eq!(refused.rc, 49, "{name}");
        assert!(refused.text.contains("data 52e"), "{}", refused.text);
    }
    forest.stop().await;
}

#[tokio::test]
async fn who_has_not_signed_in_reads_nothing_and_a_failed_bind_signs_out() {
    let forest = start(options()).await;
    let mut ldap = connect(&forest).await;
    let refused = search(&mut ldap, forest.base_dn(), Scope::Base, "(objectClass=*)", &[]).await;
    assert_eq!(refused.1.rc, 1);
    assert!(refused.1.text.contains("successful bind must be completed"), "{}", refused.1.text);

    let mut ldap = sign_in(&forest).await;
    assert_eq!(search(&mut ldap, forest.base_dn(), Scope::Base, "(objectClass=*)", &[]).await.1.rc, 0);
    ldap.simple_bind(forest.bind_dn(), "wrong").await.expect("an answer");
    assert_eq!(search(&mut ldap, forest.base_dn(), Scope::Base, "(objectClass=*)", &[]).await.1.rc, 1);
    // An empty password is an anonymous bind, not a way in.
    assert_eq!(ldap.simple_bind(forest.bind_dn(), "").await.expect("an answer").rc, 0);
    assert_eq!(search(&mut ldap, forest.base_dn(), Scope::Base, "(objectClass=*)", &[]).await.1.rc, 1);
    forest.stop().await;
}

#[tokio::test]
async fn nobody_writes_and_every_forest_has_its_own_password() {
    let forest = start(options()).await;
    let other = start(options()).await;
    assert_ne!(forest.bind_password(), other.bind_password());
    let mut ldap = sign_in(&forest).await;
    let person = forest.person_dn(5).expect("a person");
    assert_eq!(ldap.delete(&person).await.expect("an answer").rc, 50);
    other.stop().await;
    forest.stop().await;
}

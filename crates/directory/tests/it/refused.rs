//! Each way in which a directory can be out of reach, told as what it is.

use std::time::Duration;

use directory::{LdapSettings, LdapSource};
use domain::{ObjectKind, Secret};
use ports::{ReadRequest, SourceError};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::certificates::{Authority, accept_tls};
use crate::{PATIENCE, forest, read, request, settings, source};

async fn probe(settings: LdapSettings) -> SourceError {
    source(settings).probe().await.expect_err("a refusal")
}

/// A listener on loopback that does with a connection what it is told.
async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    (listener, address)
}

#[tokio::test]
async fn a_wrong_password_names_the_account_and_the_reason() {
    let forest = forest(|_| {}).await;
    let wrong = LdapSettings { bind_password: Secret::new("wrong"), ..settings(&forest) };
    match probe(wrong).await {
        SourceError::Credentials { bind_dn, reason } => {
            assert_eq!(bind_dn, forest.bind_dn());
            assert!(reason.contains("password is wrong"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    let nobody = LdapSettings { bind_dn: format!("CN=Nobody,{}", forest.base_dn()), ..settings(&forest) };
    assert!(matches!(probe(nobody).await, SourceError::Credentials { .. }));
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_unreachable() {
    let (listener, address) = listener().await;
    drop(listener);
    match probe(LdapSettings::new(format!("ldap://{address}"))).await {
        SourceError::Unreachable { address: told, reason } => {
            assert_eq!(told, address);
            assert!(reason.contains("nothing listens"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_unreachable() {
    let settings = LdapSettings { connect_timeout: PATIENCE, ..LdapSettings::new("ldaps://dc1.invalid") };
    match probe(settings).await {
        SourceError::Unreachable { address, reason } => {
            assert_eq!(address, "dc1.invalid:636");
            assert!(reason.contains("dc1.invalid cannot be resolved"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_never_answers_runs_into_the_timeout_of_what_is_being_done() {
    let (listener, address) = listener().await;
    let brief = Duration::from_millis(100);
    let quiet = tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            connections.push(connection);
        }
    });
    let plain = LdapSettings::new(format!("ldap://{address}"));
    let credentials =
        |settings| LdapSettings { bind_dn: "cn=a,dc=x".into(), bind_password: Secret::new("p"), ..settings };
    for (settings, expected) in [
        (LdapSettings { bind_timeout: brief, ..credentials(plain.clone()) }, "signing in"),
        (LdapSettings { read_timeout: brief, ..plain.clone() }, "looking an entry up"),
        (
            LdapSettings {
                connect_timeout: brief,
                start_tls: true,
                ca_pem: Some(Authority::new().pem()),
                ..plain
            },
            "connecting",
        ),
    ] {
        match probe(settings).await {
            SourceError::Timeout { doing, .. } if doing == expected => {}
            other => panic!("{expected}: {other:?}"),
        }
    }
    quiet.abort();
}

#[tokio::test]
async fn a_server_that_does_not_speak_ldap_is_told_apart() {
    for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", "0\u{7f}"] {
        let (listener, address) = listener().await;
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = [0; 64];
                let _ = connection.read(&mut request).await;
                let _ = tokio::io::AsyncWriteExt::write_all(&mut connection, answer.as_bytes()).await;
            }
        });
        let error = probe(LdapSettings::new(format!("ldap://{address}"))).await;
        assert!(matches!(error, SourceError::Unreachable { .. }), "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_issuer_is_not_trusted() {
    let forest = forest(|_| {}).await;
    let other = Some(Authority::new().pem());
    for settings in [
        LdapSettings { url: forest.ldaps_url().expect("ldaps"), ca_pem: other.clone(), ..settings(&forest) },
        LdapSettings { start_tls: true, ca_pem: other, ..settings(&forest) },
    ] {
        match probe(settings).await {
            SourceError::Untrusted { reason, .. } => {
                assert!(reason.contains("issuer is unknown"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_certificate_of_another_host_or_time_is_not_trusted() {
    let authority = Authority::new();
    for (names, years, expected) in [
        (["dc7.lab01.local"], (2020, 2090), "not issued for 127.0.0.1 but for dc7.lab01.local"),
        (["127.0.0.1"], (2001, 2002), "expired"),
        (["127.0.0.1"], (2080, 2090), "not valid yet"),
    ] {
        let address = accept_tls(&authority.issue(&names, years)).await;
        let settings =
            LdapSettings { ca_pem: Some(authority.pem()), ..LdapSettings::new(format!("ldaps://{address}")) };
        match probe(settings).await {
            SourceError::Untrusted { reason, .. } => assert!(reason.contains(expected), "{reason}"),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn tls_against_a_plain_port_says_so() {
    let forest = forest(|_| {}).await;
    let url = forest.url().replace("ldap://", "ldaps://");
    let ca_pem = forest.ca_pem().map(str::to_owned);
    let error = probe(LdapSettings { url, ca_pem, ..settings(&forest) }).await;
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_in_the_clear_instead() {
    let forest = forest(|options| options.tls = lab::Tls::None).await;
    let settings =
        LdapSettings { start_tls: true, ca_pem: Some(Authority::new().pem()), ..settings(&forest) };
    match probe(settings).await {
        SourceError::Settings(reason) => assert!(reason.contains("refuses StartTLS"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_base_that_does_not_exist_is_named() {
    let forest = forest(|_| {}).await;
    for base in [format!("OU=Nowhere,{}", forest.base_dn()), "DC=elsewhere,DC=local".to_owned()] {
        let missing = Err(SourceError::NoSuchBase { dn: base.clone() });
        let configured = LdapSettings { base_dn: Some(base.clone()), ..settings(&forest) };
        assert_eq!(source(configured).probe().await, missing);
        let request = ReadRequest { bases: vec![base.clone()], ..request(ObjectKind::User, &[], 100) };
        let result = read(&source(settings(&forest)), request).await.map(|_| ());
        assert_eq!(result, missing.map(|_: ports::SourceInfo| ()));
    }
}

#[test]
fn a_password_in_the_clear_over_the_network_is_refused_before_anything_is_sent() {
    let error = LdapSource::new(LdapSettings::new("ldap://dc1.lab01.local")).expect_err("in the clear");
    assert!(matches!(error, SourceError::Settings(_)), "{error:?}");
}

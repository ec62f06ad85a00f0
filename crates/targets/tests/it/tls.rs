//! Certificates: trusted, strange, and for another host.

use std::sync::Arc;

use domain::catalogue::TARGET_UNREACHABLE;
use ports::Target;
use targets::scim::{ScimTarget, SettingsError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::support::settings;

/// A service that answers everything with the same list, under a certificate for the given name; gives its address
/// and the certificate.
async fn service(name: &str) -> (String, String) {
    let key = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)
        .expect("a server configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let body = r#"{"schemas":[],"totalResults":0}"#;
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (format!("https://localhost:{port}/scim/v2"), key.cert.pem())
}

#[tokio::test]
async fn a_service_with_a_certificate_of_the_given_authority_is_trusted() {
    let (url, certificate) = service("localhost").await;
    let mut settings = settings(&url);
    settings.ca_pem = Some(certificate);
    ScimTarget::new(&settings).expect("settings").probe().await.expect("trusted");
}

#[tokio::test]
async fn a_service_with_a_strange_certificate_is_not_spoken_to() {
    for name in ["localhost", "elsewhere.example"] {
        let (url, certificate) = service(name).await;
        let (_, another) = service("localhost").await;
        let mut settings = settings(&url);
        settings.ca_pem = Some(if name == "localhost" { another } else { certificate });
        let error = ScimTarget::new(&settings).expect("settings").probe().await.expect_err("not trusted");
        assert_eq!(error.code(), &TARGET_UNREACHABLE);
        assert!(error.to_string().contains("certificate authority's file"), "{error}");
    }
}

#[test]
fn an_authority_that_is_no_certificate_is_refused() {
    let mut settings = settings("https://localhost/");
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        settings.ca_pem = Some(pem.to_owned());
        let refused = ScimTarget::new(&settings).map(|_| ());
        assert!(matches!(refused, Err(SettingsError::Authority(_))), "{pem}: {refused:?}");
    }
}

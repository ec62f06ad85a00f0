//! TLS from the start and later.

use std::sync::Arc;

use lab::{ForestOptions, Tls};
use ldap3::{LdapConnAsync, LdapConnSettings};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::client::{connect_with, options, start};

fn trusting(pem: &str) -> LdapConnSettings {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    LdapConnSettings::new().set_config(Arc::new(config))
}

#[tokio::test]
async fn both_ways_to_tls_are_verified_with_the_forests_authority() {
    let forest = start(ForestOptions { tls: Tls::SelfSigned, ..options() }).await;
    let pem = forest.ca_pem().expect("an authority");
    let ldaps = forest.ldaps_url().expect("a listener");
    for (settings, url) in [(trusting(pem), ldaps.clone()), (trusting(pem).set_starttls(true), forest.url())]
    {
        let mut ldap = connect_with(settings, &url).await;
        let bound = ldap.simple_bind(forest.bind_dn(), forest.bind_password()).await.expect("an answer");
        assert_eq!(bound.rc, 0, "{url}");
    }
    let other = start(ForestOptions { tls: Tls::SelfSigned, ..options() }).await;
    let stranger = trusting(other.ca_pem().expect("an authority"));
    assert!(
        LdapConnAsync::with_settings(stranger, &ldaps).await.is_err(),
        "another authority is not trusted"
    );
    forest.stop().await;
    other.stop().await;
}

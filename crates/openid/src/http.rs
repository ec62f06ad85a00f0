//! Requests to a provider: bounded, without redirects, TLS always verified.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::http::Response;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::OpenIdError;
use crate::error::chain;

/// Largest answer: descriptions, keys and claims have a few kilobytes.
const LARGEST: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub struct Http(reqwest::Client);

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("{}", chain(.0))]
    Failed(#[from] reqwest::Error),
    #[error("the answer is larger than a megabyte")]
    TooLarge,
    #[error("the answer is not HTTP: {0}")]
    Answer(#[from] openidconnect::http::Error),
}

impl Http {
    /// For a provider at this address. The trust store is not read for one on this machine that is reached without TLS.
    pub fn new(issuer: &str, ca_pem: Option<&str>) -> Result<Self, OpenIdError> {
        let roots = if issuer.starts_with("http://") { RootCertStore::empty() } else { trusted(ca_pem)? };
        let client = reqwest::Client::builder()
            .user_agent(concat!("Skybridge/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .tls_backend_preconfigured(tls(roots)?)
            .build();
        Ok(Self(client.map_err(|error| OpenIdError::Unreachable(chain(&error)))?))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut head = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            head = head.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await? {
            if body.len() + part.len() > LARGEST {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok(head.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn trusted(ca_pem: Option<&str>) -> Result<RootCertStore, OpenIdError> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = ca_pem {
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| OpenIdError::Authority(error.to_string()))?;
            roots.add(certificate).map_err(|error| OpenIdError::Authority(error.to_string()))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() { Err(OpenIdError::NoTrustStore) } else { Ok(roots) }
}

fn tls(roots: RootCertStore) -> Result<ClientConfig, OpenIdError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenIdError::Authority(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

//! Revocation lists. The agent itself does not read them; other programs of its machine that do stop working or wait where
//! they cannot be had.

use std::time::Duration;

use channel::certificate::Certificate;
use domain::agent::{CheckOutcome, ReadinessCheck};
use tokio::net::TcpStream;
use url::Url;

use super::{Rest as _, check};
use crate::portal::status_of;

const PATIENCE: Duration = Duration::from_secs(10);

/// Asks for the lists that a certificate (DER) names. `whose`: who showed it.
pub async fn lists(id: &str, whose: &str, certificate: &[u8]) -> ReadinessCheck {
    let did = format!("asked for the revocation lists that the certificate of {whose} names");
    let Some(read) = Certificate::read(certificate) else {
        return check(id, CheckOutcome::NotChecked, did, "the certificate cannot be read");
    };
    let is_http = |address: &String| Url::parse(address).is_ok_and(|url| url.scheme() == "http");
    let (over_http, others): (Vec<String>, Vec<String>) =
        read.revocation_lists.into_iter().partition(is_http);
    if over_http.is_empty() {
        let found = if others.is_empty() {
            "the certificate names none".to_owned()
        } else {
            format!("none that is reached over HTTP; {} of another kind were not asked for", others.len())
        };
        return check(id, CheckOutcome::Passed, did, found);
    }
    let mut problems = Vec::new();
    for address in &over_http {
        if let Err(problem) = ask(address).await {
            problems.push(format!("{address}: {problem}"));
        }
    }
    let found = if problems.is_empty() {
        format!("{} of {}", over_http.len(), over_http.len())
    } else {
        format!("{} of {}; {}", over_http.len() - problems.len(), over_http.len(), problems.join("; "))
    };
    let outcome = if problems.is_empty() { CheckOutcome::Passed } else { CheckOutcome::Warning };
    check(id, outcome, did, found).limit("each can be had, on port 80").advice(
        "let this machine open connections to port 80 of these hosts, without a proxy; the agent works without them, but other programs \
         here may wait for them or refuse the certificate",
    )
}

async fn ask(address: &str) -> Result<(), String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    let (host, port) = (url.host_str().unwrap_or_default(), url.port().unwrap_or(80));
    let authority = format!("{host}:{port}");
    let asking = async {
        let stream = TcpStream::connect(&authority).await.map_err(|error| error.to_string())?;
        let path =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        status_of(Box::new(stream), &authority, &path).await.map_err(|error| error.to_string())
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(status)) if (200..300).contains(&status) => Ok(()),
        Ok(Ok(status)) => Err(format!("it answered with status {status}")),
        Ok(Err(problem)) => Err(problem),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CrlDistributionPoint, KeyPair};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn naming(uris: &[String]) -> Vec<u8> {
        let mut parameters = CertificateParams::new(["dc1.lab01.local".to_owned()]).expect("a name");
        parameters.crl_distribution_points =
            uris.iter().map(|uri| CrlDistributionPoint { uris: vec![uri.clone()] }).collect();
        let key = KeyPair::generate().expect("a key");
        parameters.self_signed(&key).expect("a certificate").der().to_vec()
    }

    /// The address of a list that is answered with this status.
    async fn published(status: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.42:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = vec![0; 1024];
                let size = stream.read(&mut asked).await.expect("a request");
                assert!(asked[..size].starts_with(b"GET /ca.crl?x=1 HTTP/1.1\r\n"));
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.expect("writes");
            }
        });
        format!("http://{address}/ca.crl?x=1")
    }

    #[tokio::test]
    async fn lists_that_cannot_be_had_are_named_with_the_reason() {
        let (good, gone) = (published("200 OK").await, published("404 Not Found").await);
        let found = async |uris: &[String]| lists("directoryRevocationLists", "dc1", &naming(uris)).await;
        let all = found(std::slice::from_ref(&good)).await;
        assert_eq!(
            (all.outcome, all.found.as_str(), all.advice.as_str()),
            (CheckOutcome::Passed, "1 of 1", "")
        );
        let some = found(&[good, gone.clone(), "ldap:///CN=ca".to_owned()]).await;
        assert_eq!(some.outcome, CheckOutcome::Warning);
        assert_eq!(some.found, format!("1 of 2; {gone}: it answered with status 404"));
        assert!(some.advice.contains("port 80"));
    }

    #[tokio::test]
    async fn a_certificate_that_names_none_is_told() {
        let found =
            async |uris: &[String]| lists("portalRevocationLists", "portal", &naming(uris)).await.found;
        assert_eq!(found(&[]).await, "the certificate names none");
        assert!(found(&["ldap:///CN=ca".to_owned()]).await.contains("1 of another kind"));
        let garbled = lists("portalRevocationLists", "portal", b"no certificate").await;
        assert_eq!(garbled.outcome, CheckOutcome::NotChecked);
    }
}

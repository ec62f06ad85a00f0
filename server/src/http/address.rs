//! Where a request comes from, for throttling and the audit log.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::tls::TlsPeer;

/// The address of the connection's other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer(pub String);

/// Puts the peer into the request; without a connection (in tests) it is unknown. HTTP/2 has the host in the address that
/// is asked for (RFC 9113 section 8.3.1); it is put where HTTP/1.1 has it.
pub async fn note(mut request: Request, next: Next) -> Response {
    if !request.headers().contains_key(header::HOST)
        && let Some(host) =
            request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok())
    {
        request.headers_mut().insert(header::HOST, host);
    }
    let known = request.extensions();
    let plain = known.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| *address);
    let address = plain.or_else(|| known.get::<ConnectInfo<TlsPeer>>().map(|ConnectInfo(peer)| peer.0));
    let peer = address.map_or_else(|| "unknown".to_owned(), |address| address.ip().to_string());
    request.extensions_mut().insert(Peer(peer));
    next.run(request).await
}

/// The client's address: behind a proxy the last one that the proxy names, which is the one it saw itself.
pub fn client(peer: &Peer, headers: &HeaderMap, behind_proxy: bool) -> String {
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .next_back()
        .filter(|address| behind_proxy && address.parse::<std::net::IpAddr>().is_ok());
    forwarded.map_or_else(|| peer.0.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_is_believed_and_only_its_own_word() {
        let peer = Peer("10.0.0.1".into());
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.1.1.1, 192.0.2.7".parse().expect("value"));
        assert_eq!(client(&peer, &headers, true), "192.0.2.7");
        assert_eq!(client(&peer, &headers, false), "10.0.0.1");
        headers.insert("x-forwarded-for", "<script>".parse().expect("value"));
        assert_eq!(client(&peer, &headers, true), "10.0.0.1");
    }
}

//! Tunnels through HTTP proxies: CONNECT (RFC 9110 section 9.3.6), with Basic authentication (RFC 7617) where the proxy
//! asks for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::PortalError;
use crate::settings::Proxy;

/// Bytes of a proxy's answer.
const LARGEST_ANSWER: usize = 16 * 1024;

/// Asks a proxy for a tunnel. Afterwards the stream leads to `address`.
pub async fn tunnel(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    proxy: &Proxy,
    address: &str,
) -> Result<(), PortalError> {
    let refused = |reason: String| PortalError::Proxy {
        proxy: proxy.address.clone(),
        address: address.to_owned(),
        reason,
    };
    let authorisation = proxy.user.as_ref().map_or_else(String::new, |(user, password)| {
        let pair = STANDARD.encode(format!("{user}:{}", password.expose()));
        format!("Proxy-Authorization: Basic {pair}\r\n")
    });
    let request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n{authorisation}\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| refused(error.to_string()))?;
    let mut answer = Vec::new();
    // Byte by byte: what comes after the answer belongs to who speaks next.
    while !answer.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await.map_err(|error| refused(error.to_string()))?;
        answer.push(byte);
        if answer.len() > LARGEST_ANSWER {
            return Err(refused("its answer has no end".into()));
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.lines().next().unwrap_or_default();
    match status.split(' ').nth(1).unwrap_or_default() {
        code if code.starts_with('2') && code.len() == 3 => Ok(()),
        // tinyproxy answers with 401 where the RFC has 407.
        "407" | "401" if proxy.user.is_none() => {
            Err(refused("it wants a user and a password; give them with --proxy-user".into()))
        }
        "407" | "401" => Err(refused("it does not know this user and password".into())),
        _ => Err(refused(status.trim().chars().take(100).collect())),
    }
}

#[cfg(test)]
mod tests {
    use domain::Secret;
    use tokio::io::duplex;

    use super::*;

    async fn answered(answer: &str, user: Option<(&str, &str)>) -> (Result<(), PortalError>, String) {
        let (mut near, mut far) = duplex(4_096);
        let user = user.map(|(user, password)| (user.to_owned(), Secret::new(password)));
        let proxy = Proxy { address: "proxy:3128".into(), user };
        far.write_all(answer.as_bytes()).await.expect("room");
        far.shutdown().await.expect("the end");
        let result = tunnel(&mut near, &proxy, "portal:443").await;
        drop(near);
        let mut asked = String::new();
        far.read_to_string(&mut asked).await.expect("a request");
        (result, asked)
    }

    #[tokio::test]
    async fn a_tunnel_is_asked_for_with_and_without_a_user() {
        let (result, asked) = answered("HTTP/1.1 200 Connection established\r\n\r\n", None).await;
        assert_eq!(result, Ok(()));
        assert_eq!(asked, "CONNECT portal:443 HTTP/1.1\r\nHost: portal:443\r\n\r\n");
        let (result, asked) = answered("HTTP/1.0 200 OK\r\nVia: x\r\n\r\n", Some(("me", "secret"))).await;
        assert_eq!(result, Ok(()));
        assert!(asked.contains("\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn a_refusal_says_what_to_do() {
        let asks = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
        let told = |result: Result<(), PortalError>| result.expect_err("refused").to_string();
        assert!(told(answered(asks, None).await.0).contains("--proxy-user"));
        assert!(told(answered(asks, Some(("me", "x"))).await.0).contains("does not know"));
        assert!(told(answered("HTTP/1.1 403 Forbidden\r\n\r\n", None).await.0).contains("403 Forbidden"));
        assert!(told(answered(&"x".repeat(4_096), None).await.0).contains("proxy"));
    }

    #[tokio::test]
    async fn what_comes_after_the_answer_is_left_to_who_speaks_next() {
        let (mut near, mut far) = duplex(4_096);
        far.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello").await.expect("room");
        let proxy = Proxy { address: "proxy:3128".into(), user: None };
        tunnel(&mut near, &proxy, "portal:443").await.expect("a tunnel");
        let mut next = [0; 5];
        near.read_exact(&mut next).await.expect("the rest");
        assert_eq!(&next, b"hello");
    }
}

//! The way to the portal: its address, proxies, whom to trust, requests and the channel.

mod address;
mod http;
mod proxy;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use directory::Handshake;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub use address::Address;
pub use http::{Answer, get, post, status_of};
pub use tls::Trust;

use crate::settings::Proxy;

/// For name resolution, connection, proxy and TLS handshake, together.
const CONNECT: Duration = Duration::from_secs(20);

/// Why the portal could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    #[error("{0}")]
    Address(String),
    #[error("cannot connect to {address}: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("the proxy {proxy} refused to connect to {address}: {reason}")]
    Proxy { proxy: String, address: String, reason: String },
    #[error("the certificate of {address} is not trusted: {reason}")]
    Untrusted { address: String, reason: String },
    #[error("{address} did not answer within {seconds} s")]
    Timeout { address: String, seconds: u64 },
    #[error("the portal refused: {0}")]
    Refused(String),
    /// The signature was by another key than the portal has.
    #[error("the portal refused: {0}")]
    UnknownKey(String),
    #[error("what answers at {address} is no portal: {reason}")]
    Strange { address: String, reason: String },
}

/// A connection, whatever protects it.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// How connections to the portal are made.
#[derive(Debug, Clone)]
pub struct Way {
    pub address: Address,
    pub proxy: Option<Proxy>,
    pub trust: Arc<Trust>,
}

impl Way {
    /// Connects, through the proxy if there is one, and protects the connection.
    pub async fn connect(&self) -> Result<Box<dyn Stream>, PortalError> {
        self.look().await.map(|(stream, _)| stream)
    }

    /// The same, with what the handshake showed; `None` without TLS.
    pub async fn look(&self) -> Result<(Box<dyn Stream>, Option<Handshake>), PortalError> {
        let connecting = self.connect_without_limit();
        tokio::time::timeout(CONNECT, connecting).await.map_err(|_| PortalError::Timeout {
            address: self.address.authority(),
            seconds: CONNECT.as_secs(),
        })?
    }

    async fn connect_without_limit(&self) -> Result<(Box<dyn Stream>, Option<Handshake>), PortalError> {
        let address = self.address.authority();
        let stream = match &self.proxy {
            None => tcp(&address).await?,
            Some(proxy) => {
                let mut stream = tcp(&proxy.address).await?;
                proxy::tunnel(&mut stream, proxy, &address).await?;
                stream
            }
        };
        if !self.address.tls {
            return Ok((Box::new(stream), None));
        }
        let name = self.address.server_name()?;
        match TlsConnector::from(self.trust.config()).connect(name, stream).await {
            Ok(stream) => {
                let handshake = Handshake::of(stream.get_ref().1);
                Ok((Box::new(stream), Some(handshake)))
            }
            Err(error) => Err(tls::problem(&error, &address)),
        }
    }
}

async fn tcp(address: &str) -> Result<TcpStream, PortalError> {
    let stream = TcpStream::connect(address).await.map_err(|error| PortalError::Unreachable {
        address: address.to_owned(),
        reason: error.to_string(),
    })?;
    // Small messages, such as the word that another page may come, do not wait for company.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

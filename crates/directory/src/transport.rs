//! From an address to a stream of bytes that may be trusted.

use std::io;
use std::sync::Arc;

use ports::SourceError;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, CommonState, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::message::{Reply, Request};
use crate::refusal;
use crate::settings::{Endpoint, LdapSettings, Protection};
use crate::tls::{client_config, handshake_error};
use crate::wire::Wire;

/// Plain or encrypted, it reads and writes.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a TLS handshake showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Such as `TLS 1.3`.
    pub version: &'static str,
    /// The server's own certificate (DER).
    pub certificate: Vec<u8>,
}

impl Handshake {
    /// What a connection's showed, once it is over.
    pub fn of(session: &CommonState) -> Self {
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "an unknown version of TLS",
        };
        let certificate = session.peer_certificates().and_then(|chain| chain.first());
        Self { version, certificate: certificate.map(|own| own.to_vec()).unwrap_or_default() }
    }
}

enum Established {
    Plain(TcpStream),
    Protected(Box<TlsStream<TcpStream>>),
}

/// The settings, checked, with what is made of them once.
#[derive(Debug)]
pub(crate) struct Transport {
    pub endpoint: Endpoint,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Transport {
    pub fn new(settings: &LdapSettings) -> Result<Self, SourceError> {
        let endpoint = Endpoint::of(settings)?;
        let tls = match endpoint.protection {
            Protection::None => None,
            Protection::StartTls | Protection::Tls => {
                let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| {
                    SourceError::Settings(format!(
                        "`{}` is neither a host name nor an IP address",
                        endpoint.host
                    ))
                })?;
                Some((client_config(settings.ca_pem.as_deref())?, name))
            }
        };
        Ok(Self { endpoint, tls })
    }

    /// Connects within the limit, all steps together.
    pub async fn connect(&self, settings: &LdapSettings) -> Result<Box<dyn Stream>, SourceError> {
        let stream = timeout(settings.connect_timeout, self.establish(settings)).await;
        Ok(match stream.map_err(|_| self.too_slow(settings))?? {
            Established::Plain(stream) => Box::new(stream),
            Established::Protected(stream) => stream,
        })
    }

    fn too_slow(&self, settings: &LdapSettings) -> SourceError {
        SourceError::Timeout {
            address: self.endpoint.address(),
            seconds: settings.connect_timeout.as_secs(),
            doing: "connecting".into(),
        }
    }

    /// Connects, looks at what the server shows, and hangs up; `None` without TLS.
    pub async fn look(&self, settings: &LdapSettings) -> Result<Option<Handshake>, SourceError> {
        let stream = timeout(settings.connect_timeout, self.establish(settings)).await;
        match stream.map_err(|_| self.too_slow(settings))?? {
            Established::Plain(_) => Ok(None),
            Established::Protected(stream) => Ok(Some(Handshake::of(stream.get_ref().1))),
        }
    }

    async fn establish(&self, settings: &LdapSettings) -> Result<Established, SourceError> {
        let Endpoint { host, port, protection } = &self.endpoint;
        let tcp =
            TcpStream::connect((host.as_str(), *port)).await.map_err(|error| self.unreachable(&error))?;
        tcp.set_nodelay(true).map_err(|error| self.unreachable(&error))?;
        let Some((config, name)) = &self.tls else { return Ok(Established::Plain(tcp)) };
        let tcp =
            if *protection == Protection::StartTls { self.start_tls(tcp, settings).await? } else { tcp };
        let tls = TlsConnector::from(Arc::clone(config))
            .connect(name.clone(), tcp)
            .await
            .map_err(|error| handshake_error(&error, host, self.endpoint.address()))?;
        Ok(Established::Protected(Box::new(tls)))
    }

    /// Asks for TLS on an open connection (RFC 4511 section 4.14). Whatever the answer, nothing goes on in the clear.
    async fn start_tls(&self, tcp: TcpStream, settings: &LdapSettings) -> Result<TcpStream, SourceError> {
        let address = || self.endpoint.address();
        let limit = settings.connect_timeout;
        let mut wire = Wire::new(tcp);
        let id = wire.next_id();
        let failed = |error| refusal::of_connection(error, address(), "connecting");
        wire.send(&Request::StartTls.encode(id), limit).await.map_err(failed)?;
        match wire.receive(limit).await.map_err(failed)? {
            (found, Reply::Extended(outcome)) if found == id && outcome.code == 0 => {}
            (_, Reply::Extended(outcome)) => {
                return Err(SourceError::Settings(format!(
                    "{} refuses StartTLS ({}); give the server a certificate, or use ldaps://",
                    address(),
                    refusal::told(&outcome)
                )));
            }
            _ => return Err(SourceError::Directory("it did not answer the request to start TLS".into())),
        }
        wire.into_stream().ok_or_else(|| {
            SourceError::Directory("it sent unencrypted data after it agreed to encryption".into())
        })
    }

    fn unreachable(&self, error: &io::Error) -> SourceError {
        let reason = match error.kind() {
            io::ErrorKind::ConnectionRefused => "nothing listens on that port".to_owned(),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                "no network route leads there".to_owned()
            }
            io::ErrorKind::TimedOut => "the network gave up".to_owned(),
            // Name resolution has no error kind of its own, only the resolver's text.
            _ if error.raw_os_error().is_none() => {
                format!("the name {} cannot be resolved", self.endpoint.host)
            }
            _ => error.to_string(),
        };
        SourceError::Unreachable { address: self.endpoint.address(), reason }
    }
}

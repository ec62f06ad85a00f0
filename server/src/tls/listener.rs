//! Connections whose handshake is done.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Identity;

/// Handshakes under way at once; further ones wait. Who has not said anything yet takes no place.
const HANDSHAKES: usize = 512;
/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the port shows now. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shown(Arc<RwLock<Arc<CertifiedKey>>>);

impl Shown {
    /// Connections that stand keep what they were shown.
    pub fn replace(&self, identity: &Identity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&identity.certified);
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsPeer(pub SocketAddr);

impl Connected<IncomingStream<'_, TlsListener>> for TlsPeer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Gives connections whose handshake is done. Handshakes run beside each other: one that hangs holds up nobody.
#[derive(Debug)]
pub struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
    accepting: AbortHandle,
    shown: Shown,
}

impl TlsListener {
    pub fn new(listener: TcpListener, identity: &Identity) -> io::Result<Self> {
        Self::within(listener, identity, PATIENCE, HANDSHAKES)
    }

    fn within(
        listener: TcpListener,
        identity: &Identity,
        patience: Duration,
        handshakes: usize,
    ) -> io::Result<Self> {
        let shown = Shown(Arc::new(RwLock::new(Arc::clone(&identity.certified))));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown.clone()));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(handshakes);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let accepting = tokio::spawn(accept(listener, acceptor, sender, patience, handshakes)).abort_handle();
        Ok(Self { ready, address, accepting, shown })
    }

    /// For who replaces the certificate.
    pub fn shown(&self) -> Shown {
        self.shown.clone()
    }
}

async fn accept(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
    patience: Duration,
    handshakes: usize,
) {
    let places = Arc::new(Semaphore::new(handshakes));
    loop {
        // Errors of single connections are waited out inside.
        let (stream, address) = Listener::accept(&mut listener).await;
        let (acceptor, ready, places) = (acceptor.clone(), ready.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let handshake = async {
                stream.peek(&mut [0]).await?;
                let _place = places.acquire().await.map_err(io::Error::other)?;
                acceptor.accept(stream).await
            };
            match tokio::time::timeout(patience, handshake).await {
                // Closed: the server stops.
                Ok(Ok(stream)) => drop(ready.send((stream, address)).await),
                Ok(Err(error)) => tracing::debug!(%address, %error, "a TLS handshake failed"),
                Err(_) => tracing::debug!(%address, "a TLS handshake took too long"),
            }
        });
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The accepting task never ends by itself.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::super::identity::tests::made;
    use super::*;

    async fn port(patience: Duration) -> TlsListener {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = Identity::read(&made(folder.path(), "one", 2026)).expect("good");
        let listener = TcpListener::bind("127.0.0.42:0").await.expect("a port");
        TlsListener::within(listener, &identity, patience, 1).expect("listens")
    }

    #[tokio::test]
    async fn who_says_nothing_is_not_waited_for() {
        let port = port(Duration::from_millis(50)).await;
        let mut silent = TcpStream::connect(port.address).await.expect("connects");
        assert_eq!(silent.read(&mut [0; 16]).await.expect("is closed"), 0);
    }

    #[tokio::test]
    async fn who_says_nothing_holds_up_nobody() {
        let port = port(PATIENCE).await;
        let silent = [
            TcpStream::connect(port.address).await.expect("connects"),
            TcpStream::connect(port.address).await.expect("connects"),
        ];
        let mut other = TcpStream::connect(port.address).await.expect("connects");
        other.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("writes");
        let mut answer = Vec::new();
        let answered = tokio::time::timeout(PATIENCE / 2, other.read_to_end(&mut answer)).await;
        assert!(answered.is_ok(), "one handshake has a place, and the silent ones do not hold it");
        drop(silent);
    }

    #[tokio::test]
    async fn plain_http_is_answered_by_an_alert_and_nothing_else() {
        let port = port(PATIENCE).await;
        let mut plain = TcpStream::connect(port.address).await.expect("connects");
        plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("writes");
        let mut answer = Vec::new();
        // The end may come as a reset: what was sent was not read as a whole.
        let _ = plain.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.first() == Some(&21), "{answer:?}");
        assert!(answer.len() <= 7, "{answer:?}");
    }
}

//! Stands between client and service, and cuts the connection in place of the answer to every create: the service has
//! done what was asked, and nobody hears of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub struct Proxy {
    pub url: String,
    cut: Arc<AtomicUsize>,
    passed: Arc<AtomicUsize>,
}

impl Proxy {
    /// Before the service at an `http` address.
    pub async fn before(service: &str) -> Self {
        let rest = service.strip_prefix("http://").expect("an http address");
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/{path}", listener.local_addr().expect("an address"));
        let (cut, passed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (host, counters) = (host.to_owned(), (Arc::clone(&cut), Arc::clone(&passed)));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (host, (cut, passed)) = (host.clone(), counters.clone());
                tokio::spawn(async move { forward(client, &host, &cut, &passed).await });
            }
        });
        Self { url, cut, passed }
    }

    /// Answers that were cut off.
    pub fn cut(&self) -> usize {
        self.cut.load(Ordering::SeqCst)
    }

    /// Answers that came through.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }
}

/// One request a connection.
async fn forward(mut client: TcpStream, host: &str, cut: &AtomicUsize, passed: &AtomicUsize) -> Option<()> {
    let mut request = Vec::new();
    let head = loop {
        if let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
        if client.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let length =
        text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    while request.len() < head + length.unwrap_or(0) {
        client.read_buf(&mut request).await.ok()?;
    }
    let creates = text.starts_with("post ") && !text.lines().next()?.contains("/.search");
    let line = request.windows(2).position(|bytes| bytes == b"\r\n")? + 2;
    let mut service = TcpStream::connect(host).await.ok()?;
    service.write_all(&request[..line]).await.ok()?;
    service.write_all(b"connection: close\r\n").await.ok()?;
    service.write_all(&request[line..]).await.ok()?;
    let mut answer = Vec::new();
    service.read_to_end(&mut answer).await.ok()?;
    if creates {
        cut.fetch_add(1, Ordering::SeqCst);
        return None;
    }
    passed.fetch_add(1, Ordering::SeqCst);
    client.write_all(&answer).await.ok()?;
    client.shutdown().await.ok()
}

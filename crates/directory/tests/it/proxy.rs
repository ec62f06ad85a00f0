//! A proxy between reader and directory that listens in, and cuts the connection where it is told to.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Called with every request before it goes on.
pub type OnRequest = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// Lets this many bytes of a connection's answers through and then cuts it. Returns the address to connect to.
pub async fn start(upstream: SocketAddr, answer_bytes: usize, on_request: OnRequest) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(upstream).await else { return };
            tokio::spawn(pass(client, server, answer_bytes, Arc::clone(&on_request)));
        }
    });
    format!("ldap://{address}")
}

/// Nothing is cut and nobody listens in.
pub fn silently() -> OnRequest {
    Arc::new(|_| {})
}

/// The address in `ldap://127.0.0.1:389`.
pub fn address_of(url: &str) -> SocketAddr {
    url.split_once("://").expect("a scheme").1.parse().expect("an address")
}

async fn pass(client: TcpStream, server: TcpStream, mut answer_bytes: usize, on_request: OnRequest) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            on_request(&buffer[..count]);
            if to_server.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    let answers = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
            let count = count.min(answer_bytes);
            answer_bytes -= count;
            if to_client.write_all(&buffer[..count]).await.is_err() || answer_bytes == 0 {
                return;
            }
        }
    };
    // Whichever side ends first ends both.
    tokio::select! { () = requests => {}, () = answers => {} }
}

//! Taking a port.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that wait until they are accepted. Of more the system drops the first packet, and who sent it tries again
/// after a second: with the usual 128 that happened to everybody while ten thousand agents came back. The system may
/// allow fewer (`net.core.somaxconn`).
const WAITING: u32 = 4096;

/// Listens at an address.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that was just stopped can be started again. On Windows this means something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

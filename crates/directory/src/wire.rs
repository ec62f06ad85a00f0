//! Whole messages over a stream of bytes: one buffer, decoded in place.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::ber::{self, Malformed};
use crate::message::{Reply, decode};

/// Room for one read from the network.
const READ_SIZE: usize = 128 * 1024;
/// No single answer is larger: a group of a million members has about 100 MB.
const MESSAGE_LIMIT: usize = 128 * 1024 * 1024;

/// Why no message came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error("it closed the connection")]
    Closed,
    #[error("it closed the connection in the middle of a message")]
    Cut,
    #[error("it said nothing in time")]
    Silent(Duration),
    #[error("{0}")]
    Io(io::Error),
    #[error("it sent {0}, which is not LDAP")]
    Malformed(#[from] Malformed),
}

/// A stream that carries LDAP messages.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
    /// Where the next message begins in the buffer.
    at: usize,
    last_id: i32,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new(), at: 0, last_id: 0 }
    }

    /// The id for the next request. Zero belongs to what the directory sends unasked.
    pub fn next_id(&mut self) -> i32 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }

    pub async fn send(&mut self, message: &[u8], limit: Duration) -> Result<(), WireError> {
        let write = async {
            self.stream.write_all(message).await?;
            self.stream.flush().await
        };
        match timeout(limit, write).await {
            Ok(result) => result.map_err(from_io),
            Err(_) => Err(WireError::Silent(limit)),
        }
    }

    /// The next message. The limit holds for each wait, so that a long list may take its time.
    pub async fn receive(&mut self, limit: Duration) -> Result<(i32, Reply), WireError> {
        self.receive_as(limit, decode).await
    }

    /// The same; `read` makes of the message what is wanted of it.
    pub async fn receive_as<T>(
        &mut self,
        limit: Duration,
        mut read: impl FnMut(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, WireError> {
        loop {
            let waiting = &self.buffer[self.at..];
            let missing = match ber::header(waiting)? {
                None => 1,
                Some(header) if header.tag != ber::SEQUENCE => {
                    return Err(Malformed("something that does not begin like a message").into());
                }
                Some(header) if header.length > MESSAGE_LIMIT => {
                    return Err(Malformed("a message of more than 128 MiB").into());
                }
                Some(header) => {
                    let size = header.size + header.length;
                    if let Some(message) = waiting.get(..size) {
                        let reply = read(message)?;
                        self.at += size;
                        return Ok(reply);
                    }
                    size - waiting.len()
                }
            };
            self.fill(missing, limit).await?;
        }
    }

    /// Reads once, with room for what is missing, but at least a read's worth.
    async fn fill(&mut self, missing: usize, limit: Duration) -> Result<(), WireError> {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        if self.buffer.is_empty() && self.buffer.capacity() > 8 * READ_SIZE {
            self.buffer = Vec::new(); // a rare giant is over
        }
        // A length is only a claim: room grows with the bytes that came, at most doubling.
        let room = missing.min(self.buffer.len()).max(READ_SIZE);
        self.buffer.reserve(room);
        match timeout(limit, self.stream.read_buf(&mut self.buffer)).await {
            Ok(Ok(0)) if self.buffer.is_empty() => Err(WireError::Closed),
            Ok(Ok(0)) => Err(WireError::Cut),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(from_io(error)),
            Err(_) => Err(WireError::Silent(limit)),
        }
    }

    /// Gives the stream back for an upgrade; `None` when bytes came that nobody asked for and that an attacker may
    /// have put before the handshake.
    pub fn into_stream(self) -> Option<S> {
        (self.at == self.buffer.len()).then_some(self.stream)
    }
}

fn from_io(error: io::Error) -> WireError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => WireError::Closed,
        _ => WireError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};

    use super::*;
    use crate::message::Reply;

    const LIMIT: Duration = Duration::from_secs(20);

    /// `id` and an empty search reference.
    fn reference(id: u8) -> [u8; 7] {
        [0x30, 5, 2, 1, id, 0x73, 0]
    }

    async fn receive(bytes: &[u8]) -> (Wire<DuplexStream>, Result<(i32, Reply), WireError>) {
        let (ours, mut theirs) = duplex(1024);
        theirs.write_all(bytes).await.expect("room");
        drop(theirs);
        let mut wire = Wire::new(ours);
        let first = wire.receive(LIMIT).await;
        (wire, first)
    }

    #[tokio::test]
    async fn messages_arrive_whole_however_the_bytes_are_cut() {
        for size in 1..=14 {
            let (ours, mut theirs) = duplex(size);
            let sent = [reference(1), reference(2)].concat();
            tokio::spawn(async move { theirs.write_all(&sent).await });
            let mut wire = Wire::new(ours);
            for id in [1, 2] {
                let received = wire.receive(LIMIT).await.expect("a message");
                assert_eq!(received, (id, Reply::Reference(String::new())));
            }
            assert!(matches!(wire.receive(LIMIT).await, Err(WireError::Closed)));
        }
    }

    #[tokio::test]
    async fn an_end_within_a_message_is_told_from_an_end_between_two() {
        assert!(matches!(receive(&reference(1)[..6]).await.1, Err(WireError::Cut)));
        assert!(matches!(receive(&[]).await.1, Err(WireError::Closed)));
    }

    #[tokio::test]
    async fn a_length_that_only_claims_takes_no_memory() {
        let claim = MESSAGE_LIMIT as u32;
        let [a, b, c, d] = claim.to_be_bytes();
        let (wire, received) = receive(&[0x30, 0x84, a, b, c, d, 2, 1, 1]).await;
        assert!(matches!(received, Err(WireError::Cut)));
        assert!(wire.buffer.capacity() < 1024 * 1024, "{}", wire.buffer.capacity());
        let [a, b, c, d] = (claim + 1).to_be_bytes();
        assert!(matches!(receive(&[0x30, 0x84, a, b, c, d]).await.1, Err(WireError::Malformed(_))));
    }

    #[tokio::test]
    async fn bytes_that_came_before_an_upgrade_are_not_carried_over() {
        let (wire, received) = receive(&[reference(1), reference(2)].concat()).await;
        assert!(received.is_ok());
        assert!(wire.into_stream().is_none());
        let (wire, received) = receive(&reference(1)).await;
        assert!(received.is_ok());
        assert!(wire.into_stream().is_some());
    }
}

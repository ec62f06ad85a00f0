//! One client: its messages in turn, answered before the next is taken.

use std::{collections::VecDeque, future::poll_fn, io, pin::Pin, sync::Arc, task::Poll, time::Duration};

use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapBindResponse, LdapExtendedRequest, LdapExtendedResponse, LdapMsg,
    LdapOp, LdapResult, LdapResultCode,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_util::bytes::BytesMut;

use super::{
    Shared, answer,
    message::{self, Message, MessageError},
    paging::Pages,
    root::{START_TLS, WHO_AM_I},
    write,
};
use crate::model::{Attr, Resolved, View};

/// Largest message taken from a client.
const MOST_BYTES: usize = 256 * 1024;
/// Messages taken in while a search is being answered; more stay in the socket.
const MOST_WAITING: usize = 32;
/// A client that does not read for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_mins(2);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(20);
const NOTICE_OF_DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

pub(super) struct Connection {
    pub shared: Arc<Shared>,
    /// Absent only while StartTLS changes it.
    socket: Option<Box<dyn Socket>>,
    input: BytesMut,
    pub output: BytesMut,
    waiting: VecDeque<Message>,
    pub bound: bool,
    encrypted: bool,
    pub pages: Pages,
    /// Entries sent so far.
    pub entries: u32,
}

/// Whether the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Message,
    Close,
}

pub(super) async fn serve(shared: Arc<Shared>, stream: TcpStream, tls_from_start: bool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut connection = Connection {
        shared,
        socket: Some(Box::new(stream)),
        input: BytesMut::new(),
        output: BytesMut::new(),
        waiting: VecDeque::new(),
        bound: false,
        encrypted: false,
        pages: Pages::default(),
        entries: 0,
    };
    if tls_from_start {
        connection.encrypt().await?;
    }
    connection.run().await
}

impl Connection {
    async fn run(&mut self) -> io::Result<()> {
        loop {
            let message = match self.next().await? {
                Ok(Some(message)) => message,
                Ok(None) => return Ok(()),
                Err(error) => {
                    tracing::debug!(%error, "a client of the sample forest was disconnected");
                    let response = LdapExtendedResponse {
                        res: answer::malformed(),
                        name: Some(NOTICE_OF_DISCONNECTION.to_owned()),
                        value: None,
                    };
                    self.say(0, LdapOp::ExtendedResponse(response));
                    return self.flush().await;
                }
            };
            if self.handle(message).await? == Next::Close {
                return Ok(());
            }
        }
    }

    /// The next message; `Ok(None)` when the client is gone or has been silent for too long.
    async fn next(&mut self) -> io::Result<Result<Option<Message>, MessageError>> {
        if let Some(message) = self.waiting.pop_front() {
            return Ok(Ok(Some(message)));
        }
        loop {
            match message::take(&mut self.input, MOST_BYTES) {
                Ok(None) => {}
                taken => return Ok(taken),
            }
            let Some(socket) = &mut self.socket else { return Ok(Ok(None)) };
            self.input.reserve(4_096);
            match timeout(self.shared.idle_timeout, socket.read_buf(&mut self.input)).await {
                Ok(Ok(0)) | Err(_) => return Ok(Ok(None)),
                Ok(read) => read?,
            };
        }
    }

    async fn handle(&mut self, message: Message) -> io::Result<Next> {
        let id = message.id;
        match message.op {
            LdapOp::AbandonRequest(_) => return Ok(Next::Message),
            LdapOp::BindRequest(bind) => {
                let res = self.bind(&bind);
                self.say(id, LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None }));
            }
            LdapOp::SearchRequest(request) => {
                return self.search(id, request, message.filter, (message.controls, message.flags)).await;
            }
            LdapOp::ExtendedRequest(request) => return self.extended(id, &request).await,
            LdapOp::CompareRequest(request) => {
                let res = self.compare(&request.dn, &request.atype, &request.val);
                self.say(id, LdapOp::CompareResult(res));
            }
            LdapOp::AddRequest(_) => self.say(id, LdapOp::AddResponse(self.refuse_write())),
            LdapOp::ModifyRequest(_) => self.say(id, LdapOp::ModifyResponse(self.refuse_write())),
            LdapOp::DelRequest(_) => self.say(id, LdapOp::DelResponse(self.refuse_write())),
            LdapOp::ModifyDNRequest(_) => self.say(id, LdapOp::ModifyDNResponse(self.refuse_write())),
            // Unbind, and what only a server may say.
            _ => return Ok(Next::Close),
        }
        self.flush().await?;
        Ok(Next::Message)
    }

    fn refuse_write(&self) -> LdapResult {
        if self.bound { answer::read_only() } else { answer::bind_first() }
    }

    fn bind(&mut self, request: &LdapBindRequest) -> LdapResult {
        self.bound = false;
        let LdapBindCred::Simple(password) = &request.cred else {
            return answer::unsupported_authentication();
        };
        // No name, or a name without a password: an anonymous connection, as RFC 4513 warns.
        if password.is_empty() {
            return answer::success();
        }
        if self.is_bind_account(&request.dn) && *password == self.shared.bind_password {
            self.bound = true;
            return answer::success();
        }
        answer::invalid_credentials()
    }

    /// By DN, user principal name, `DOMAIN\name`, or `domain/name` as the canonical name has it.
    fn is_bind_account(&self, name: &str) -> bool {
        let state = self.shared.read();
        let account = crate::model::ObjectId::new(crate::model::Kind::Fixed, state.places.bind_account);
        if let Resolved::Object(id) = state.resolve(name) {
            return id == account;
        }
        let view = View::new(&state, account);
        let logon = view.text(Attr::SamAccountName).unwrap_or_default();
        let principal = view.text(Attr::UserPrincipalName).unwrap_or_default();
        [principal, format!("{}\\{logon}", state.blueprint.netbios)]
            .iter()
            .any(|known| known.to_lowercase() == name.to_lowercase())
    }

    fn compare(&self, dn: &str, attribute: &str, value: &[u8]) -> LdapResult {
        if !self.bound {
            return answer::bind_first();
        }
        let state = self.shared.read();
        let Some(id) = state.find(dn) else { return answer::no_such_object(state.blueprint.base_dn.clone()) };
        let Some(attr) = Attr::from_name(attribute) else {
            return answer::result(LdapResultCode::NoSuchAttribute, "");
        };
        let mut equal = false;
        View::new(&state, id).each(attr, &mut |known| equal = equal || known.eq_ignore_ascii_case(value));
        answer::result(if equal { LdapResultCode::CompareTrue } else { LdapResultCode::CompareFalse }, "")
    }

    async fn extended(&mut self, id: i32, request: &LdapExtendedRequest) -> io::Result<Next> {
        let name = request.name.clone();
        let respond =
            |res, value| LdapOp::ExtendedResponse(LdapExtendedResponse { res, name: Some(name), value });
        match request.name.as_str() {
            // What a client sent ahead in the clear must not be taken for something said inside the tunnel.
            START_TLS if self.shared.tls.is_some() && !self.encrypted && self.input.is_empty() => {
                self.say(id, respond(answer::success(), None));
                self.flush().await?;
                self.encrypt().await?;
                return Ok(Next::Message);
            }
            START_TLS => {
                self.say(
                    id,
                    respond(answer::result(LdapResultCode::OperationsError, "TLS cannot be started"), None),
                );
            }
            WHO_AM_I => {
                let who = if self.bound {
                    format!("u:{}\\sync", self.shared.read().blueprint.netbios)
                } else {
                    String::new()
                };
                self.say(id, respond(answer::success(), Some(who.into_bytes())));
            }
            _ => self.say(id, respond(answer::malformed(), None)),
        }
        self.flush().await?;
        Ok(Next::Message)
    }

    async fn encrypt(&mut self) -> io::Result<()> {
        let (Some(acceptor), Some(socket)) = (self.shared.tls.clone(), self.socket.take()) else {
            return Ok(());
        };
        let handshake = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(socket));
        let stream = handshake.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        self.socket = Some(Box::new(stream));
        self.encrypted = true;
        Ok(())
    }

    pub(super) fn say(&mut self, id: i32, op: LdapOp) {
        write::message(&mut self.output, LdapMsg::new(id, op));
    }

    /// Sends what is prepared; waits while the client does not read.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        let send = async {
            socket.write_all(&self.output).await?;
            socket.flush().await
        };
        timeout(SEND_TIMEOUT, send).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        self.output.clear();
        Ok(())
    }

    /// Whether the client has given a running search up. Takes in what has arrived, and never waits.
    pub(super) async fn is_given_up(&mut self, id: i32) -> io::Result<bool> {
        if let Some(socket) = &mut self.socket
            && self.waiting.len() < MOST_WAITING
        {
            let mut bytes = [0; 1_024];
            let mut read = ReadBuf::new(&mut bytes);
            let ready = poll_fn(|context| match Pin::new(&mut *socket).poll_read(context, &mut read) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending => Poll::Ready(None),
            });
            if let Some(outcome) = ready.await {
                outcome?;
                if read.filled().is_empty() {
                    return Ok(true);
                }
                self.input.extend_from_slice(read.filled());
                while let Ok(Some(message)) = message::take(&mut self.input, MOST_BYTES) {
                    self.waiting.push_back(message);
                }
            }
        }
        Ok(self.waiting.iter().any(|message| match message.op {
            LdapOp::AbandonRequest(abandoned) => abandoned == id,
            LdapOp::UnbindRequest => true,
            _ => false,
        }))
    }
}

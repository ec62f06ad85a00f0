//! One conversation with a mail server (RFC 5321). Every message goes to one recipient in a transaction of its own, so
//! that what happens to one recipient says nothing about another.

use std::time::Duration;

use domain::mail::Message;
use lettre::message::{Mailbox, MultiPart, SinglePart, header};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::{Address, Message as Mime};
use tokio::time::timeout;

use crate::server::{MailServer, Security};

/// How long a mail server may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the connection, its TLS handshake and the sign-in.
    pub connect: Duration,
    /// For the answer to a command.
    pub command: Duration,
    /// For the answer after the message: the server may check it meanwhile (RFC 5321, section 4.5.3.2.6: 10 minutes).
    pub message: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_mins(5),
            message: Duration::from_mins(10),
        }
    }
}

/// How an attempt ended. The text is the server's answer, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took the responsibility for the message.
    Taken(String),
    /// It will not take this message for this recipient, now or later.
    Refused(String),
    /// Not now; certainly not taken.
    Later(String),
    /// The whole message was given, and no answer came: it may have been taken.
    Unknown(String),
}

/// An open conversation.
pub struct Conversation {
    connection: AsyncSmtpConnection,
    patience: Patience,
    /// After a fault nothing more is said.
    broken: bool,
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversation").field("broken", &self.broken).finish_non_exhaustive()
    }
}

impl Conversation {
    /// Connects, protects the conversation and signs in. The error says why not.
    pub async fn open(server: &MailServer, patience: Patience) -> Result<Self, String> {
        let name = format!("{}:{}", server.host, server.port);
        match timeout(patience.connect, connect(server, patience)).await {
            Ok(Ok(connection)) => Ok(Self { connection, patience, broken: false }),
            Ok(Err(reason)) => Err(format!("{name}: {reason}")),
            Err(_) => Err(format!("{name} was not ready within {} s", patience.connect.as_secs_f32())),
        }
    }

    /// Whether another message can go through it.
    pub fn usable(&self) -> bool {
        !self.broken
    }

    /// Gives a message to one recipient.
    pub async fn give(&mut self, message: &Message, from: &str, recipient: &str) -> Outcome {
        let (sender, to, bytes) = match prepare(message, from, recipient) {
            Ok(prepared) => prepared,
            Err(reason) => return Outcome::Refused(reason),
        };
        // What is said about the sender or the server as a whole is for an administrator to mend, and then tried again.
        if let Err(fault) = self.command(Mail::new(Some(sender), Vec::new()).to_string()).await {
            return self.later(fault).await;
        }
        match self.command(Rcpt::new(to, Vec::new()).to_string()).await {
            Ok(_) => {}
            Err(Fault { permanent: true, text }) => {
                self.reset().await;
                return Outcome::Refused(text);
            }
            Err(fault) => return self.later(fault).await,
        }
        if let Err(fault) = self.command(Data.to_string()).await {
            return self.later(fault).await;
        }
        match timeout(self.patience.message, self.connection.message(&bytes)).await {
            Ok(Ok(response)) => Outcome::Taken(answer(&response)),
            Ok(Err(error)) if error.is_permanent() => Outcome::Refused(error_text(&error)),
            Ok(Err(error)) if error.is_transient() => Outcome::Later(error_text(&error)),
            Ok(Err(error)) => {
                self.broken = true;
                Outcome::Unknown(format!("no answer after the message: {}", error_text(&error)))
            }
            Err(_) => {
                self.broken = true;
                let seconds = self.patience.message.as_secs_f32();
                Outcome::Unknown(format!("no answer within {seconds} s after the message"))
            }
        }
    }

    /// Says goodbye. Whatever comes back changes nothing any more.
    pub async fn close(mut self) {
        if !self.broken {
            drop(timeout(Duration::from_secs(2), self.connection.quit()).await);
        }
    }

    async fn command(&mut self, text: String) -> Result<Response, Fault> {
        match timeout(self.patience.command, self.connection.command(text)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                self.broken |= !error.is_permanent() && !error.is_transient();
                Err(Fault { permanent: error.is_permanent(), text: error_text(&error) })
            }
            Err(_) => {
                self.broken = true;
                let seconds = self.patience.command.as_secs_f32();
                Err(Fault {
                    permanent: false,
                    text: format!("the mail server did not answer within {seconds} s"),
                })
            }
        }
    }

    async fn later(&mut self, fault: Fault) -> Outcome {
        self.reset().await;
        Outcome::Later(fault.text)
    }

    /// Ends a transaction that the server did not want, so that the next one begins clean.
    async fn reset(&mut self) {
        if !self.broken {
            drop(self.command("RSET\r\n".to_owned()).await);
        }
    }
}

/// A command that was not carried out.
struct Fault {
    permanent: bool,
    text: String,
}

async fn connect(server: &MailServer, patience: Patience) -> Result<AsyncSmtpConnection, String> {
    let hello = ClientId::Domain("localhost".to_owned());
    let text = |error: lettre::transport::smtp::Error| error_text(&error);
    let wrapped = if server.security == Security::Tls { Some(tls(server)?) } else { None };
    let place = (server.host.as_str(), server.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(place, Some(patience.connect), &hello, wrapped, None)
            .await
            .map_err(text)?;
    if !connection.is_encrypted() {
        if connection.can_starttls() {
            connection.starttls(tls(server)?, &hello).await.map_err(text)?;
        } else if server.security == Security::StartTls {
            let reason =
                "the mail server offers no STARTTLS, so nothing was sent; use smtps:// or allow plain text";
            return Err(reason.to_owned());
        }
    }
    if let Some((name, password)) = &server.credentials {
        if !connection.is_encrypted() && !server.is_here() {
            return Err("the password was not sent: the mail server offers no encryption".to_owned());
        }
        let credentials = Credentials::new(name.clone(), password.expose().to_owned());
        connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await.map_err(text)?;
    }
    Ok(connection)
}

fn tls(server: &MailServer) -> Result<TlsParameters, String> {
    let mut builder = TlsParametersBuilder::new(server.host.clone());
    if let Some(pem) = &server.ca_pem {
        let certificate = Certificate::from_pem(pem.as_bytes()).map_err(|error| error_text(&error))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|error| error_text(&error))
}

/// RFC 3834: machines answer no message that says this.
const AUTO_SUBMITTED: header::HeaderName = header::HeaderName::new_from_ascii_str("Auto-Submitted");

/// Sender, recipient and the message as it goes over the wire: the same bytes in every attempt.
fn prepare(message: &Message, from: &str, recipient: &str) -> Result<(Address, Address, Vec<u8>), String> {
    let from: Mailbox = from.parse().map_err(|_| format!("`{from}` is not a mail address"))?;
    let name = from.name.or_else(|| Some("Skybridge".to_owned()));
    let from = Mailbox::new(name, from.email);
    let to: Address = recipient.parse().map_err(|_| format!("`{recipient}` is not a mail address"))?;
    let id = message.id.as_simple();
    let part = |content_type: header::ContentType, body: &str| {
        SinglePart::builder()
            .header(content_type)
            .header(header::ContentTransferEncoding::QuotedPrintable)
            .body(body.to_owned())
    };
    let body = MultiPart::builder()
        .kind(lettre::message::MultiPartKind::Alternative)
        .boundary(format!("skybridge-{id}"))
        .build()
        .singlepart(part(header::ContentType::TEXT_PLAIN, &message.text))
        .singlepart(part(header::ContentType::TEXT_HTML, &message.html));
    let mime = Mime::builder()
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .date(message.created_at.into())
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(message.subject.clone())
        .raw_header(header::HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .multipart(body)
        .map_err(|error| error.to_string())?;
    Ok((from.email, to, mime.formatted()))
}

fn answer(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    bounded(&format!("{} {}", response.code(), lines.join(" ")))
}

/// The error with its causes, on one line.
fn error_text(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    bounded(&text)
}

/// What somebody else said, on one line and cut to a length that a list can show.
fn bounded(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(500)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

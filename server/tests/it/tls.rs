//! The portal's own port over TLS: what agents insist on, and what the real binary says and takes up.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use agent::args::EnrollArgs;
use agent::portal::{Address, PortalError, Trust, Way, post};
use agent::{Failure, Settings};
use channel::enrolment::EnrolmentToken;
use domain::cycle::CycleState;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use server::tls::{Identity, TlsFiles};
use tempfile::TempDir;

use crate::portal::{DOMAIN, Portal};

/// A certificate that nobody vouches for, good until the end of a year.
fn certificate(folder: &Path, name: &str, until: i32) -> TlsFiles {
    let mut parameters = CertificateParams::new(["127.0.0.22".to_owned()]).expect("a name");
    (parameters.not_before, parameters.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 12, 31));
    let key = KeyPair::generate().expect("a key");
    let files =
        TlsFiles { certificate: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key")) };
    let certificate = parameters.self_signed(&key).expect("a certificate");
    std::fs::write(&files.certificate, certificate.pem()).expect("writes");
    std::fs::write(&files.key, key.serialize_pem()).expect("writes");
    files
}

fn identity(folder: &Path, name: &str, until: i32) -> Identity {
    Identity::read(&certificate(folder, name, until)).expect("is good")
}

async fn enroll(
    portal: &Portal,
    token: String,
    name: &str,
    ca_file: Option<PathBuf>,
) -> Result<Settings, Failure> {
    let path = portal.folder.path().join(name).join("agent.toml");
    let args = EnrollArgs {
        server: portal.url(),
        token,
        ca_file,
        proxy: None,
        proxy_user: None,
        proxy_password: None,
        machine: Some(name.to_owned()),
    };
    agent::enroll(&path, args).await?;
    Ok(Settings::load(&path)?)
}

/// Connects to the portal as an agent with these settings does.
async fn connect(settings: &Settings) -> Result<(), PortalError> {
    let trust = Trust::new(settings.ca_file.as_deref(), settings.pinned)?;
    let way = Way { address: Address::parse(&settings.server)?, proxy: None, trust: Arc::new(trust) };
    way.connect().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_enrols_over_tls_and_insists_on_the_certificate_of_its_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = identity(folder.path(), "mine", 2090);
    let portal = Portal::start_with(120, Some(&mine)).await;
    let token = portal.token().await.expose().to_owned();
    let parsed: EnrolmentToken = token.parse().expect("a token");
    assert_eq!(parsed.fingerprint, Some(mine.fingerprint));

    // The same token with another fingerprint: the portal is not told of it.
    let mut wrong = parsed;
    wrong.fingerprint = Some([7; 32]);
    let wrong = wrong.reveal().expose().to_owned();
    let Failure(refused) = enroll(&portal, wrong, "agent0", None).await.expect_err("another certificate");
    assert!(refused.contains("is not the certificate that the enrolment token names"), "{refused}");

    let mut settings = enroll(&portal, token, "agent1", None).await.expect("enrols");
    assert_eq!(settings.pinned, Some(mine.fingerprint));
    settings.domains.insert(DOMAIN.to_owned(), portal.domain());
    settings.save().expect("writes");
    let agent = Portal::run(settings.clone());
    portal.ready(1).await;
    let cycle = portal.cycle().await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");

    // Another certificate later: who stands stays, who comes anew is refused by the pin, and new tokens name it.
    let other = identity(folder.path(), "other", 2090);
    portal.shown.as_ref().expect("TLS").replace(&other);
    portal.service.set_portal_certificate(other.fingerprint);
    let refused = connect(&settings).await.expect_err("another certificate").to_string();
    assert!(refused.contains("enrol with a new token"), "{refused}");
    assert_eq!(portal.cycle().await.state, CycleState::Succeeded);
    let later =
        enroll(&portal, portal.token().await.expose().to_owned(), "agent2", None).await.expect("enrols");
    assert_eq!(later.pinned, Some(other.fingerprint));
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_authority_vouches_for_the_portal_its_certificate_may_be_renewed_but_not_expire() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = certificate(folder.path(), "first", 2090);
    let portal = Portal::start_with(110, Some(&Identity::read(&first).expect("is good"))).await;
    let token = portal.token().await.expose().to_owned();
    let ca = folder.path().join("ca.pem");
    std::fs::copy(&first.certificate, &ca).expect("copies");
    let settings = enroll(&portal, token, "agent1", Some(ca.clone())).await.expect("enrols");
    assert_eq!(settings.pinned, None);
    connect(&settings).await.expect("connects");

    let expired = certificate(folder.path(), "expired", 2021);
    std::fs::copy(&expired.certificate, &ca).expect("copies");
    portal.shown.as_ref().expect("TLS").replace(&Identity::read(&expired).expect("is read"));
    let refused = connect(&settings).await.expect_err("expired").to_string();
    assert!(refused.contains("not trusted") && refused.contains("expired"), "{refused}");
}

/// A browser, as far as the protocol goes: HTTP/2 where it is offered.
fn browser() -> reqwest::Client {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy().danger_accept_invalid_certs(true);
    builder.build().expect("a client")
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_are_taken_over_http_2_from_the_portal_itself_and_from_no_other_site() {
    let folder = tempfile::tempdir().expect("a folder");
    let portal = Portal::start_with(110, Some(&identity(folder.path(), "mine", 2090))).await;
    let browser = browser();
    let sent = async |origin: &str| {
        let form = browser.post(format!("{}/sign-in", portal.url())).header("origin", origin);
        let form =
            form.header("content-type", "application/x-www-form-urlencoded").body("username=a&password=b");
        let answer = form.send().await.expect("an answer");
        assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        answer.status().as_u16()
    };
    assert_ne!(sent(&portal.url()).await, 403);
    assert_eq!(sent("https://elsewhere.example").await, 403);
}

const BINARY: &str = env!("CARGO_BIN_EXE_skybridge");

struct Running {
    child: Child,
    address: Address,
    folder: TempDir,
    log: BufReader<ChildStderr>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn serve(data: &Path, files: &TlsFiles) -> Command {
    let mut command = Command::new(BINARY);
    command.args([
        "serve",
        "--listen",
        "127.0.0.42:0",
        "--status-listen",
        "127.0.0.42:0",
        "--log-format",
        "json",
    ]);
    command
        .arg("--data")
        .arg(data)
        .arg("--tls-certificate")
        .arg(&files.certificate)
        .arg("--tls-key")
        .arg(&files.key);
    command
}

impl Running {
    fn start(until: i32) -> (Self, TlsFiles) {
        let folder = tempfile::tempdir().expect("a folder");
        let files = certificate(folder.path(), "portal", until);
        let mut command = serve(folder.path(), &files);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let mut ready = String::new();
        BufReader::new(child.stdout.take().expect("output")).read_line(&mut ready).expect("a line");
        let url = ready.split_whitespace().find(|word| word.starts_with("https://")).expect("an address");
        let address = Address::parse(url).expect("an address");
        let log = BufReader::new(child.stderr.take().expect("a log"));
        (Self { child, address, folder, log }, files)
    }

    fn way(&self, files: &TlsFiles) -> Way {
        let pinned = Identity::read(files).expect("is good").fingerprint;
        let trust = Arc::new(Trust::new(None, Some(pinned)).expect("trust"));
        Way { address: self.address.clone(), proxy: None, trust }
    }

    /// The next line of the log with this text.
    fn logged(&mut self, text: &str) -> String {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).expect("reads"), 0, "the log ended without `{text}`");
        }
        line
    }

    fn hang_up(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().expect("kill").success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_speaks_https_alone_and_takes_up_a_renewed_certificate_when_told() {
    let (mut server, files) = Running::start(2090);
    let old = server.way(&files);
    let stream = old.connect().await.expect("connects");
    let answer =
        post(stream, &server.address.authority(), "/api/v1/agents/enroll", &[], b"{}".to_vec()).await;
    assert_eq!(answer.expect("an answer").status, 400);
    let seen = browser()
        .get(format!("https://{}/healthz", server.address.authority()))
        .send()
        .await
        .expect("an answer");
    assert!(seen.headers().contains_key("strict-transport-security"), "{seen:?}");

    // Plain HTTP gets no answer of HTTP.
    let mut plain = std::net::TcpStream::connect(server.address.authority()).expect("connects");
    plain.set_read_timeout(Some(Duration::from_secs(20))).expect("is set");
    std::io::Write::write_all(&mut plain, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("writes");
    let mut answer = Vec::new();
    drop(plain.read_to_end(&mut answer));
    assert!(answer.len() <= 7 && !answer.starts_with(b"HTTP"), "{answer:?}");

    let renewed = certificate(server.folder.path(), "renewed", 2091);
    std::fs::copy(&renewed.certificate, &files.certificate).expect("copies");
    // The key is not there yet: the portal goes on as it was.
    server.hang_up();
    let problem = server.logged("goes on with the certificate that it has");
    assert!(problem.contains("belongs to another certificate"), "{problem}");
    old.connect().await.expect("connects as before");
    std::fs::copy(&renewed.key, &files.key).expect("copies");
    server.hang_up();
    server.logged("shows the certificate as it is in its file now");
    server.way(&renewed).connect().await.expect("connects");
    assert!(matches!(old.connect().await, Err(PortalError::Untrusted { .. })));
}

#[test]
fn what_is_wrong_with_the_certificate_is_said_before_the_server_listens() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (certificate(folder.path(), "one", 2090), certificate(folder.path(), "other", 2090));
    let refused = serve(folder.path(), &TlsFiles { key: other.key, ..one.clone() }).output().expect("runs");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.starts_with("skybridge: the key in ") && told.lines().count() == 1, "{told}");
    assert!(refused.stdout.is_empty(), "it was not ready");
    let half = Command::new(BINARY)
        .args(["serve", "--tls-certificate"])
        .arg(&one.certificate)
        .output()
        .expect("runs");
    assert_eq!(half.status.code(), Some(2), "{half:?}");
}

#[test]
fn an_expired_certificate_is_used_and_warned_of() {
    let (mut server, _) = Running::start(2021);
    let warning = server.logged("refuse the portal's certificate");
    assert!(warning.contains("WARN") && warning.contains("expired on 2021-12-31"), "{warning}");
}

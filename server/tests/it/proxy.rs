//! Agents whose only way to the portal is an HTTP proxy: tinyproxy, a real one.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use agent::args::EnrollArgs;
use agent::{Failure, Settings};
use domain::cycle::CycleState;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use server::tls::{Identity, TlsFiles};
use tokio::net::TcpStream;

use crate::portal::{DOMAIN, Portal};

/// Ends with the test, whatever happens.
struct Proxy {
    child: Child,
    address: String,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Proxy {
    /// A proxy that lets through whoever knows the user and the password, if there is one.
    async fn start(folder: &Path, user: Option<(&str, &str)>) -> Self {
        let port =
            TcpListener::bind("127.0.0.42:0").and_then(|free| free.local_addr()).expect("a port").port();
        let user = user.map(|(name, password)| format!("BasicAuth {name} {password}\n")).unwrap_or_default();
        let path = folder.join(format!("proxy{port}.conf"));
        let text =
            format!("Port {port}\nListen 127.0.0.42\nTimeout 600\nMaxClients 20\nLogLevel Critical\n{user}");
        std::fs::write(&path, text).expect("writes");
        let mut command = Command::new("tinyproxy");
        command.args(["-d", "-c"]).arg(&path).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("tinyproxy is installed: e2e/services/install.sh");
        let address = format!("127.0.0.42:{port}");
        while TcpStream::connect(&address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self { child, address }
    }
}

async fn portal() -> Portal {
    let folder = tempfile::tempdir().expect("a folder");
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let files = TlsFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.certificate, cert.pem()).expect("writes");
    std::fs::write(&files.key, signing_key.serialize_pem()).expect("writes");
    Portal::start_with(120, Some(&Identity::read(&files).expect("is good"))).await
}

async fn enroll(portal: &Portal, proxy: &Proxy, user: Option<(&str, &str)>) -> Result<Settings, Failure> {
    let name = "agent1";
    let path = portal.folder.path().join(name).join("agent.toml");
    let args = EnrollArgs {
        server: portal.url(),
        token: portal.token().await.expose().to_owned(),
        ca_file: None,
        proxy: Some(format!("http://{}", proxy.address)),
        proxy_user: user.map(|(name, _)| name.to_owned()),
        proxy_password: user.map(|(_, password)| password.to_owned()),
        machine: Some(name.to_owned()),
    };
    agent::enroll(&path, args).await?;
    Ok(Settings::change(&path, |settings| {
        settings.domains.insert(DOMAIN.to_owned(), portal.domain());
    })?)
}

/// Runs a cycle through an agent behind the proxy, and then takes the proxy away.
async fn works_through(portal: &Portal, proxy: Proxy, settings: Settings) {
    let agent = Portal::run(settings.clone());
    portal.ready(1).await;
    let cycle = portal.cycle().await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
    assert!(cycle.counts.created >= 120, "{cycle:?}");
    // Key changes go the same way.
    agent::rotate(&settings.path).await.expect("rotates");
    drop(proxy);
    portal.ready(0).await;
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_session_goes_through_a_proxy() {
    let portal = portal().await;
    let proxy = Proxy::start(portal.folder.path(), None).await;
    let settings = enroll(&portal, &proxy, None).await.expect("enrols");
    works_through(&portal, proxy, settings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_session_goes_through_a_proxy_that_wants_a_password() {
    let portal = portal().await;
    let proxy = Proxy::start(portal.folder.path(), Some(("agent", "swordfish"))).await;
    let told = |refused: Result<Settings, Failure>| {
        let Failure(told) = refused.expect_err("refused");
        assert!(!told.contains('\n') && !told.contains("hunter2"), "{told}");
        told
    };
    let nobody = told(enroll(&portal, &proxy, None).await);
    assert!(nobody.contains("it wants a user and a password; give them with --proxy-user"), "{nobody}");
    let wrong = told(enroll(&portal, &proxy, Some(("agent", "hunter2"))).await);
    assert!(
        wrong.contains(&proxy.address) && wrong.contains("does not know this user and password"),
        "{wrong}"
    );
    let settings = enroll(&portal, &proxy, Some(("agent", "swordfish"))).await.expect("enrols");
    works_through(&portal, proxy, settings).await;
}

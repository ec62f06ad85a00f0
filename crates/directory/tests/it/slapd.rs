//! An OpenLDAP server of a test's own, loaded, started and ended with the test.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::certificates::{Authority, Certificate};
use crate::proxy;

pub const BASE: &str = "dc=example,dc=org";
pub const ADMIN: &str = "cn=admin,dc=example,dc=org";
pub const PASSWORD: &str = "secret";
/// A user whom the directory limits.
pub const LIMITED: &str = "uid=limited,ou=people,dc=example,dc=org";

pub const PEOPLE: usize = 60;
pub const LARGE: usize = 2_500;

/// How a server tells what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Not at all.
    None,
    /// Content synchronisation without a memory of what was deleted.
    Forgetful,
    /// The same, and a cookie that the server does not find again is refused.
    Strict,
    /// Content synchronisation with a memory of what was deleted.
    SessionLog,
}

/// A running server. Dropping it ends it.
pub struct Slapd {
    pub url: String,
    pub ca_pem: String,
    program: PathBuf,
    configuration: PathBuf,
    process: Child,
    _folder: TempDir,
}

impl Slapd {
    /// `None` when the machine has no slapd; said loudly, because nothing is tested then.
    pub async fn start() -> Option<Self> {
        Self::start_as(Provider::None).await
    }

    /// The same, as a provider of changes.
    pub async fn start_as(provider: Provider) -> Option<Self> {
        Self::start_with(provider, PEOPLE).await
    }

    /// The same, with so many people.
    pub async fn start_with(provider: Provider, people: usize) -> Option<Self> {
        let Some(program) = installed() else {
            // Past the harness, which shows a test's output only when it fails.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: slapd is not installed (Debian: apt-get install slapd); OpenLDAP was NOT tested"
            );
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Authority::new();
        let certificate = authority.issue(&["127.0.0.1"], (2020, 2090));
        let configuration = configure(folder.path(), provider);
        write_certificates(folder.path(), &authority, &certificate);
        load(&program, &configuration, &ldif(&certificate, people)).await;
        // A port that was free a moment ago may be taken: then the server ends at once, and another is tried.
        for _ in 0..10 {
            let port =
                std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it").port();
            let url = format!("ldap://127.0.0.1:{port}");
            if let Some(process) = run(&program, &configuration, &url).await {
                let ca_pem = authority.pem();
                return Some(Self { url, ca_pem, program, configuration, process, _folder: folder });
            }
        }
        panic!("slapd does not start");
    }

    /// Ends the server in an orderly way and starts it again at the same address.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.resume().await;
    }

    /// Everything that it holds, as LDIF with operational attributes.
    pub async fn backup(&self) -> String {
        let output = Command::new(&self.program)
            .args(["-T", "cat", "-f"])
            .arg(&self.configuration)
            .output()
            .await
            .expect("slapcat");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Puts the server back to what a backup holds.
    pub async fn restore(&mut self, backup: &str) {
        self.stop().await;
        let data = self.configuration.with_file_name("db");
        std::fs::remove_dir_all(&data).expect("a folder");
        std::fs::create_dir(&data).expect("a folder");
        load(&self.program, &self.configuration, backup).await;
        self.resume().await;
    }

    async fn stop(&mut self) {
        let id = self.process.id().expect("a running server").to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill");
        assert!(status.success());
        self.process.wait().await.expect("its end");
    }

    async fn resume(&mut self) {
        // The port may be taken by another test meanwhile, for a moment.
        for _ in 0..100 {
            if let Some(process) = run(&self.program, &self.configuration, &self.url).await {
                self.process = process;
                return;
            }
        }
        panic!("slapd does not start again");
    }
}

fn installed() -> Option<PathBuf> {
    ["/usr/sbin/slapd", "/usr/libexec/slapd", "/usr/local/libexec/slapd"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.exists() && Path::new("/etc/ldap/schema/inetorgperson.schema").exists())
}

fn write_certificates(folder: &Path, authority: &Authority, certificate: &Certificate) {
    std::fs::write(folder.join("ca.pem"), authority.pem()).expect("a file");
    std::fs::write(folder.join("server.pem"), certificate.pem()).expect("a file");
    std::fs::write(folder.join("server.key"), certificate.key_pem()).expect("a file");
}

fn configure(folder: &Path, provider: Provider) -> PathBuf {
    let path = |name: &str| folder.join(name);
    std::fs::create_dir(path("db")).expect("a folder");
    let folder = folder.display();
    let module = if provider == Provider::None { "" } else { "moduleload syncprov" };
    let overlay = match provider {
        Provider::None => "",
        Provider::Forgetful => "overlay syncprov",
        Provider::Strict => "overlay syncprov\nsyncprov-reloadhint TRUE",
        Provider::SessionLog => "overlay syncprov\nsyncprov-sessionlog 5000",
    };
    let text = format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
{module}
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix {BASE}
rootdn {ADMIN}
rootpw {PASSWORD}
directory {folder}/db
maxsize 2147483648
index objectClass,entryUUID,entryCSN,modifyTimestamp eq
limits dn.exact=\"{LIMITED}\" size.soft=20 size.hard=20 size.prtotal=20
access to dn.subtree=\"ou=closed,{BASE}\" by * disclose
access to attrs=userPassword by anonymous auth
access to * by users read
{overlay}
"
    );
    std::fs::write(path("slapd.conf"), text).expect("a file");
    path("slapd.conf")
}

/// What is loaded, with dates long before a test's changes.
fn ldif(certificate: &Certificate, people: usize) -> String {
    let mut text = String::new();
    let mut entry = |dn: &str, lines: &[&str]| {
        // The one at the top changed last.
        let (comma, day) = if dn.is_empty() { ("", "02") } else { (",", "01") };
        let time = format!("createTimestamp: 202001{day}000000Z\nmodifyTimestamp: 202001{day}000000Z");
        let _ = writeln!(text, "dn: {dn}{comma}{BASE}\n{}\n{time}\n", lines.join("\n"));
    };
    entry("", &["objectClass: dcObject", "objectClass: organization", "dc: example", "o: Example"]);
    for unit in ["people", "groups", "closed"] {
        entry(&format!("ou={unit}"), &["objectClass: organizationalUnit", &format!("ou: {unit}")]);
    }
    entry("ou=team,ou=people", &["objectClass: organizationalUnit", "ou: team"]);
    for number in 0..people {
        let uid = format!("u{number:03}");
        entry(
            &format!("uid={uid},ou=people"),
            &[
                "objectClass: inetOrgPerson",
                &format!("cn: Zoë {number}"),
                "sn: Ames",
                &format!("mail: {uid}@example.org"),
            ],
        );
    }
    let der = base64(certificate.der());
    entry(
        "uid=limited,ou=people",
        &[
            "objectClass: inetOrgPerson",
            "cn: Limited",
            "sn: Limited",
            &format!("userPassword: {PASSWORD}"),
            &format!("userCertificate;binary:: {der}"),
            "description;lang-de: begrenzt",
        ],
    );
    let members = |count: usize, name: &str| {
        (0..count)
            .map(|number| format!("{name}: uid=u{number:03},ou=people,{BASE}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    entry("cn=large,ou=groups", &["objectClass: groupOfNames", &members(LARGE, "member")]);
    entry("cn=unique,ou=groups", &["objectClass: groupOfUniqueNames", &members(3, "uniqueMember")]);
    entry(
        "ou=elsewhere",
        &[
            "objectClass: referral",
            "objectClass: extensibleObject",
            "ref: ldap://other.example.org/ou=elsewhere,dc=example,dc=org",
        ],
    );
    text
}

/// LDIF wants what is not plain text in base64.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = char::from(DIGITS[(number >> (18 - 6 * at) & 63) as usize]);
            text.push(if at > chunk.len() { '=' } else { digit });
        }
    }
    text
}

async fn load(program: &Path, configuration: &Path, ldif: &str) {
    let file = configuration.with_file_name("data.ldif");
    std::fs::write(&file, ldif).expect("a file");
    let output = Command::new(program)
        .args(["-T", "add", "-q", "-f"])
        .arg(configuration)
        .arg("-l")
        .arg(&file)
        .output()
        .await
        .expect("slapadd");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Starts the server and waits until it listens; `None` when it ends instead.
async fn run(program: &Path, configuration: &Path, url: &str) -> Option<Child> {
    let mut process = Command::new(program)
        // The level that tells of the start; a level above zero keeps the server in the foreground.
        .args(["-d", "stats", "-h", url, "-f"])
        .arg(configuration)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("slapd");
    let mut lines = BufReader::new(process.stderr.take().expect("its output")).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.contains("slapd starting") {
            // The rest has to be taken, or the server waits for room in the pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            // It says so a moment before it is true.
            while TcpStream::connect(proxy::address_of(url)).await.is_err() {
                tokio::task::yield_now().await;
            }
            return Some(process);
        }
    }
    None
}

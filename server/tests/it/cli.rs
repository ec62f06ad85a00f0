//! The real binary: its commands, exit statuses and sentences, with a server on a port of the system's choice.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_skybridge");

/// A server with sample forests. Ends with the test, whatever happens.
struct Running {
    child: Child,
    folder: TempDir,
    url: String,
    token: String,
    ready: String,
}

impl Running {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let mut child =
            serve(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut ready = String::new();
        BufReader::new(child.stdout.take().expect("output")).read_line(&mut ready).expect("a line");
        let url =
            ready.split_whitespace().find(|word| word.starts_with("http://")).expect("address").to_owned();
        let mut running = Self { child, folder, url, token: String::new(), ready };
        let data = running.folder.path().to_str().expect("path").to_owned();
        let made = running.skybridge(&[
            "token",
            "create",
            "--name",
            "t",
            "--role",
            "administrator",
            "--data",
            &data,
        ]);
        text(&made.stdout).trim().clone_into(&mut running.token);
        assert!(running.token.starts_with("sky_") && !running.token.contains('\n'), "{made:?}");
        running
    }

    fn skybridge(&self, arguments: &[&str]) -> Output {
        self.with_input(arguments, "")
    }

    fn with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(BINARY);
        command.args(arguments).env("SKYBRIDGE_URL", &self.url).env("SKYBRIDGE_TOKEN", &self.token);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        child.stdin.take().expect("input").write_all(input.as_bytes()).expect("writes");
        child.wait_with_output().expect("ends")
    }

    /// Asks the server to end and gives its exit status.
    fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        self.child.wait().expect("ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn serve(data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.args(["serve", "--lab", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    command
}

/// The body at an address, asked for in the plainest way.
fn page(url: &str, path: &str) -> String {
    let host = url.strip_prefix("http://").expect("address");
    let mut stream = std::net::TcpStream::connect(host).expect("connects");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    answer
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {output:?}"))
}

#[test]
fn a_server_with_sample_forests_is_used_from_the_command_line() {
    let server = Running::start();
    assert!(server.ready.contains("sign in once with"), "{}", server.ready);
    assert_eq!(server.ready.lines().count(), 1);

    let second = serve(server.folder.path()).output().expect("runs");
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("another skybridge serve uses"), "{second:?}");

    let run = server.skybridge(&["run", "lab01 to directory", "--full", "--wait", "--json"]);
    // Two people of this forest cannot be provisioned: that is what the samples are for. A third one shares an address
    // with somebody of the second forest, and fails when that one came first.
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    let cycle = parsed(&run);
    let failed = cycle["counts"]["failed"].as_u64().expect("a number");
    assert_eq!((&cycle["state"], (2..=3).contains(&failed)), (&json!("EntryLevelErrors"), true), "{cycle}");

    let users = parsed(&server.skybridge(&["get", "users", "--json"]));
    let of_first =
        users.as_array().expect("users").iter().filter(|user| user["sourceDomain"] == "lab01.local");
    assert!(of_first.count() > 290);
    let table = text(&server.skybridge(&["get", "configurations"]).stdout);
    assert!(table.starts_with("NAME") && table.contains("lab03 to directory"), "{table}");

    let failures = parsed(&server.skybridge(&[
        "logs",
        "--status",
        "failure",
        "--configuration",
        "lab01 to directory",
        "--since",
        "1h",
        "--json",
    ]));
    assert!(!failures.as_array().expect("records").is_empty());
    for record in failures.as_array().expect("records") {
        let info = &record["provisioningStatusInfo"];
        assert_eq!(info["status"], "failure");
        assert!(!info["errorInformation"]["recommendedAction"].as_str().expect("advice").is_empty());
    }

    let exported = server.skybridge(&["export"]);
    let again = server.with_input(&["apply", "-f", "-"], &text(&exported.stdout));
    assert_eq!((again.status.code(), text(&again.stdout)), (Some(0), String::new()), "{again:?}");
    let yaml = "configurations:\n- name: lab02 to directory\n  domain: lab02.local\n  target: directory\n";
    let dry = server.with_input(&["apply", "--dry-run", "-f", "-"], yaml);
    assert_eq!(text(&dry.stdout), "configuration lab02 to directory: updated (enabled)\n", "{dry:?}");
    let wrong = server.with_input(&["apply", "-f", "-"], "{\"domains\": [{\"nam\": 1}, {\"name\": \"\"}]}");
    assert_eq!(wrong.status.code(), Some(1));
    let sentence = text(&wrong.stderr);
    assert!(sentence.contains("domains[0].nam") && sentence.contains("nothing was changed"), "{sentence}");

    let metrics = page(&server.url, "/metrics");
    let count = |name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim().parse::<u64>().ok()).unwrap_or_else(|| panic!("{name} in {metrics}"))
    };
    assert!(count("skybridge_cycles_total{state=\"EntryLevelErrors\"}") >= 1, "{metrics}");
    assert!(count("skybridge_operations_total{action=\"create\"}") > 300, "{metrics}");
    assert!(count("skybridge_cycle_duration_seconds_count") >= 1, "{metrics}");

    let audit = server.skybridge(&["audit", "--verify"]);
    assert_eq!(audit.status.code(), Some(0), "{audit:?}");
    let nobody = server.skybridge(&["run", "nothing"]);
    assert_eq!(text(&nobody.stderr), "skybridge: there is no configuration \"nothing\"\n");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_restart_finds_the_same_forests_and_changes_nothing_by_itself() {
    let folder = tempfile::tempdir().expect("folder");
    let mut anchors = Vec::new();
    for _ in 0..2 {
        let mut child =
            serve(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut ready = String::new();
        BufReader::new(child.stdout.take().expect("output")).read_line(&mut ready).expect("a line");
        let url =
            ready.split_whitespace().find(|word| word.starts_with("http://")).expect("address").to_owned();
        let data = folder.path().to_str().expect("path").to_owned();
        let made = Command::new(BINARY)
            .args(["token", "create", "--name", "t", "--role", "administrator", "--data", &data])
            .output()
            .expect("token");
        let client = |arguments: &[&str]| {
            let mut command = Command::new(BINARY);
            command
                .args(arguments)
                .env("SKYBRIDGE_URL", &url)
                .env("SKYBRIDGE_TOKEN", text(&made.stdout).trim());
            command.output().expect("runs")
        };
        let run = client(&["run", "lab03 to directory", "--wait", "--json"]);
        assert!(matches!(run.status.code(), Some(0 | 3)), "{run:?}");
        let groups = parsed(&client(&["get", "groups", "--json"]));
        let of_third =
            groups.as_array().expect("groups").iter().filter(|group| group["sourceDomain"] == "lab03.local");
        let ids = of_third.map(|group| group["onPremisesImmutableId"].to_string());
        anchors.push(ids.collect::<std::collections::BTreeSet<_>>());
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        assert_eq!(child.wait().expect("ends").code(), Some(0));
    }
    assert!(anchors[0].len() >= 40);
    assert_eq!(anchors[0], anchors[1]);
}

#[test]
fn wrong_usage_ends_with_two_and_says_what_is_right() {
    let run = |arguments: &[&str]| {
        let output = Command::new(BINARY)
            .args(arguments)
            .env_remove("SKYBRIDGE_TOKEN")
            .env_remove("SKYBRIDGE_URL")
            .output()
            .expect("runs");
        (output.status.code(), text(&output.stderr))
    };
    for arguments in [
        &["serv"][..],
        &["run"],
        &["get", "agents-of-change"],
        &["token", "create", "--name", "x", "--role", "king"],
        &["serve", "--listen", "0.0.0.0:0"],
        &["get", "users"],
        &["logs", "--since", "yesterday"],
        &["serve", "--database", "postgres://localhost/x"],
    ] {
        let (status, sentence) = run(arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {sentence}");
        assert!(!sentence.is_empty());
    }
    let (status, sentence) =
        run(&["token", "create", "--name", "x", "--role", "reader", "--data", "/nonexistent"]);
    assert_eq!(status, Some(1));
    assert!(sentence.contains("--data"), "{sentence}");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    // A port that was free a moment ago.
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("binds").local_addr().expect("address").port();
    let output = Command::new(BINARY)
        .args(["get", "users"])
        .env("SKYBRIDGE_URL", format!("http://127.0.0.1:{port}"))
        .env("SKYBRIDGE_TOKEN", "sky_x")
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("start `skybridge serve`"), "{output:?}");
    assert!(output.stdout.is_empty());
}

#[test]
fn an_account_gets_its_password_from_standard_input() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().to_str().expect("path");
    let create = |username: &str, password: &str| {
        let mut child = Command::new(BINARY)
            .args([
                "account",
                "create",
                "--username",
                username,
                "--role",
                "administrator",
                "--password-stdin",
            ])
            .args(["--data", data])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        child.stdin.take().expect("input").write_all(password.as_bytes()).expect("writes");
        child.wait_with_output().expect("ends")
    };
    let made = create("emergency", "correct horse battery\n");
    assert_eq!((made.status.code(), made.stdout.len()), (Some(0), 0), "{made:?}");
    let again = create("Emergency", "correct horse battery");
    assert!(text(&again.stderr).contains("already"), "{again:?}");
    let short = create("other", "short");
    assert_eq!(short.status.code(), Some(1));
    assert!(text(&short.stderr).contains("at least 12"), "{short:?}");
}

#[test]
fn a_damaged_data_folder_is_refused_with_one_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("skybridge.db"), "this is no database, only a text of some length")
        .expect("writes");
    let output = serve(folder.path()).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let sentence = text(&output.stderr);
    assert!(sentence.contains("skybridge.db") && sentence.lines().count() == 1, "{sentence}");
    std::fs::remove_file(folder.path().join("skybridge.db")).expect("removes");
    std::fs::write(folder.path().join("secret.key"), "damaged").expect("writes");
    let output = serve(folder.path()).output().expect("runs");
    assert!(text(&output.stderr).contains("secret.key"), "{output:?}");
}

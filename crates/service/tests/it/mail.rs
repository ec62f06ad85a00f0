//! Mail against a mail server that can be told to misbehave. What it keeps is what a mailbox would hold.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use domain::cycle::Problem;
use domain::document::{MailEntry, SettingsEntry};
use domain::mail::{Delivery, DeliveryState, MailEvent};
use domain::status::{Quarantine, QuarantineReason};
use service::{DeliveryFilter, PageRequest, Patience, ServiceError};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::Bench;

const NAME: &str = "a to directory";
const QUICK: Patience = Patience {
    connect: Duration::from_millis(400),
    command: Duration::from_millis(400),
    message: Duration::from_millis(400),
};

/// What the server does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// Says nothing at all.
    Silent,
    /// Keeps the message and dies before it says so.
    DiesHavingTaken,
    /// Dies with the message, which is lost.
    DiesHavingLost,
    /// 451 to every recipient.
    Greylisting,
    /// 550 to the recipient `gone@`.
    OneIsGone,
}

#[derive(Debug, Default)]
struct Post {
    /// Recipient to messages, as they came.
    boxes: BTreeMap<String, Vec<String>>,
    conversations: usize,
}

struct MailServer {
    address: String,
    mood: Arc<Mutex<Mood>>,
    post: Arc<Mutex<Post>>,
}

impl MailServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("smtp://{}", listener.local_addr().expect("an address"));
        let (mood, post) = (Arc::new(Mutex::new(Mood::Well)), Arc::new(Mutex::new(Post::default())));
        let server = Self { address, mood: Arc::clone(&mood), post: Arc::clone(&post) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                post.lock().expect("post").conversations += 1;
                let mood = *mood.lock().expect("mood");
                tokio::spawn(talk(stream, mood, Arc::clone(&post)));
            }
        });
        server
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().expect("mood") = mood;
    }

    fn mailbox(&self, recipient: &str) -> Vec<String> {
        self.post.lock().expect("post").boxes.get(recipient).cloned().unwrap_or_default()
    }
}

async fn talk(stream: TcpStream, mood: Mood, post: Arc<Mutex<Post>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    if mood == Mood::Silent {
        return std::future::pending().await;
    }
    stream.write_all(b"220 ready\r\n").await.ok()?;
    let (mut recipient, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let upper = line.to_uppercase();
        let answer = if let Some(rest) = upper.strip_prefix("RCPT TO:<") {
            recipient = rest.split('>').next().unwrap_or_default().to_lowercase();
            match mood {
                Mood::Greylisting => "451 come back later",
                Mood::OneIsGone if recipient.starts_with("gone@") => "550 no such person",
                _ => "250 go on",
            }
        } else if upper.starts_with("DATA") {
            stream.write_all(b"354 go on\r\n").await.ok()?;
            let mut message = String::new();
            loop {
                line.clear();
                stream.read_line(&mut line).await.ok()?;
                if line == ".\r\n" {
                    break;
                }
                message.push_str(&line);
            }
            if mood == Mood::DiesHavingLost {
                return None;
            }
            post.lock().expect("post").boxes.entry(recipient.clone()).or_default().push(message);
            if mood == Mood::DiesHavingTaken {
                return None;
            }
            "250 taken"
        } else if upper.starts_with("QUIT") {
            "221 goodbye"
        } else {
            "250 fine"
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

/// A bench with a mail server; `people` are told of everything.
async fn bench(server: &MailServer, people: &[&str]) -> Bench {
    let bench = Bench::configured().await;
    let mail = MailEntry {
        smtp_url: server.address.clone(),
        from: "skybridge@example.org".to_owned(),
        username: None,
        password: None,
        allow_plaintext: false,
        ca_file: None,
        ca_pem: None,
        recipients: people.iter().map(|one| (*one).to_owned()).collect(),
        digest_hour: None,
    };
    let settings = SettingsEntry { mail: Some(mail), ..SettingsEntry::default() };
    bench.service.update_settings(&bench.system, settings).await.expect("sets");
    bench.service.set_portal_address("https://sky.example".to_owned());
    assert_eq!(bench.service.tell().await.expect("looks"), 0, "nothing happened yet");
    bench
}

async fn quarantine(bench: &Bench, reason: Option<QuarantineReason>) {
    let view = bench.service.configuration(&bench.system, NAME).await.expect("is there");
    let now = bench.service.now();
    let held = reason.map(|reason| Quarantine {
        reason,
        current_began: now,
        next_attempt: Some(now + TimeDelta::hours(6)),
        error: Problem {
            code: "InvalidCredentials".to_owned(),
            message: "The directory refused us.".to_owned(),
        },
    });
    let change = Box::new(move |state: &mut domain::status::ConfigurationState| state.quarantine = held);
    bench.storage.change_configuration_state(view.configuration.id, change).await.expect("changes");
}

async fn deliver(bench: &Bench) {
    bench.service.deliver_mail(QUICK).await.expect("delivers");
}

async fn history(bench: &Bench) -> Vec<Delivery> {
    let all = DeliveryFilter::default();
    bench.service.deliveries(&bench.system, &all, PageRequest::first(50)).await.expect("reads").items
}

fn header(message: &str, name: &str) -> String {
    let start = format!("{name}: ");
    message.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn pain_15_each_event_is_told_once_by_mail_with_a_link_and_in_both_forms() {
    let server = MailServer::start().await;
    let bench = bench(&server, &["ops@x.example"]).await;
    let steps = [
        (Some(QuarantineReason::EncounteredQuarantineException), MailEvent::QuarantineStarted),
        (Some(QuarantineReason::EncounteredBaseEscrowThreshold), MailEvent::QuarantineChanged),
        (Some(QuarantineReason::TooManyDeletes), MailEvent::DeletesWaiting),
        (None, MailEvent::QuarantineEnded),
    ];
    for (reason, event) in steps {
        bench.clock.advance(TimeDelta::minutes(1));
        quarantine(&bench, reason).await;
        assert_eq!(bench.service.tell().await.expect("looks"), 1, "{event}");
        assert_eq!(bench.service.tell().await.expect("looks again"), 0, "{event}");
        deliver(&bench).await;
        assert_eq!(history(&bench).await[0].event, event);
    }
    bench.service.set_enabled(&bench.system, NAME, false).await.expect("disables");
    assert_eq!(bench.service.tell().await.expect("looks"), 1);
    deliver(&bench).await;
    let got = server.mailbox("ops@x.example");
    assert_eq!(got.len(), 5);
    assert!(header(&got[0], "Content-Type").starts_with("multipart/alternative"), "{}", got[0]);
    assert_eq!(header(&got[0], "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&got[0], "From"), "Skybridge <skybridge@example.org>");
    let id = bench.service.configuration(&bench.system, NAME).await.expect("is there").configuration.id;
    for message in &got {
        let joined = message.replace("=\r\n", "");
        assert_eq!(
            joined.matches(&format!("https://sky.example/configurations/{id}")).count(),
            2,
            "{joined}"
        );
    }
    assert!(history(&bench).await.iter().all(|one| one.state == DeliveryState::Sent));
    assert_eq!(history(&bench).await[0].answer.as_deref(), Some("250 taken"));
}

#[tokio::test]
async fn a_server_that_is_away_for_a_day_costs_nobody_a_message_and_sends_none_twice() {
    let server = MailServer::start().await;
    let bench = bench(&server, &["a@x.example", "b@x.example"]).await;
    server.is(Mood::Greylisting);
    quarantine(&bench, Some(QuarantineReason::EncounteredQuarantineException)).await;
    bench.service.tell().await.expect("looks");
    let mut attempts = 0;
    for _ in 0..24 * 60 {
        if bench.service.deliver_mail(QUICK).await.expect("tries") > 0 {
            attempts += 1;
        }
        bench.clock.advance(TimeDelta::minutes(1));
    }
    assert!((10..25).contains(&attempts), "{attempts} attempts in a day: the interval grows");
    assert_eq!(history(&bench).await[0].answer.as_deref(), Some("transient error (451): come back later"));
    server.is(Mood::Well);
    bench.clock.advance(TimeDelta::hours(2));
    deliver(&bench).await;
    deliver(&bench).await;
    for recipient in ["a@x.example", "b@x.example"] {
        assert_eq!(server.mailbox(recipient).len(), 1, "{recipient}");
    }
    // Nobody tries for ever.
    server.is(Mood::Greylisting);
    quarantine(&bench, None).await;
    bench.service.tell().await.expect("looks");
    for _ in 0..80 {
        deliver(&bench).await;
        bench.clock.advance(TimeDelta::hours(2));
    }
    assert_eq!(history(&bench).await[0].state, DeliveryState::GivenUp);
}

#[tokio::test]
async fn a_refused_recipient_is_told_in_the_history_and_the_others_get_theirs() {
    let server = MailServer::start().await;
    let bench = bench(&server, &["a@x.example", "gone@x.example", "z@x.example"]).await;
    server.is(Mood::OneIsGone);
    quarantine(&bench, Some(QuarantineReason::EncounteredQuarantineException)).await;
    bench.service.tell().await.expect("looks");
    deliver(&bench).await;
    bench.clock.advance(TimeDelta::days(1));
    deliver(&bench).await;
    let states: BTreeMap<_, _> =
        history(&bench).await.into_iter().map(|one| (one.recipient, (one.state, one.attempts))).collect();
    assert_eq!(states["a@x.example"], (DeliveryState::Sent, 1));
    assert_eq!(states["gone@x.example"], (DeliveryState::Refused, 1));
    assert_eq!(states["z@x.example"], (DeliveryState::Sent, 1));
    assert_eq!((server.mailbox("a@x.example").len(), server.mailbox("z@x.example").len()), (1, 1));
    assert_eq!(server.mailbox("gone@x.example").len(), 0);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_and_asked_again() {
    let server = MailServer::start().await;
    let bench = bench(&server, &["a@x.example", "b@x.example"]).await;
    server.is(Mood::Silent);
    quarantine(&bench, Some(QuarantineReason::EncounteredQuarantineException)).await;
    bench.service.tell().await.expect("looks");
    deliver(&bench).await;
    assert_eq!(server.post.lock().expect("post").conversations, 1, "one silence speaks for the turn");
    assert!(history(&bench).await.iter().all(|one| one.state == DeliveryState::Waiting && !one.uncertain));
    server.is(Mood::Well);
    bench.clock.advance(TimeDelta::minutes(2));
    deliver(&bench).await;
    assert_eq!((server.mailbox("a@x.example").len(), server.mailbox("b@x.example").len()), (1, 1));
}

#[tokio::test]
async fn a_server_that_dies_with_the_message_gets_it_again_under_the_same_name() {
    for (mood, copies) in [(Mood::DiesHavingLost, 1), (Mood::DiesHavingTaken, 2)] {
        let server = MailServer::start().await;
        let bench = bench(&server, &["a@x.example", "b@x.example"]).await;
        server.is(mood);
        quarantine(&bench, Some(QuarantineReason::EncounteredQuarantineException)).await;
        bench.service.tell().await.expect("looks");
        deliver(&bench).await;
        assert!(history(&bench).await.iter().all(|one| one.state == DeliveryState::Waiting && one.uncertain));
        server.is(Mood::Well);
        bench.clock.advance(TimeDelta::minutes(2));
        deliver(&bench).await;
        deliver(&bench).await;
        for recipient in ["a@x.example", "b@x.example"] {
            let got = server.mailbox(recipient);
            assert_eq!(got.len(), copies, "{mood:?}");
            // Byte for byte the same: whoever looks at the Message-ID has it once.
            assert!(got.iter().all(|one| *one == got[0]), "{mood:?}");
            assert!(header(&got[0], "Message-ID").ends_with("@example.org>"));
        }
        assert!(history(&bench).await.iter().all(|one| one.state == DeliveryState::Sent && one.uncertain));
    }
}

#[tokio::test]
async fn what_was_being_sent_when_the_process_ended_is_sent_again() {
    let server = MailServer::start().await;
    let bench = bench(&server, &["a@x.example"]).await;
    quarantine(&bench, Some(QuarantineReason::EncounteredQuarantineException)).await;
    bench.service.tell().await.expect("looks");
    let due = bench.storage.due_deliveries(bench.service.now(), 9).await.expect("reads");
    assert!(bench.storage.begin_delivery(due[0].id).await.expect("begins"));
    deliver(&bench).await;
    assert_eq!(server.mailbox("a@x.example").len(), 0, "it belongs to the process that ended");
    bench.service.resume_mail().await.expect("resumes");
    deliver(&bench).await;
    assert_eq!(server.mailbox("a@x.example").len(), 1);
}

#[tokio::test]
async fn whoever_is_told_of_several_things_at_once_gets_one_message() {
    let server = MailServer::start().await;
    let bench = bench(&server, &["all@x.example"]).await;
    let mut sample = crate::support::sample();
    sample["configurations"][0]["notification"] = serde_json::json!({ "emails": ["one@x.example"] });
    let mut other = sample["configurations"][0].clone();
    other["name"] = "second".into();
    other["notification"] = serde_json::json!({ "emails": [] });
    other["enabled"] = false.into();
    sample["configurations"].as_array_mut().expect("a list").push(other);
    bench.service.apply(&bench.system, &crate::support::document(&sample), false).await.expect("applies");
    assert_eq!(bench.service.tell().await.expect("looks"), 0);
    bench.service.set_enabled(&bench.system, "second", true).await.expect("enables");
    assert_eq!(bench.service.tell().await.expect("looks"), 0);
    for name in [NAME, "second"] {
        bench.service.set_enabled(&bench.system, name, false).await.expect("disables");
    }
    assert_eq!(bench.service.tell().await.expect("looks"), 2, "one for each group of people");
    deliver(&bench).await;
    let (one, all) = (server.mailbox("one@x.example"), server.mailbox("all@x.example"));
    assert_eq!((one.len(), all.len()), (1, 1));
    assert_eq!(header(&all[0], "Subject"), "Skybridge: 2 things happened");
    assert!(!one[0].contains("second"), "{}", one[0]);
}

#[tokio::test]
async fn a_test_message_is_sent_at_once_and_its_failure_told() {
    let server = MailServer::start().await;
    let bench = bench(&server, &[]).await;
    let sent = bench.service.send_test_mail(&bench.system, "me@x.example").await.expect("sends");
    assert_eq!((sent.state, sent.answer.as_deref()), (DeliveryState::Sent, Some("250 taken")));
    server.is(Mood::Greylisting);
    let failed = bench.service.send_test_mail(&bench.system, "me@x.example").await.expect("tries");
    assert_eq!(failed.state, DeliveryState::GivenUp);
    assert!(failed.answer.unwrap_or_default().contains("come back later"));
    let wrong = bench.service.send_test_mail(&bench.system, "me").await;
    assert!(matches!(wrong, Err(ServiceError::Invalid(_))), "{wrong:?}");
    assert_eq!(server.mailbox("me@x.example").len(), 1);
}

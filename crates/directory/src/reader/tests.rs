use domain::{DirectoryKind, Entry};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;
use crate::ber::{ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE, SET, Writer};
use crate::profile::Profile;
use crate::settings::LdapSettings;

fn message(id: i32, tag: u8, fill: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.nested(SEQUENCE, |message| {
        message.integer(INTEGER, id).nested(tag, fill);
    });
    writer.0
}

fn entry(id: i32, dn: &str, attributes: &[(&str, &[&str])]) -> Vec<u8> {
    message(id, 0x64, |entry| {
        entry.bytes(OCTET_STRING, dn.as_bytes()).nested(SEQUENCE, |list| {
            for (name, values) in attributes {
                list.nested(SEQUENCE, |attribute| {
                    attribute.bytes(OCTET_STRING, name.as_bytes()).nested(SET, |set| {
                        for value in *values {
                            set.bytes(OCTET_STRING, value.as_bytes());
                        }
                    });
                });
            }
        });
    })
}

fn result(id: i32, tag: u8, code: i32) -> Vec<u8> {
    message(id, tag, |done| {
        done.integer(ENUMERATED, code).bytes(OCTET_STRING, b"").bytes(OCTET_STRING, b"");
    })
}

/// The end of a search, with a paging cookie.
fn done(id: i32, cookie: &[u8]) -> Vec<u8> {
    let mut value = Writer::default();
    value.nested(SEQUENCE, |fields| {
        fields.integer(INTEGER, 0).bytes(OCTET_STRING, cookie);
    });
    let mut writer = Writer::default();
    writer.nested(SEQUENCE, |message| {
        message.integer(INTEGER, id).nested(0x65, |done| {
            done.integer(ENUMERATED, 0).bytes(OCTET_STRING, b"").bytes(OCTET_STRING, b"");
        });
        message.nested(0xa0, |controls| {
            controls.nested(SEQUENCE, |control| {
                control.bytes(OCTET_STRING, b"1.2.840.113556.1.4.319").bytes(OCTET_STRING, &value.0);
            });
        });
    });
    writer.0
}

/// A directory that answers request after request as the test says.
async fn play(mut stream: DuplexStream, answer: impl Fn(i32) -> Vec<Vec<u8>>) {
    let mut request = vec![0; 4096];
    for id in 1.. {
        match stream.read(&mut request).await {
            Ok(1..) if stream.write_all(&answer(id).concat()).await.is_ok() => {}
            _ => return,
        }
    }
}

fn reading(answer: impl Fn(i32) -> Vec<Vec<u8>> + Send + 'static) -> LdapPages {
    let (ours, theirs) = duplex(64 * 1024);
    tokio::spawn(play(theirs, answer));
    reading_from(ours)
}

fn reading_from(stream: DuplexStream) -> LdapPages {
    let (connection, plan) = plan_of(stream);
    LdapPages::start(connection, plan)
}

/// The same, written as bytes as an agent does: here a page is the number of its entries.
fn written(answer: impl Fn(i32) -> Vec<Vec<u8>> + Send + 'static) -> LdapPages<Vec<u8>> {
    let (ours, theirs) = duplex(64 * 1024);
    tokio::spawn(play(theirs, answer));
    let (connection, plan) = plan_of(ours);
    LdapPages::start_written(connection, plan, Box::new(Counting(0)))
}

struct Counting(u8);

impl PageWriter for Counting {
    fn entry(&mut self, _: &str, _: &str, _: usize) {
        self.0 += 1;
    }

    fn attribute(&mut self, _: &[u8], _: usize) {}

    fn value(&mut self, _: &[u8]) {}

    fn page(&mut self, _: Vec<String>) -> Vec<u8> {
        vec![std::mem::take(&mut self.0)]
    }
}

fn plan_of(stream: DuplexStream) -> (Connection, Plan) {
    let settings = LdapSettings {
        kind: DirectoryKind::ActiveDirectory,
        base_dn: Some("DC=x".into()),
        ..LdapSettings::new("ldap://localhost")
    };
    let profile = Profile::of(&Entry::default(), &settings);
    let plan = Plan {
        bases: vec!["DC=x".into()],
        filter: Filter::everything(),
        attributes: vec!["member".into()],
        page_size: 2,
    };
    (Connection::over(Box::new(stream), profile), plan)
}

async fn all(mut pages: LdapPages) -> Result<Vec<Entry>, SourceError> {
    let mut entries = Vec::new();
    while let Some(page) = pages.next_page().await? {
        entries.extend(page.entries.into_iter().map(|entry| entry.entry));
    }
    Ok(entries)
}

#[tokio::test]
async fn pages_come_in_order_until_the_directory_gives_no_cookie() {
    let entries = all(reading(|id| match id {
        1 => vec![entry(1, "CN=A", &[]), entry(1, "CN=B", &[]), done(1, b"more")],
        2 => vec![done(2, b"more")],
        _ => vec![entry(id, "CN=C", &[]), done(id, b"")],
    }))
    .await
    .expect("three entries");
    assert_eq!(entries.iter().map(|entry| entry.dn.as_str()).collect::<Vec<_>>(), ["CN=A", "CN=B", "CN=C"]);
}

#[tokio::test]
async fn a_page_of_giants_is_handed_out_in_parts() {
    let giants = |id| {
        let member = "m".repeat(9 * 1024 * 1024);
        let giant = |dn| entry(id, dn, &[("member", &[&member])]);
        vec![giant("CN=A"), giant("CN=B"), done(id, if id < 2 { b"more" } else { b"" })]
    };
    let mut pages = reading(giants);
    let mut sizes = Vec::new();
    while let Some(page) = pages.next_page().await.expect("a page") {
        sizes.push(page.entries.len());
    }
    assert_eq!(sizes, [1, 1, 1, 1]);
    let mut pages = written(giants);
    for _ in 0..4 {
        assert_eq!(pages.next().await.expect("a page"), Some(vec![1]));
    }
    assert_eq!(pages.next().await.expect("the end"), None);
}

#[tokio::test]
async fn a_refusal_on_a_later_page_is_an_error_and_stays_one() {
    let mut pages = reading(|id| match id {
        1 => vec![entry(1, "CN=A", &[]), done(1, b"more")],
        _ => vec![result(id, 0x65, 51)],
    });
    assert!(pages.next_page().await.is_ok_and(|page| page.is_some()));
    assert!(matches!(pages.next_page().await, Err(SourceError::Directory(_))));
    assert!(pages.next_page().await.is_err());
}

#[tokio::test]
async fn pain_20_a_directory_that_misbehaves_ends_the_reading_with_an_error() {
    type Answer = fn(i32) -> Vec<Vec<u8>>;
    type Check = fn(&SourceError) -> bool;
    let cases: [(&str, Answer, Check); 5] = [
        (
            "a larger page than asked for",
            |id| vec![entry(id, "CN=A", &[]), entry(id, "CN=B", &[]), entry(id, "CN=C", &[]), done(id, b"")],
            |error| matches!(error, SourceError::Directory(_)),
        ),
        (
            "empty pages without end",
            |id| vec![done(id, b"more")],
            |error| matches!(error, SourceError::Incomplete { .. }),
        ),
        (
            "a notice of disconnection",
            |id| vec![entry(id, "CN=A", &[]), result(0, 0x78, 52)],
            |error| matches!(error, SourceError::Incomplete { .. }),
        ),
        (
            "an answer to something else",
            |id| vec![done(id + 7, b"")],
            |error| matches!(error, SourceError::Directory(_)),
        ),
        (
            "noise",
            |_| vec![b"no LDAP at all".to_vec()],
            |error| matches!(error, SourceError::Incomplete { .. }),
        ),
    ];
    for (what, answer, expected) in cases {
        let result = all(reading(answer)).await;
        assert!(result.as_ref().is_err_and(expected), "{what}: {result:?}");
        let mut pages = written(answer);
        let error = loop {
            match pages.next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{what}: written to its end"),
                Err(error) => break error,
            }
        };
        assert!(expected(&error), "{what}, written: {error:?}");
    }
}

/// The first page: one group whose members did not all come, with the id 00000000-0000-0000-0000-000000000000.
fn partial_group() -> Vec<Vec<u8>> {
    let guid = "\0".repeat(16);
    vec![entry(1, "CN=G", &[("objectGUID", &[&guid]), ("member;range=0-1", &["a", "b"])]), done(1, b"")]
}

#[tokio::test]
async fn ranges_that_make_no_progress_or_never_settle_are_an_incomplete_list() {
    let stuck = all(reading(|id| match id {
        1 => partial_group(),
        _ => vec![entry(id, "CN=G", &[("member;range=0-1", &[])]), done(id, b"")],
    }));
    assert!(matches!(stuck.await, Err(SourceError::Incomplete { .. })));
    let restless = all(reading(|id| match id {
        1 => partial_group(),
        _ => {
            let range = if id % 2 == 0 { "member;range=0-1" } else { "member;range=2-*" };
            let version = id.to_string();
            vec![entry(id, "CN=G", &[(range, &["a", "b"]), ("uSNChanged", &[&version])]), done(id, b"")]
        }
    }));
    match restless.await {
        Err(SourceError::Incomplete { reason }) => assert!(reason.contains("changed 5 times"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_group_that_was_renamed_while_its_ranges_were_read_is_found_again() {
    let entries = all(reading(|id| match id {
        1 => partial_group(),
        2 => vec![result(2, 0x65, 32)],
        3 => vec![entry(3, "CN=H", &[]), done(3, b"")],
        4 => vec![entry(4, "CN=H", &[("member;range=0-1", &["a", "b"])]), done(4, b"")],
        _ => vec![entry(id, "CN=H", &[("member;range=2-*", &["c"])]), done(id, b"")],
    }))
    .await
    .expect("the group");
    assert_eq!(entries[0].dn, "CN=H");
    assert_eq!(entries[0].texts("member").collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_group_that_was_deleted_while_its_ranges_were_read_is_left_out() {
    let entries = all(reading(|id| match id {
        1 => partial_group(),
        2 => vec![result(2, 0x65, 32)],
        _ => vec![done(id, b"")],
    }));
    assert_eq!(entries.await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_reading_that_is_dropped_while_it_waits_closes_its_connection() {
    let (ours, mut theirs) = duplex(64 * 1024);
    let pages = reading_from(ours);
    let mut request = vec![0; 4096];
    assert!(theirs.read(&mut request).await.expect("a request") > 0);
    drop(pages);
    assert_eq!(theirs.read(&mut request).await.expect("the end"), 0);
}

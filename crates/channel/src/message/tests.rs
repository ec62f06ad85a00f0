use domain::{Tracking, agent};
use ports::{ChangedObject, Members};
use proptest::prelude::*;

use super::*;

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(".{0,12}", 0..4)
}

fn entry() -> impl Strategy<Value = SourceEntry> {
    let values = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..4);
    let attributes = prop::collection::vec(("[a-d]{1,2}", values), 0..6);
    (".{0,40}", ".{0,8}", attributes).prop_map(|(dn, object_id, attributes)| {
        let mut entry = Entry::new(dn);
        for (name, values) in attributes {
            entry = entry.with(&name, values);
        }
        SourceEntry { object_id, entry }
    })
}

fn change_page() -> impl Strategy<Value = ChangePage> {
    let members = prop_oneof![
        Just(Members::Whole),
        (texts(), texts()).prop_map(|(joined, left)| Members::Delta { joined, left })
    ];
    let changed = (entry(), members).prop_map(|(object, members)| ChangedObject {
        kind: ObjectKind::Group,
        object,
        members,
    });
    let cursor = prop::option::of(".{0,9}")
        .prop_map(|value| value.map(|value| Cursor { tracking: Tracking::UsnChanged, value }));
    let container = (".{0,9}", ".{0,9}").prop_map(|(dn, object_id)| Container { dn, object_id });
    (
        prop::collection::vec(changed, 0..4),
        (texts(), texts(), texts()),
        prop::collection::vec(container, 0..3),
        cursor,
        prop::option::of(".{0,9}"),
    )
        .prop_map(|(objects, (gone, present, notes), containers, cursor, lost)| ChangePage {
            objects,
            gone,
            present,
            containers,
            cursor,
            lost,
            notes,
        })
}

fn survives(reply: Reply) {
    let message = ToPortal::Reply { id: 77, reply };
    assert_eq!(ToPortal::decode(&message.encode()), Ok(message));
}

proptest! {
    #[test]
    fn pages_survive(entries in prop::collection::vec(entry(), 0..8), notes in texts()) {
        survives(Reply::Page { page: SourcePage { entries, notes } });
    }

    #[test]
    fn pages_of_changes_survive(page in change_page()) {
        survives(Reply::ChangePage { page });
    }

    #[test]
    fn any_bytes_are_a_message_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (ToPortal::decode(&bytes), ToAgent::decode(&bytes), decode_reply(&bytes));
    }

    #[test]
    fn a_page_cut_short_is_refused(entries in prop::collection::vec(entry(), 1..4), at in any::<prop::sample::Index>()) {
        let reply = Reply::Page { page: SourcePage { entries, notes: Vec::new() } };
        let bytes = ToPortal::Reply { id: 1, reply }.encode();
        prop_assert!(ToPortal::decode(&bytes[..at.index(bytes.len())]).is_err());
    }
}

#[test]
fn every_error_of_a_directory_survives() {
    let text = || "…".to_owned();
    for error in [
        SourceError::Unreachable { address: text(), reason: "refused".into() },
        SourceError::Timeout { address: text(), seconds: 30, doing: "signing in".into() },
        SourceError::Untrusted { address: text(), reason: "expired".into() },
        SourceError::Credentials { bind_dn: text(), reason: "wrong".into() },
        SourceError::NoSuchBase { dn: text() },
        SourceError::NotAllowed { dn: text() },
        SourceError::Incomplete { reason: text() },
        SourceError::NoConnection,
        SourceError::NoAgent { domain: text() },
        SourceError::Settings(text()),
        SourceError::Directory(text()),
    ] {
        survives(Reply::Failed { error });
    }
}

#[test]
fn every_question_survives() {
    let texts = || vec!["a".to_owned(), "ü".to_owned()];
    let kinds = || vec![KindRequest { kind: ObjectKind::Contact, attributes: texts() }];
    let cursor = Cursor { tracking: Tracking::DirSync, value: "{}".into() };
    for ask in [
        Ask::Probe,
        Ask::Container { dn: "DC=x".into() },
        Ask::ContainerById { object_id: "id".into() },
        Ask::Read {
            request: ReadRequest {
                kind: ObjectKind::User,
                bases: texts(),
                attributes: texts(),
                page_size: 500,
            },
        },
        Ask::Object { dn: "CN=a".into(), attributes: texts() },
        Ask::Objects { which: Named::Ids { ids: texts() }, kinds: kinds() },
        Ask::Objects { which: Named::Names { names: texts() }, kinds: kinds() },
        Ask::Objects { which: Named::Referring { names: texts(), attributes: texts() }, kinds: kinds() },
        Ask::Objects { which: Named::Called { text: "ann".into() }, kinds: kinds() },
        Ask::Mark,
        Ask::Browse { what: Browse::Beneath { object_id: None } },
        Ask::Browse { what: Browse::Beneath { object_id: Some("id".into()) } },
        Ask::Browse { what: Browse::Named { text: "sales".into() } },
        Ask::Changes { request: ChangesRequest { cursor, kinds: kinds(), page_size: 7 } },
    ] {
        let message = ToAgent::Ask { id: 3, domain: "lab01.local".into(), pages: 2, ask };
        assert_eq!(ToAgent::decode(&message.encode()), Ok(message));
    }
}

#[test]
fn what_is_said_unasked_survives_and_a_later_versions_fields_are_passed_over() {
    let welcome = Welcome {
        domains: vec!["lab01.local".into()],
        server_time: Time::UNIX_EPOCH,
        patience: Patience::default(),
        status_port: Some(8_080),
    };
    for message in [
        ToAgent::Welcome(welcome.clone()),
        ToAgent::Allow { id: 1, pages: 1 },
        ToAgent::Cancel { id: 2 },
        ToAgent::BeatTaken,
        ToAgent::ChangeKey,
    ] {
        assert_eq!(ToAgent::decode(&message.encode()), Ok(message));
    }
    let mut later = serde_json::to_value(&welcome).expect("JSON");
    later["mood"] = "good".into();
    let mut to = Writer::default();
    to.bytes.push(0);
    put_json(&later, &mut to);
    assert_eq!(ToAgent::decode(&to.bytes), Ok(ToAgent::Welcome(welcome)));

    let beat = Beat {
        at: Time::UNIX_EPOCH,
        version: "0.1.0".into(),
        system: "Debian 13".into(),
        started_at: Time::UNIX_EPOCH,
        load_centicores: 12,
        memory_bytes: 20_000_000,
        running: 1,
        domains: vec![agent::Reach {
            domain: "lab01.local".into(),
            reachable: false,
            latency_ms: None,
            error: Some("refused".into()),
        }],
        readiness: None,
    };
    let message = ToPortal::Beat(beat);
    assert_eq!(ToPortal::decode(&message.encode()), Ok(message));
}

#[test]
fn both_ends_agree_on_the_lower_version() {
    assert_eq!((agreed(0), agreed(1), agreed(u16::MAX)), (None, Some(1), Some(PROTOCOL)));
}

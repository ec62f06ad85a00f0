use super::*;

/// A message with an entry as directories send it.
fn entry_message(dn: &str, attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.nested(SEQUENCE, |message| {
        message.integer(INTEGER, 7).nested(0x64, |entry| {
            entry.bytes(OCTET_STRING, dn.as_bytes()).nested(SEQUENCE, |list| {
                for (name, values) in attributes {
                    list.nested(SEQUENCE, |attribute| {
                        attribute.bytes(OCTET_STRING, name.as_bytes()).nested(SET, |set| {
                            for value in *values {
                                set.bytes(OCTET_STRING, value);
                            }
                        });
                    });
                }
            });
        });
    });
    writer.0
}

fn done_message(code: i32, text: &str, cookie: &[u8], referral: Option<&str>) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.nested(SEQUENCE, |message| {
        message.integer(INTEGER, 7).nested(0x65, |done| {
            done.integer(ENUMERATED, code).bytes(OCTET_STRING, b"").bytes(OCTET_STRING, text.as_bytes());
            if let Some(url) = referral {
                done.nested(0xa3, |urls| {
                    urls.bytes(OCTET_STRING, url.as_bytes());
                });
            }
        });
        message.nested(0xa0, |controls| {
            controls.nested(SEQUENCE, |control| {
                control.bytes(OCTET_STRING, b"1.2.3.4");
            });
            controls.nested(SEQUENCE, |control| {
                let mut value = Writer::default();
                value.nested(SEQUENCE, |fields| {
                    fields.integer(INTEGER, 0).bytes(OCTET_STRING, cookie);
                });
                control.bytes(OCTET_STRING, PAGED_RESULTS.as_bytes()).boolean(false);
                control.bytes(OCTET_STRING, &value.0);
            });
        });
    });
    writer.0
}

/// Numbers that look random and are the same in every run.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed | 1), |state| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 7);
        Some(state ^ (state << 17))
    })
}

#[test]
fn an_entry_is_decoded_with_its_bytes_as_they_are() {
    let message = entry_message(
        "CN=Zoë,DC=x",
        &[("objectGUID", &[b"\x00\xff\x30\x04"]), ("member", &[]), ("mail", &[b"a@x", b"b@x"])],
    );
    let expected = Entry::new("CN=Zoë,DC=x")
        .with("objectGUID", [b"\x00\xff\x30\x04".to_vec()])
        .with("member", Vec::<Vec<u8>>::new())
        .with("mail", ["a@x", "b@x"]);
    assert_eq!(decode(&message), Ok((7, Reply::Entry(expected))));
}

#[test]
fn the_end_of_a_page_carries_its_cookie_and_a_refusal_its_words() {
    let done = |message: &[u8]| match decode(message) {
        Ok((7, Reply::SearchDone(outcome))) => outcome,
        other => panic!("{other:?}"),
    };
    assert_eq!(done(&done_message(0, "", b"\x01\x00", None)).cookie, b"\x01\x00");
    let refused = done(&done_message(10, "0000202B: RefErr\n\0", b"", Some("ldap://dc2/DC=y")));
    assert_eq!((refused.code, refused.message.as_str()), (10, "0000202B: RefErr"));
    assert_eq!(refused.referral.as_deref(), Some("ldap://dc2/DC=y"));
}

#[test]
fn references_are_decoded_even_when_they_name_nothing() {
    assert_eq!(decode(b"\x30\x05\x02\x01\x07\x73\x00"), Ok((7, Reply::Reference(String::new()))));
    let message = b"\x30\x0d\x02\x01\x07\x73\x08\x04\x06ldap:/";
    assert_eq!(decode(message), Ok((7, Reply::Reference("ldap:/".into()))));
}

#[test]
fn active_directorys_notice_of_disconnection_is_understood() {
    // Its name stands outside of the response, where controls belong.
    let mut message = Writer::default();
    message.nested(SEQUENCE, |body| {
        body.integer(INTEGER, 0).nested(0x78, |notice| {
            notice
                .integer(ENUMERATED, 52)
                .bytes(OCTET_STRING, b"")
                .bytes(OCTET_STRING, b"The server is going");
        });
        body.bytes(0x8a, b"1.3.6.1.4.1.1466.20036");
    });
    match decode(&message.0) {
        Ok((0, Reply::Extended(outcome))) => assert_eq!(outcome.code, 52),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_cut_anywhere_is_refused_and_not_read_beyond_its_end() {
    for message in
        [entry_message("CN=A,DC=x", &[("cn", &[b"A"])]), done_message(0, "ok", b"cookie", Some("ldap://x"))]
    {
        assert!(decode(&message).is_ok());
        for end in 0..message.len() {
            assert!(decode(&message[..end]).is_err(), "{end}");
        }
    }
}

#[test]
fn no_damage_to_a_message_makes_decoding_panic_or_take_memory() {
    let originals = [
        entry_message("CN=A,DC=x", &[("cn", &[b"A"]), ("member;range=0-1", &[b"x", b"y"])]),
        done_message(4, "limit", b"cookie", None),
    ];
    let mut numbers = noise(0x5eed);
    let mut number = || numbers.next().unwrap_or_default() as usize;
    let (mut refused, mut taken) = (0, 0);
    for _ in 0..200_000 {
        let mut message = originals[number() % originals.len()].clone();
        for _ in 0..=number() % 4 {
            let at = number() % message.len();
            message[at] = number() as u8;
        }
        match decode(&message) {
            Ok(_) => taken += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 10_000 && taken > 1_000, "{refused} refused, {taken} taken: the damage tests nothing");
}

#[test]
fn pure_noise_is_refused() {
    for seed in 1..2_000 {
        let bytes: Vec<u8> = noise(seed).take(64).map(|number| (number >> 16) as u8).collect();
        let _ = decode(&bytes);
        let mut framed = vec![SEQUENCE, 64];
        framed.extend(bytes);
        let _ = decode(&framed);
    }
    assert!(decode(&[]).is_err());
    assert!(decode(b"HTTP/1.1 400 Bad Request\r\n").is_err());
}

#[test]
fn requests_are_written_as_rfc_4511_says() {
    assert_eq!(
        Request::Bind { name: "cn=a", password: "p" }.encode(1),
        b"\x30\x11\x02\x01\x01\x60\x0c\x02\x01\x03\x04\x04cn=a\x80\x01p"
    );
    assert_eq!(Request::Unbind.encode(3), b"\x30\x05\x02\x01\x03\x42\x00");
    let search = Search {
        base: "",
        scope: Scope::Base,
        filter: &Filter::everything(),
        attributes: &["cn".to_owned()],
        page: Some(Page { size: 500, cookie: b"" }),
        controls: &[],
    };
    assert_eq!(
        Request::Search(search).encode(2),
        b"\x30\x52\x02\x01\x02\x63\x24\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\
          \x87\x0bobjectClass\x30\x04\x04\x02cn\
          \xa0\x27\x30\x25\x04\x161.2.840.113556.1.4.319\x01\x01\xff\x04\x08\x30\x06\x02\x02\x01\xf4\x04\x00"
    );
}

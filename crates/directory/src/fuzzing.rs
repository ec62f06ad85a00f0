//! What the fuzzer reaches: reading what a directory sent. Not part of any build but the fuzzer's.

use crate::message::Reply;
use crate::security::descriptor::{FULL_CONTROL, Place, SecurityDescriptor, Sid, Want};

/// Reads bytes as an LDAP message, and what it says as the engine would.
pub fn message(bytes: &[u8]) {
    if let Ok(header) = crate::ber::header(bytes) {
        assert!(header.is_none_or(|header| header.length > 0 || header.tag == 0 || bytes.len() >= 2));
    }
    let Ok((_, reply)) = crate::message::decode(bytes) else { return };
    match reply {
        Reply::Entry(entry) | Reply::Tagged(entry, _) => entry_of(entry),
        Reply::SearchDone(outcome) => {
            let _ = crate::sync::done(&outcome);
            let _ = crate::changes::read_cookie(&outcome);
        }
        _ => {}
    }
}

/// Reads bytes as a position that was kept, and as a cookie within one.
pub fn position(bytes: &[u8]) {
    crate::changes::read_positions(bytes);
}

/// Reads bytes as a security descriptor, and asks it what it allows.
pub fn descriptor(bytes: &[u8]) {
    let who: Vec<Sid> = bytes.windows(12).filter_map(Sid::read).take(8).collect();
    let Some(read) = SecurityDescriptor::read(bytes) else { return };
    for place in [Place::Itself, Place::Below(None)] {
        let _ = read.allows(&who, Want { mask: FULL_CONTROL, object: None }, place);
    }
}

fn entry_of(mut entry: domain::Entry) {
    for kind in [domain::DirectoryKind::ActiveDirectory, domain::DirectoryKind::Ldap] {
        let partial = crate::attributes::tidy(&mut entry, kind);
        assert!(partial.len() <= entry.attributes.len());
    }
    assert!(crate::identity::of(&entry).len() <= 36);
}

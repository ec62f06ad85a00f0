//! How the types of the source's port are written.

use domain::{Attribute, Cursor, DirectoryKind, Entry, ObjectKind, Tracking};
use ports::{
    Browse, ChangePage, ChangedObject, ChangesRequest, Container, KindRequest, Listing, Members, Place,
    ReadRequest, SourceEntry, SourceError, SourceInfo, SourcePage,
};

use crate::wire::{MOST_AT_ONCE, Malformed, Reader, Wire, Writer, count, fields, tagged};

/// A word of a closed list, by its text: lists grow in the middle.
macro_rules! word {
    ($($name:ident)+) => {$(
        impl Wire for $name {
            fn put(&self, to: &mut Writer) {
                to.name(self.as_str().as_bytes());
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
                from.name()?.parse().map_err(|_| Malformed(concat!("an unknown ", stringify!($name))))
            }
        }
    )+};
}

word!(ObjectKind DirectoryKind Tracking);

fields! {
    ReadRequest { kind, bases, attributes, page_size }
    KindRequest { kind, attributes }
    Cursor { tracking, value }
    ChangesRequest { cursor, kinds, page_size }
    Container { dn, object_id }
    SourceInfo { kind, product, base_dn, server_name }
    SourceEntry { object_id, entry }
    SourcePage { entries, notes }
    ChangedObject { kind, object, members }
    Listing { at, places, more }
    Place { container, is_group, subordinates }
    ChangePage { objects, gone, present, containers, cursor, lost, notes }
}

tagged!(Members {
    0 => Whole,
    1 => Delta { joined, left },
});

tagged!(Browse {
    0 => Beneath { object_id },
    1 => Named { text },
});

impl Wire for Entry {
    fn put(&self, to: &mut Writer) {
        self.dn.put(to);
        to.number(self.attributes.len() as u64);
        for attribute in &self.attributes {
            to.name(attribute.name.as_bytes());
            to.number(attribute.values.len() as u64);
            for value in &attribute.values {
                to.slice(value);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let dn = String::take(from)?;
        let attributes = count(from)?;
        let mut entry = Self { dn, attributes: Vec::with_capacity(attributes.min(MOST_AT_ONCE)) };
        for _ in 0..attributes {
            let name = from.name()?.to_owned();
            let number = count(from)?;
            let mut values = Vec::with_capacity(number.min(MOST_AT_ONCE));
            for _ in 0..number {
                values.push(from.slice()?.to_vec());
            }
            entry.attributes.push(Attribute { name, values });
        }
        Ok(entry)
    }
}

impl Wire for SourceError {
    fn put(&self, to: &mut Writer) {
        match self {
            Self::Unreachable { address, reason } => texts(to, 0, &[address, reason]),
            Self::Timeout { address, seconds, doing } => {
                texts(to, 1, &[address, doing]);
                seconds.put(to);
            }
            Self::Untrusted { address, reason } => texts(to, 2, &[address, reason]),
            Self::Credentials { bind_dn, reason } => texts(to, 3, &[bind_dn, reason]),
            Self::NoSuchBase { dn } => texts(to, 4, &[dn]),
            Self::NotAllowed { dn } => texts(to, 5, &[dn]),
            Self::Incomplete { reason } => texts(to, 6, &[reason]),
            Self::NoConnection => to.bytes.push(7),
            Self::Settings(problem) => texts(to, 8, &[problem]),
            Self::Directory(problem) => texts(to, 9, &[problem]),
            Self::NoAgent { domain } => texts(to, 10, &[domain]),
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match from.byte()? {
            0 => Self::Unreachable { address: String::take(from)?, reason: String::take(from)? },
            1 => {
                let (address, doing) = (String::take(from)?, String::take(from)?.into());
                Self::Timeout { address, doing, seconds: u64::take(from)? }
            }
            2 => Self::Untrusted { address: String::take(from)?, reason: String::take(from)? },
            3 => Self::Credentials { bind_dn: String::take(from)?, reason: String::take(from)? },
            4 => Self::NoSuchBase { dn: String::take(from)? },
            5 => Self::NotAllowed { dn: String::take(from)? },
            6 => Self::Incomplete { reason: String::take(from)? },
            7 => Self::NoConnection,
            8 => Self::Settings(String::take(from)?),
            9 => Self::Directory(String::take(from)?),
            10 => Self::NoAgent { domain: String::take(from)? },
            _ => return Err(Malformed("an unknown error")),
        })
    }
}

fn texts(to: &mut Writer, tag: u8, texts: &[&str]) {
    to.bytes.push(tag);
    for text in texts {
        to.slice(text.as_bytes());
    }
}

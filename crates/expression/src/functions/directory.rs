//! What only directories have: distinguished names and security identifiers.

use std::fmt::Write as _;

use domain::Dn;

use super::{Arity, Family, Function, Outcome};
use crate::Datum;
use crate::evaluate::{Arguments, short};

const fn directory(
    signature: &'static str,
    arity: Arity,
    run: super::Run,
    summary: &'static str,
) -> Function {
    Function::new(Family::Directory, signature, arity, run, summary)
}

pub(super) const TABLE: &[Function] = &[
    directory(
        "DNComponent(dn, number)",
        Arity::exactly(2),
        dn_component,
        "The value of the n-th part of a distinguished name, counted from 1 on the left, without escapes: Alice of \
         CN=Alice,OU=People. An empty text when there is no such part.",
    ),
    directory(
        "StringFromSid(sid)",
        Arity::exactly(1),
        string_from_sid,
        "A binary security identifier in its S-1-… form, each of several values.",
    ),
];

fn dn_component<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let number = args.required_integer(1, "the number")?;
    args.map_text(0, |text| {
        if text.is_empty() {
            return Ok(Datum::Text(text));
        }
        let mut dn = Dn::parse(&text).map_err(|error| args.fail(error.to_string()))?;
        let depth = dn.depth() as i64;
        if !(1..=depth).contains(&number) {
            return Ok(Datum::text(""));
        }
        for _ in 1..number {
            let Some(parent) = dn.parent() else { return Ok(Datum::text("")) };
            dn = parent;
        }
        Ok(Datum::text(dn.leaf()))
    })
}

fn string_from_sid<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.map(0, |value| match value {
        Datum::Binary(bytes) => {
            sid(&bytes).map(Datum::text).ok_or_else(|| args.fail("the bytes are not a security identifier"))
        }
        // Some directories hold identifiers as text already.
        Datum::Text(text) if text.starts_with("S-1-") => Ok(Datum::Text(text)),
        Datum::Text(text) if text.is_empty() => Ok(Datum::Null),
        other => {
            let shown = other.into_text().map_err(|fault| args.fail(fault))?.unwrap_or_default();
            Err(args.fail(format!("`{}` is not a security identifier", short(&shown))))
        }
    })
}

/// MS-DTYP 2.4.2.2: revision, count, authority in big-endian, then sub-authorities in little-endian.
fn sid(bytes: &[u8]) -> Option<String> {
    let (header, rest) = bytes.split_first_chunk::<8>()?;
    let (parts, odd) = rest.as_chunks::<4>();
    if header[0] != 1 || parts.len() != usize::from(header[1]) || !odd.is_empty() || parts.len() > 15 {
        return None;
    }
    let authority = header[2..].iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let mut text = String::with_capacity(8 + parts.len() * 11);
    // MS-DTYP 2.4.2.1: authorities of 2^32 and above are written in hexadecimal. Writing to a text cannot fail.
    let _ = if authority >> 32 == 0 {
        write!(text, "S-1-{authority}")
    } else {
        write!(text, "S-1-0x{authority:012X}")
    };
    for part in parts {
        let _ = write!(text, "-{}", u32::from_le_bytes(*part));
    }
    Some(text)
}

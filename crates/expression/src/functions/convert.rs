//! Numbers, truth values and encodings.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Arity, Complaint, Family, Function, Outcome, one_of};
use crate::Datum;
use crate::datum::Fault;
use crate::evaluate::{Arguments, within_bounds};
use crate::tree::Node;

const fn convert(signature: &'static str, arity: Arity, run: super::Run, summary: &'static str) -> Function {
    Function::new(Family::Conversion, signature, arity, run, summary)
}

pub(super) const TABLE: &[Function] = &[
    convert(
        "BitAnd(number1, number2)",
        Arity::exactly(2),
        bit_and,
        "The bits that both numbers have, on 64 bits in two's complement: a negative 32-bit groupType keeps its bit \
         31. No value when one of them has none.",
    ),
    convert(
        "CBool(value)",
        Arity::exactly(1),
        to_boolean,
        "True for True (in any case), a number other than 0 and a comparison that holds; False for everything else.",
    ),
    convert(
        "CStr(value)",
        Arity::exactly(1),
        to_text,
        "The value as text, each of several: numbers in decimal, True or False, dates as M/d/yyyy h:mm:ss tt.",
    ),
    convert(
        "ConvertFromBase64(text, [encoding])",
        Arity::between(1, 2),
        from_base64,
        "The text that Base64 encodes, each of several values. The encoding is Unicode (UTF-16, the default), ASCII or \
         UTF8.",
    )
    .checked(check_encoding),
    convert(
        "ConvertToBase64(value)",
        Arity::exactly(1),
        to_base64,
        "Base64 of the bytes of a binary value, or of a text in UTF-16; each of several values.",
    ),
    convert(
        "ConvertToUTF8Hex(value)",
        Arity::exactly(1),
        to_hex,
        "The bytes of a text in UTF-8, or of a binary value, as upper-case hexadecimal digits; each of several values.",
    ),
];

fn bit_and<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(match (args.integer(0)?, args.integer(1)?) {
        (Some(one), Some(other)) => Datum::Integer(one & other),
        _ => Datum::Null,
    })
}

fn to_boolean<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(Datum::Boolean(args.truth(0)?))
}

fn to_text<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.map_text(0, |text| Ok(Datum::Text(text)))
}

const ENCODINGS: &[&str] = &["Unicode", "ASCII", "UTF8"];

fn check_encoding(nodes: &mut [Node]) -> Result<(), Complaint> {
    one_of(nodes, 1, ENCODINGS)
}

fn from_base64<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let encoding = args.text_or_empty(1)?;
    args.map_text(0, |text| {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| args.fail("the text is not Base64"))?;
        let decoded = decode(bytes, &encoding).map_err(|fault| args.fail(fault))?;
        Ok(Datum::text(decoded))
    })
}

fn decode(bytes: Vec<u8>, encoding: &str) -> Result<String, Fault> {
    let decoded = match encoding {
        "" | "Unicode" => {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
            rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
        }
        "ASCII" => bytes.is_ascii().then(|| String::from_utf8(bytes).ok()).flatten(),
        "UTF8" => String::from_utf8(bytes).ok(),
        other => return Err(format!("`{}` is neither of {}", other, ENCODINGS.join(", "))),
    };
    let name = if encoding.is_empty() { "Unicode (UTF-16)" } else { encoding };
    decoded.ok_or_else(|| {
        format!("the bytes are not {name} text: name another encoding ({})", ENCODINGS.join(", "))
    })
}

fn to_base64<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.map(0, |value| {
        Ok(match value {
            Datum::Binary(bytes) => {
                within_bounds(bytes.len() / 3 * 4).map_err(|fault| args.fail(fault))?;
                Datum::text(STANDARD.encode(bytes))
            }
            other => match other.into_text().map_err(|fault| args.fail(fault))? {
                None => Datum::Null,
                Some(text) => {
                    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                    Datum::text(STANDARD.encode(bytes))
                }
            },
        })
    })
}

fn to_hex<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.map(0, |value| {
        Ok(match value {
            Datum::Binary(bytes) => {
                within_bounds(bytes.len() * 2).map_err(|fault| args.fail(fault))?;
                Datum::text(hex(&bytes))
            }
            other => {
                let text = other.into_text().map_err(|fault| args.fail(fault))?;
                text.map_or(Datum::Null, |text| Datum::text(hex(text.as_bytes())))
            }
        })
    })
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(digits, "{byte:02X}");
    }
    digits
}

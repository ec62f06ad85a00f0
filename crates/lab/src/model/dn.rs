//! Distinguished names as text: escaping, splitting, comparing (RFC 4514).

use std::fmt::Write;

/// Appends an attribute value as it stands in a DN.
pub(crate) fn escape_into(value: &str, dn: &mut String) {
    let last = value.chars().count().saturating_sub(1);
    for (at, letter) in value.chars().enumerate() {
        match letter {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => {
                dn.push('\\');
                dn.push(letter);
            }
            '#' if at == 0 => dn.push_str("\\#"),
            ' ' if at == 0 || at == last => dn.push_str("\\ "),
            '\0'..='\x1f' => {
                // Writing to a String cannot fail.
                let _ = write!(dn, "\\{:02X}", letter as u32);
            }
            _ => dn.push(letter),
        }
    }
}

/// One name of a DN: type and value, both in comparable form (lower case, unescaped).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rdn {
    pub kind: String,
    pub value: String,
}

/// Splits a DN, leaf first. `None`: it is not a DN. The empty DN has no names.
pub(crate) fn parse(dn: &str) -> Option<Vec<Rdn>> {
    let mut names = Vec::new();
    let mut rest = dn.trim();
    while !rest.is_empty() {
        let (kind, after) = rest.split_once('=')?;
        let kind = kind.trim();
        if kind.is_empty() || !kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        {
            return None;
        }
        let (value, remaining) = value(after)?;
        names.push(Rdn { kind: kind.to_ascii_lowercase(), value: value.to_lowercase() });
        rest = match remaining.strip_prefix([',', ';']) {
            Some("") => return None,
            Some(remaining) => remaining.trim_start(),
            None if remaining.is_empty() => "",
            None => return None,
        };
    }
    Some(names)
}

/// Reads a value up to the next separator; escapes are resolved, surrounding spaces dropped.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, rest) = quoted.split_once('"')?;
        return Some((value.to_owned(), rest.trim_start()));
    }
    let bytes = text.as_bytes();
    let mut value = Vec::with_capacity(bytes.len());
    let mut kept = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b',' | b';' => break,
            b'\\' => {
                let pair = text.get(at + 1..at + 3).and_then(hex);
                if let Some(&[code]) = pair.as_deref() {
                    value.push(code);
                    at += 3;
                } else {
                    value.push(*bytes.get(at + 1)?);
                    at += 2;
                }
                kept = value.len();
            }
            _ => {
                value.push(byte);
                at += 1;
                if byte != b' ' {
                    kept = value.len();
                }
            }
        }
    }
    value.truncate(kept);
    Some((String::from_utf8(value).ok()?, text.get(at..)?))
}

/// Bytes of a text of hexadecimal digits.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
}

/// Comparable form of a whole DN.
pub(crate) fn normal(names: &[Rdn]) -> String {
    let mut text = String::new();
    for name in names {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&name.kind);
        text.push('=');
        escape_into(&name.value, &mut text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(value: &str) -> String {
        let mut text = String::new();
        escape_into(value, &mut text);
        text
    }

    #[test]
    fn what_is_escaped_can_be_read_back() {
        for value in ["keller, anna", "a+b=c", " lead", "#1", "müller\\weiß", "tail ", "x\0adel:1"] {
            let names = parse(&format!("CN={},DC=x", escaped(value))).expect("a DN");
            assert_eq!(names[0].value, value);
            assert_eq!(names[1], Rdn { kind: "dc".into(), value: "x".into() });
        }
        assert_eq!(escaped("x\0"), "x\\00");
    }

    #[test]
    fn spelling_does_not_matter() {
        let one = parse("cn = Anna Keller , OU=People,dc=Lab01,DC=local").expect("a DN");
        let other = parse("CN=anna keller,ou=people,DC=lab01,DC=LOCAL").expect("a DN");
        assert_eq!(normal(&one), normal(&other));
    }

    #[test]
    fn what_is_no_dn_is_refused() {
        for text in ["people", "CN=a,", "=x", "CN=a,b", "C N=a"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(""), Some(Vec::new()));
    }
}

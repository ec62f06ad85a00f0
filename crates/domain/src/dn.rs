//! Distinguished names (RFC 4514), compared without regard to case and spacing.

use std::fmt;

/// A distinguished name that parsed. Keeps the text as given; equality and ancestry use the normalised form.
#[derive(Clone)]
pub struct Dn {
    text: String,
    /// Normalised RDNs, leaf first.
    parts: Vec<String>,
}

/// A text that is no distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a distinguished name: {problem} at character {position}")]
pub struct ParseDnError {
    text: String,
    problem: &'static str,
    position: usize,
}

impl Dn {
    /// Parses a distinguished name. The empty name (the rootDSE) is refused: nothing here may mean it.
    pub fn parse(text: &str) -> Result<Self, ParseDnError> {
        let refuse = |problem, at: usize| {
            Err(ParseDnError {
                text: text.chars().take(120).collect(),
                problem,
                position: text.get(..at).map_or(0, |head| head.chars().count()) + 1,
            })
        };
        if text.trim().is_empty() {
            return refuse("it is empty", 0);
        }
        let mut parts = Vec::new();
        let mut start = 0;
        for end in separators(text) {
            match normalise_rdn(&text[start..end]) {
                Ok(part) => parts.push(part),
                Err(problem) => return refuse(problem, start),
            }
            start = end + 1;
        }
        Ok(Self { text: text.trim().to_owned(), parts })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The normalised form, the same for every spelling of one name.
    pub fn key(&self) -> String {
        self.parts.join(",")
    }

    /// Whether this name is `other` or lies beneath it.
    pub fn is_within(&self, other: &Dn) -> bool {
        self.parts.ends_with(&other.parts)
    }

    /// The name of the container.
    pub fn parent(&self) -> Option<Dn> {
        (self.parts.len() > 1).then(|| {
            let cut = separators(&self.text).next().unwrap_or(self.text.len());
            Dn { text: self.text[cut + 1..].trim_start().to_owned(), parts: self.parts[1..].to_vec() }
        })
    }

    /// The leaf's value without its attribute type, unescaped: `Alice` of `CN=Alice,DC=x`.
    pub fn leaf(&self) -> String {
        let end = separators(&self.text).next().unwrap_or(self.text.len());
        let rdn = &self.text[..end];
        unescape(rdn.split_once('=').map_or(rdn, |(_, value)| value).trim())
    }

    /// How many parts the name has.
    pub fn depth(&self) -> usize {
        self.parts.len()
    }

    /// The DNS name that the `DC=` parts spell, empty when there are none.
    pub fn dns_domain(&self) -> String {
        self.parts.iter().filter_map(|part| part.strip_prefix("dc=")).collect::<Vec<_>>().join(".")
    }
}

/// The key of a name as directories return it, without keeping the parsed name. A text that does not parse is its
/// own key in lower case: a strange name must still equal itself.
pub fn key(text: &str) -> String {
    if is_canonical(text) {
        text.to_lowercase()
    } else {
        Dn::parse(text).map_or_else(|_| text.to_lowercase(), |dn| dn.key())
    }
}

/// True for the form in which Active Directory gives names: no escapes and no spaces around separators.
fn is_canonical(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes[0] != b' '
        && bytes[bytes.len() - 1] != b' '
        && !bytes.iter().any(|byte| matches!(byte, b'\\' | b'+' | b'#' | b'"'))
        && !bytes.windows(2).any(|pair| {
            (matches!(pair[0], b',' | b'=') && pair[1] == b' ')
                || (pair[0] == b' ' && matches!(pair[1], b',' | b'=' | b' '))
        })
}

/// Positions of the unescaped commas, then the end.
fn separators(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut escaped = false;
    text.bytes()
        .enumerate()
        .filter(move |(_, byte)| {
            let separator = *byte == b',' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            separator
        })
        .map(|(at, _)| at)
        .chain(std::iter::once(text.len()))
}

fn normalise_rdn(rdn: &str) -> Result<String, &'static str> {
    let mut pairs = Vec::new();
    for pair in split_unescaped(rdn, b'+') {
        let Some((kind, value)) = pair.split_once('=') else {
            return Err("a part has no `=`");
        };
        // Spaces and nothing else: a line break is part of no type (RFC 4514 section 3).
        let kind = kind.trim_matches(' ');
        if kind.is_empty()
            || !kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        {
            return Err("a part has no attribute type before `=`");
        }
        let value = trim_unescaped(value);
        if value.is_empty() {
            return Err("a part has no value after `=`");
        }
        let mut normalised = String::with_capacity(value.len());
        let mut space = false;
        let plain = unescape(value).to_lowercase();
        // Spaces at either end mean nothing, escaped or not (RFC 4518 section 2.6.1); a value of them alone is one.
        let plain = plain.trim_matches(' ');
        if plain.is_empty() {
            normalised.push_str("\\ ");
        }
        for character in plain.chars() {
            if character == ' ' && space {
                continue;
            }
            space = character == ' ';
            if matches!(character, ',' | '+' | '\\') {
                normalised.push('\\');
            }
            normalised.push(character);
        }
        pairs.push(format!("{}={normalised}", kind.to_ascii_lowercase()));
    }
    pairs.sort();
    Ok(pairs.join("+"))
}

fn split_unescaped(text: &str, separator: u8) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        if byte == separator && !escaped {
            parts.push(&text[start..at]);
            start = at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

/// Trims spaces, but keeps one that is escaped at the end.
fn trim_unescaped(value: &str) -> &str {
    let value = value.trim_start_matches(' ');
    let trimmed = value.trim_end_matches(' ');
    if trimmed.ends_with('\\') && trimmed.len() < value.len() { &value[..=trimmed.len()] } else { trimmed }
}

/// Resolves `\,` and `\2C` escapes (RFC 4514 section 2.4).
fn unescape(value: &str) -> String {
    if !value.contains('\\') {
        return value.to_owned();
    }
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\\' && at + 1 < bytes.len() {
            // Digits alone: a parser of numbers would take the sign of `R\+D` for one of a number.
            let hex = bytes
                .get(at + 1..at + 3)
                .filter(|pair| pair.iter().all(u8::is_ascii_hexdigit))
                .and_then(|pair| std::str::from_utf8(pair).ok());
            if let Some(byte) = hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
                out.push(byte);
                at += 3;
            } else {
                out.push(bytes[at + 1]);
                at += 2;
            }
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Dn {}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dn({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dn(text: &str) -> Dn {
        Dn::parse(text).expect(text)
    }

    #[test]
    fn spellings_of_one_name_are_equal() {
        assert_eq!(
            dn("CN=Alice Ames, OU=People,DC=Lab01 , DC=local"),
            dn("cn=alice ames,ou=people,dc=lab01,dc=local")
        );
        assert_eq!(dn(r"CN=Ames\, Alice,DC=x"), dn(r"CN=Ames\2c Alice,DC=x"));
        assert_ne!(dn(r"CN=Ames\, Alice,DC=x"), dn("CN=Ames,CN=Alice,DC=x"));
        assert_eq!(dn(r"CN=R\+D,DC=x"), dn(r"CN=R\2BD,DC=x"));
        assert_eq!(dn(r"CN=R\+D,DC=x").leaf(), "R+D");
        assert_eq!(dn(r"CN=\ Ames\ ,DC=x"), dn("CN=Ames,DC=x"));
        assert_eq!(dn(&dn(r"CN=\ \ ,DC=x").key()), dn(r"CN=\ ,DC=x"));
        assert_eq!(key("CN=Zoë,OU=Ops,DC=x"), dn("cn=ZOË,ou=ops,dc=X").key());
    }

    #[test]
    fn ancestry_counts_whole_parts() {
        let people = dn("OU=People,DC=lab01,DC=local");
        assert!(dn("CN=A,OU=Sales,OU=People,DC=lab01,DC=local").is_within(&people));
        assert!(people.is_within(&people));
        assert!(!dn("OU=More People,DC=lab01,DC=local").is_within(&people));
        assert_eq!(dn(r"CN=Ames\, Alice,OU=People,DC=x").parent(), Some(dn("OU=People,DC=x")));
        assert_eq!(dn(r"CN=Ames\, Alice,OU=People,DC=x").leaf(), "Ames, Alice");
        assert_eq!(people.dns_domain(), "lab01.local");
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_place() {
        for text in ["", "   ", "People", "OU=,DC=x", "=x", "OU=a,,DC=x", "O U=a", "OU\n=a", "\tOU=a"] {
            assert!(Dn::parse(text).is_err(), "{text}");
        }
        let error = Dn::parse("OU=a,People,DC=x").expect_err("no equals sign").to_string();
        assert!(error.contains("character 6"), "{error}");
    }
}

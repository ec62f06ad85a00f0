//! A directory entry as read: names without regard to case, values as bytes until somebody asks for text.

use crate::Value;

/// Attributes whose values are bytes whatever they look like. Active Directory's schema marks them as octet
/// strings (MS-ADA1 to MS-ADA3), RFC 4523 the certificates; `entryUUID` and the rest of LDAP's are text.
const BINARY: &[&str] = &[
    "objectGUID",
    "objectSid",
    "sIDHistory",
    "mS-DS-ConsistencyGuid",
    "thumbnailPhoto",
    "thumbnailLogo",
    "jpegPhoto",
    "userCertificate",
    "userSMIMECertificate",
    "cACertificate",
    "msExchMailboxGuid",
    "msExchArchiveGUID",
    "msExchBlockedSendersHash",
    "msExchSafeRecipientsHash",
    "msExchSafeSendersHash",
    "nTSecurityDescriptor",
    "logonHours",
];

/// Whether an attribute holds bytes. Options such as `;binary` (RFC 4522) are left to the reader.
pub fn is_binary(name: &str) -> bool {
    BINARY.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// One attribute with its values in the order in which the directory gave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub values: Vec<Vec<u8>>,
}

/// One entry. Look-ups scan: an entry has a few dozen attributes, and a scan costs less than building a map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pub dn: String,
    pub attributes: Vec<Attribute>,
}

impl Entry {
    pub fn new(dn: impl Into<String>) -> Self {
        Self { dn: dn.into(), attributes: Vec::new() }
    }

    /// Adds values; for tests and for readers that assemble ranges.
    #[must_use]
    pub fn with(mut self, name: &str, values: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        self.attributes
            .push(Attribute { name: name.to_owned(), values: values.into_iter().map(Into::into).collect() });
        self
    }

    /// The values of an attribute, empty when it is absent.
    pub fn values(&self, name: &str) -> &[Vec<u8>] {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
            .map_or(&[], |attribute| attribute.values.as_slice())
    }

    /// The first value as bytes.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.values(name).first().map(Vec::as_slice)
    }

    /// The first value as text; `None` when it is absent or not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.first(name).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Every value that is UTF-8 text.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).iter().filter_map(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The attribute as the mapping language sees it: text where it is text, bytes elsewhere, one value or several.
    /// Empty values count as absent, as Active Directory never stores one.
    pub fn value(&self, name: &str) -> Option<Value> {
        if name.eq_ignore_ascii_case("distinguishedName") && self.values(name).is_empty() {
            return (!self.dn.is_empty()).then(|| Value::text(self.dn.clone()));
        }
        let binary = is_binary(name);
        let mut values =
            self.values(name).iter().filter(|bytes| !bytes.is_empty()).map(|bytes| to_value(bytes, binary));
        let first = values.next()?;
        match values.next() {
            None => Some(first),
            Some(second) => Value::many([first, second].into_iter().chain(values)),
        }
    }
}

fn to_value(bytes: &[u8], binary: bool) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) if !binary => Value::text(text),
        _ => Value::Binary(bytes.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_names_are_found_in_any_case() {
        let entry = Entry::new("CN=A,DC=x").with("sAMAccountName", ["alice"]);
        assert_eq!(entry.text("samaccountname"), Some("alice"));
        assert_eq!(entry.value("SAMACCOUNTNAME"), Some(Value::text("alice")));
        assert_eq!(entry.value("mail"), None);
    }

    #[test]
    fn binary_attributes_stay_binary_even_when_they_look_like_text() {
        let entry = Entry::new("CN=A,DC=x").with("objectGUID", [b"0123456789abcdef".to_vec()]);
        assert_eq!(entry.value("objectguid"), Some(Value::Binary(b"0123456789abcdef".to_vec())));
    }
}

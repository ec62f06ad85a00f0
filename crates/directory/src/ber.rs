//! The subset of BER that LDAP uses (RFC 4511 section 5.1): definite lengths and one-byte tags.
//!
//! Reading borrows from the buffer and never trusts a length further than the bytes that are there.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Bytes that are no LDAP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(pub &'static str);

/// What the first bytes of an element tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub tag: u8,
    /// Bytes of tag and length.
    pub size: usize,
    /// Bytes of content.
    pub length: usize,
}

/// Reads tag and length; `None` when more bytes are needed to know.
pub(crate) fn header(bytes: &[u8]) -> Result<Option<Header>, Malformed> {
    let (Some(&tag), Some(&first)) = (bytes.first(), bytes.get(1)) else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed("a tag of several bytes"));
    }
    if first < 0x80 {
        return Ok(Some(Header { tag, size: 2, length: usize::from(first) }));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(Malformed("a length that LDAP does not allow"));
    }
    let Some(digits) = bytes.get(2..2 + count) else { return Ok(None) };
    let length = digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
    Ok(Some(Header { tag, size: 2 + count, length }))
}

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements<'a>(pub &'a [u8]);

impl<'a> Elements<'a> {
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub fn peek(self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element's tag and content.
    pub fn next(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let header = header(self.0)?.ok_or(Malformed("an element that ends in its header"))?;
        let (element, rest) = self
            .0
            .split_at_checked(header.size + header.length)
            .ok_or(Malformed("an element longer than what holds it"))?;
        self.0 = rest;
        Ok((header.tag, &element[header.size..]))
    }

    /// The next element, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        match self.next()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(Malformed("an element of another type than expected")),
        }
    }

    /// The next element, an integer or an enumeration within 32 bits.
    pub fn integer(&mut self, tag: u8) -> Result<i32, Malformed> {
        match *self.expect(tag)? {
            ref digits @ [first, ..] if digits.len() <= 4 => {
                let start = if first & 0x80 == 0 { 0 } else { -1 };
                Ok(digits.iter().fold(start, |value, digit| value << 8 | i32::from(*digit)))
            }
            _ => Err(Malformed("an integer beyond 32 bits")),
        }
    }
}

/// Writes elements into a request.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn bytes(&mut self, tag: u8, content: &[u8]) -> &mut Self {
        self.0.push(tag);
        self.length(content.len());
        self.0.extend_from_slice(content);
        self
    }

    pub fn integer(&mut self, tag: u8, value: i32) -> &mut Self {
        let digits = value.to_be_bytes();
        // The shortest form whose first bit still is the sign.
        let skip = (0..3)
            .take_while(|at| {
                let sign = if value < 0 { 0xff } else { 0 };
                digits[*at] == sign && digits[at + 1] & 0x80 == sign & 0x80
            })
            .count();
        self.bytes(tag, &digits[skip..])
    }

    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.bytes(BOOLEAN, &[if value { 0xff } else { 0 }])
    }

    pub fn nested(&mut self, tag: u8, fill: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(tag, &inner.0)
    }

    fn length(&mut self, length: usize) {
        if length < 0x80 {
            self.0.push(length as u8);
        } else {
            let digits = length.to_be_bytes();
            let significant = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
            self.0.push(0x80 | significant.len() as u8);
            self.0.extend_from_slice(significant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_survive_the_way_there_and_back() {
        for value in [0, 1, 127, 128, 255, 256, 32_767, 32_768, 8_388_608, i32::MAX, -1, -128, -129, i32::MIN]
        {
            let mut writer = Writer::default();
            writer.integer(INTEGER, value);
            assert_eq!(Elements(&writer.0).integer(INTEGER), Ok(value), "{:?}", writer.0);
        }
        assert_eq!(Writer::default().integer(INTEGER, 128).0, [0x02, 0x02, 0x00, 0x80]);
        assert_eq!(Writer::default().integer(INTEGER, -128).0, [0x02, 0x01, 0x80]);
    }

    #[test]
    fn contents_of_every_length_form_survive_the_way_there_and_back() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let mut writer = Writer::default();
            writer.nested(SEQUENCE, |inner| {
                inner.bytes(OCTET_STRING, &content);
            });
            let mut outer = Elements(&writer.0);
            let mut inner = Elements(outer.expect(SEQUENCE).expect("a sequence"));
            assert_eq!(inner.expect(OCTET_STRING).expect("a string"), content);
            assert!(inner.is_empty() && outer.is_empty());
        }
    }

    #[test]
    fn a_header_that_is_not_all_there_asks_for_more() {
        assert_eq!(header(&[]), Ok(None));
        assert_eq!(header(&[0x30]), Ok(None));
        assert_eq!(header(&[0x30, 0x82, 0x01]), Ok(None));
        assert_eq!(header(&[0x30, 0x82, 0x01, 0x00]), Ok(Some(Header { tag: 0x30, size: 4, length: 256 })));
    }

    #[test]
    fn lengths_that_ldap_forbids_or_that_lie_are_refused() {
        assert!(header(&[0x30, 0x80]).is_err(), "indefinite");
        assert!(header(&[0x30, 0x85, 1, 1, 1, 1, 1]).is_err(), "five bytes");
        assert!(header(&[0x3f, 0x01]).is_err(), "long tag");
        assert!(Elements(&[0x04, 0x05, 1, 2]).next().is_err());
        assert!(Elements(&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff]).next().is_err());
        assert!(Elements(&[0x02, 0x00]).integer(INTEGER).is_err());
        assert!(Elements(&[0x02, 0x05, 1, 1, 1, 1, 1]).integer(INTEGER).is_err());
    }
}

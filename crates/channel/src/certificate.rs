//! What the portal and its agents look at in an X.509 certificate (RFC 5280): how long it is good, and where its issuer
//! tells which certificates were revoked. Whether it can be trusted is for TLS to say.

use chrono::NaiveDateTime;
use domain::Time;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0]` around something else: the version, a distribution point's name and a full name.
const EXPLICIT_0: u8 = 0xa0;
/// `[3]` around the extensions.
const EXPLICIT_3: u8 = 0xa3;
/// `[6]`: an address among general names.
const ADDRESS: u8 = 0x86;
/// 2.5.29.31, RFC 5280 section 4.2.1.13.
const DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
/// Addresses that are looked at, however many there are.
const MOST_ADDRESSES: usize = 8;

/// What is read of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub not_before: Time,
    pub not_after: Time,
    /// Addresses of revocation lists, of any scheme; the first eight.
    pub revocation_lists: Vec<String>,
}

impl Certificate {
    /// Reads a certificate (DER); `None` where the bytes are none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let mut whole = Der(Der(der).take(SEQUENCE)?);
        let mut body = Der(whole.take(SEQUENCE)?);
        body.take_if(EXPLICIT_0);
        body.take(INTEGER)?;
        // The signature's algorithm, and the issuer.
        body.take(SEQUENCE)?;
        body.take(SEQUENCE)?;
        let mut validity = Der(body.take(SEQUENCE)?);
        let (not_before, not_after) = (time(validity.next()?)?, time(validity.next()?)?);
        let mut revocation_lists = Vec::new();
        while let Some((tag, content)) = body.next() {
            if tag == EXPLICIT_3 {
                revocation_lists = lists(content).unwrap_or_default();
            }
        }
        Some(Self { not_before, not_after, revocation_lists })
    }
}

/// Time as certificates write it (RFC 5280 section 4.1.2.5): two figures of the year until 2049.
fn time((tag, content): (u8, &[u8])) -> Option<Time> {
    let text = std::str::from_utf8(content).ok()?;
    let text = match tag {
        UTC_TIME => {
            let year: u8 = text.get(..2)?.parse().ok()?;
            format!("{}{text}", if year < 50 { "20" } else { "19" })
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    Some(NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?.and_utc())
}

fn lists(extensions: &[u8]) -> Option<Vec<String>> {
    let mut extensions = Der(Der(extensions).take(SEQUENCE)?);
    while let Some((_, extension)) = extensions.next() {
        let mut extension = Der(extension);
        if extension.take(OBJECT_IDENTIFIER)? != DISTRIBUTION_POINTS {
            continue;
        }
        // Whether it is critical may come before.
        let mut value = extension.next()?;
        if value.0 != OCTET_STRING {
            value = extension.next()?;
        }
        let mut points = Der(Der(value.1).take(SEQUENCE)?);
        let mut found = Vec::new();
        while let Some((_, point)) = points.next() {
            found.extend(addresses(point).unwrap_or_default());
        }
        found.truncate(MOST_ADDRESSES);
        return Some(found);
    }
    Some(Vec::new())
}

fn addresses(point: &[u8]) -> Option<Vec<String>> {
    let mut names = Der(Der(Der(point).take(EXPLICIT_0)?).take(EXPLICIT_0)?);
    let mut found = Vec::new();
    while let Some((tag, content)) = names.next() {
        if tag == ADDRESS
            && let Ok(text) = std::str::from_utf8(content)
        {
            found.push(text.to_owned());
        }
    }
    Some(found)
}

/// Elements of DER (X.690 section 8.1), one after the other: tags of one byte, lengths of at most four.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], mut rest) = self.0.split_first_chunk::<2>()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let size = usize::from(first & 0x7f);
            if !(1..=4).contains(&size) {
                return None;
            }
            let (figures, after) = rest.split_at_checked(size)?;
            length = figures.iter().fold(0, |length, figure| length << 8 | usize::from(*figure));
            rest = after;
        }
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((tag, content))
    }

    fn take(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
    }

    fn take_if(&mut self, wanted: u8) {
        if self.0.first() == Some(&wanted) {
            self.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CrlDistributionPoint, KeyPair, date_time_ymd};

    use super::*;

    fn made(uris: &[&str], until: i32) -> Vec<u8> {
        let mut parameters = CertificateParams::new(["dc1.lab01.local".to_owned()]).expect("a name");
        parameters.not_before = date_time_ymd(2026, 3, 1);
        parameters.not_after = date_time_ymd(until, 12, 24);
        parameters.crl_distribution_points =
            uris.iter().map(|uri| CrlDistributionPoint { uris: vec![(*uri).to_owned()] }).collect();
        let key = KeyPair::generate().expect("a key");
        parameters.self_signed(&key).expect("a certificate").der().to_vec()
    }

    #[test]
    fn a_certificate_tells_how_long_it_is_good_and_where_its_revocation_lists_are() {
        let uris = ["http://pki.lab01.local/a.crl", "ldap:///CN=a"];
        // From 2050 on the year has four figures.
        for until in [2027, 2060] {
            let read = Certificate::read(&made(&uris, until)).expect("a certificate");
            assert_eq!(read.not_before.to_rfc3339(), "2026-03-01T00:00:00+00:00");
            assert_eq!(read.not_after.to_rfc3339(), format!("{until}-12-24T00:00:00+00:00"));
            assert_eq!(read.revocation_lists, uris);
        }
        assert!(Certificate::read(&made(&[], 2027)).expect("a certificate").revocation_lists.is_empty());
    }

    #[test]
    fn half_a_certificate_is_none_and_altered_bytes_harm_nobody() {
        let whole = made(&["http://pki.lab01.local/a.crl"], 2027);
        for length in 0..whole.len() {
            assert_eq!(Certificate::read(&whole[..length]), None);
        }
        for place in 0..whole.len() {
            for value in [0x00, 0x80, 0xff] {
                let mut altered = whole.clone();
                altered[place] = value;
                let _whatever = Certificate::read(&altered);
            }
        }
    }
}

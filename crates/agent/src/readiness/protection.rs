//! What a TLS handshake showed.

use channel::certificate::Certificate;
use directory::Handshake;
use domain::Time;
use domain::agent::{CheckOutcome, ReadinessCheck};

use super::{Rest as _, check};

/// Days that a certificate has to be good for still.
const SOON: i64 = 14;

/// Version of TLS and age of the certificate. A handshake with less than TLS 1.2, or with a certificate that is not
/// trusted, does not come this far.
pub fn of(id: &str, did: String, handshake: &Handshake, now: Time) -> ReadinessCheck {
    let until = Certificate::read(&handshake.certificate).map(|read| read.not_after);
    let days = until.map(|until| (until - now).num_days());
    let (outcome, certificate) = match days {
        None => (CheckOutcome::Passed, "a certificate whose time cannot be read".to_owned()),
        // Trusted by its fingerprint all the same.
        Some(..0) => (CheckOutcome::Warning, "a certificate that has expired".to_owned()),
        Some(days @ ..SOON) => {
            (CheckOutcome::Warning, format!("a certificate that is good for {days} more days"))
        }
        Some(days) => (CheckOutcome::Passed, format!("a certificate that is good for {days} more days")),
    };
    check(id, outcome, did, format!("{}, {certificate}", handshake.version))
        .limit(format!("TLS 1.2 or better, a certificate that is good for {SOON} more days"))
        .advice("have the certificate renewed; without it every connection is refused")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn a_certificate_that_ends_soon_is_a_warning_with_its_days() {
        let mut parameters = CertificateParams::new(["dc1".to_owned()]).expect("a name");
        parameters.not_after = date_time_ymd(2030, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate").der().to_vec();
        let end = Certificate::read(&certificate).expect("a certificate").not_after;
        let handshake = Handshake { version: "TLS 1.3", certificate };
        let found = |days| {
            let check = of("portalTls", "shook hands".into(), &handshake, end - TimeDelta::days(days));
            (check.outcome, check.found)
        };
        let good = "TLS 1.3, a certificate that is good for 100 more days".to_owned();
        assert_eq!(found(100), (CheckOutcome::Passed, good));
        assert_eq!(found(3).0, CheckOutcome::Warning);
        assert_eq!(found(-3), (CheckOutcome::Warning, "TLS 1.3, a certificate that has expired".to_owned()));
    }
}

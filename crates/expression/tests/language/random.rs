use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Value;
use expression::{Expression, Parameters, Random};

use crate::support::{check, person};

/// A repeatable source: the `SplitMix64` generator.
struct Sequence(AtomicU64);

impl Random for Sequence {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

fn draw(text: &str) -> String {
    let parameters = Parameters::new().with_random(Arc::new(Sequence(AtomicU64::new(7))));
    match Expression::compile(text).expect(text).evaluate(&person(), &parameters) {
        Ok(Some(Value::Text(text))) => text,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_guid_is_a_random_uuid() {
    let one = draw("Guid()");
    assert_eq!(uuid::Uuid::parse_str(&one).expect("a UUID").get_version_num(), 4);
    assert_ne!(draw(r#"Join(" ", Guid(), Guid())"#).split_at(36).0, one.split_at(35).0);
}

#[test]
fn a_random_string_has_what_was_asked_for() {
    for _ in 0..50 {
        let text = draw(r#"RandomString(10,2,2,2,1,"?,")"#);
        let count = |class: fn(&char) -> bool| text.chars().filter(class).count();
        assert_eq!(text.len(), 10, "{text}");
        assert!(count(char::is_ascii_digit) >= 2, "{text}");
        assert!(count(char::is_ascii_uppercase) >= 2, "{text}");
        assert!(count(char::is_ascii_lowercase) >= 1, "{text}");
        assert!(count(char::is_ascii_punctuation) >= 2, "{text}");
        assert!(!text.contains(['?', ',']), "{text}");
    }
    let plain = draw("RandomString(6,3,0,0,3)");
    assert!(plain.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase()), "{plain}");
    assert_eq!(draw("RandomString(256,0,0,0,0)").len(), 256);
}

#[test]
fn random_values_need_a_source_and_sensible_numbers() {
    check(&[
        ("Guid()", "error Guid: random values are not available here"),
        ("RandomString(6,3,0,0,3)", "error RandomString: random values are not available here"),
    ]);
    let parameters = Parameters::new().with_random(Arc::new(Sequence(AtomicU64::new(7))));
    for text in [
        "RandomString(257,0,0,0,0)",
        "RandomString(-1,0,0,0,0)",
        "RandomString(3,4,0,0,0)",
        r#"RandomString(3,3,0,0,0,"0123456789")"#,
    ] {
        let expression = Expression::compile(text).expect(text);
        assert!(expression.evaluate(&person(), &parameters).is_err(), "{text}");
    }
}

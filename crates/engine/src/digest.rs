//! Digests that stay the same from one run to the next.

use domain::value::{Attributes, Value};
use xxhash_rust::xxh3::Xxh3;

/// The digest of what is exported of an object. Equal digests mean that there is nothing to do.
pub(crate) fn fingerprint(attributes: &Attributes, anchor: &str) -> u64 {
    let mut digest = Xxh3::new();
    digest.update(anchor.as_bytes());
    for (name, value) in attributes {
        digest.update(&[0xff]);
        digest.update(name.as_bytes());
        add_value(&mut digest, value);
    }
    digest.digest()
}

fn add_value(digest: &mut Xxh3, value: &Value) {
    // The tag and the length keep neighbours apart: ["ab"] is not ["a", "b"].
    let (tag, bytes): (u8, &[u8]) = match value {
        Value::Text(text) => (1, text.as_bytes()),
        Value::Boolean(flag) => (2, if *flag { b"1" } else { b"0" }),
        Value::Integer(number) => {
            digest.update(&[3]);
            digest.update(&number.to_le_bytes());
            return;
        }
        Value::Binary(bytes) => (4, bytes),
        Value::Reference(id) => (5, id.as_bytes()),
        Value::Many(values) => {
            digest.update(&[6]);
            digest.update(&(values.len() as u64).to_le_bytes());
            for value in values {
                add_value(digest, value);
            }
            return;
        }
    };
    digest.update(&[tag]);
    digest.update(&(bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_values_are_kept_apart() {
        let of = |value: Value| fingerprint(&Attributes::from([("a".to_owned(), value)]), "x");
        let joined = of(Value::Many(vec![Value::text("ab")]));
        let apart = of(Value::Many(vec![Value::text("a"), Value::text("b")]));
        assert_ne!(joined, apart);
        assert_ne!(of(Value::text("1")), of(Value::Integer(1)));
    }
}

//! Distinguished names: what parses has a key that parses to itself, and ancestry agrees with parents.
#![no_main]

use domain::Dn;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let key = domain::dn::key(text);
    let Ok(name) = Dn::parse(text) else { return };
    assert_eq!(name.key(), key, "the quick key is the key");
    assert!(name.is_within(&name));
    let again = Dn::parse(&name.key()).expect("a key is a name");
    assert_eq!(again, name, "a key means the same name");
    if let Some(parent) = name.parent() {
        assert!(name.is_within(&parent) && !parent.is_within(&name));
        assert_eq!(parent.depth() + 1, name.depth());
    }
    let _ = (name.leaf(), name.dns_domain());
});

//! Mapping expressions: any text compiles or is refused with a position within it; what compiles evaluates without a
//! panic, and the same way twice unless it draws random numbers.
#![no_main]

use domain::Entry;
use expression::{Expression, Parameter, Parameters};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(expression) = Expression::compile(text) else { return };
    let entry = Entry::new("CN=Ann Lee,OU=People,DC=x")
        .with("cn", ["Ann Lee"])
        .with("mail", ["ann@example.org"])
        .with("n", ["42"])
        .with("many", ["a", "b", "a"])
        .with("objectSid", [vec![1_u8, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]]);
    let parameters = Parameters::new()
        .with(Parameter::DomainFqdn, "example.org")
        .with_now(domain::Time::from_timestamp(1_700_000_000, 0).expect("a time"));
    let first = format!("{:?}", expression.evaluate(&entry, &parameters));
    if !(text.contains("Guid") || text.contains("RandomString")) {
        assert_eq!(first, format!("{:?}", expression.evaluate(&entry, &parameters)));
    }
});

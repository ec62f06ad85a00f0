//! Attributes per second on one core: the expressions of every default mapping of Active Directory users, evaluated
//! for a typical person. `cargo run --release -p expression --example throughput`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use domain::defaults::mappings;
use domain::mapping::MappingKind;
use domain::{DirectoryKind, Entry, ObjectKind, TargetKind};
use expression::{Expression, Parameter, Parameters};

/// A person with as many attributes as the default mappings read, and those that every account has beside them.
fn person() -> Entry {
    let mut entry = Entry::new("CN=Alice Ames,OU=Sales,OU=People,DC=lab01,DC=local")
        .with("objectClass", ["top", "person", "organizationalPerson", "user"])
        .with("objectGUID", [(0..16).collect::<Vec<u8>>()])
        .with(
            "objectSid",
            [[1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 80, 4, 0, 0]],
        )
        .with("userAccountControl", ["512"])
        .with("pwdLastSet", ["133497216000000000"])
        .with("uSNChanged", ["123456"])
        .with("whenChanged", ["20240115093000.0Z"])
        .with("proxyAddresses", ["SMTP:alice.ames@lab01.local", "smtp:aames@lab01.local"])
        .with("manager", ["CN=Bob Boss,OU=Sales,OU=People,DC=lab01,DC=local"]);
    for (name, value) in [
        ("cn", "Alice Ames"),
        ("displayName", "Alice Ames"),
        ("givenName", "Alice"),
        ("sn", "Ames"),
        ("sAMAccountName", "aames"),
        ("userPrincipalName", "alice.ames@lab01.local"),
        ("mail", "alice.ames@lab01.local"),
        ("mailNickname", "alice.ames"),
        ("title", "Sales Manager"),
        ("department", "Sales"),
        ("company", "Example Ltd"),
        ("employeeID", "100042"),
        ("physicalDeliveryOfficeName", "Building 3 "),
        ("telephoneNumber", "+49 30 1234567"),
        ("mobile", "+49 170 1234567"),
        ("streetAddress", "1 Example Street"),
        ("l", "Berlin"),
        ("st", "Berlin"),
        ("postalCode", "10115"),
        ("co", "Germany"),
        ("c", "DE"),
        ("preferredLanguage", "de-DE"),
        ("description", "Regional sales"),
    ] {
        entry = entry.with(name, [value]);
    }
    entry
}

fn measure(name: &str, expressions: &[Expression], entry: &Entry, parameters: &Parameters) {
    let (mut evaluated, start) = (0_u64, Instant::now());
    while start.elapsed() < Duration::from_secs(1) {
        for _ in 0..100 {
            for expression in expressions {
                drop(black_box(expression.evaluate(black_box(entry), parameters)));
                evaluated += 1;
            }
        }
    }
    let rate = evaluated as f64 / start.elapsed().as_secs_f64();
    println!(
        "{name:24} {:3} expressions {:>8.0} thousand attributes a second",
        expressions.len(),
        rate / 1000.0
    );
}

fn main() {
    let parameters = Parameters::new().with(Parameter::DomainFqdn, "lab01.local");
    let entry = person();
    for (name, target) in [("built-in directory", TargetKind::BuiltIn), ("SCIM", TargetKind::Scim)] {
        let expressions: Vec<_> = mappings(DirectoryKind::ActiveDirectory, target, ObjectKind::User)
            .iter()
            .filter(|mapping| mapping.kind == MappingKind::Expression)
            .filter_map(|mapping| Expression::compile(mapping.origin()).ok())
            .collect();
        measure(name, &expressions, &entry, &parameters);
    }
    for text in [
        "Trim([company])",
        "IIF(IsPresent([userAccountControl]), IIF(BitAnd([userAccountControl], 2)=\"0\", \"True\", \"False\"), \"True\")",
        "IIF(IsPresent([pwdLastSet]), FormatDateTime(DateFromNum([pwdLastSet]), , \"yyyyMMddHHmmss.0Z\"), )",
        "ToLower(Join(\"@\", NormalizeDiacritics(StripSpaces(Join(\".\", [givenName], [sn]))), %DomainFQDN%))",
        "Replace([telephoneNumber], , \"[()\\\\s-]+\", , \"\", , )",
        "RemoveDuplicates(Trim([proxyAddresses]))",
        "StringFromSid([objectSid])",
    ] {
        if let Ok(expression) = Expression::compile(text) {
            let name: String = text.chars().take(24).collect();
            measure(&name, &[expression], &entry, &parameters);
        }
    }
}

//! The form of mail addresses and user names, as IdFix's RFC 2822 rule has it.

use super::Check;

/// Names at the top that are never delegated: RFC 2606, RFC 6761, RFC 6762 (appendix G), RFC 8375, and `internal`.
const NEVER: &[&str] = &[
    "local",
    "localhost",
    "test",
    "example",
    "invalid",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "arpa",
    "localdomain",
    "domain",
    "onion",
    "alt",
];

/// What is wrong with the form of an address.
pub fn problems(address: &str) -> Vec<Check> {
    let Some((local, domain)) = address.rsplit_once('@') else { return vec![Check::Format] };
    let mut found = Vec::new();
    if local.contains('@') || !is_local(local) {
        found.push(Check::LocalPart);
    }
    let top = domain.rsplit('.').next().unwrap_or_default();
    if !is_domain(domain) {
        found.push(Check::DomainPart);
    } else if NEVER.iter().any(|never| never.eq_ignore_ascii_case(top)) {
        found.push(Check::TopLevelDomain);
    }
    found
}

/// Words of letters, digits and the signs that RFC 2822 allows in an atom, separated by single periods.
fn is_local(text: &str) -> bool {
    text.split('.').all(|word| {
        !word.is_empty()
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c))
    })
}

/// Labels of letters, digits and inner hyphens, and a last one of 2 to 63 letters (or an internationalised one).
fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let label = |label: &&str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let top = labels.last().copied().unwrap_or_default();
    let ends = top.len() >= 2 && (top.starts_with("xn--") || top.chars().all(|c| c.is_ascii_alphabetic()));
    labels.len() >= 2 && labels.iter().all(label) && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_an_address_has_its_own_fault() {
        for (address, expected) in [
            ("anna.berg@example.org", vec![]),
            ("o'neill+x@sub.example.co", vec![]),
            ("a@b.xn--p1ai", vec![]),
            ("nobody", vec![Check::Format]),
            ("a@b@example.org", vec![Check::LocalPart]),
            (".anna@example.org", vec![Check::LocalPart]),
            ("anna.@example.org", vec![Check::LocalPart]),
            ("an..na@example.org", vec![Check::LocalPart]),
            ("@example.org", vec![Check::LocalPart]),
            ("anna@example", vec![Check::DomainPart]),
            ("anna@-x.example.org", vec![Check::DomainPart]),
            ("anna@example.o1", vec![Check::DomainPart]),
            ("anna@", vec![Check::DomainPart]),
            ("anna@north.local", vec![Check::TopLevelDomain]),
            ("anna@NORTH.CORP", vec![Check::TopLevelDomain]),
            ("ä@x_y.org", vec![Check::LocalPart, Check::DomainPart]),
        ] {
            assert_eq!(problems(address), expected, "{address}");
        }
    }
}

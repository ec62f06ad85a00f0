//! Suggested changes as LDIF (RFC 2849), and what undoes them. A change names the value that it replaces: where somebody
//! changed it meanwhile the directory refuses it, and nothing is overwritten.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Finding;

/// The change that a finding suggests for an object; `None` when it suggests none.
pub fn change(dn: &str, finding: &Finding) -> Option<String> {
    record(dn, &finding.attribute, &finding.value, finding.suggestion.as_deref()?)
}

/// What takes the change back. Several are applied in the opposite order.
pub fn undo(dn: &str, finding: &Finding) -> Option<String> {
    record(dn, &finding.attribute, finding.suggestion.as_deref()?, &finding.value)
}

/// One change record with its empty line; empty values are no values.
fn record(dn: &str, attribute: &str, old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let mut text = format!("{}\nchangetype: modify\n", line("dn", dn));
    for (operation, value) in [("delete", old), ("add", new)] {
        if !value.is_empty() {
            for part in [operation, ": ", attribute, "\n", &line(attribute, value), "\n-\n"] {
                text.push_str(part);
            }
        }
    }
    text.push('\n');
    Some(text)
}

/// A name with its value, in base64 where RFC 2849 asks for it. Lines are not folded: they need not be.
fn line(name: &str, value: &str) -> String {
    let safe = value.bytes().all(|byte| byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r'))
        && !value.starts_with([' ', ':', '<'])
        && !value.ends_with(' ');
    if safe { format!("{name}: {value}") } else { format!("{name}:: {}", BASE64_STANDARD.encode(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::Check;

    fn finding(value: &str, suggestion: Option<&str>) -> Finding {
        Finding {
            attribute: "mailNickname".to_owned(),
            checks: vec![Check::Character],
            value: value.to_owned(),
            suggestion: suggestion.map(str::to_owned),
        }
    }

    #[test]
    fn a_change_names_what_it_replaces_and_its_undo_turns_it_round() {
        let found = finding(".anna", Some("anna"));
        assert_eq!(
            change("CN=Anna,DC=x", &found).as_deref(),
            Some(
                "dn: CN=Anna,DC=x\nchangetype: modify\ndelete: mailNickname\nmailNickname: .anna\n-\n\
                 add: mailNickname\nmailNickname: anna\n-\n\n"
            )
        );
        assert_eq!(
            undo("CN=Anna,DC=x", &found).as_deref(),
            Some(
                "dn: CN=Anna,DC=x\nchangetype: modify\ndelete: mailNickname\nmailNickname: anna\n-\n\
                 add: mailNickname\nmailNickname: .anna\n-\n\n"
            )
        );
        assert_eq!(change("CN=Anna,DC=x", &finding("x", None)), None);
    }

    #[test]
    fn a_missing_value_is_added_and_its_undo_takes_it_away() {
        let found = finding("", Some("Ännä"));
        let added = change("CN=Ä,DC=x", &found).expect("a change");
        assert_eq!(
            added,
            "dn:: Q049w4QsREM9eA==\nchangetype: modify\nadd: mailNickname\nmailNickname:: w4RubsOk\n-\n\n"
        );
        assert!(undo("CN=Ä,DC=x", &found).expect("a change").contains("delete: mailNickname"));
    }
}

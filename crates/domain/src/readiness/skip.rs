//! Objects that IdFix passes over, because no synchronisation takes them.

use crate::{Entry, ObjectKind};

/// Beginnings of the names of built-in objects.
const NAMES: &[&str] = &[
    "Admini",
    "CAS_{",
    "DiscoverySearchMailbox",
    "FederatedEmail",
    "Guest",
    "HTTPConnector",
    "krbtgt",
    "iusr_",
    "iwam",
    "msol",
    "support_",
    "SystemMailbox",
    "WWIOadmini",
    "HealthMailbox",
    "Exchange Online-ApplicationAccount",
];

/// Kinds of mailbox that belong to the mail system itself (msExchRecipientTypeDetails).
const RECIPIENTS: &[i64] = &[0x1000, 0x2000, 0x4000, 0x0040_0000, 0x0080_0000, 0x0100_0000, 0x2000_0000];
/// `ADS_GROUP_TYPE_SECURITY_ENABLED` (MS-ADTS 2.2.12) of the signed 32-bit groupType.
const SECURITY: i64 = 0x8000_0000;

/// Whether no rule applies to an object.
pub fn is_skipped(kind: ObjectKind, entry: &Entry) -> bool {
    let name = entry.text("cn").unwrap_or_default();
    if name.ends_with('$') || NAMES.iter().any(|start| starts(name, start)) {
        return true;
    }
    // A conflict of replication: `\0ACNF:` in the name, as text or as a line feed that is not escaped.
    if entry.dn.contains("\\0ACNF:") || name.contains("\nCNF:") || is_true(entry, "isCriticalSystemObject") {
        return true;
    }
    match kind {
        ObjectKind::User => {
            let account = entry.text("sAMAccountName").unwrap_or_default();
            let nickname = entry.text("mailNickname").unwrap_or_default();
            let display = entry.text("displayName").unwrap_or_default();
            ["CAS_", "SUPPORT_", "MSOL_"].iter().any(|start| starts(account, start))
                || ["CAS_", "SYSTEMMAILBOX"].iter().any(|start| starts(nickname, start))
                || (starts(display, "MSOL") && is_true(entry, "msExchHideFromAddressLists"))
                || number(entry, "msExchRecipientTypeDetails").is_some_and(|kind| RECIPIENTS.contains(&kind))
        }
        ObjectKind::Group => number(entry, "groupType").is_some_and(|kind| {
            let wanted = if kind & SECURITY == 0 { "proxyAddresses" } else { "mail" };
            entry.values(wanted).is_empty()
        }),
        ObjectKind::Contact => false,
    }
}

fn starts(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
}

fn is_true(entry: &Entry, attribute: &str) -> bool {
    entry.text(attribute).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn number(entry: &Entry, attribute: &str) -> Option<i64> {
    entry.text(attribute)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_objects_are_passed_over() {
        let named = |name: &str| Entry::new(format!("CN={name},DC=x")).with("cn", [name]);
        for (kind, entry, skipped) in [
            (ObjectKind::User, named("Anna Berg"), false),
            (ObjectKind::User, named("SERVER1$"), true),
            (ObjectKind::User, named("Administrator"), true),
            (ObjectKind::User, named("GUEST"), true),
            (ObjectKind::User, named("Ann").with("isCriticalSystemObject", ["TRUE"]), true),
            (ObjectKind::User, named("Ann").with("sAMAccountName", ["msol_12"]), true),
            (ObjectKind::User, named("Ann").with("mailNickname", ["SystemMailbox{1}"]), true),
            (ObjectKind::User, named("Ann").with("msExchRecipientTypeDetails", ["4096"]), true),
            (ObjectKind::User, named("Ann").with("msExchRecipientTypeDetails", ["1"]), false),
            (ObjectKind::User, named("Ann").with("displayName", ["MSOL x"]), false),
            (
                ObjectKind::User,
                named("Ann").with("displayName", ["MSOL x"]).with("msExchHideFromAddressLists", ["TRUE"]),
                true,
            ),
            (ObjectKind::User, Entry::new("CN=Ann\\0ACNF:1b,DC=x").with("cn", ["Ann"]), true),
            // A security group without an address, a distribution list without proxies; -2147483646 is global, security.
            (ObjectKind::Group, named("All").with("groupType", ["-2147483646"]), true),
            (
                ObjectKind::Group,
                named("All").with("groupType", ["-2147483646"]).with("mail", ["a@b.org"]),
                false,
            ),
            (ObjectKind::Group, named("All").with("groupType", ["2"]).with("mail", ["a@b.org"]), true),
            (
                ObjectKind::Group,
                named("All").with("groupType", ["2"]).with("proxyAddresses", ["SMTP:a@b.org"]),
                false,
            ),
            // Elsewhere than in Active Directory groups have no type.
            (ObjectKind::Group, named("All"), false),
        ] {
            assert_eq!(is_skipped(kind, &entry), skipped, "{entry:?}");
        }
    }
}

//! What the directory itself marks as its own, with the clauses that Cloud Sync uses. An attribute that is absent
//! passes: ordinary people carry none of them.

use domain::{Entry, ObjectKind};

/// Attributes that the exclusions look at.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "isCriticalSystemObject",
    "adminDescription",
    "sAMAccountName",
    "mailNickname",
    "msExchRecipientTypeDetails",
];

/// Recipient types that are no people: system, arbitration, discovery and linked-room mailboxes and the like
/// (a bit set of msExchRecipientTypeDetails).
const SYSTEM_RECIPIENTS: i64 = 566_259_712;

/// Why the directory's own objects and leftovers are left out, or `None` for an object that is taken.
pub(crate) fn exclusion(entry: &Entry, kind: ObjectKind) -> Option<&'static str> {
    let starts = |name: &str, prefix: &str| entry.text(name).is_some_and(|text| has_prefix(text, prefix));
    if entry.text("isCriticalSystemObject").is_some_and(|text| text.eq_ignore_ascii_case("TRUE")) {
        return Some("isCriticalSystemObject is TRUE");
    }
    if entry.dn.contains("\\0ACNF:") {
        return Some("the name is that of a replication conflict");
    }
    match kind {
        ObjectKind::User => {
            if starts("adminDescription", "User_") {
                return Some("adminDescription begins with User_");
            }
            if entry.text("sAMAccountName").is_some_and(|text| text.eq_ignore_ascii_case("SUPPORT_388945a0"))
                || starts("sAMAccountName", "AAD_")
                || starts("sAMAccountName", "MSOL_")
                || starts("sAMAccountName", "CAS_")
            {
                return Some("sAMAccountName is that of a system account");
            }
            if starts("mailNickname", "SystemMailbox{") || starts("mailNickname", "CAS_") {
                return Some("mailNickname is that of a system mailbox");
            }
            let recipient =
                entry.text("msExchRecipientTypeDetails").and_then(|text| text.parse::<i64>().ok());
            if recipient.is_some_and(|bits| bits & SYSTEM_RECIPIENTS != 0) {
                return Some("msExchRecipientTypeDetails is that of a system mailbox");
            }
        }
        ObjectKind::Group => {
            if starts("adminDescription", "Group_") {
                return Some("adminDescription begins with Group_");
            }
            if entry.text("sAMAccountName") == Some("MSOL_AD_Sync_RichCoexistence") {
                return Some("sAMAccountName is that of a system group");
            }
        }
        ObjectKind::Contact => {
            if starts("mailNickname", "CAS_") {
                return Some("mailNickname is that of a system mailbox");
            }
        }
    }
    None
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_attribute_passes_the_exclusions() {
        assert_eq!(exclusion(&Entry::new("CN=Ann,DC=x"), ObjectKind::User), None);
        let critical = Entry::new("CN=krbtgt,DC=x").with("isCriticalSystemObject", ["TRUE"]);
        assert!(exclusion(&critical, ObjectKind::User).is_some());
        let conflict = Entry::new("CN=Ann\\0ACNF:1234,DC=x");
        assert!(exclusion(&conflict, ObjectKind::Group).is_some());
    }
}

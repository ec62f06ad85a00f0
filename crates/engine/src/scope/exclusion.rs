//! What the directory itself marks as its own, with the clauses that Cloud Sync (users) and Entra Connect (groups and
//! contacts) use. An attribute that is absent passes: ordinary people carry none of them.

use domain::{Entry, ObjectKind};

/// Attributes that the exclusions look at.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "isCriticalSystemObject",
    "adminDescription",
    "sAMAccountName",
    "mailNickname",
    "msExchRecipientTypeDetails",
    "displayName",
    "msExchHideFromAddressLists",
];

/// Recipient types that are no people: system, arbitration, discovery and linked-room mailboxes and the like
/// (a bit set of msExchRecipientTypeDetails).
const SYSTEM_RECIPIENTS: i64 = 566_259_712;
/// The recipient type of groups that hold role assignments.
const ROLE_GROUP: i64 = 0x4000_0000;

/// Why the directory's own objects and leftovers are left out, or `None` for an object that is taken.
pub(crate) fn exclusion(entry: &Entry, kind: ObjectKind) -> Option<&'static str> {
    let starts = |name: &str, prefix: &str| entry.text(name).is_some_and(|text| has_prefix(text, prefix));
    let is = |name: &str, word: &str| entry.text(name).is_some_and(|text| text.eq_ignore_ascii_case(word));
    let recipient = |bits: i64| {
        let held = entry.text("msExchRecipientTypeDetails").and_then(|text| text.parse::<i64>().ok());
        held.is_some_and(|held| held & bits != 0)
    };
    if is("isCriticalSystemObject", "TRUE") {
        return Some("isCriticalSystemObject is TRUE");
    }
    if is_conflict(&entry.dn) {
        return Some("the name is that of a replication conflict");
    }
    match kind {
        ObjectKind::User => {
            if starts("adminDescription", "User_") {
                return Some("adminDescription begins with User_");
            }
            if is("sAMAccountName", "SUPPORT_388945a0")
                || starts("sAMAccountName", "AAD_")
                || starts("sAMAccountName", "MSOL_")
                || is_client_access(entry, "sAMAccountName")
            {
                return Some("sAMAccountName is that of a system account");
            }
            if starts("mailNickname", "SystemMailbox{") || is_client_access(entry, "mailNickname") {
                return Some("mailNickname is that of a system mailbox");
            }
            if recipient(SYSTEM_RECIPIENTS) {
                return Some("msExchRecipientTypeDetails is that of a system mailbox");
            }
        }
        ObjectKind::Group => {
            if starts("adminDescription", "Group_") {
                return Some("adminDescription begins with Group_");
            }
            if is("sAMAccountName", "MSOL_AD_Sync_RichCoexistence") {
                return Some("sAMAccountName is that of a system group");
            }
            if recipient(ROLE_GROUP) {
                return Some("msExchRecipientTypeDetails is that of a role group");
            }
        }
        ObjectKind::Contact => {
            if entry.text("displayName").is_some_and(|name| name.contains("(MSOL)"))
                && is("msExchHideFromAddressLists", "TRUE")
            {
                return Some("displayName is that of a hidden system contact");
            }
            if is_client_access(entry, "mailNickname") {
                return Some("mailNickname is that of a system mailbox");
            }
        }
    }
    None
}

/// Whether the object itself is the loser of a replication conflict (MS-ADTS 3.1.1.1.6): its own name says so, not that
/// of a container above it.
fn is_conflict(dn: &str) -> bool {
    let Some((own, _)) = dn.split_once("\\0ACNF:") else { return false };
    let mut escaped = false;
    !own.chars().any(|character| {
        let ends = character == ',' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    })
}

/// Whether a name is that of a client access server's mailbox: `CAS_` and an identifier in braces.
fn is_client_access(entry: &Entry, attribute: &str) -> bool {
    entry.text(attribute).is_some_and(|text| has_prefix(text, "CAS_") && text.contains('{'))
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use ObjectKind::{Contact, Group, User};

    use super::*;

    #[test]
    fn every_clause_excludes_what_it_names_and_nothing_beside_it() {
        for (kind, attribute, value, excluded) in [
            (User, "isCriticalSystemObject", "TRUE", true),
            (User, "isCriticalSystemObject", "FALSE", false),
            (User, "adminDescription", "User_7f", true),
            (User, "adminDescription", "Group_7f", false),
            (User, "sAMAccountName", "SUPPORT_388945a0", true),
            (User, "sAMAccountName", "SUPPORT_1", false),
            (User, "sAMAccountName", "AAD_1", true),
            (User, "sAMAccountName", "MSOL_1", true),
            (User, "sAMAccountName", "CAS_x{1}", true),
            (User, "sAMAccountName", "cas_smith", false),
            (User, "mailNickname", "SystemMailbox{1}", true),
            (User, "mailNickname", "CAS_{1}", true),
            (User, "mailNickname", "Casper", false),
            (User, "msExchRecipientTypeDetails", "4096", true),
            (User, "msExchRecipientTypeDetails", "16777216", true),
            (User, "msExchRecipientTypeDetails", "1", false),
            (User, "msExchRecipientTypeDetails", "2147483648", false),
            (Group, "isCriticalSystemObject", "TRUE", true),
            (Group, "adminDescription", "Group_7f", true),
            (Group, "adminDescription", "User_7f", false),
            (Group, "sAMAccountName", "MSOL_AD_Sync_RichCoexistence", true),
            (Group, "sAMAccountName", "MSOL_other", false),
            (Group, "msExchRecipientTypeDetails", "1073741824", true),
            (Group, "msExchRecipientTypeDetails", "4096", false),
            (Contact, "isCriticalSystemObject", "TRUE", true),
            (Contact, "mailNickname", "CAS_{1}", true),
            (Contact, "mailNickname", "SystemMailbox{1}", false),
        ] {
            let entry = Entry::new("CN=Ann,DC=x").with(attribute, [value]);
            assert_eq!(exclusion(&entry, kind).is_some(), excluded, "{kind} {attribute} {value}");
        }
        let hidden = |hidden: &str| {
            let entry = Entry::new("CN=Ann,DC=x").with("displayName", ["Ann (MSOL)"]);
            exclusion(&entry.with("msExchHideFromAddressLists", [hidden]), Contact).is_some()
        };
        assert_eq!((hidden("TRUE"), hidden("FALSE")), (true, false));
    }

    #[test]
    fn an_absent_attribute_passes_the_exclusions() {
        for kind in ObjectKind::ALL {
            assert_eq!(exclusion(&Entry::new("CN=Ann,DC=x"), *kind), None);
        }
    }

    #[test]
    fn only_an_objects_own_name_makes_it_a_conflict() {
        for (dn, excluded) in [
            ("CN=Ann\\0ACNF:1234,DC=x", true),
            ("CN=Lee\\, Ann\\0ACNF:1234,DC=x", true),
            ("OU=Ann\\0ACNF:1234,DC=x", true),
            ("CN=Ann,OU=Staff\\0ACNF:1234,DC=x", false),
            ("CN=Ann\\\\,OU=Staff\\0ACNF:1234,DC=x", false),
        ] {
            assert_eq!(exclusion(&Entry::new(dn), Group).is_some(), excluded, "{dn}");
        }
    }
}

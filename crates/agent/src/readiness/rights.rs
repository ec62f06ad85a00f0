//! What the service account may do in the directory. This version only reads: what is given to accounts for writing back
//! is shown, and not missed.

use directory::LdapSource;
use directory::security::{Granted, Permission, Right, Rights};
use domain::agent::{CheckOutcome, ReadinessCheck};

use super::{Rest as _, check};

pub async fn of(source: &LdapSource) -> Vec<ReadinessCheck> {
    let did = "read the account's security identifiers and the security descriptor of the domain's head";
    match source.rights().await {
        Ok(Some(rights)) => rights.rights.iter().map(|right| row(right, &rights)).collect(),
        Ok(None) => {
            vec![check("rights", CheckOutcome::NotChecked, did, "only Active Directory has these rights")]
        }
        Err(error) => vec![check("rights", CheckOutcome::NotChecked, did, error.to_string()).advice(
            "the other checks of this directory say what can be read; look the account's rights up on a controller",
        )],
    }
}

/// What is known of a permission.
struct About {
    id: &'static str,
    limit: &'static str,
    /// What `dsacls` is told to grant it; absent: nothing needs it.
    grant: Option<&'static str>,
}

const fn about(permission: Permission) -> About {
    let (id, limit, grant) = match permission {
        Permission::ReadUsers => {
            ("readUsers", "read all properties of users", Some("/I:S /G \"ACCOUNT:RP;;user\""))
        }
        Permission::ReadInetOrgPersons => (
            "readInetOrgPersons",
            "read all properties of inetOrgPerson objects",
            Some("/I:S /G \"ACCOUNT:RP;;inetOrgPerson\""),
        ),
        Permission::ReadContacts => {
            ("readContacts", "read all properties of contacts", Some("/I:S /G \"ACCOUNT:RP;;contact\""))
        }
        Permission::ReadComputers => ("readComputers", "read all properties of computers", None),
        Permission::ReadDevices => ("readDevices", "read all properties of devices", None),
        Permission::ReadForeignSecurityPrincipals => {
            ("readForeignSecurityPrincipals", "read all properties of foreign security principals", None)
        }
        Permission::ControlGroups => (
            "controlGroups",
            "read all properties of groups; full control is for writing back",
            Some("/I:S /G \"ACCOUNT:RP;;group\""),
        ),
        Permission::CreateUsers => ("createUsers", "create and delete users", None),
        Permission::ReplicateChanges => (
            "replicateChanges",
            "the right Replicating Directory Changes, for DirSync",
            Some("/G \"ACCOUNT:CA;Replicating Directory Changes\""),
        ),
    };
    About { id, limit, grant }
}

fn row(right: &Right, rights: &Rights) -> ReadinessCheck {
    let About { id, limit, grant } = about(right.permission);
    let head = &rights.head;
    let did = format!(
        "compared the security descriptor of {head}, and of the first object where that leaves it open, with the account's \
         {} security identifiers",
        rights.identifiers
    );
    let (has, found) = match &right.granted {
        Granted::AtHead => (Some(true), format!("granted on {head}")),
        Granted::AtObject(dn) => (Some(true), format!("not inherited from {head}, but granted on {dn}")),
        Granted::ReadOnly => (Some(true), "may read, not change".to_owned()),
        Granted::No => (Some(false), "not granted".to_owned()),
        Granted::NoObject => (None, format!("not granted on {head}, and there is no object to look at")),
    };
    match (grant, has) {
        (None, Some(false) | None) => {
            let found = format!("{found}; nothing needs it, since this version only reads");
            check(id, CheckOutcome::Passed, did, found)
        }
        (_, Some(true)) => check(id, CheckOutcome::Passed, did, found),
        (Some(grant), has) => {
            let outcome = match (has, right.permission) {
                (None, _) => CheckOutcome::NotChecked,
                // Without it more has to be read, and everything works.
                (_, Permission::ReplicateChanges) => CheckOutcome::Warning,
                _ => CheckOutcome::Failed,
            };
            check(id, outcome, did, found).advice(format!(
                "if it is wanted, grant it on a domain controller: dsacls \"{head}\" {grant}"
            ))
        }
    }
    .limit(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(permission: Permission, granted: Granted) -> ReadinessCheck {
        let right = Right { permission, granted };
        row(&right, &Rights { head: "DC=lab01,DC=local".into(), identifiers: 9, rights: vec![right.clone()] })
    }

    #[test]
    fn a_missing_right_is_named_with_the_command_that_grants_it() {
        let missing = row_of(Permission::ReadUsers, Granted::No);
        assert_eq!(missing.outcome, CheckOutcome::Failed);
        assert!(
            missing.advice.contains("dsacls \"DC=lab01,DC=local\" /I:S /G \"ACCOUNT:RP;;user\""),
            "{missing:?}"
        );
        assert!(missing.did.contains("9 security identifiers"), "{missing:?}");
        assert_eq!(row_of(Permission::ReplicateChanges, Granted::No).outcome, CheckOutcome::Warning);
        assert_eq!(row_of(Permission::ReadContacts, Granted::NoObject).outcome, CheckOutcome::NotChecked);
    }

    #[test]
    fn what_only_writing_back_needs_is_shown_and_not_missed() {
        for permission in [Permission::CreateUsers, Permission::ReadDevices] {
            let missing = row_of(permission, Granted::No);
            assert_eq!((missing.outcome, missing.advice.as_str()), (CheckOutcome::Passed, ""));
            assert!(missing.found.contains("nothing needs it"), "{missing:?}");
        }
        assert_eq!(row_of(Permission::ControlGroups, Granted::ReadOnly).found, "may read, not change");
        assert_eq!(row_of(Permission::ControlGroups, Granted::No).outcome, CheckOutcome::Failed);
    }

    #[test]
    fn every_permission_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> =
            Permission::ALL.into_iter().map(|permission| about(permission).id).collect();
        assert_eq!(words.len(), Permission::ALL.len());
    }
}

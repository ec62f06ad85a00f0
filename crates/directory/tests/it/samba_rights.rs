//! What an account may do, on a real Samba domain controller: rights are granted and taken away. Run by hand, like the
//! other tests with Samba:
//!
//! ```text
//! SAMBA_ENV=e2e/.work/samba.env cargo test -p directory --test it samba_rights -- --ignored
//! ```

use std::collections::{BTreeMap, HashSet};
use std::process::Command;

use directory::LdapSource;
use directory::security::{Granted, Permission};
use ldap3::controls::RawControl;
use ldap3::{Ldap, Mod, Scope, SearchEntry};

use crate::samba::Samba;

/// `LDAP_SERVER_SD_FLAGS_OID` with the access control list alone: `SEQUENCE { INTEGER 4 }`.
fn list_alone() -> RawControl {
    let val = Some(vec![0x30, 0x03, 0x02, 0x01, 0x04]);
    RawControl { ctype: "1.2.840.113556.1.4.801".to_owned(), crit: true, val }
}

async fn binary(ldap: &mut Ldap, dn: &str, attribute: &str) -> Vec<u8> {
    let search =
        ldap.with_controls(list_alone()).search(dn, Scope::Base, "(objectClass=*)", vec![attribute]).await;
    let (mut entries, _) = search.and_then(ldap3::SearchResult::success).expect(dn);
    let entry = SearchEntry::construct(entries.pop().expect("an entry"));
    entry.bin_attrs[attribute][0].clone()
}

fn text_of(sid: &[u8]) -> String {
    let parts =
        sid[8..].chunks_exact(4).map(|part| u32::from_le_bytes(part.try_into().expect("four")).to_string());
    format!("S-1-{}-{}", sid[7], parts.collect::<Vec<_>>().join("-"))
}

async fn rights(samba: &Samba) -> BTreeMap<String, Granted> {
    let source = LdapSource::new(samba.settings("READER")).expect("settings");
    let rights = source.rights().await.expect("rights").expect("of Active Directory");
    assert_eq!(rights.head, samba.values["BASE"]);
    assert!(rights.identifiers >= 5, "{rights:?}");
    rights.rights.into_iter().map(|right| (format!("{:?}", right.permission), right.granted)).collect()
}

/// Puts entries, as SDDL, before all others of the domain's head.
fn grant(samba: &Samba, entries: &str) {
    let mut command = Command::new("samba-tool");
    command.args([
        "dsacl",
        "set",
        "-H",
        &samba.plain_url(),
        "--objectdn",
        &samba.values["BASE"],
        "--sddl",
        entries,
    ]);
    command.args([
        "--simple-bind-dn",
        &samba.values["ADMIN_DN"],
        "--password",
        &samba.values["ADMIN_PASSWORD"],
    ]);
    let done = command.args(["--configfile", "/dev/null"]).output().expect("samba-tool");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
#[ignore = "needs a Samba domain controller"]
async fn rights_that_are_granted_and_taken_away_are_seen() {
    let samba = Samba::of_environment();
    let mut admin = samba.administrator().await;
    let head = samba.values["BASE"].clone();
    let before = binary(&mut admin, &head, "nTSecurityDescriptor").await;
    let account = text_of(&binary(&mut admin, &samba.values["READER_DN"], "objectSid").await);

    let ordinary = rights(&samba).await;
    let of = |rights: &BTreeMap<String, Granted>, permission: Permission| {
        rights[&format!("{permission:?}")].clone()
    };
    // What a class gives to every account is not on the domain's head.
    let readable = of(&ordinary, Permission::ReadUsers);
    assert!(matches!(readable, Granted::AtHead | Granted::AtObject(_)), "{ordinary:?}");
    assert_eq!(of(&ordinary, Permission::ControlGroups), Granted::ReadOnly, "{ordinary:?}");
    assert_eq!(of(&ordinary, Permission::CreateUsers), Granted::No);
    assert_eq!(of(&ordinary, Permission::ReplicateChanges), Granted::No);

    let (user, group, contact) = (
        "bf967aba-0de6-11d0-a285-00aa003049e2",
        "bf967a9c-0de6-11d0-a285-00aa003049e2",
        "5cb41ed0-0e4c-11d0-a286-00aa003049e2",
    );
    grant(
        &samba,
        &format!(
            "(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;{account})(OA;CI;CCDC;{user};;{account})\
             (OA;CIIO;GA;;{group};{account})(OA;CIIO;RP;;{contact};{account})"
        ),
    );
    let granted = rights(&samba).await;
    for permission in [
        Permission::ReplicateChanges,
        Permission::CreateUsers,
        Permission::ControlGroups,
        Permission::ReadContacts,
    ] {
        assert_eq!(of(&granted, permission), Granted::AtHead, "{permission:?}");
    }

    // A denial comes before what is granted, and concerns what it names.
    grant(
        &samba,
        &format!("(OD;CIIO;RP;;{contact};{account})(OD;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;{account})"),
    );
    let denied = rights(&samba).await;
    assert_eq!(of(&denied, Permission::ReplicateChanges), Granted::No);
    assert!(!matches!(of(&denied, Permission::ReadContacts), Granted::AtHead), "{denied:?}");
    assert_eq!(of(&denied, Permission::CreateUsers), Granted::AtHead);

    let restored = Mod::Replace(b"nTSecurityDescriptor".to_vec(), HashSet::from([before]));
    let done = admin.with_controls(list_alone()).modify(&head, vec![restored]).await;
    done.and_then(ldap3::LdapResult::success).expect("is put back");
    assert_eq!(rights(&samba).await, ordinary);
}

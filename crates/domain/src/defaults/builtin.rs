//! Defaults for the built-in directory, under Graph's attribute names.

use super::{ACTIVE_DIRECTORY_ENABLED, DISPLAY_NAME, directs, trims};
use crate::mapping::Mapping;

/// Attributes that Active Directory and inetOrgPerson (RFC 2798) share.
const PERSON: &[(&str, &str)] = &[
    ("givenName", "givenName"),
    ("surname", "sn"),
    ("mail", "mail"),
    ("jobTitle", "title"),
    ("officeLocation", "physicalDeliveryOfficeName"),
    ("city", "l"),
    ("state", "st"),
    ("postalCode", "postalCode"),
    ("mobilePhone", "mobile"),
    ("faxNumber", "facsimileTelephoneNumber"),
];

pub(super) fn user(ldap: bool) -> Vec<Mapping> {
    let mut mappings = vec![Mapping::expression("displayName", DISPLAY_NAME)];
    mappings.extend(trims(PERSON));
    mappings
        .extend(trims(&[("businessPhones", "telephoneNumber"), ("preferredLanguage", "preferredLanguage")]));
    mappings.push(Mapping::direct("manager", "manager"));
    mappings.push(Mapping::direct("onPremisesDistinguishedName", "distinguishedName"));
    if ldap {
        mappings.push(Mapping::constant("accountEnabled", "True"));
        mappings.push(Mapping::expression(
            "userPrincipalName",
            r#"IIF(IsPresent([mail]), Trim([mail]), Join("@", [uid], %DomainFQDN%))"#,
        ));
        mappings.extend(directs(&[("mailNickname", "uid"), ("onPremisesSamAccountName", "uid")]));
        mappings.extend(trims(&[
            ("streetAddress", "street"),
            ("department", "departmentNumber"),
            ("companyName", "o"),
            ("employeeId", "employeeNumber"),
        ]));
    } else {
        mappings.push(Mapping::expression("accountEnabled", ACTIVE_DIRECTORY_ENABLED));
        let principal_name = concat!(
            "IIF(IsPresent([userPrincipalName]), [userPrincipalName], IIF(IsPresent([sAMAccountName]), ",
            r#"Join("@", [sAMAccountName], %DomainFQDN%), Error("AccountName is not present")))"#,
        );
        mappings.push(Mapping::expression("userPrincipalName", principal_name));
        mappings.push(Mapping::expression("onPremisesUserPrincipalName", principal_name));
        mappings.extend(directs(&[
            ("mailNickname", "mailNickname"),
            ("onPremisesSamAccountName", "sAMAccountName"),
        ]));
        mappings.extend(trims(&[
            ("streetAddress", "streetAddress"),
            ("department", "department"),
            ("companyName", "company"),
            ("country", "co"),
            ("employeeId", "employeeID"),
        ]));
        mappings.push(Mapping::expression("proxyAddresses", "RemoveDuplicates(Trim([proxyAddresses]))"));
        mappings.push(security_identifier());
    }
    mappings.push(Mapping::constant("onPremisesDomainName", "%DomainFQDN%"));
    mappings
}

pub(super) fn group(ldap: bool) -> Vec<Mapping> {
    let mut mappings = vec![
        Mapping::expression("displayName", DISPLAY_NAME),
        Mapping::expression(
            "description",
            "IIF(IsPresent([description]), Left(Trim(Item([description], 1)), 448), \"\")",
        ),
        Mapping::direct("members", "member"),
        Mapping::direct("onPremisesDistinguishedName", "distinguishedName"),
        Mapping::constant("onPremisesDomainName", "%DomainFQDN%"),
    ];
    mappings.extend(trims(&[("mail", "mail")]));
    if ldap {
        mappings.push(Mapping::constant("securityEnabled", "True"));
        mappings.push(Mapping::constant("mailEnabled", "False"));
    } else {
        // Bit 31 of groupType marks a security group (MS-ADTS 2.2.12, GROUP_TYPE_SECURITY_ENABLED).
        mappings.push(Mapping::expression(
            "securityEnabled",
            r#"IIF(BitAnd([groupType], 2147483648)="0", "False", "True")"#,
        ));
        mappings.push(Mapping::expression("mailEnabled", r#"IIF(IsPresent([mail]), "True", "False")"#));
        mappings.extend(directs(&[
            ("mailNickname", "mailNickname"),
            ("onPremisesSamAccountName", "sAMAccountName"),
        ]));
        mappings.push(Mapping::expression("proxyAddresses", "RemoveDuplicates(Trim([proxyAddresses]))"));
        mappings.push(security_identifier());
    }
    mappings
}

pub(super) fn contact(ldap: bool) -> Vec<Mapping> {
    let mut mappings = vec![Mapping::expression("displayName", DISPLAY_NAME)];
    mappings.extend(trims(PERSON));
    mappings.extend(trims(&[("businessPhones", "telephoneNumber")]));
    mappings.push(Mapping::direct("onPremisesDistinguishedName", "distinguishedName"));
    mappings.push(Mapping::constant("onPremisesDomainName", "%DomainFQDN%"));
    if !ldap {
        mappings.push(Mapping::expression(
            "mailNickname",
            "IIF(IsPresent([mailNickname]), [mailNickname], [cn])",
        ));
        mappings.push(Mapping::expression("proxyAddresses", "RemoveDuplicates(Trim([proxyAddresses]))"));
        mappings.extend(trims(&[
            ("department", "department"),
            ("companyName", "company"),
            ("country", "co"),
        ]));
    }
    mappings
}

fn security_identifier() -> Mapping {
    Mapping::expression(
        "onPremisesSecurityIdentifier",
        r#"IIF(IsPresent([objectSid]), StringFromSid([objectSid]), "")"#,
    )
}

//! Defaults for SCIM targets (RFC 7643), under SCIM paths. `externalId` is always the anchor and is not mapped.

use super::{ACTIVE_DIRECTORY_ENABLED, DISPLAY_NAME, directs, trims};
use crate::mapping::Mapping;

/// Schema of the enterprise extension (RFC 7643 section 4.3).
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const PERSON: &[(&str, &str)] = &[
    ("name.givenName", "givenName"),
    ("name.familyName", "sn"),
    ("emails[type eq \"work\"].value", "mail"),
    ("title", "title"),
    ("phoneNumbers[type eq \"mobile\"].value", "mobile"),
    ("phoneNumbers[type eq \"fax\"].value", "facsimileTelephoneNumber"),
    ("addresses[type eq \"work\"].locality", "l"),
    ("addresses[type eq \"work\"].region", "st"),
    ("addresses[type eq \"work\"].postalCode", "postalCode"),
    ("preferredLanguage", "preferredLanguage"),
];

pub(super) fn user(ldap: bool) -> Vec<Mapping> {
    let mut mappings = vec![Mapping::expression("displayName", DISPLAY_NAME)];
    mappings.extend(trims(PERSON));
    mappings.push(Mapping::expression(
        "phoneNumbers[type eq \"work\"].value",
        "IIF(IsPresent([telephoneNumber]), Trim(Item([telephoneNumber], 1)), \"\")",
    ));
    let enterprise = |attribute: &str, source: &str| {
        Mapping::expression(&format!("{ENTERPRISE}:{attribute}"), &format!("Trim([{source}])"))
    };
    mappings.push(Mapping::direct(&format!("{ENTERPRISE}:manager"), "manager"));
    if ldap {
        mappings.push(Mapping::constant("active", "True"));
        mappings.push(Mapping::direct("userName", "uid"));
        mappings.extend(trims(&[("addresses[type eq \"work\"].streetAddress", "street")]));
        mappings.push(enterprise("department", "departmentNumber"));
        mappings.push(enterprise("employeeNumber", "employeeNumber"));
        mappings.push(enterprise("organization", "o"));
    } else {
        mappings.push(Mapping::expression("active", ACTIVE_DIRECTORY_ENABLED));
        mappings.push(Mapping::expression(
            "userName",
            r#"IIF(IsPresent([userPrincipalName]), [userPrincipalName], Join("@", [sAMAccountName], %DomainFQDN%))"#,
        ));
        mappings.extend(trims(&[
            ("addresses[type eq \"work\"].streetAddress", "streetAddress"),
            ("addresses[type eq \"work\"].formatted", "physicalDeliveryOfficeName"),
            ("addresses[type eq \"work\"].country", "c"),
        ]));
        mappings.push(enterprise("department", "department"));
        mappings.push(enterprise("employeeNumber", "employeeID"));
        mappings.push(enterprise("organization", "company"));
    }
    mappings
}

pub(super) fn group(_ldap: bool) -> Vec<Mapping> {
    let mut mappings = vec![Mapping::expression("displayName", DISPLAY_NAME)];
    mappings.extend(directs(&[("members", "member")]));
    mappings
}

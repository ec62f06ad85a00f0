//! Defaults for people and groups of other directories (RFC 4519, RFC 4524, inetOrgPerson of RFC 2798) in the built-in
//! directory.

use super::{DISPLAY_NAME, directs, trims};
use crate::mapping::Mapping;

const PERSON: &[(&str, &str)] = &[
    ("givenName", "givenName"),
    ("surname", "sn"),
    ("initials", "initials"),
    ("mail", "mail"),
    ("jobTitle", "title"),
    ("officeLocation", "physicalDeliveryOfficeName"),
    ("streetAddress", "street"),
    ("city", "l"),
    ("state", "st"),
    ("postalCode", "postalCode"),
    ("postOfficeBox", "postOfficeBox"),
    ("mobilePhone", "mobile"),
    ("homePhone", "homePhone"),
    ("pager", "pager"),
    ("faxNumber", "facsimileTelephoneNumber"),
    ("businessPhones", "telephoneNumber"),
    ("department", "departmentNumber"),
    ("companyName", "o"),
];

pub(super) fn user() -> Vec<Mapping> {
    let mut mappings = vec![
        Mapping::constant("accountEnabled", "True"),
        Mapping::expression(
            "userPrincipalName",
            r#"IIF(IsPresent([mail]), Trim([mail]), Join("@", [uid], %DomainFQDN%))"#,
        ),
        Mapping::direct("manager", "manager"),
        Mapping::direct("assistant", "secretary"),
    ];
    mappings.extend(person());
    mappings.extend(directs(&[("mailNickname", "uid"), ("onPremisesSamAccountName", "uid")]));
    mappings.extend(trims(&[("preferredLanguage", "preferredLanguage"), ("employeeId", "employeeNumber")]));
    mappings.extend(directs(&[
        ("thumbnailPhoto", "jpegPhoto"),
        ("userCertificate", "userCertificate"),
        ("userSMIMECertificate", "userSMIMECertificate"),
    ]));
    mappings
}

pub(super) fn group() -> Vec<Mapping> {
    let mut mappings = everybody();
    mappings.extend(trims(&[("mail", "mail")]));
    mappings.push(Mapping::constant("securityEnabled", "True"));
    mappings.push(Mapping::constant("mailEnabled", "False"));
    mappings.push(Mapping::direct("managedBy", "owner"));
    mappings.push(Mapping::direct("members", "member"));
    mappings
}

pub(super) fn contact() -> Vec<Mapping> {
    person()
}

fn person() -> Vec<Mapping> {
    let mut mappings = everybody();
    mappings.extend(trims(PERSON));
    mappings
}

fn everybody() -> Vec<Mapping> {
    vec![
        Mapping::expression("displayName", DISPLAY_NAME),
        Mapping::direct("commonName", "cn"),
        Mapping::expression("description", "Left(Trim(Item([description], 1)), 448)"),
        Mapping::direct("onPremisesDistinguishedName", "distinguishedName"),
        Mapping::constant("onPremisesDomainName", "%DomainFQDN%"),
    ]
}

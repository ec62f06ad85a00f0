//! Defaults for people, groups and contacts of Active Directory in the built-in directory: the rows of a Cloud Sync
//! job and of Entra Connect's default rules, as far as they come from the directory.
//!
//! Three of Cloud Sync's rows are not here. `SourceAnchor` is the anchor, which every object has without a mapping.
//! `ChangeDate` takes an attribute that Microsoft's agent makes up while it reads password hashes. And
//! `dnsDomainName` has Graph's name, `onPremisesDomainName`. User names fall back to the account name, because the
//! directory refuses a user without one.

use super::{ACTIVE_DIRECTORY_ENABLED, DISPLAY_NAME};
use crate::mapping::Mapping;
use crate::schema::{AttributeType, built_in};

/// Of people and contacts: target and source, white space trimmed.
const PERSON_TRIMMED: &[(&str, &str)] = &[
    ("givenName", "givenName"),
    ("middleName", "middleName"),
    ("surname", "sn"),
    ("initials", "initials"),
    ("jobTitle", "title"),
    ("companyName", "company"),
    ("department", "department"),
    ("officeLocation", "physicalDeliveryOfficeName"),
    ("streetAddress", "streetAddress"),
    ("city", "l"),
    ("state", "st"),
    ("postalCode", "postalCode"),
    ("country", "co"),
    ("countryLetterCode", "c"),
    ("mobilePhone", "mobile"),
    ("otherMobile", "otherMobile"),
    ("businessPhones", "telephoneNumber"),
    ("otherTelephone", "otherTelephone"),
    ("homePhone", "homePhone"),
    ("otherHomePhone", "otherHomePhone"),
    ("faxNumber", "facsimileTelephoneNumber"),
    ("otherFacsimileTelephoneNumber", "otherFacsimileTelephoneNumber"),
    ("ipPhone", "ipPhone"),
    ("otherIpPhone", "otherIpPhone"),
    ("pager", "pager"),
    ("otherPager", "otherPager"),
    ("telephoneAssistant", "telephoneAssistant"),
];

/// Of every kind, under the name that they have in Active Directory.
const ALL: &[&str] = &[
    "authOrig",
    "dLMemRejectPerms",
    "dLMemSubmitPerms",
    "legacyExchangeDN",
    "msDS-PhoneticDisplayName",
    "msExchEnableModeration",
    "msExchHideFromAddressLists",
    "msExchModeratedByLink",
    "msExchModerationFlags",
    "msExchRecipientDisplayType",
    "msExchRecipientTypeDetails",
    "msExchRequireAuthToSendTo",
    "msExchRetentionComment",
    "msExchRetentionURL",
    "msExchSenderHintTranslations",
    "publicDelegates",
    "unauthOrig",
];

/// Of people and contacts, under the name that they have in Active Directory.
const PERSON: &[&str] = &[
    "altRecipient",
    "assistant",
    "countryCode",
    "manager",
    "msDS-HABSeniorityIndex",
    "msExchAssistantName",
    "targetAddress",
    "userCertificate",
    "userSMIMECertificate",
    "wWWHomePage",
];

/// Of people only, under the name that they have in Active Directory.
const USER: &[&str] = &[
    "msExchArchiveGUID",
    "msExchArchiveName",
    "msExchAuditAdmin",
    "msExchAuditDelegate",
    "msExchAuditDelegateAdmin",
    "msExchAuditOwner",
    "msExchBlockedSendersHash",
    "msExchBypassAudit",
    "msExchDelegateListLink",
    "msExchELCExpirySuspensionEnd",
    "msExchELCExpirySuspensionStart",
    "msExchELCMailboxFlags",
    "msExchImmutableId",
    "msExchLitigationHoldDate",
    "msExchLitigationHoldOwner",
    "msExchMailboxAuditEnable",
    "msExchMailboxAuditLogAgeLimit",
    "msExchMailboxGuid",
    "msExchRemoteRecipientType",
    "msExchResourceCapacity",
    "msExchResourceDisplay",
    "msExchResourceMetaData",
    "msExchResourceSearchProperties",
    "msExchSafeRecipientsHash",
    "msExchSafeSendersHash",
    "msExchTeamMailboxExpiration",
    "msExchTeamMailboxOwners",
    "msExchTeamMailboxSharePointLinkedBy",
    "msExchTeamMailboxSharePointUrl",
    "msExchUserHoldPolicies",
    "msRTCSIP-ApplicationOptions",
    "mSRTCSIP-DeploymentLocator",
    "msRTCSIP-Line",
    "msRTCSIP-OptionFlags",
    "msRTCSIP-OwnerUrn",
    "msRTCSIP-PrimaryUserAddress",
    "msRTCSIP-UserEnabled",
    "thumbnailPhoto",
];

/// Of groups only, under the name that they have in Active Directory.
const GROUP: &[&str] = &[
    "hideDLMembership",
    "managedBy",
    "msExchBypassModerationLink",
    "msExchCoManagedByLink",
    "msExchGroupDepartRestriction",
    "msExchGroupJoinRestriction",
    "oOFReplyToOriginator",
    "reportToOriginator",
    "reportToOwner",
];

pub(super) fn user() -> Vec<Mapping> {
    let mut mappings = vec![
        Mapping::expression("displayName", DISPLAY_NAME),
        Mapping::expression("accountEnabled", ACTIVE_DIRECTORY_ENABLED),
        Mapping::expression("userPrincipalName", PRINCIPAL_NAME),
        Mapping::expression("onPremisesUserPrincipalName", PRINCIPAL_NAME),
        Mapping::direct("mailNickname", "mailNickname"),
        trimmed("mail", "mail"),
        Mapping::direct("employeeId", "employeeID"),
        trimmed("preferredLanguage", "preferredLanguage"),
        Mapping::direct("usageLocation", "msExchUsageLocation"),
        Mapping::expression("lastPasswordChangeTimestamp", PASSWORD_CHANGE),
    ];
    mappings.extend(PERSON_TRIMMED.iter().map(|(target, source)| trimmed(target, source)));
    mappings.extend(everybody());
    mappings.extend(people());
    mappings.extend(same(USER));
    mappings.extend(exchange_attributes());
    mappings.extend(account());
    mappings
}

pub(super) fn group() -> Vec<Mapping> {
    let mut mappings = vec![
        Mapping::expression("displayName", DISPLAY_NAME),
        Mapping::direct("mailNickname", "mailNickname"),
        trimmed("mail", "mail"),
        // Bit 31 of groupType marks a security group (MS-ADTS 2.2.12, GROUP_TYPE_SECURITY_ENABLED).
        Mapping::expression(
            "securityEnabled",
            r#"IIF(BitAnd([groupType], 2147483648)="0", "False", "True")"#,
        ),
        Mapping::expression("mailEnabled", MAIL_ENABLED),
        Mapping::direct("members", "member"),
    ];
    mappings.extend(everybody());
    mappings.extend(same(GROUP));
    mappings.extend(account());
    mappings
}

pub(super) fn contact() -> Vec<Mapping> {
    let mut mappings = vec![
        Mapping::expression("displayName", DISPLAY_NAME),
        Mapping::expression("mailNickname", "IIF(IsPresent([mailNickname]), [mailNickname], [cn])"),
        trimmed("mail", "mail"),
    ];
    mappings.extend(PERSON_TRIMMED.iter().map(|(target, source)| trimmed(target, source)));
    mappings.extend(everybody());
    mappings.extend(people());
    mappings.extend(exchange_attributes());
    mappings
}

/// Of every kind of object.
fn everybody() -> Vec<Mapping> {
    let mut mappings = vec![
        Mapping::direct("commonName", "cn"),
        Mapping::expression("description", "Left(Trim(Item([description], 1)), 448)"),
        Mapping::expression("info", "Left(Trim([info]), 448)"),
        Mapping::expression("proxyAddresses", "RemoveDuplicates(Trim([proxyAddresses]))"),
        Mapping::direct("onPremisesDistinguishedName", "distinguishedName"),
        Mapping::direct("onPremisesObjectIdentifier", "objectGUID"),
        Mapping::constant("onPremisesDomainName", "%DomainFQDN%"),
        Mapping::constant("onPremisesNetBiosName", "%DomainNetBios%"),
    ];
    mappings.extend((1..=15).map(|number| {
        let name = format!("extensionAttribute{number}");
        trimmed(&name, &name)
    }));
    mappings.extend(same(ALL));
    mappings
}

fn people() -> Vec<Mapping> {
    let mut mappings = vec![
        Mapping::expression("postOfficeBox", "Left(Trim(Item([postOfficeBox], 1)), 448)"),
        Mapping::expression("url", "Left(Trim(Item([url], 1)), 448)"),
    ];
    mappings.extend(same(PERSON));
    mappings
}

fn exchange_attributes() -> impl Iterator<Item = Mapping> {
    (1..=5).map(|number| {
        let name = format!("msExchExtensionCustomAttribute{number}");
        trimmed(&name, &name)
    })
}

/// Of what can sign in or be given rights.
fn account() -> [Mapping; 2] {
    [
        Mapping::direct("onPremisesSamAccountName", "sAMAccountName"),
        Mapping::expression(
            "onPremisesSecurityIdentifier",
            r#"IIF(IsPresent([objectSid]), StringFromSid([objectSid]), "")"#,
        ),
    ]
}

fn same(names: &[&str]) -> impl Iterator<Item = Mapping> {
    names.iter().map(|name| Mapping::direct(name, name))
}

fn trimmed(target: &str, source: &str) -> Mapping {
    debug_assert!(built_in(target).is_some_and(|known| known.kind == AttributeType::String), "{target}");
    Mapping::expression(target, &format!("Trim([{source}])"))
}

const PRINCIPAL_NAME: &str = concat!(
    "IIF(IsPresent([userPrincipalName]), [userPrincipalName], IIF(IsPresent([sAMAccountName]), ",
    r#"Join("@", [sAMAccountName], %DomainFQDN%), Error("AccountName is not present")))"#,
);

const PASSWORD_CHANGE: &str =
    r#"IIF(IsPresent([pwdLastSet]), FormatDateTime(DateFromNum([pwdLastSet]), , "yyyyMMddHHmmss.0Z"), )"#;

/// A mail address with an @, or a primary address with one.
const MAIL_ENABLED: &str = concat!(
    r#"IIF(InStr([mail], "@") > 0, "True", IIF(Contains([proxyAddresses], "SMTP:") = 0, "False", "#,
    r#"IIF(InStr(Item([proxyAddresses], Contains([proxyAddresses], "SMTP:")), "@") > 0, "True", "False")))"#,
);

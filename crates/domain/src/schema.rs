//! The attributes of the built-in directory: which there are, of which type, and what Microsoft Entra's
//! synchronisation schema calls them.
//!
//! They carry Graph's name where Graph has one, else that of Active Directory (MS-ADA1 to MS-ADA3). A mapping may
//! name others too: they hold one text.

use AttributeType::{Binary, Boolean, DateTime, Integer, Reference, String};

use crate::TargetKind;

crate::words!(
    /// The types of Graph's synchronisation schema (attributeDefinition).
    AttributeType {
        String = "String",
        Integer = "Integer",
        Reference = "Reference",
        Binary = "Binary",
        Boolean = "Boolean",
        DateTime = "DateTime",
    }
);

/// What is known of a target's attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetAttribute {
    /// The name that mappings use.
    pub name: &'static str,
    /// The name in Entra's synchronisation schema.
    pub entra: &'static str,
    pub kind: AttributeType,
    pub multivalued: bool,
}

/// The attribute of the built-in directory with a name.
pub fn built_in(name: &str) -> Option<&'static TargetAttribute> {
    BUILT_IN.iter().find(|attribute| attribute.name == name)
}

/// The attribute of the built-in directory that Entra's schema has under a name, in any case: groups and users
/// write the same ones differently.
pub fn built_in_by_entra_name(name: &str) -> Option<&'static TargetAttribute> {
    BUILT_IN.iter().find(|attribute| attribute.entra.eq_ignore_ascii_case(name))
}

/// The attributes that SCIM (RFC 7643 section 4) does not hold as text; the rest is text.
const SCIM: &[TargetAttribute] = &[
    one("active", "active", Boolean),
    one(SCIM_MANAGER, SCIM_MANAGER, Reference),
    many("members", "members", Reference),
];

const SCIM_MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

/// What a target knows of an attribute; one that is not listed holds one text.
pub fn attribute(target: TargetKind, name: &str) -> Option<&'static TargetAttribute> {
    match target {
        TargetKind::BuiltIn => built_in(name),
        TargetKind::Scim => SCIM.iter().find(|attribute| attribute.name == name),
    }
}

const fn one(name: &'static str, entra: &'static str, kind: AttributeType) -> TargetAttribute {
    TargetAttribute { name, entra, kind, multivalued: false }
}

const fn many(name: &'static str, entra: &'static str, kind: AttributeType) -> TargetAttribute {
    TargetAttribute { name, entra, kind, multivalued: true }
}

/// In alphabetical order.
pub const BUILT_IN: &[TargetAttribute] = &[
    one("accountEnabled", "AccountEnabled", Boolean),
    one("altRecipient", "AltRecipient", Reference),
    one("assistant", "Assistant", Reference),
    many("authOrig", "AuthOrig", Reference),
    many("businessPhones", "TelephoneNumber", String),
    one("city", "City", String),
    one("commonName", "CommonName", String),
    one("companyName", "Company", String),
    one("country", "Country", String),
    one("countryCode", "CountryCode", Integer),
    one("countryLetterCode", "CountryLetterCode", String),
    one("department", "Department", String),
    one("description", "Description", String),
    one("displayName", "DisplayName", String),
    many("dLMemRejectPerms", "DLMemRejectPerms", Reference),
    many("dLMemSubmitPerms", "DLMemSubmitPerms", Reference),
    one("employeeId", "EmployeeId", String),
    one("extensionAttribute1", "ExtensionAttribute1", String),
    one("extensionAttribute2", "ExtensionAttribute2", String),
    one("extensionAttribute3", "ExtensionAttribute3", String),
    one("extensionAttribute4", "ExtensionAttribute4", String),
    one("extensionAttribute5", "ExtensionAttribute5", String),
    one("extensionAttribute6", "ExtensionAttribute6", String),
    one("extensionAttribute7", "ExtensionAttribute7", String),
    one("extensionAttribute8", "ExtensionAttribute8", String),
    one("extensionAttribute9", "ExtensionAttribute9", String),
    one("extensionAttribute10", "ExtensionAttribute10", String),
    one("extensionAttribute11", "ExtensionAttribute11", String),
    one("extensionAttribute12", "ExtensionAttribute12", String),
    one("extensionAttribute13", "ExtensionAttribute13", String),
    one("extensionAttribute14", "ExtensionAttribute14", String),
    one("extensionAttribute15", "ExtensionAttribute15", String),
    one("faxNumber", "FacsimileTelephoneNumber", String),
    one("givenName", "GivenName", String),
    one("hideDLMembership", "HideDLMembership", Boolean),
    one("homePhone", "HomePhone", String),
    one("info", "Info", String),
    one("initials", "Initials", String),
    one("ipPhone", "IPPhone", String),
    one("jobTitle", "Title", String),
    one("lastPasswordChangeTimestamp", "LastPasswordChangeTimestamp", String),
    one("legacyExchangeDN", "LegacyExchangeDN", String),
    one("mail", "Mail", String),
    one("mailEnabled", "MailEnabled", Boolean),
    one("mailNickname", "Alias", String),
    one("managedBy", "ManagedBy", Reference),
    one("manager", "Manager", Reference),
    many("members", "Member", Reference),
    one("middleName", "MiddleName", String),
    one("mobilePhone", "Mobile", String),
    one("msDS-HABSeniorityIndex", "MSDSHABSeniorityIndex", Integer),
    one("msDS-PhoneticDisplayName", "MSDSPhoneticDisplayName", String),
    one("msExchArchiveGUID", "MSExchArchiveGuid", Binary),
    many("msExchArchiveName", "MSExchArchiveName", String),
    one("msExchAssistantName", "MSExchAssistantName", String),
    one("msExchAuditAdmin", "MSExchAuditAdmin", Integer),
    one("msExchAuditDelegate", "MSExchAuditDelegate", Integer),
    one("msExchAuditDelegateAdmin", "MSExchAuditDelegateAdmin", Integer),
    one("msExchAuditOwner", "MSExchAuditOwner", Integer),
    one("msExchBlockedSendersHash", "MSExchBlockedSendersHash", Binary),
    one("msExchBypassAudit", "MSExchBypassAudit", Boolean),
    many("msExchBypassModerationLink", "MSExchBypassModerationLink", Reference),
    many("msExchCoManagedByLink", "MSExchCoManagedByLink", Reference),
    many("msExchDelegateListLink", "MSExchDelegateListLink", Reference),
    one("msExchELCExpirySuspensionEnd", "MSExchElcExpirySuspensionEnd", DateTime),
    one("msExchELCExpirySuspensionStart", "MSExchElcExpirySuspensionStart", DateTime),
    one("msExchELCMailboxFlags", "MSExchElcMailboxFlags", Integer),
    one("msExchEnableModeration", "MSExchEnableModeration", Boolean),
    many("msExchExtensionCustomAttribute1", "MSExchExtensionCustomAttribute1", String),
    many("msExchExtensionCustomAttribute2", "MSExchExtensionCustomAttribute2", String),
    many("msExchExtensionCustomAttribute3", "MSExchExtensionCustomAttribute3", String),
    many("msExchExtensionCustomAttribute4", "MSExchExtensionCustomAttribute4", String),
    many("msExchExtensionCustomAttribute5", "MSExchExtensionCustomAttribute5", String),
    one("msExchGroupDepartRestriction", "MSExchGroupDepartRestriction", Integer),
    one("msExchGroupJoinRestriction", "MSExchGroupJoinRestriction", Integer),
    one("msExchHideFromAddressLists", "MSExchHideFromAddressLists", Boolean),
    one("msExchImmutableId", "MSExchImmutableId", String),
    one("msExchLitigationHoldDate", "MSExchLitigationHoldDate", DateTime),
    one("msExchLitigationHoldOwner", "MSExchLitigationHoldOwner", String),
    one("msExchMailboxAuditEnable", "MSExchMailboxAuditEnable", Boolean),
    one("msExchMailboxAuditLogAgeLimit", "MSExchMailboxAuditLogAgeLimit", Integer),
    one("msExchMailboxGuid", "MSExchMailboxGuid", Binary),
    many("msExchModeratedByLink", "MSExchModeratedByLink", Reference),
    one("msExchModerationFlags", "MSExchModerationFlags", Integer),
    one("msExchRecipientDisplayType", "MSExchRecipientDisplayType", Integer),
    one("msExchRecipientTypeDetails", "MSExchRecipientTypeDetails", Integer),
    one("msExchRemoteRecipientType", "MSExchRemoteRecipientType", Integer),
    one("msExchRequireAuthToSendTo", "MSExchRequireAuthToSendTo", Boolean),
    one("msExchResourceCapacity", "MSExchResourceCapacity", Integer),
    one("msExchResourceDisplay", "MSExchResourceDisplay", String),
    many("msExchResourceMetaData", "MSExchResourceMetadata", String),
    many("msExchResourceSearchProperties", "MSExchResourceSearchProperties", String),
    one("msExchRetentionComment", "MSExchRetentionComment", String),
    one("msExchRetentionURL", "MSExchRetentionUrl", String),
    one("msExchSafeRecipientsHash", "MSExchSafeRecipientsHash", Binary),
    one("msExchSafeSendersHash", "MSExchSafeSendersHash", Binary),
    many("msExchSenderHintTranslations", "MSExchSenderHintTranslations", String),
    one("msExchTeamMailboxExpiration", "MSExchTeamMailboxExpiration", DateTime),
    many("msExchTeamMailboxOwners", "MSExchTeamMailboxOwners", Reference),
    one("msExchTeamMailboxSharePointLinkedBy", "MSExchTeamMailboxSharePointLinkedBy", Reference),
    one("msExchTeamMailboxSharePointUrl", "MSExchTeamMailboxSharePointUrl", String),
    many("msExchUserHoldPolicies", "MSExchUserHoldPolicies", String),
    one("msRTCSIP-ApplicationOptions", "MSRtcSipApplicationOptions", Integer),
    one("mSRTCSIP-DeploymentLocator", "MSRtcSipDeploymentLocator", String),
    one("msRTCSIP-Line", "MSRtcSipLine", String),
    one("msRTCSIP-OptionFlags", "MSRtcSipOptionFlags", Integer),
    one("msRTCSIP-OwnerUrn", "MSRtcSipOwnerUrn", String),
    one("msRTCSIP-PrimaryUserAddress", "MSRtcSipPrimaryUserAddress", String),
    one("msRTCSIP-UserEnabled", "MSRtcSipUserEnabled", Boolean),
    one("officeLocation", "PhysicalDeliveryOfficeName", String),
    one("onPremisesDistinguishedName", "onPremisesDistinguishedName", String),
    one("onPremisesDomainName", "dnsDomainName", String),
    one("onPremisesNetBiosName", "netBiosName", String),
    one("onPremisesObjectIdentifier", "onPremisesObjectIdentifier", String),
    one("onPremisesSamAccountName", "onPremisesSamAccountName", String),
    one("onPremisesSecurityIdentifier", "OnPremiseSecurityIdentifier", String),
    one("onPremisesUserPrincipalName", "onPremisesUserPrincipalName", String),
    one("oOFReplyToOriginator", "OOFReplyToOriginator", Boolean),
    many("otherFacsimileTelephoneNumber", "OtherFacsimileTelephoneNumber", String),
    many("otherHomePhone", "OtherHomePhone", String),
    many("otherIpPhone", "OtherIPPhone", String),
    many("otherMails", "OtherMails", String),
    many("otherMobile", "OtherMobile", String),
    many("otherPager", "OtherPager", String),
    many("otherTelephone", "OtherTelephone", String),
    one("pager", "Pager", String),
    one("postalCode", "PostalCode", String),
    many("postOfficeBox", "PostOfficeBox", String),
    one("preferredLanguage", "PreferredLanguage", String),
    many("proxyAddresses", "ProxyAddresses", String),
    many("publicDelegates", "PublicDelegates", Reference),
    one("reportToOriginator", "ReportToOriginator", Boolean),
    one("reportToOwner", "ReportToOwner", Boolean),
    one("securityEnabled", "SecurityEnabled", Boolean),
    one("state", "State", String),
    one("streetAddress", "StreetAddress", String),
    one("surname", "Surname", String),
    one("targetAddress", "TargetAddress", String),
    one("telephoneAssistant", "TelephoneAssistant", String),
    one("thumbnailPhoto", "ThumbnailPhoto", Binary),
    many("unauthOrig", "UnauthOrig", Reference),
    many("url", "Url", String),
    one("usageLocation", "UsageLocation", String),
    many("userCertificate", "UserCertificate", Binary),
    one("userPrincipalName", "UserPrincipalName", String),
    many("userSMIMECertificate", "UserSMIMECertificate", Binary),
    one("wWWHomePage", "WwwHomepage", String),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_in_both_vocabularies() {
        for name_of in [|known: &TargetAttribute| known.name, |known: &TargetAttribute| known.entra] {
            let mut names: Vec<_> = BUILT_IN.iter().map(|known| name_of(known).to_lowercase()).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), BUILT_IN.len());
        }
        assert_eq!(built_in_by_entra_name("alias").map(|known| known.name), Some("mailNickname"));
    }
}

//! The attributes that the forest knows: spelling, syntax and whether a search for `*` returns them.

use std::{collections::HashMap, sync::LazyLock};

/// How values are written and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// Text, compared without case.
    Text,
    Integer,
    Boolean,
    Time,
    Octets,
    Dn,
    /// objectClass and objectCategory: names of classes.
    Class,
}

macro_rules! attributes {
    ($($variant:ident $name:literal $syntax:ident $($constructed:ident)?;)*) => {
        /// An attribute's number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub(crate) enum Attr { $($variant),* }

        const TABLE: &[(&str, Syntax, bool, Attr)] = &[
            $(($name, Syntax::$syntax, attributes!(@constructed $($constructed)?), Attr::$variant)),*
        ];
    };
    (@constructed constructed) => { true };
    (@constructed) => { false };
}

attributes! {
    ObjectClass "objectClass" Class;
    Cn "cn" Text;
    Ou "ou" Text;
    Dc "dc" Text;
    Sn "sn" Text;
    C "c" Text;
    L "l" Text;
    St "st" Text;
    Title "title" Text;
    Description "description" Text;
    PostalCode "postalCode" Text;
    PhysicalDeliveryOfficeName "physicalDeliveryOfficeName" Text;
    TelephoneNumber "telephoneNumber" Text;
    GivenName "givenName" Text;
    Initials "initials" Text;
    DistinguishedName "distinguishedName" Dn;
    InstanceType "instanceType" Integer;
    WhenCreated "whenCreated" Time;
    WhenChanged "whenChanged" Time;
    DisplayName "displayName" Text;
    UsnCreated "uSNCreated" Integer;
    MemberOf "memberOf" Dn;
    UsnChanged "uSNChanged" Integer;
    Co "co" Text;
    Department "department" Text;
    Company "company" Text;
    ProxyAddresses "proxyAddresses" Text;
    TargetAddress "targetAddress" Text;
    StreetAddress "streetAddress" Text;
    EmployeeNumber "employeeNumber" Text;
    EmployeeType "employeeType" Text;
    Name "name" Text;
    ObjectGuid "objectGUID" Octets;
    UserAccountControl "userAccountControl" Integer;
    BadPwdCount "badPwdCount" Integer;
    CodePage "codePage" Integer;
    CountryCode "countryCode" Integer;
    EmployeeId "employeeID" Text;
    PwdLastSet "pwdLastSet" Integer;
    PrimaryGroupId "primaryGroupID" Integer;
    ObjectSid "objectSid" Octets;
    AdminCount "adminCount" Integer;
    AccountExpires "accountExpires" Integer;
    LogonCount "logonCount" Integer;
    SamAccountName "sAMAccountName" Text;
    SamAccountType "sAMAccountType" Integer;
    UserPrincipalName "userPrincipalName" Text;
    ServicePrincipalName "servicePrincipalName" Text;
    GroupType "groupType" Integer;
    SystemFlags "systemFlags" Integer;
    ObjectCategory "objectCategory" Class;
    IsCriticalSystemObject "isCriticalSystemObject" Boolean;
    LastLogonTimestamp "lastLogonTimestamp" Integer;
    ConsistencyGuid "mS-DS-ConsistencyGuid" Octets;
    Mail "mail" Text;
    MailNickname "mailNickname" Text;
    Mobile "mobile" Text;
    Manager "manager" Dn;
    ManagedBy "managedBy" Dn;
    DirectReports "directReports" Dn;
    Member "member" Dn;
    PreferredLanguage "preferredLanguage" Text;
    ExtensionAttribute1 "extensionAttribute1" Text;
    Info "info" Text;
    IsDeleted "isDeleted" Boolean;
    IsRecycled "isRecycled" Boolean;
    LastKnownParent "lastKnownParent" Dn;
    DnsHostName "dNSHostName" Text;
    DnsRoot "dnsRoot" Text;
    NcName "nCName" Dn;
    NetbiosName "nETBIOSName" Text;
    UpnSuffixes "uPNSuffixes" Text;
    TombstoneLifetime "tombstoneLifetime" Integer;
    FunctionalLevel "msDS-Behavior-Version" Integer;
    ObjectVersion "objectVersion" Integer;
    FsmoRoleOwner "fSMORoleOwner" Dn;
    InvocationId "invocationId" Octets;
    LockoutTime "lockoutTime" Integer;
    MaxPwdAge "maxPwdAge" Integer;
    MinPwdLength "minPwdLength" Integer;
    AttributeTypes "attributeTypes" Text constructed;
    ObjectClasses "objectClasses" Text constructed;
    ParentGuid "parentGUID" Octets constructed;
    CanonicalName "canonicalName" Text constructed;
    CreateTimestamp "createTimeStamp" Time constructed;
    ModifyTimestamp "modifyTimeStamp" Time constructed;
    StructuralObjectClass "structuralObjectClass" Class constructed;
    ComputedAccountControl "msDS-User-Account-Control-Computed" Integer constructed;
    SubschemaSubentry "subSchemaSubEntry" Dn constructed;
}

static BY_NAME: LazyLock<HashMap<String, Attr>> =
    LazyLock::new(|| TABLE.iter().map(|&(name, .., attr)| (name.to_ascii_lowercase(), attr)).collect());

impl Attr {
    /// The attribute of a name, in any spelling of upper and lower case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        BY_NAME.get(&name.to_ascii_lowercase()).copied()
    }

    pub(crate) const fn name(self) -> &'static str {
        TABLE[self as usize].0
    }

    pub(crate) const fn syntax(self) -> Syntax {
        TABLE[self as usize].1
    }

    /// Computed when asked for by name; a search for `*` leaves it out.
    pub(crate) const fn is_constructed(self) -> bool {
        TABLE[self as usize].2
    }

    /// Pairs of objects that the server keeps in step itself.
    pub(crate) const fn is_link(self) -> bool {
        matches!(self, Self::Member | Self::MemberOf | Self::DirectReports)
    }

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|&(.., attr)| attr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_every_attribute_knows_its_own_name() {
        assert_eq!(Attr::from_name("SAMACCOUNTNAME"), Some(Attr::SamAccountName));
        assert_eq!(Attr::from_name("noSuchThing"), None);
        for attr in Attr::all() {
            assert_eq!(Attr::from_name(attr.name()), Some(attr));
        }
    }
}

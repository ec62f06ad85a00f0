//! What the rootDSE (RFC 4512 section 5.1) tells about a directory.

use domain::{DirectoryKind, Dn, Entry};
use ports::{SourceError, SourceInfo};

use crate::settings::LdapSettings;
use crate::sync;

/// What is asked of the rootDSE. Operational attributes come only by name.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "objectClass",
    "structuralObjectClass",
    "namingContexts",
    "defaultNamingContext",
    "supportedCapabilities",
    "supportedControl",
    "vendorName",
    "vendorVersion",
    "dnsHostName",
    "domainFunctionality",
    "domainControllerFunctionality",
];

/// `LDAP_CAP_ACTIVE_DIRECTORY_OID` and its sister of AD LDS (MS-ADTS section 3.1.1.3.4.3).
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";
const LIGHTWEIGHT_SERVICES: &str = "1.2.840.113556.1.4.1851";

const OPENLDAP: &str = "OpenLDAP";

/// Naming contexts that hold no people.
const TECHNICAL: &[&str] =
    &["cn=config", "cn=schema", "cn=monitor", "cn=changelog", "cn=accesslog", "cn=ldbm", "o=netscaperoot"];

/// A directory, as far as reading must know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    /// Never `Auto`.
    pub kind: DirectoryKind,
    pub product: String,
    pub server_name: Option<String>,
    /// Whether content synchronisation is offered, though perhaps not for what is read or to this account.
    pub offers_sync: bool,
    base: Result<String, SourceError>,
    /// The naming context that holds the base.
    context: Option<String>,
}

impl Profile {
    pub fn of(root: &Entry, settings: &LdapSettings) -> Self {
        let base = settings.base_dn.clone().map_or_else(|| naming_context(root), Ok);
        Self {
            context: base.as_deref().ok().and_then(|base| context_of(root, base)),
            kind: match settings.kind {
                DirectoryKind::Auto => recognise(root),
                known => known,
            },
            product: product(root),
            server_name: root.text("dnsHostName").map(str::to_owned),
            offers_sync: root.texts("supportedControl").any(|oid| oid == sync::REQUEST),
            base,
        }
    }

    /// Whether a cookie of one domain controller means the same to another: Active Directory's tell how far all of
    /// them have come, Samba's count one server's changes.
    pub fn shares_cookies(&self) -> bool {
        !self.product.starts_with("Samba")
    }

    pub fn is_openldap(&self) -> bool {
        self.product == OPENLDAP
    }

    /// Whether content synchronisation always names what is gone. 389-ds does, though it never says so at the end.
    pub fn always_tells_deletes(&self) -> bool {
        self.product.starts_with("389")
    }

    /// The naming context to read, configured or told.
    pub fn base(&self) -> Result<&str, SourceError> {
        self.base.as_deref().map_err(Clone::clone)
    }

    /// The whole naming context: where changes are told, whatever part of it is read.
    pub fn context(&self) -> Result<&str, SourceError> {
        self.context.as_deref().map_or_else(|| self.base(), Ok)
    }

    /// Whether less than the naming context is read.
    pub fn reads_a_part(&self) -> bool {
        self.base().ok() != self.context().ok()
    }

    /// Whether a name lies outside of what is read.
    pub fn is_outside(&self, dn: &str) -> bool {
        let Some((base, dn)) = self.base().ok().and_then(|base| Dn::parse(base).ok()).zip(Dn::parse(dn).ok())
        else {
            return false;
        };
        !dn.is_within(&base)
    }

    pub fn info(&self) -> Result<SourceInfo, SourceError> {
        Ok(SourceInfo {
            kind: self.kind,
            product: self.product.clone(),
            base_dn: self.base()?.to_owned(),
            server_name: self.server_name.clone(),
        })
    }
}

fn recognise(root: &Entry) -> DirectoryKind {
    if root.texts("supportedCapabilities").any(|oid| oid == ACTIVE_DIRECTORY || oid == LIGHTWEIGHT_SERVICES) {
        DirectoryKind::ActiveDirectory
    } else {
        DirectoryKind::Ldap
    }
}

/// The innermost naming context that holds a name.
fn context_of(root: &Entry, base: &str) -> Option<String> {
    let base = Dn::parse(base).ok()?;
    root.texts("namingContexts")
        .filter(|name| Dn::parse(name).is_ok_and(|context| base.is_within(&context)))
        .max_by_key(|name| name.len())
        .map(str::to_owned)
}

fn naming_context(root: &Entry) -> Result<String, SourceError> {
    if let Some(default) = root.text("defaultNamingContext").filter(|name| !name.is_empty()) {
        return Ok(default.to_owned());
    }
    let is_technical = |name: &str| {
        Dn::parse(name).is_ok_and(|name| {
            TECHNICAL.iter().any(|known| Dn::parse(known).is_ok_and(|known| name.is_within(&known)))
        })
    };
    let mut contexts = root
        .texts("namingContexts")
        .filter(|name| !name.is_empty() && !is_technical(name))
        .collect::<Vec<_>>();
    match (contexts.pop(), contexts.as_slice()) {
        (Some(only), []) => Ok(only.to_owned()),
        (None, _) => {
            Err(SourceError::Settings("the directory does not tell a naming context; set the base DN".into()))
        }
        (Some(last), others) => Err(SourceError::Settings(format!(
            "the directory has several naming contexts ({}, {last}); set the base DN",
            others.join(", ")
        ))),
    }
}

/// What to call the product, with a version where the directory tells one.
fn product(root: &Entry) -> String {
    let vendor = root.text("vendorName").unwrap_or_default();
    let version = root.text("vendorVersion").unwrap_or_default();
    if recognise(root) == DirectoryKind::ActiveDirectory {
        let name = if vendor.to_ascii_lowercase().contains("samba") {
            format!("Samba {version}").trim_end().to_owned()
        } else if root.texts("supportedCapabilities").any(|oid| oid == LIGHTWEIGHT_SERVICES) {
            "Active Directory Lightweight Directory Services".to_owned()
        } else {
            "Active Directory".to_owned()
        };
        return match root.text("domainFunctionality").map(functional_level) {
            Some(level) => format!("{name}, functional level {level}"),
            None => name,
        };
    }
    let is_openldap = root
        .texts("objectClass")
        .chain(root.texts("structuralObjectClass"))
        .any(|class| class.eq_ignore_ascii_case("OpenLDAProotDSE"));
    match (vendor, version) {
        ("", "") if is_openldap => OPENLDAP.to_owned(),
        ("", "") => "LDAP directory".to_owned(),
        // 389-ds repeats its name in its version: `389-Directory/2.3.1 B2022.343.1234`.
        (_, version) if version.starts_with("389-Directory/") => {
            let number = version.trim_start_matches("389-Directory/").split(' ').next().unwrap_or_default();
            format!("389 Directory Server {number}")
        }
        (vendor, version) => format!("{vendor} {version}").trim().to_owned(),
    }
}

/// The release that introduced a functional level (MS-ADTS section 6.1.4.2).
fn functional_level(number: &str) -> String {
    let release = match number {
        "0" => "2000",
        "2" => "2003",
        "3" => "2008",
        "4" => "2008 R2",
        "5" => "2012",
        "6" => "2012 R2",
        "7" => "2016",
        "10" => "2025",
        _ => return number.to_owned(),
    };
    release.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(root: &Entry) -> Profile {
        Profile::of(root, &LdapSettings::new("ldaps://dc1"))
    }

    #[test]
    fn active_directory_is_recognised_by_its_capability() {
        let root = Entry::new("")
            .with("supportedCapabilities", [ACTIVE_DIRECTORY, "1.2.840.113556.1.4.1670"])
            .with("namingContexts", ["DC=lab01,DC=local", "CN=Configuration,DC=lab01,DC=local"])
            .with("defaultNamingContext", ["DC=lab01,DC=local"])
            .with("dnsHostName", ["dc1.lab01.local"])
            .with("domainFunctionality", ["7"]);
        let info = profile(&root).info().expect("a base");
        assert_eq!(info.kind, DirectoryKind::ActiveDirectory);
        assert_eq!(info.product, "Active Directory, functional level 2016");
        assert_eq!(info.base_dn, "DC=lab01,DC=local");
        assert_eq!(info.server_name.as_deref(), Some("dc1.lab01.local"));
        let samba = root.with("vendorName", ["Samba Team (https://www.samba.org)"]);
        assert_eq!(profile(&samba).product, "Samba, functional level 2016");
    }

    #[test]
    fn openldap_and_389_ds_are_called_by_their_names() {
        let openldap = Entry::new("")
            .with("structuralObjectClass", ["OpenLDAProotDSE"])
            .with("namingContexts", ["cn=accesslog", "dc=example,dc=org"]);
        let found = profile(&openldap);
        assert_eq!(
            (found.kind, found.product.as_str(), found.base()),
            (DirectoryKind::Ldap, "OpenLDAP", Ok("dc=example,dc=org"))
        );
        let ds = Entry::new("")
            .with("vendorName", ["389 Project"])
            .with("vendorVersion", ["389-Directory/2.3.1 B2023.054.1241"]);
        assert_eq!(profile(&ds).product, "389 Directory Server 2.3.1");
    }

    #[test]
    fn several_naming_contexts_ask_for_a_choice() {
        let root = Entry::new("").with("namingContexts", ["dc=a", "dc=b"]);
        let error = profile(&root).base().expect_err("two contexts").to_string();
        assert!(error.contains("dc=a, dc=b"), "{error}");
        let settings = LdapSettings { base_dn: Some("dc=b".into()), ..LdapSettings::new("ldaps://x") };
        assert_eq!(Profile::of(&root, &settings).base(), Ok("dc=b"));
        assert!(profile(&Entry::new("")).base().is_err());
    }

    #[test]
    fn a_configured_kind_wins_over_what_is_recognised() {
        let settings = LdapSettings { kind: DirectoryKind::Ldap, ..LdapSettings::new("ldaps://x") };
        let root = Entry::new("").with("supportedCapabilities", [ACTIVE_DIRECTORY]);
        assert_eq!(Profile::of(&root, &settings).kind, DirectoryKind::Ldap);
    }
}

use domain::document::{ConnectionEntry, DomainEntry, SecretSource};
use domain::{DirectoryKind, Secret, SourceDomain};

use super::query::{self, Pairs};

/// A source domain in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainRow {
    pub domain: SourceDomain,
    /// Agents that serve it and are not retired.
    pub agents: u64,
    pub healthy: u64,
    /// Configurations that read it.
    pub configurations: Vec<String>,
}

pub fn domain_href(id: domain::DomainId) -> String {
    format!("/settings/domains/{id}")
}

/// The form of a source domain, and what stands around it.
#[derive(Debug, Clone, Default)]
pub struct DomainPage {
    /// Absent: a new one.
    pub stored: Option<DomainRow>,
    pub draft: DomainDraft,
    pub errors: super::Errors,
}

/// A source domain as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainDraft {
    pub name: String,
    pub kind: String,
    /// Read by agents; what stands in the other fields is not used then.
    pub by_agents: bool,
    pub url: String,
    pub start_tls: bool,
    pub allow_plaintext: bool,
    pub bind_dn: String,
    pub bind_password: String,
    pub ca_pem: String,
    pub base_dn: String,
}

impl DomainDraft {
    /// The names of the form's fields.
    pub const FIELDS: &[&str] =
        &["name", "kind", "url", "startTls", "allowPlaintext", "bindDn", "bindPassword", "caPem", "baseDn"];

    pub fn fresh() -> Self {
        Self { kind: DirectoryKind::Auto.to_string(), ..Self::default() }
    }

    pub fn of(domain: &SourceDomain) -> Self {
        let draft = Self { name: domain.name.clone(), kind: domain.kind.to_string(), ..Self::default() };
        let Some(connection) = &domain.connection else { return Self { by_agents: true, ..draft } };
        Self {
            url: connection.url.clone(),
            start_tls: connection.start_tls,
            allow_plaintext: connection.allow_plaintext,
            bind_dn: connection.bind_dn.clone(),
            ca_pem: connection.ca_pem.clone().unwrap_or_default(),
            base_dn: connection.base_dn.clone().unwrap_or_default(),
            ..draft
        }
    }

    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name).unwrap_or_default().trim().to_owned();
        Self {
            name: one("name"),
            kind: one("kind"),
            by_agents: query::first(pairs, "reached") == Some("agents"),
            url: one("url"),
            start_tls: query::first(pairs, "startTls").is_some(),
            allow_plaintext: query::first(pairs, "allowPlaintext").is_some(),
            bind_dn: one("bindDn"),
            bind_password: query::first(pairs, "bindPassword").unwrap_or_default().to_owned(),
            ca_pem: one("caPem"),
            base_dn: one("baseDn"),
        }
    }

    pub fn entry(&self) -> DomainEntry {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let connection = (!self.by_agents).then(|| ConnectionEntry {
            url: self.url.clone(),
            start_tls: self.start_tls,
            allow_plaintext: self.allow_plaintext,
            bind_dn: self.bind_dn.clone(),
            bind_password: some(&self.bind_password).map(|text| SecretSource::Value(Secret::new(text))),
            ca_file: None,
            ca_pem: some(&self.ca_pem),
            base_dn: some(&self.base_dn),
        });
        let kind = self.kind.parse().unwrap_or(DirectoryKind::Auto);
        DomainEntry { name: self.name.clone(), kind, connection }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_an_entry_and_the_password_never_comes_back() {
        let typed = "name=a.local&kind=ldap&reached=server&url=ldaps://a.local&bindDn=CN=a&bindPassword=+p+&startTls=1";
        let draft = DomainDraft::parse(&query::parse(typed));
        let entry = draft.entry();
        assert_eq!(entry.kind, DirectoryKind::Ldap);
        let connection = entry.connection.expect("is reached by the server");
        assert!(connection.start_tls && !connection.allow_plaintext);
        assert!(
            matches!(&connection.bind_password, Some(SecretSource::Value(text)) if text.expose() == " p ")
        );
        let agents = DomainDraft { by_agents: true, ..draft };
        assert_eq!(agents.entry().connection, None);
    }
}

use domain::Secret;
use domain::document::{SecretSource, SignInEntry};

use super::query::{self, Pairs};

/// The sign-in provider, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderDraft {
    pub enabled: bool,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    /// It was set before: an empty secret keeps the stored one.
    pub is_set: bool,
    pub label: String,
    pub scopes: String,
    pub role_claim: String,
    pub administrators: String,
    pub operators: String,
    pub readers: String,
    pub ca_pem: String,
    /// The address that the provider has to know.
    pub comes_back_to: String,
}

impl ProviderDraft {
    pub fn of(entry: Option<&SignInEntry>, comes_back_to: String) -> Self {
        let Some(entry) = entry else {
            return Self {
                enabled: true,
                scopes: SignInEntry::usual_scopes().join(" "),
                role_claim: SignInEntry::usual_claim(),
                comes_back_to,
                ..Self::default()
            };
        };
        Self {
            enabled: entry.enabled,
            issuer: entry.issuer.clone(),
            client_id: entry.client_id.clone(),
            client_secret: String::new(),
            is_set: true,
            label: entry.label.clone().unwrap_or_default(),
            scopes: entry.scopes.join(" "),
            role_claim: entry.role_claim.clone(),
            administrators: entry.administrators.join("\n"),
            operators: entry.operators.join("\n"),
            readers: entry.readers.join("\n"),
            ca_pem: entry.ca_pem.clone().unwrap_or_default(),
            comes_back_to,
        }
    }

    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name).unwrap_or_default().trim().to_owned();
        Self {
            enabled: query::first(pairs, "enabled").is_some(),
            issuer: one("issuer"),
            client_id: one("clientId"),
            client_secret: query::first(pairs, "clientSecret").unwrap_or_default().to_owned(),
            is_set: false,
            label: one("label"),
            scopes: one("scopes"),
            role_claim: one("roleClaim"),
            administrators: one("administrators"),
            operators: one("operators"),
            readers: one("readers"),
            ca_pem: one("caPem"),
            comes_back_to: String::new(),
        }
    }

    pub fn entry(&self) -> SignInEntry {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let lines = |text: &str| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        SignInEntry {
            enabled: self.enabled,
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: some(&self.client_secret).map(|text| SecretSource::Value(Secret::new(text))),
            label: some(&self.label),
            scopes: self.scopes.split_whitespace().map(str::to_owned).collect(),
            role_claim: self.role_claim.clone(),
            administrators: lines(&self.administrators),
            operators: lines(&self.operators),
            readers: lines(&self.readers),
            ca_file: None,
            ca_pem: some(&self.ca_pem),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back_from_the_form_and_no_secret_does() {
        let typed = "enabled=1&issuer=https://id.example&clientId=sky&clientSecret=+s+&scopes=profile++groups&roleClaim=roles\
                     &administrators=Identity+admins%0A%0AOwners&readers=";
        let draft = ProviderDraft::parse(&query::parse(typed));
        let entry = draft.entry();
        assert_eq!(entry.administrators, ["Identity admins", "Owners"]);
        assert_eq!(entry.scopes, ["profile", "groups"]);
        assert!(entry.readers.is_empty() && entry.label.is_none());
        assert!(
            matches!(&entry.client_secret, Some(SecretSource::Value(secret)) if secret.expose() == " s ")
        );
        let again = ProviderDraft::of(Some(&entry), "https://sky.example/back".to_owned());
        assert_eq!((again.client_secret.as_str(), again.is_set), ("", true));
        assert_eq!(ProviderDraft { client_secret: " s ".to_owned(), ..again }.entry(), entry);
    }
}

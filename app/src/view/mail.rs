use domain::Secret;
use domain::document::{MailEntry, SecretSource};
use domain::mail::{Delivery, DeliveryState};

use super::{
    Errors,
    query::{self, Pairs},
};

/// Which deliveries the address of the mail page asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailQuery {
    pub text: String,
    pub state: Option<DeliveryState>,
    pub after: Option<String>,
}

impl MailQuery {
    pub fn parse(pairs: &Pairs) -> Self {
        Self {
            text: query::first(pairs, "q").unwrap_or_default().trim().to_owned(),
            state: query::first(pairs, "state").and_then(|value| value.parse().ok()),
            after: query::first(pairs, "after").map(str::to_owned),
        }
    }

    pub fn href(&self) -> String {
        let state = self.state.map(|state| state.to_string()).unwrap_or_default();
        let after = self.after.clone().unwrap_or_default();
        query::href("/mail", &[("q", self.text.clone()), ("state", state), ("after", after)])
    }

    /// The same search from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }

    pub fn is_narrow(&self) -> bool {
        self.first_page() != Self::default()
    }
}

/// The mail page.
#[derive(Debug, Clone, Default)]
pub struct MailList {
    pub filter: MailQuery,
    pub server: Option<MailEntry>,
    pub rows: Vec<Delivery>,
    pub next: Option<String>,
    /// The address for a test message, as typed, and what is wrong with it.
    pub to: String,
    pub errors: Errors,
}

/// A mail server as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailDraft {
    pub smtp_url: String,
    pub from: String,
    pub username: String,
    pub password: String,
    /// A password is stored.
    pub has_password: bool,
    pub allow_plaintext: bool,
    pub ca_pem: String,
    pub recipients: String,
    pub digest_hour: String,
}

impl MailDraft {
    pub fn of(entry: Option<&MailEntry>) -> Self {
        let Some(entry) = entry else { return Self { digest_hour: "6".to_owned(), ..Self::default() } };
        Self {
            smtp_url: entry.smtp_url.clone(),
            from: entry.from.clone(),
            username: entry.username.clone().unwrap_or_default(),
            password: String::new(),
            has_password: entry.username.is_some(),
            allow_plaintext: entry.allow_plaintext,
            ca_pem: entry.ca_pem.clone().unwrap_or_default(),
            recipients: entry.recipients.join("\n"),
            digest_hour: entry.digest_hour.unwrap_or(6).to_string(),
        }
    }

    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name).unwrap_or_default().trim().to_owned();
        Self {
            smtp_url: one("smtpUrl"),
            from: one("from"),
            username: one("username"),
            password: query::first(pairs, "password").unwrap_or_default().to_owned(),
            has_password: false,
            allow_plaintext: query::first(pairs, "allowPlaintext").is_some(),
            ca_pem: one("caPem"),
            recipients: one("recipients"),
            digest_hour: one("digestHour"),
        }
    }

    /// The settings, or what is wrong with what was typed.
    pub fn entry(&self) -> Result<MailEntry, Errors> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let digest_hour = if self.digest_hour.is_empty() {
            None
        } else {
            let hour = self.digest_hour.parse().map_err(|_| {
                Errors::one(
                    "digestHour",
                    format!("“{}” is no hour: write a number from 0 to 23.", self.digest_hour),
                )
            })?;
            Some(hour)
        };
        Ok(MailEntry {
            smtp_url: self.smtp_url.clone(),
            from: self.from.clone(),
            username: some(&self.username),
            password: some(&self.password).map(|text| SecretSource::Value(Secret::new(text))),
            allow_plaintext: self.allow_plaintext,
            ca_file: None,
            ca_pem: some(&self.ca_pem),
            recipients: self
                .recipients
                .split([',', ';', '\n', ' '])
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .collect(),
            digest_hour,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_survives_its_address() {
        let filter = MailQuery::parse(&query::parse("q=anna&state=givenUp&after=9"));
        assert_eq!(filter.state, Some(DeliveryState::GivenUp));
        assert_eq!(MailQuery::parse(&query::parse(filter.href().trim_start_matches("/mail?"))), filter);
    }

    #[test]
    fn what_is_stored_comes_back_from_the_form_and_no_password_does() {
        let typed = "smtpUrl=smtps://m.example&from=a@m.example&username=a&password=+s+&recipients=x@m.example,+y@m.example&digestHour=7";
        let draft = MailDraft::parse(&query::parse(typed));
        let entry = draft.entry().expect("is understood");
        assert_eq!(entry.recipients, ["x@m.example", "y@m.example"]);
        assert!(matches!(&entry.password, Some(SecretSource::Value(secret)) if secret.expose() == " s "));
        let again = MailDraft::of(Some(&entry));
        assert_eq!((again.password.as_str(), again.has_password), ("", true));
        let wrong = MailDraft { digest_hour: "noon".to_owned(), ..draft };
        assert!(wrong.entry().is_err());
    }
}

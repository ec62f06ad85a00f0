//! The three sample forests, with the faults that real directories have.

use chrono::{DateTime, Utc};

use crate::{
    Change, Churn, Forest, ForestOptions, LabError, Tls,
    model::{Attr, Blueprint, Kind, ObjectId, State, View},
};

/// This mailbox is in two forests: one of the two cannot be created in a target with unique addresses.
const SHARED_MAIL: &str = "reception@example.org";

/// The sample forests.
#[derive(Debug)]
pub struct Lab {
    /// lab01.local, lab02.local, lab03.local.
    pub forests: Vec<Forest>,
}

impl Lab {
    /// Names of the sample forests.
    pub const NAMES: [&str; 3] = ["lab01.local", "lab02.local", "lab03.local"];

    /// Starts the three forests.
    pub async fn sample(epoch: DateTime<Utc>, churn: Option<Churn>, tls: Tls) -> Result<Self, LabError> {
        let mut forests = Vec::new();
        for name in Self::NAMES {
            forests.push(Forest::start(ForestOptions { tls, churn, ..Self::options(name, epoch) }).await?);
        }
        Ok(Self { forests })
    }

    /// Stops all forests.
    pub async fn stop(self) {
        for forest in self.forests {
            forest.stop().await;
        }
    }

    /// How a sample forest is set up, its faults included. They need the first hundred people.
    pub fn options(name: &str, epoch: DateTime<Utc>) -> ForestOptions {
        let mut options = ForestOptions::new(name, epoch);
        let faults = match name {
            "lab01.local" => first(&options),
            "lab02.local" => second(&options),
            "lab03.local" => third(&options),
            _ => Vec::new(),
        };
        options.initial = faults;
        options
    }
}

/// Names objects of a forest that is yet to be built.
struct Cast(State);

impl Cast {
    fn new(options: &ForestOptions) -> Self {
        Self(State::new(Blueprint::new(options)))
    }

    fn dn(&self, number: u32) -> String {
        self.0.dn(ObjectId::new(Kind::Person, number))
    }

    fn text(&self, number: u32, attr: Attr) -> String {
        View::new(&self.0, ObjectId::new(Kind::Person, number)).text(attr).unwrap_or_default()
    }

    fn set(&self, number: u32, attribute: &str, values: &[&str]) -> Change {
        let values = values.iter().map(|value| value.as_bytes().to_vec()).collect();
        Change::Set { dn: self.dn(number), attribute: attribute.to_owned(), values }
    }

    fn department(&self, name: &str) -> String {
        format!("OU={name},OU=People,{}", self.0.blueprint.base_dn)
    }
}

fn first(options: &ForestOptions) -> Vec<Change> {
    let cast = Cast::new(options);
    let logon = cast.text(17, Attr::SamAccountName);
    let mail = format!("SMTP:{}", cast.text(23, Attr::Mail));
    vec![
        // The suffix is the forest's own name, which nobody can verify.
        cast.set(17, "userPrincipalName", &[&format!("{logon}@{}", options.name)]),
        cast.set(23, "proxyAddresses", &[&mail, "smtp:not an address"]),
        cast.set(
            31,
            "displayName",
            &[&format!("{} {}", cast.text(31, Attr::DisplayName), "of many titles ".repeat(20))],
        ),
        cast.set(41, "mail", &[SHARED_MAIL]),
        cast.set(41, "proxyAddresses", &[&format!("SMTP:{SHARED_MAIL}")]),
        cast.set(52, "telephoneNumber", &["  030 / 555-12 (please ring twice) "]),
        // Last, because the changes above use the names as created.
        Change::Rename { dn: cast.department("Marketing"), name: "Brand and Marketing".to_owned() },
    ]
}

fn second(options: &ForestOptions) -> Vec<Change> {
    let cast = Cast::new(options);
    vec![
        cast.set(
            12,
            "department",
            &["Department of Cross-Functional Coordination, Alignment and Continuous Improvement"],
        ),
        cast.set(41, "mail", &[SHARED_MAIL]),
        cast.set(41, "proxyAddresses", &[&format!("SMTP:{SHARED_MAIL}")]),
        // An account that was made by a script which forgot the principal name.
        cast.set(58, "userPrincipalName", &[]),
        cast.set(63, "proxyAddresses", &["SMTP:", "X400:c=DE;a= ;p=Northlight;o=Berlin;s=Keller;"]),
    ]
}

fn third(options: &ForestOptions) -> Vec<Change> {
    let cast = Cast::new(options);
    let mail = cast.text(29, Attr::Mail);
    vec![
        cast.set(
            19,
            "userPrincipalName",
            &[&format!("{}@corp.internal", cast.text(19, Attr::SamAccountName))],
        ),
        // Twice the primary address, which only one can be.
        cast.set(29, "proxyAddresses", &[&format!("SMTP:{mail}"), "SMTP:second.primary@lab03.example.org"]),
        cast.set(37, "title", &[&"Senior Principal Distinguished ".repeat(6)]),
        cast.set(44, "mail", &["broken@@lab03.example.org"]),
        cast.set(71, "displayName", &["  Spaces Around  "]),
        // Last, because the changes above use the names as created.
        Change::Rename { dn: cast.department("Customer Support"), name: "Customer Success".to_owned() },
    ]
}

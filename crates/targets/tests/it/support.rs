//! What several tests need: settings, operations, a clock.

use std::sync::Arc;

use domain::{ChangeId, Clock, ObjectKind, Secret, Time, Value};
use ports::{Operation, Verb};
use targets::scim::ScimSettings;
use uuid::Uuid;

pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[derive(Debug)]
pub struct RealClock;

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "tests run in real time")]
    fn now(&self) -> Time {
        chrono::Utc::now()
    }

    fn uuid(&self) -> Uuid {
        Uuid::nil()
    }
}

pub fn settings(url: &str) -> ScimSettings {
    ScimSettings::new(url, Secret::new("tok"), Arc::new(RealClock))
}

pub fn operation(verb: Verb, kind: ObjectKind, anchor: &str) -> Operation {
    Operation {
        change_id: ChangeId::new(Uuid::nil()),
        verb,
        kind,
        anchor: anchor.to_owned(),
        target_id: None,
        attributes: domain::value::Attributes::new(),
        changed: Vec::new(),
        add_members: Vec::new(),
        remove_members: Vec::new(),
    }
}

/// A user as the default mappings make it.
pub fn user(number: usize, run: &str) -> Operation {
    let name = format!("user{number}.{run}@lab01.local");
    let text = |path: &str, value: String| (path.to_owned(), Value::text(value));
    Operation {
        attributes: [
            text("userName", name.clone()),
            text("active", "True".into()),
            text("displayName", format!("Ada \"{number}\" Stöne")),
            text("name.givenName", "Ada".into()),
            text("name.familyName", format!("Stöne {number}")),
            text("title", "Engineer".into()),
            text("preferredLanguage", "de-CH".into()),
            text("emails[type eq \"work\"].value", name),
            text("phoneNumbers[type eq \"work\"].value", format!("+41 31 {number}")),
            text("phoneNumbers[type eq \"mobile\"].value", format!("+41 79 {number}")),
            text("addresses[type eq \"work\"].locality", "Bern".into()),
            text("addresses[type eq \"work\"].country", "CH".into()),
            text(&format!("{ENTERPRISE}:department"), "Research".into()),
            text(&format!("{ENTERPRISE}:employeeNumber"), number.to_string()),
        ]
        .into(),
        ..operation(Verb::Create, ObjectKind::User, &format!("anchor-u{number}-{run}"))
    }
}

pub fn group(number: usize, run: &str, members: &[String]) -> Operation {
    Operation {
        attributes: [("displayName".to_owned(), Value::text(format!("Group {number} {run}")))].into(),
        add_members: members.to_vec(),
        ..operation(Verb::Create, ObjectKind::Group, &format!("anchor-g{number}-{run}"))
    }
}

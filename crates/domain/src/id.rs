//! Ids that cannot be mixed up. Each shows a prefix that says what it is when it appears in a log line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no id of the expected type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an id of the form `{prefix}_<uuid>`")]
pub struct ParseIdError {
    given: String,
    prefix: &'static str,
}

macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix that its text form carries.
            pub const PREFIX: &'static str = $prefix;

            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.as_simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            /// Takes the text form and, for scripts that keep plain UUIDs, the UUID alone.
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let bare = text.strip_prefix(concat!($prefix, "_")).unwrap_or(text);
                Uuid::parse_str(bare)
                    .map(Self)
                    .map_err(|_| ParseIdError { given: text.chars().take(80).collect(), prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

typed_id!(
    /// A source domain (a forest, or another LDAP directory).
    DomainId, "dom");
typed_id!(
    /// A target system.
    TargetId, "tgt");
typed_id!(
    /// A configuration: source domain, target, scope, mapping and schedule.
    ConfigurationId, "cfg");
typed_id!(
    /// One run of a configuration.
    CycleId, "cyc");
typed_id!(
    /// A simulated cycle.
    SimulationId, "sim");
typed_id!(
    /// One change of one object, from its intent to its provisioning record.
    ChangeId, "chg");
typed_id!(
    /// A local account.
    AccountId, "acc");
typed_id!(
    /// An API token.
    TokenId, "tok");
typed_id!(
    /// An agent inside a private network.
    AgentId, "agt");
typed_id!(
    /// A one-time token that lets an agent enrol.
    EnrolmentId, "enr");
typed_id!(
    /// An alert.
    AlertId, "alr");

macro_rules! sequence_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

sequence_id!(
    /// A link between a source object and a target object. Given by the store, dense and growing.
    LinkId);
sequence_id!(
    /// A provisioning record. Given by the store, growing with time.
    RecordId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form_and_keeps_its_kind() {
        let id = CycleId::new(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "cyc_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse::<CycleId>(), Ok(id));
        assert!(id.to_string().parse::<ConfigurationId>().is_err());
        assert_eq!(Uuid::from_u128(7).to_string().parse::<CycleId>(), Ok(id));
    }
}

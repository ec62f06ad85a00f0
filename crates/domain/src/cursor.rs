//! How far a directory's changes have been taken.

use serde::{Deserialize, Serialize};

crate::words!(
    /// How a directory tells what changed.
    Tracking {
        /// Active Directory's `DirSync` control (MS-ADTS 3.1.1.3.4.1.3).
        DirSync = "dirSync",
        /// uSNChanged of one domain controller, known by its invocation id.
        UsnChanged = "usnChanged",
        /// Content synchronisation (RFC 4533).
        ContentSync = "contentSync",
        /// modifyTimestamp, and a walk over the ids for what is gone.
        Timestamp = "modifyTimestamp",
    }
);

/// A point in a directory's history. Only the directory's own code understands `value`; where it is a JSON object, its
/// member `server` names the server whose history it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    pub tracking: Tracking,
    pub value: String,
}

impl Cursor {
    /// The server whose changes are followed, where the directory tells.
    pub fn server(&self) -> Option<String> {
        let value: serde_json::Value = serde_json::from_str(&self.value).ok()?;
        value["server"].as_str().filter(|server| !server.is_empty()).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_names_its_server_where_it_can() {
        let server = |value: &str| Cursor { tracking: Tracking::DirSync, value: value.to_owned() }.server();
        assert_eq!(
            server(r#"{"server": "dc1.lab.local", "cookie": "AAAA"}"#).as_deref(),
            Some("dc1.lab.local")
        );
        assert_eq!(server(r#"{"server": ""}"#), None);
        assert_eq!(server("20261125205800Z"), None);
    }
}

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

/// A point in a directory's history. Only the directory's own code understands `value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    pub tracking: Tracking,
    pub value: String,
}

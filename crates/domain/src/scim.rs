//! Where a SCIM service differs from the book (RFC 7643, RFC 7644) and does not say so itself.

use serde::{Deserialize, Serialize};

crate::words!(
    /// How an object is changed.
    PatchUse {
        /// As the service's configuration says, and by the other way when it answers that it has no such method.
        Auto = "auto",
        Patch = "patch",
        /// The whole object, as it is held with the mapped attributes put in.
        Put = "put",
    }
);

crate::words!(
    /// How `active` is written. Both are understood.
    BooleanForm { Boolean = "boolean", Text = "string" }
);

crate::words!(
    /// How a group is told that members leave.
    MemberRemoval {
        /// `members[value eq "…"]` (RFC 7644 section 3.5.2.2).
        PathFilter = "pathFilter",
        /// `members` with a list of values, as Microsoft Entra sends it.
        ValueList = "valueList",
    }
);

/// Everything may be left out: it is then found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ScimOptions {
    pub patch: PatchUse,
    /// Most members in one PATCH request, 1 to 10,000. A service that finds it too many gets fewer by itself.
    pub members_per_request: u32,
    /// Absent: as a boolean, and as a text when the service refuses that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_as: Option<BooleanForm>,
    /// Objects on one page of a list, 1 to 10,000. Absent: 1,000, or what the service says that it gives at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Requests a second, 1 to 10,000. Absent: what the service's answers show that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u32>,
    /// Absent: by path, and by values when the service does not understand that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_members_by: Option<MemberRemoval>,
}

impl Default for ScimOptions {
    fn default() -> Self {
        Self {
            patch: PatchUse::Auto,
            members_per_request: 100,
            active_as: None,
            page_size: None,
            requests_per_second: None,
            remove_members_by: None,
        }
    }
}

impl ScimOptions {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_may_be_left_out_and_nothing_else_may_stand_there() {
        let read = |value| serde_json::from_value::<ScimOptions>(value);
        assert_eq!(read(json!({})).expect("is read"), ScimOptions::default());
        let put = read(json!({"patch": "put", "activeAs": "string", "requestsPerSecond": null}));
        let expected = ScimOptions {
            patch: PatchUse::Put,
            active_as: Some(BooleanForm::Text),
            ..ScimOptions::default()
        };
        assert_eq!(put.expect("is read"), expected);
        assert!(read(json!({"patches": "put"})).is_err());
        assert!(read(json!({"patch": "never"})).is_err());
        assert_eq!(
            serde_json::to_value(ScimOptions::default()).expect("is written"),
            json!({"patch": "auto", "membersPerRequest": 100}),
        );
    }
}

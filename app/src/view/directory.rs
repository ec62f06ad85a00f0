use domain::{ChangeId, ConfigurationId, ObjectKind, Time};

/// An object of the built-in directory.
#[derive(Debug, Clone)]
pub struct DirectoryEntry {
    pub id: String,
    pub kind: ObjectKind,
    pub anchor: String,
    pub display_name: String,
    pub user_principal_name: Option<String>,
    pub mail: Option<String>,
    pub account_enabled: Option<bool>,
    /// Attribute names with their values.
    pub attributes: Vec<(String, Vec<String>)>,
    pub configuration_id: ConfigurationId,
    pub change_id: ChangeId,
    pub created_at: Time,
    pub updated_at: Time,
}

impl DirectoryEntry {
    pub fn href(&self) -> String {
        href(self.kind, &self.id)
    }
}

/// Where an object is shown. Contacts are listed among the users, as address books do.
pub fn href(kind: ObjectKind, id: &str) -> String {
    match kind {
        ObjectKind::Group => format!("/groups/{id}"),
        ObjectKind::User | ObjectKind::Contact => format!("/users/{id}"),
    }
}

/// A list of users or groups.
#[derive(Debug, Clone)]
pub struct DirectoryList {
    pub kind: ObjectKind,
    pub text: String,
    pub configuration: Option<ConfigurationId>,
    pub enabled: Option<bool>,
    pub rows: Vec<DirectoryEntry>,
    pub next: Option<String>,
    pub later: bool,
    /// Ids, names and source domains.
    pub configurations: Vec<(ConfigurationId, String, String)>,
    pub total: u64,
}

impl DirectoryList {
    pub fn domain_of(&self, id: ConfigurationId) -> &str {
        self.configurations.iter().find(|(other, ..)| *other == id).map_or("deleted", |(.., domain)| domain)
    }
}

/// One object with its neighbours.
#[derive(Debug, Clone)]
pub struct DirectoryDetail {
    /// The id of the source object that it is kept equal to, as far as the log knows.
    pub source_object: Option<String>,
    pub entry: DirectoryEntry,
    pub configuration: String,
    pub domain: String,
    pub manager: Option<(String, String)>,
    pub member_of: Vec<DirectoryEntry>,
    pub members: Vec<DirectoryEntry>,
    pub members_next: Option<String>,
    pub member_count: u64,
}

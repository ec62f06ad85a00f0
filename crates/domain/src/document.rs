//! The document of `skybridge apply` and `skybridge export`: the shape that users keep in version control.
//! Absent means "as it is" for settings and "the default" within an object; unknown keys are refused.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::configuration::{AccidentalDeletes, Matching, Notification, OutOfScope, QuarantineThresholds};
use crate::interval::Interval;
use crate::mapping::Mappings;
use crate::scim::ScimOptions;
use crate::scope::Scope;
use crate::{DirectoryKind, ObjectKind, Secret, TargetKind};

/// The whole document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Document {
    pub domains: Vec<DomainEntry>,
    pub targets: Vec<TargetEntry>,
    pub configurations: Vec<ConfigurationEntry>,
    #[serde(skip_serializing_if = "SettingsEntry::is_empty")]
    pub settings: SettingsEntry,
}

/// Where a secret comes from. The command line reads `env` and `file` on the machine where it runs and sends the
/// value; the server takes values only. `Serialize` leaves the value out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum SecretSource {
    Env(String),
    File(String),
    Value(Secret),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DomainEntry {
    pub name: String,
    #[serde(default = "auto")]
    pub kind: DirectoryKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionEntry>,
}

const fn auto() -> DirectoryKind {
    DirectoryKind::Auto
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectionEntry {
    pub url: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub start_tls: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_plaintext: bool,
    pub bind_dn: String,
    /// Absent: keep the stored one.
    #[serde(default, skip_serializing)]
    pub bind_password: Option<SecretSource>,
    /// Read by the command line into `caPem`.
    #[serde(default, skip_serializing)]
    pub ca_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_dn: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A target. Which fields are needed depends on its kind; the service says what is missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetEntry {
    pub name: String,
    pub kind: TargetKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Absent: keep the stored one.
    #[serde(default, skip_serializing)]
    pub token: Option<SecretSource>,
    #[serde(default, skip_serializing)]
    pub ca_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
    /// Absent: all of it is found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scim: Option<ScimOptions>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigurationEntry {
    pub name: String,
    /// Name of the source domain.
    pub domain: String,
    /// Name of the target.
    pub target: String,
    #[serde(default)]
    pub enabled: bool,
    #[serde(default)]
    pub scope: Scope,
    #[serde(default = "all_kinds")]
    pub objects: BTreeSet<ObjectKind>,
    #[serde(default, skip_serializing_if = "Mappings::is_empty")]
    pub mappings: Mappings,
    #[serde(default)]
    pub matching: Matching,
    #[serde(default)]
    pub accidental_deletes: AccidentalDeletes,
    #[serde(default = "disable")]
    pub out_of_scope: OutOfScope,
    #[serde(default)]
    pub schedule: Interval,
    #[serde(default = "Interval::daily", skip_serializing_if = "is_daily")]
    pub full_schedule: Interval,
    #[serde(default, skip_serializing_if = "is_usual")]
    pub quarantine: QuarantineThresholds,
    #[serde(default)]
    pub notification: Notification,
    /// Refused when true: plain LDAP cannot read password hashes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub password_hash_sync: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_daily(interval: &Interval) -> bool {
    *interval == Interval::daily()
}

fn is_usual(thresholds: &QuarantineThresholds) -> bool {
    *thresholds == QuarantineThresholds::default()
}

fn all_kinds() -> BTreeSet<ObjectKind> {
    ObjectKind::ALL.iter().copied().collect()
}

const fn disable() -> OutOfScope {
    OutOfScope::Disable
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SettingsEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_domains: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<RetentionEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInEntry>,
}

/// Sign-in at an OpenID Connect provider. Somebody gets the highest of the roles whose lists hold one of the values of
/// their claim; nobody gets in without one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInEntry {
    /// `false`: what is set is kept, and nobody signs in with it.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub enabled: bool,
    /// Such as `https://login.example.org/realms/company`.
    pub issuer: String,
    pub client_id: String,
    /// Absent: keep the stored one, if the issuer stays the same; without one the client is a public one.
    #[serde(default, skip_serializing)]
    pub client_secret: Option<SecretSource>,
    /// What the button calls the provider; absent: its host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What is asked for beside `openid`.
    #[serde(default = "SignInEntry::usual_scopes")]
    pub scopes: Vec<String>,
    /// The claim with the values of the three lists. Dots lead into objects, such as `realm_access.roles`.
    #[serde(default = "SignInEntry::usual_claim")]
    pub role_claim: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub administrators: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operators: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<String>,
    /// Read by the command line into `caPem`.
    #[serde(default, skip_serializing)]
    pub ca_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
}

impl SignInEntry {
    /// Most values of a list.
    pub const MOST_VALUES: usize = 100;

    pub fn usual_scopes() -> Vec<String> {
        vec!["profile".to_owned(), "email".to_owned()]
    }

    pub fn usual_claim() -> String {
        "groups".to_owned()
    }

    /// The role of somebody with these values of the claim.
    pub fn role(&self, values: &[String]) -> Option<Role> {
        let lists = [
            (Role::Administrator, &self.administrators),
            (Role::Operator, &self.operators),
            (Role::Reader, &self.readers),
        ];
        let holds = |list: &[String]| list.iter().any(|one| values.contains(one));
        lists.into_iter().find(|(_, list)| holds(list)).map(|(role, _)| role)
    }
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde wants")]
const fn is_true(flag: &bool) -> bool {
    *flag
}

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionEntry {
    /// Days after which provisioning records are deleted, 1 to [`RetentionEntry::MOST_DAYS`].
    pub provisioning_log_days: u32,
}

impl RetentionEntry {
    pub const MOST_DAYS: u32 = 3650;
}

impl Default for RetentionEntry {
    /// As in Entra's premium editions.
    fn default() -> Self {
        Self { provisioning_log_days: 30 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailEntry {
    /// `smtp://HOST[:PORT]` with STARTTLS, or `smtps://HOST[:PORT]`.
    pub smtp_url: String,
    pub from: String,
    /// Absent: without signing in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Absent: keep the stored one.
    #[serde(default, skip_serializing)]
    pub password: Option<SecretSource>,
    /// Consent to a mail server of another machine that offers no encryption.
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_plaintext: bool,
    /// Read by the command line into `caPem`.
    #[serde(default, skip_serializing)]
    pub ca_file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
    /// Who is told of every configuration, beside the configuration's own addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// Hour of the day, UTC, at which the digest of failing objects is sent; absent: 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest_hour: Option<u8>,
}

impl SettingsEntry {
    pub const fn is_empty(&self) -> bool {
        self.verified_domains.is_none()
            && self.mail.is_none()
            && self.retention.is_none()
            && self.sign_in.is_none()
    }
}

/// One thing that is wrong with a document or a form, at its path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// Such as `configurations[0].mappings.user[3].expression`.
    pub path: String,
    pub message: String,
}

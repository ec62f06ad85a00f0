//! What makes a domain, a target, a configuration or settings acceptable. Every check adds to a list, none stops at
//! the first problem; paths are those of the document, or start empty for a form.

mod sign_in;

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::document::{
    ConfigurationEntry, ConnectionEntry, Document, DomainEntry, FieldProblem, RetentionEntry, SecretSource,
    SettingsEntry, TargetEntry,
};
use domain::mapping::{Apply, Mapping, MappingKind, Mappings};
use domain::scim::ScimOptions;
use domain::{Configuration, Dn, SourceDomain, TargetKind, TargetSettings, TargetSystem};
use expression::Expression;
use expression::filter::Filters;
use notify::MailServer;
use url::{Host, Url};

use crate::world::{World, same_name};

/// Most characters of a name.
const LONGEST_NAME: usize = 100;
/// A scope with more containers is a sign that their parent is meant.
const MOST_CONTAINERS: usize = 5_000;
const MOST_MAPPINGS: usize = 500;

/// Collects problems below one path.
struct At<'a> {
    path: &'a str,
    problems: &'a mut Vec<FieldProblem>,
}

impl At<'_> {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        let path = match (self.path, field) {
            (path, "") => path.to_owned(),
            ("", field) => field.to_owned(),
            (path, field) => format!("{path}.{field}"),
        };
        self.problems.push(FieldProblem { path, message: message.into() });
    }
}

/// Names that configurations may refer to: those stored and those of the document itself.
pub(crate) struct Known {
    domains: Vec<String>,
    /// With their kinds.
    targets: Vec<(String, TargetKind)>,
    world: World,
}

impl Known {
    pub fn of(world: &World, document: &Document, unread: &[String]) -> Self {
        let domains = world.domains.iter().map(|domain| domain.name.clone());
        let targets = world.targets.iter().map(|target| (target.name.clone(), target.kind()));
        Self {
            domains: domains
                .chain(document.domains.iter().map(|entry| entry.name.clone()))
                .chain(unread.iter().cloned())
                .collect(),
            targets: targets
                .chain(document.targets.iter().map(|entry| (entry.name.clone(), entry.kind)))
                .chain(unread.iter().map(|name| (name.clone(), TargetKind::BuiltIn)))
                .collect(),
            world: world.clone(),
        }
    }
}

/// What is wrong with a name; `None` when it is acceptable.
pub(crate) fn name_problem(name: &str) -> Option<String> {
    let trimmed = name.trim();
    if trimmed.is_empty() {
        Some("the name is empty".to_owned())
    } else if trimmed != name {
        Some("the name begins or ends with a space".to_owned())
    } else if name.chars().count() > LONGEST_NAME {
        Some(format!("the name is longer than {LONGEST_NAME} characters"))
    } else if name.chars().any(char::is_control) {
        Some("the name contains a control character".to_owned())
    } else if name.contains('/') {
        Some("the name contains a slash, which cannot be part of an address".to_owned())
    } else {
        None
    }
}

pub(crate) fn domain(
    path: &str,
    entry: &DomainEntry,
    existing: Option<&SourceDomain>,
    problems: &mut Vec<FieldProblem>,
) {
    let mut at = At { path, problems };
    if let Some(problem) = name_problem(&entry.name) {
        at.add("name", problem);
    }
    if let Some(connection) = &entry.connection {
        let stored = existing.and_then(|domain| domain.connection.as_ref());
        check_connection(
            connection,
            Stored::of(stored.map(|stored| stored.url.as_str()), &connection.url),
            &mut at,
        );
    }
}

fn check_connection(connection: &ConnectionEntry, stored: Stored, at: &mut At<'_>) {
    check_ldap_url(connection, at);
    if connection.bind_dn.trim().is_empty() {
        at.add("connection.bindDn", "the name of the service account is empty");
    } else if !connection.bind_dn.contains(['@', '\\'])
        && let Err(error) = Dn::parse(&connection.bind_dn)
    {
        // Active Directory also takes user@domain and DOMAIN\user for a simple bind.
        at.add("connection.bindDn", error.to_string());
    }
    secret("connection.bindPassword", connection.bind_password.as_ref(), stored, at);
    certificates("connection", connection.ca_file.as_ref(), connection.ca_pem.as_deref(), at);
    if let Some(base) = &connection.base_dn
        && let Err(error) = Dn::parse(base)
    {
        at.add("connection.baseDn", error.to_string());
    }
}

fn check_ldap_url(connection: &ConnectionEntry, at: &mut At<'_>) {
    const FIELD: &str = "connection.url";
    let url = match Url::parse(&connection.url) {
        Ok(url)
            if matches!(url.scheme(), "ldap" | "ldaps") && url.host_str().is_some_and(|h| !h.is_empty()) =>
        {
            url
        }
        _ => {
            at.add(FIELD, "this is not an LDAP address; write ldaps://host:636 or ldap://host:389");
            return;
        }
    };
    if !matches!(url.path(), "" | "/") || url.query().is_some() || !url.username().is_empty() {
        at.add(FIELD, "the address holds more than host and port; the base DN has its own field, baseDn");
    }
    if url.scheme() == "ldaps" && connection.start_tls {
        at.add("connection.startTls", "ldaps:// is encrypted already; use startTls with ldap:// only");
    }
    let plain = url.scheme() == "ldap" && !connection.start_tls;
    if plain && !connection.allow_plaintext && !is_loopback(&url) {
        at.add(
            FIELD,
            "ldap:// without startTls would send the password in the clear; use ldaps:// or startTls, \
             or set allowPlaintext if that is meant",
        );
    }
}

/// Whether an address is this machine itself. A name is only trusted to be when it is `localhost`.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // Schemes that the parser does not know keep their host as a name.
        Some(Host::Domain(name)) => {
            name.eq_ignore_ascii_case("localhost")
                || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

/// A secret that is kept while nobody writes another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stored {
    No,
    Here,
    /// For another address, whose owner must not be given it.
    Elsewhere,
}

impl Stored {
    fn of(address: Option<&str>, wanted: &str) -> Self {
        match address {
            None => Self::No,
            Some(address) if host(address) == host(wanted) => Self::Here,
            Some(_) => Self::Elsewhere,
        }
    }
}

/// Scheme, host and port; of what is no address the text itself.
fn host(address: &str) -> (String, String, Option<u16>) {
    match Url::parse(address) {
        Ok(url) => {
            let usual = match url.scheme() {
                "ldap" => Some(389),
                "ldaps" => Some(636),
                _ => url.port_or_known_default(),
            };
            let name = url.host_str().unwrap_or_default().to_lowercase();
            (url.scheme().to_owned(), name, url.port().or(usual))
        }
        Err(_) => (String::new(), address.to_owned(), None),
    }
}

fn secret(field: &str, source: Option<&SecretSource>, stored: Stored, at: &mut At<'_>) {
    match source {
        None if stored == Stored::Here => {}
        None if stored == Stored::Elsewhere => {
            at.add(
                field,
                "the address is another one, which must not be given the stored secret; write it again",
            );
        }
        None => at.add(field, "this secret is missing"),
        Some(SecretSource::Value(value)) if value.is_empty() => at.add(field, "this secret is empty"),
        Some(SecretSource::Value(_)) => {}
        Some(SecretSource::Env(_) | SecretSource::File(_)) => at.add(
            field,
            "the server takes {\"value\": …} only; `skybridge apply` reads env and file where it runs",
        ),
    }
}

fn certificates(prefix: &str, file: Option<&String>, pem: Option<&str>, at: &mut At<'_>) {
    let field = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    if file.is_some() {
        at.add(
            &field("caFile"),
            "the server reads no files; `skybridge apply` does, or give the certificates as caPem",
        );
    }
    if let Some(pem) = pem
        && !pem.contains("-----BEGIN CERTIFICATE-----")
    {
        at.add(&field("caPem"), "this holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
    }
}

pub(crate) fn target(
    path: &str,
    entry: &TargetEntry,
    existing: Option<&TargetSystem>,
    world: &World,
    problems: &mut Vec<FieldProblem>,
) {
    let mut at = At { path, problems };
    if let Some(problem) = name_problem(&entry.name) {
        at.add("name", problem);
    }
    if let Some(existing) = existing
        && existing.kind() != entry.kind
        && world.configurations.iter().any(|configuration| configuration.target_id == existing.id)
    {
        at.add("kind", "the kind of a target in use cannot change; create another target");
    }
    match entry.kind {
        TargetKind::BuiltIn => {
            for (field, given) in [
                ("url", entry.url.is_some()),
                ("token", entry.token.is_some()),
                ("caFile", entry.ca_file.is_some()),
                ("caPem", entry.ca_pem.is_some()),
                ("scim", entry.scim.is_some()),
            ] {
                if given {
                    at.add(field, "the built-in directory takes no such setting");
                }
            }
        }
        TargetKind::Scim => {
            check_scim_url(entry.url.as_deref(), &mut at);
            let stored = existing.and_then(|target| match &target.settings {
                TargetSettings::Scim { url, .. } => Some(url.as_str()),
                TargetSettings::BuiltIn => None,
            });
            let stored = Stored::of(stored, entry.url.as_deref().unwrap_or_default());
            secret("token", entry.token.as_ref(), stored, &mut at);
            certificates("", entry.ca_file.as_ref(), entry.ca_pem.as_deref(), &mut at);
            check_scim_options(&entry.scim.unwrap_or_default(), &mut at);
        }
    }
}

fn check_scim_options(options: &ScimOptions, at: &mut At<'_>) {
    for (field, number) in [
        ("scim.membersPerRequest", Some(options.members_per_request)),
        ("scim.pageSize", options.page_size),
        ("scim.requestsPerSecond", options.requests_per_second),
    ] {
        if number.is_some_and(|number| !(1..=10_000).contains(&number)) {
            at.add(field, "this must lie between 1 and 10,000");
        }
    }
}

fn check_scim_url(url: Option<&str>, at: &mut At<'_>) {
    let Some(url) = url else {
        at.add("url", "the SCIM base address is missing, such as https://app.example/scim/v2");
        return;
    };
    match Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
                at.add("url", "the address holds more than host and path; the token has its own field");
            }
            if url.scheme() == "http" && !is_loopback(&url) {
                at.add("url", "http:// would send the token in the clear; use https://");
            }
        }
        _ => at.add("url", "this is not a SCIM base address, such as https://app.example/scim/v2"),
    }
}

pub(crate) fn configuration(
    path: &str,
    entry: &ConfigurationEntry,
    existing: Option<&Configuration>,
    known: &Known,
    problems: &mut Vec<FieldProblem>,
) {
    let mut at = At { path, problems };
    if let Some(problem) = name_problem(&entry.name) {
        at.add("name", problem);
    }
    if !known.domains.iter().any(|name| same_name(name, &entry.domain)) {
        at.add("domain", format!("there is no domain \"{}\"", entry.domain));
    }
    if !known.targets.iter().any(|(name, _)| same_name(name, &entry.target)) {
        at.add("target", format!("there is no target \"{}\"", entry.target));
    }
    if let Some(existing) = existing {
        let moved = "a configuration stays with the objects it linked; create another configuration";
        if !same_name(&known.world.domain_name(existing.domain_id), &entry.domain) {
            at.add("domain", moved);
        }
        if !same_name(&known.world.target_name(existing.target_id), &entry.target) {
            at.add("target", moved);
        }
    }
    check_scope(entry, &mut at);
    if entry.objects.is_empty() {
        at.add("objects", "at least one of user, group, contact must be synchronised");
    }
    check_mappings(&entry.mappings, &mut at);
    if entry.password_hash_sync {
        at.add(
            "passwordHashSync",
            "password hashes cannot be read over LDAP in this version; leave passwordHashSync off",
        );
    }
    if entry.accidental_deletes.threshold == 0 {
        at.add("accidentalDeletes.threshold", "the threshold must be 1 or more; disable the guard instead");
    }
    let thresholds = entry.quarantine;
    if !(1..=100).contains(&thresholds.percent) {
        at.add("quarantine.percent", "the percentage must lie between 1 and 100");
    }
    if thresholds.minimum == 0 || thresholds.base == 0 || thresholds.total < thresholds.base {
        at.add("quarantine.total", "the limits must be 1 or more, and total at least as large as base");
    }
    if thresholds.disable_after_days == 0 {
        at.add("quarantine.disableAfterDays", "a configuration stays at least 1 day in quarantine");
    }
    if entry.accidental_deletes.percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
        at.add("accidentalDeletes.percent", "the percentage must lie between 1 and 100");
    }
    for (index, email) in entry.notification.emails.iter().enumerate() {
        if !is_email(email) {
            at.add(&format!("notification.emails[{index}]"), format!("`{email}` is not a mail address"));
        }
    }
}

fn check_scope(entry: &ConfigurationEntry, at: &mut At<'_>) {
    let scope = &entry.scope;
    check_names("scope.organizationalUnits", "container", &scope.organizational_units, at);
    check_names("scope.groups", "group", &scope.groups, at);
    if let Err(problems) = Filters::compile(&scope.filters) {
        for problem in problems {
            at.add(&format!("scope.{}", problem.path), problem.message);
        }
    }
}

fn check_names(list: &str, what: &str, names: &[String], at: &mut At<'_>) {
    if names.len() > MOST_CONTAINERS {
        at.add(
            list,
            format!("at most {MOST_CONTAINERS} {what}s can be named; name what they lie in instead"),
        );
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        let field = format!("{list}[{index}]");
        match Dn::parse(name) {
            Err(error) => at.add(&field, error.to_string()),
            Ok(dn) => {
                if let Some(earlier) = seen.get(&dn.key()) {
                    at.add(&field, format!("this is the same {what} as the one at [{earlier}]"));
                } else {
                    seen.insert(dn.key(), index);
                }
            }
        }
    }
}

fn check_mappings(mappings: &Mappings, at: &mut At<'_>) {
    for (kind, list) in mappings {
        let field = format!("mappings.{kind}");
        if list.len() > MOST_MAPPINGS {
            at.add(&field, format!("at most {MOST_MAPPINGS} attributes can be mapped"));
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (index, mapping) in list.iter().enumerate() {
            let field = format!("{field}[{index}]");
            let target = mapping.target.trim();
            if target.is_empty() {
                at.add(&format!("{field}.target"), "the target attribute is empty");
            } else if let Some(earlier) = seen.get(&target.to_lowercase()) {
                at.add(&format!("{field}.target"), format!("{target} is mapped already at [{earlier}]"));
            } else {
                seen.insert(target.to_lowercase(), index);
            }
            check_mapping(&field, mapping, at);
        }
    }
}

fn check_mapping(field: &str, mapping: &Mapping, at: &mut At<'_>) {
    let blank = |text: Option<&String>| text.is_none_or(|text| text.trim().is_empty());
    match mapping.kind {
        MappingKind::Direct if blank(mapping.source.as_ref()) => {
            at.add(&format!("{field}.source"), "a direct mapping needs a source attribute");
        }
        MappingKind::Constant if mapping.value.is_none() => {
            at.add(&format!("{field}.value"), "a constant mapping needs a value");
        }
        MappingKind::Expression if blank(mapping.expression.as_ref()) => {
            at.add(&format!("{field}.expression"), "an expression mapping needs an expression");
        }
        _ => {}
    }
    let unused = [
        ("source", mapping.source.is_some(), MappingKind::Direct),
        ("value", mapping.value.is_some(), MappingKind::Constant),
        ("expression", mapping.expression.is_some(), MappingKind::Expression),
    ];
    for (name, given, kind) in unused {
        if given && mapping.kind != kind {
            at.add(&format!("{field}.{name}"), format!("a mapping of type {} has no {name}", mapping.kind));
        }
    }
    if let (MappingKind::Expression, Some(text)) = (mapping.kind, &mapping.expression) {
        match Expression::compile(text) {
            Ok(expression) => check_use(field, mapping, &expression, at),
            Err(_) if text.trim().is_empty() => {}
            Err(error) => at.add(&format!("{field}.expression"), error.to_string()),
        }
    }
}

/// Functions that do not go with every way in which a mapping is applied.
fn check_use(field: &str, mapping: &Mapping, expression: &Expression, at: &mut At<'_>) {
    if expression.selects_unique_value() && mapping.matching_precedence > 0 {
        at.add(&format!("{field}.matchingPrecedence"), "an attribute of SelectUniqueValue cannot match");
    }
    if mapping.apply == Apply::OnCreate {
        return;
    }
    if expression.selects_unique_value() {
        at.add(
            &format!("{field}.apply"),
            "SelectUniqueValue asks the target when an object is created; set apply to onCreate",
        );
    } else if expression.is_random() {
        at.add(
            &format!("{field}.apply"),
            "Guid and RandomString give another value in every cycle; set apply to onCreate",
        );
    }
}

pub(crate) fn settings(path: &str, entry: &SettingsEntry, problems: &mut Vec<FieldProblem>) {
    let mut at = At { path, problems };
    for (index, name) in entry.verified_domains.iter().flatten().enumerate() {
        let label = |part: &str| {
            (1..=63).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !name.contains('.') || !name.split('.').all(label) {
            at.add(&format!("verifiedDomains[{index}]"), format!("`{name}` is not a domain name"));
        }
    }
    if let Some(retention) = &entry.retention
        && !(1..=RetentionEntry::MOST_DAYS).contains(&retention.provisioning_log_days)
    {
        let most = RetentionEntry::MOST_DAYS;
        at.add("retention.provisioningLogDays", format!("must lie between 1 and {most}"));
    }
    if let Some(mail) = &entry.mail {
        if let Err(problem) = MailServer::parse(&mail.smtp_url, mail.allow_plaintext) {
            at.add("mail.smtpUrl", problem.to_string());
        }
        if !is_email(&mail.from) {
            at.add("mail.from", format!("`{}` is not a mail address", mail.from));
        }
        if mail.username.as_ref().is_some_and(|name| name.trim().is_empty()) {
            at.add("mail.username", "is empty; leave it out when the mail server wants no sign-in");
        }
        if mail.username.is_none() && mail.password.is_some() {
            at.add("mail.username", "is missing: a password needs one");
        }
        if mail.ca_file.is_some() {
            at.add("mail.caFile", "is read by the command line; send the certificate itself as caPem");
        }
        if mail.ca_pem.as_ref().is_some_and(|pem| !pem.contains("BEGIN CERTIFICATE")) {
            at.add("mail.caPem", "is no certificate in PEM form");
        }
        for (index, email) in mail.recipients.iter().enumerate() {
            if !is_email(email) {
                at.add(&format!("mail.recipients[{index}]"), format!("`{email}` is not a mail address"));
            }
        }
        if mail.digest_hour.is_some_and(|hour| hour > 23) {
            at.add("mail.digestHour", "must lie between 0 and 23");
        }
    }
    if let Some(entry) = &entry.sign_in {
        sign_in::check(entry, &mut at);
    }
}

pub(crate) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

//! Attributes per second on one core: every row of the default mappings of Active Directory users, evaluated for people
//! of whom more or less is known; then some expressions by themselves.
//! `cargo run --release -p expression --example throughput`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use domain::defaults::mappings;
use domain::mapping::{Mapping, MappingKind};
use domain::{DirectoryKind, Entry, ObjectKind, TargetKind, Value};
use expression::{Expression, Parameter, Parameters};

/// A person with as many attributes as the default mappings read, and those that every account has beside them.
fn person() -> Entry {
    let mut entry = Entry::new("CN=Alice Ames,OU=Sales,OU=People,DC=lab01,DC=local")
        .with("objectClass", ["top", "person", "organizationalPerson", "user"])
        .with("objectGUID", [(0..16).collect::<Vec<u8>>()])
        .with(
            "objectSid",
            [[1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 80, 4, 0, 0]],
        )
        .with("userAccountControl", ["512"])
        .with("pwdLastSet", ["133497216000000000"])
        .with("uSNChanged", ["123456"])
        .with("whenChanged", ["20240115093000.0Z"])
        .with("proxyAddresses", ["SMTP:alice.ames@lab01.local", "smtp:aames@lab01.local"])
        .with("manager", ["CN=Bob Boss,OU=Sales,OU=People,DC=lab01,DC=local"]);
    for (name, value) in [
        ("cn", "Alice Ames"),
        ("displayName", "Alice Ames"),
        ("givenName", "Alice"),
        ("sn", "Ames"),
        ("sAMAccountName", "aames"),
        ("userPrincipalName", "alice.ames@lab01.local"),
        ("mail", "alice.ames@lab01.local"),
        ("mailNickname", "alice.ames"),
        ("title", "Sales Manager"),
        ("department", "Sales"),
        ("company", "Example Ltd"),
        ("employeeID", "100042"),
        ("physicalDeliveryOfficeName", "Building 3 "),
        ("telephoneNumber", "+49 30 1234567"),
        ("mobile", "+49 170 1234567"),
        ("streetAddress", "1 Example Street"),
        ("l", "Berlin"),
        ("st", "Berlin"),
        ("postalCode", "10115"),
        ("co", "Germany"),
        ("c", "DE"),
        ("preferredLanguage", "de-DE"),
        ("description", "Regional sales"),
    ] {
        entry = entry.with(name, [value]);
    }
    entry
}

/// A person of whom little is known.
fn newcomer() -> Entry {
    let mut entry = Entry::new("CN=Nia New,OU=Sales,OU=People,DC=lab01,DC=local")
        .with("objectGUID", [(1..17).collect::<Vec<u8>>()])
        .with("userAccountControl", ["512"]);
    for (name, value) in [("cn", "Nia New"), ("sn", "New"), ("sAMAccountName", "nnew")] {
        entry = entry.with(name, [value]);
    }
    entry
}

/// A person with a mailbox: the attributes of Exchange, photo and certificate included.
fn with_mailbox() -> Entry {
    let mut entry = person()
        .with("thumbnailPhoto", [vec![0xff_u8; 8_000]])
        .with("userCertificate", [vec![0x30_u8; 1_500]])
        .with("msExchMailboxGuid", [vec![7_u8; 16]])
        .with("msExchSafeSendersHash", [vec![9_u8; 400]])
        .with("publicDelegates", ["CN=Bob Boss,OU=Sales,OU=People,DC=lab01,DC=local"]);
    for (name, value) in [
        ("msExchRecipientTypeDetails", "2147483648"),
        ("msExchRecipientDisplayType", "-2147483642"),
        ("msExchRemoteRecipientType", "4"),
        ("msExchHideFromAddressLists", "FALSE"),
        ("legacyExchangeDN", "/o=Example/ou=Exchange/cn=Recipients/cn=aames"),
        ("targetAddress", "SMTP:aames@example.mail"),
        ("extensionAttribute1", "north"),
        ("extensionAttribute7", " 42 "),
        ("info", "Knows the harbour"),
        ("homePhone", "+49 30 7654321"),
    ] {
        entry = entry.with(name, [value]);
    }
    entry
}

/// A row of a mapping, ready to be evaluated.
enum Row {
    Direct(String),
    Constant(String),
    Computed(Expression),
}

impl Row {
    fn of(mapping: &Mapping) -> Option<Self> {
        let origin = mapping.origin();
        match mapping.kind {
            MappingKind::Direct => Some(Self::Direct(origin.to_owned())),
            MappingKind::Constant => Some(Self::Constant(origin.to_owned())),
            MappingKind::Expression => Expression::compile(origin).ok().map(Self::Computed),
            MappingKind::None => None,
        }
    }

    fn evaluate(&self, entry: &Entry, parameters: &Parameters) -> Option<Value> {
        match self {
            Self::Direct(source) => entry.value(source),
            Self::Constant(text) => parameters.expand(text).ok().map(Value::text),
            Self::Computed(expression) => expression.evaluate(entry, parameters).ok().flatten(),
        }
    }
}

fn measure(name: &str, rows: &[Row], entry: &Entry, parameters: &Parameters) {
    let (mut evaluated, start, busy) = (0_u64, Instant::now(), cpu_time());
    while start.elapsed() < Duration::from_secs(1) {
        for _ in 0..100 {
            for row in rows {
                drop(black_box(row.evaluate(black_box(entry), parameters)));
                evaluated += 1;
            }
        }
    }
    let spent = match (busy, cpu_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => start.elapsed(),
    };
    let rate = evaluated as f64 / spent.as_secs_f64();
    println!("{name:34} {:3} attributes {:>8.0} thousand a second of one core", rows.len(), rate / 1000.0);
}

/// What the thread has had of a core, where the system tells (Linux): others may want the machine too.
fn cpu_time() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn main() {
    let parameters =
        Parameters::new().with(Parameter::DomainFqdn, "lab01.local").with(Parameter::DomainNetBios, "LAB01");
    let entries = [("typical", person()), ("newcomer", newcomer()), ("with mailbox", with_mailbox())];
    for (name, target) in [("built-in directory", TargetKind::BuiltIn), ("SCIM", TargetKind::Scim)] {
        let mappings = mappings(DirectoryKind::ActiveDirectory, target, ObjectKind::User);
        let rows: Vec<_> = mappings.iter().filter_map(Row::of).collect();
        for (which, entry) in &entries {
            measure(&format!("{name}, {which}"), &rows, entry, &parameters);
        }
    }
    let (_, entry) = &entries[0];
    for text in [
        "Trim([company])",
        "IIF(IsPresent([userAccountControl]), IIF(BitAnd([userAccountControl], 2)=\"0\", \"True\", \"False\"), \"True\")",
        "IIF(IsPresent([pwdLastSet]), FormatDateTime(DateFromNum([pwdLastSet]), , \"yyyyMMddHHmmss.0Z\"), )",
        "ToLower(Join(\"@\", NormalizeDiacritics(StripSpaces(Join(\".\", [givenName], [sn]))), %DomainFQDN%))",
        "Replace([telephoneNumber], , \"[()\\\\s-]+\", , \"\", , )",
        "RemoveDuplicates(Trim([proxyAddresses]))",
        "StringFromSid([objectSid])",
    ] {
        let row = Row::of(&Mapping::expression("any", text));
        measure(&text.chars().take(34).collect::<String>(), row.as_slice(), entry, &parameters);
    }
}

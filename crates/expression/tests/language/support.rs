//! A person to evaluate on, and a short way to write what comes out.

use chrono::{TimeZone as _, Utc};
use domain::{Entry, Value};
use expression::{Attributes, Expression, Parameter, Parameters};

/// A SID of S-1-5-21-1-2-3-1104.
pub const SID: [u8; 28] =
    [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 80, 4, 0, 0];

pub fn person() -> Entry {
    Entry::new("CN=Doe\\, John,OU=Sales,OU=People,DC=lab01,DC=local")
        .with("cn", ["Doe, John"])
        .with("givenName", ["John"])
        .with("surname", ["Doe"])
        .with("padded", ["  two words  "])
        .with("blank", ["   "])
        .with("zoe", ["Zoë"])
        .with("mail", ["john.doe@contoso.com"])
        .with("userPrincipalName", ["John.Doe@contoso.com"])
        .with("sAMAccountName", ["jdoe"])
        .with("userAccountControl", ["512"])
        .with("disabledControl", ["514"])
        .with("groupType", ["-2147483646"])
        .with("distributionType", ["2"])
        .with("pwdLastSet", ["129699324000000000"])
        .with("accountExpires", ["9223372036854775807"])
        .with("proxyAddresses", ["smtp:jd@contoso.com", "SMTP:john.doe@contoso.com", "smtp:alt@contoso.com"])
        .with("objectGUID", [(0..16).collect::<Vec<u8>>()])
        .with("objectSid", [SID.to_vec()])
        .with("flag", ["TRUE"])
        .with("date", ["20150123105347.1Z"])
        .with("telephoneNumber", ["+91 9998887777"])
        .with("mobile", ["+1 (999) 888-7777"])
        .with("mailNickname", ["john_doe72"])
        .with("state", ["QLD"])
}

pub fn parameters() -> Parameters {
    Parameters::new()
        .with(Parameter::DomainFqdn, "lab01.local")
        .with_now(Utc.with_ymd_and_hms(2021, 8, 25, 17, 41, 18).single().expect("a moment"))
}

/// The outcome as text: `null`, `int 7`, `bool True`, `base64 …`, `[a | b]`, `error F: …`, and texts as they are.
pub fn run(text: &str, attributes: &dyn Attributes) -> String {
    let expression = match Expression::compile(text) {
        Ok(expression) => expression,
        Err(error) => return format!("refused {error}"),
    };
    match expression.evaluate(attributes, &parameters()) {
        Ok(None) => "null".to_owned(),
        Ok(Some(value)) => show(&value),
        Err(error) => format!("error {error}"),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => format!("int {number}"),
        Value::Boolean(flag) => format!("bool {}", if *flag { "True" } else { "False" }),
        Value::Binary(_) => format!("base64 {value}"),
        Value::Many(values) => format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(" | ")),
        Value::Reference(id) => format!("reference {id}"),
    }
}

/// Evaluates every expression for the person and compares.
#[track_caller]
pub fn check(table: &[(&str, &str)]) {
    let person = person();
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, expected)| {
            let found = run(text, &person);
            (found != *expected).then(|| format!("{text}\n    expected {expected}\n    found    {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

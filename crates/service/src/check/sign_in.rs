//! What makes the settings of a sign-in provider acceptable.

use domain::document::SignInEntry;
use openid::Provider;

use super::At;

const LONGEST_VALUE: usize = 256;
const LONGEST_LABEL: usize = 64;

pub(super) fn check(entry: &SignInEntry, at: &mut At<'_>) {
    if let Err(problem) = Provider::check_issuer(&entry.issuer) {
        at.add("signIn.issuer", problem.to_string());
    }
    for (name, text) in [("clientId", &entry.client_id), ("roleClaim", &entry.role_claim)] {
        if text.trim().is_empty() {
            at.add(&format!("signIn.{name}"), "is empty");
        } else if text.len() > LONGEST_VALUE {
            at.add(&format!("signIn.{name}"), format!("is longer than {LONGEST_VALUE} characters"));
        }
    }
    if entry
        .label
        .as_ref()
        .is_some_and(|label| label.trim().is_empty() || label.chars().count() > LONGEST_LABEL)
    {
        at.add("signIn.label", "must have 1 to 64 characters; leave it out for the provider's host name");
    }
    for (index, scope) in entry.scopes.iter().enumerate() {
        // RFC 6749 section 3.3.
        let fits = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if scope.is_empty() || scope.len() > LONGEST_VALUE || !scope.bytes().all(fits) {
            at.add(&format!("signIn.scopes[{index}]"), format!("`{scope}` is not a scope"));
        }
    }
    let lists = [
        ("administrators", &entry.administrators),
        ("operators", &entry.operators),
        ("readers", &entry.readers),
    ];
    for (name, list) in lists {
        if list.len() > SignInEntry::MOST_VALUES {
            at.add(&format!("signIn.{name}"), format!("has more than {} values", SignInEntry::MOST_VALUES));
        }
        for (index, value) in list.iter().enumerate() {
            if value.trim().is_empty() || value.len() > LONGEST_VALUE {
                at.add(&format!("signIn.{name}[{index}]"), "must have 1 to 256 characters");
            }
        }
    }
    if entry.enabled && lists.iter().all(|(_, list)| list.is_empty()) {
        at.add(
            "signIn.administrators",
            "is empty, as are the other lists: nobody would get in; name at least one value",
        );
    }
    if entry.ca_file.is_some() {
        at.add("signIn.caFile", "is read by the command line; send the certificate itself as caPem");
    }
    if entry.ca_pem.as_ref().is_some_and(|pem| !pem.contains("BEGIN CERTIFICATE")) {
        at.add("signIn.caPem", "is no certificate in PEM form");
    }
}

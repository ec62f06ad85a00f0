//! What a directory's refusals mean for the one who has to mend them.

use ports::SourceError;

use crate::message::Outcome;
use crate::wire::WireError;

/// The directory's own words, or the name of its code when it said none.
pub(crate) fn told(outcome: &Outcome) -> String {
    let name = code_name(outcome.code);
    if outcome.message.is_empty() { name.to_owned() } else { format!("{name}: {}", outcome.message) }
}

/// A sign-in that was refused.
pub(crate) fn of_bind(outcome: &Outcome, bind_dn: &str) -> SourceError {
    let who = if bind_dn.is_empty() { "an anonymous user" } else { bind_dn };
    let credentials = |reason: String| SourceError::Credentials { bind_dn: who.to_owned(), reason };
    match outcome.code {
        8 | 13 => SourceError::Settings(format!(
            "the directory accepts passwords only on encrypted connections; use ldaps:// or StartTLS ({})",
            told(outcome)
        )),
        49 => credentials(
            active_directory_reason(&outcome.message)
                .unwrap_or("the name or the password is wrong")
                .to_owned(),
        ),
        // OpenLDAP answers a name that is no name with invalidDNSyntax, one that may not sign in with
        // inappropriateAuthentication or unwillingToPerform.
        32 | 34 => credentials(format!("the bind DN is not right ({})", told(outcome))),
        7 | 48 | 50 | 53 => credentials(told(outcome)),
        10 => SourceError::Settings(format!(
            "the account is held by another server{}",
            outcome.referral.as_deref().map(|url| format!(" ({url})")).unwrap_or_default()
        )),
        51 | 52 => SourceError::Directory(busy(outcome)),
        _ => SourceError::Directory(format!("signing in ended with {}", told(outcome))),
    }
}

/// A search that did not end in success.
pub(crate) fn of_search(outcome: &Outcome, base: &str) -> SourceError {
    let incomplete =
        |reason: &str| SourceError::Incomplete { reason: format!("{reason} ({})", told(outcome)) };
    match outcome.code {
        3 => incomplete("its time limit was reached"),
        4 => incomplete("its size limit was reached"),
        11 => incomplete("its administrative limit was reached"),
        12 => SourceError::Directory(format!("it cannot give paged results ({})", told(outcome))),
        // A referral at the base: Active Directory sends away whoever asks for a name outside of its domain.
        10 | 32 => SourceError::NoSuchBase { dn: name_of(base) },
        34 => SourceError::Settings(format!("`{base}` is not a distinguished name to this directory")),
        50 => SourceError::NotAllowed { dn: name_of(base) },
        // Active Directory and Samba say operationsError to whoever has not signed in.
        1 if ["successful bind", "without authentication"]
            .iter()
            .any(|part| outcome.message.contains(part)) =>
        {
            SourceError::NotAllowed { dn: name_of(base) }
        }
        51 | 52 => SourceError::Directory(busy(outcome)),
        _ => SourceError::Directory(format!(
            "the search beneath {} ended with {}",
            name_of(base),
            told(outcome)
        )),
    }
}

/// A connection that failed before or between lists.
pub(crate) fn of_connection(error: WireError, address: String, doing: &'static str) -> SourceError {
    match error {
        WireError::Silent(limit) => {
            SourceError::Timeout { address, seconds: limit.as_secs(), doing: doing.into() }
        }
        WireError::Malformed(problem) => SourceError::Unreachable {
            address,
            reason: format!("what listens there sent {problem}, which is not LDAP; check the port"),
        },
        other => SourceError::Unreachable { address, reason: format!("{other} while {doing}") },
    }
}

/// A connection that failed in the middle of a list: what came is not all there is.
pub(crate) fn of_list(error: WireError, address: String) -> SourceError {
    match error {
        WireError::Silent(limit) => {
            SourceError::Timeout { address, seconds: limit.as_secs(), doing: "reading a list".into() }
        }
        other => SourceError::Incomplete { reason: other.to_string() },
    }
}

/// A notice of disconnection (RFC 4511 section 4.4.1).
pub(crate) fn of_notice(outcome: &Outcome) -> SourceError {
    SourceError::Incomplete { reason: format!("it ended the connection ({})", told(outcome)) }
}

fn busy(outcome: &Outcome) -> String {
    format!("it is too busy at the moment ({})", told(outcome))
}

fn name_of(base: &str) -> String {
    if base.is_empty() { "the rootDSE".to_owned() } else { base.to_owned() }
}

/// Active Directory puts the reason of a refused sign-in into its message as `data 52e`.
fn active_directory_reason(message: &str) -> Option<&'static str> {
    let data =
        message.split("data ").nth(1)?.split(|character: char| !character.is_ascii_hexdigit()).next()?;
    Some(match data.to_ascii_lowercase().as_str() {
        "525" => "there is no such user",
        "52e" => "the name or the password is wrong",
        "52f" => "account restrictions forbid it",
        "530" => "the account may not sign in at this time",
        "531" => "the account may not sign in from this computer",
        "532" => "the password has expired",
        "533" => "the account is disabled",
        "534" => "the account lacks the right to sign in this way",
        "568" => "the account is a member of too many groups",
        "701" => "the account has expired",
        "773" => "the password must be changed before the first sign-in",
        "775" => "the account is locked out",
        _ => return None,
    })
}

/// The names of RFC 4511 section 4.1.9.
fn code_name(code: i32) -> &'static str {
    match code {
        0 => "success",
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        16 => "noSuchAttribute",
        17 => "undefinedAttributeType",
        18 => "inappropriateMatching",
        21 => "invalidAttributeSyntax",
        32 => "noSuchObject",
        33 => "aliasProblem",
        34 => "invalidDNSyntax",
        36 => "aliasDereferencingProblem",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        54 => "loopDetect",
        80 => "other",
        _ => "an unknown result code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: i32, message: &str) -> Outcome {
        Outcome { code, message: message.into(), ..Outcome::default() }
    }

    #[test]
    fn active_directorys_reasons_are_translated() {
        let refused = |data: &str| {
            let message = format!(
                "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {data}, v4563"
            );
            of_bind(&outcome(49, &message), "CN=sync,DC=x").to_string()
        };
        for (data, words) in [
            ("52e", "password is wrong"),
            ("525", "no such user"),
            ("530", "at this time"),
            ("532", "password has expired"),
            ("533", "disabled"),
            ("701", "account has expired"),
            ("773", "must be changed"),
            ("775", "locked out"),
            ("52E", "password is wrong"),
            ("999", "the name or the password is wrong"),
        ] {
            let told = refused(data);
            assert!(told.contains(words) && told.contains("CN=sync,DC=x"), "{data}: {told}");
        }
    }

    #[test]
    fn a_refused_sign_in_without_details_still_names_the_account() {
        assert_eq!(
            of_bind(&outcome(49, ""), "cn=a,dc=x"),
            SourceError::Credentials {
                bind_dn: "cn=a,dc=x".into(),
                reason: "the name or the password is wrong".into()
            }
        );
        assert!(matches!(of_bind(&outcome(13, "TLS required"), "cn=a"), SourceError::Settings(_)));
        assert!(matches!(of_bind(&outcome(53, "no password"), "cn=a"), SourceError::Credentials { .. }));
        assert!(matches!(of_bind(&outcome(52, ""), "cn=a"), SourceError::Directory(_)));
    }

    #[test]
    fn limits_mean_an_incomplete_list_and_never_its_end() {
        for code in [3, 4, 11] {
            assert!(
                matches!(of_search(&outcome(code, ""), "DC=x"), SourceError::Incomplete { .. }),
                "{code}"
            );
        }
        assert_eq!(
            of_search(&outcome(32, ""), "OU=a,DC=x"),
            SourceError::NoSuchBase { dn: "OU=a,DC=x".into() }
        );
        assert_eq!(
            of_search(&outcome(50, ""), "OU=a,DC=x"),
            SourceError::NotAllowed { dn: "OU=a,DC=x".into() }
        );
        let error =
            "000004DC: LdapErr: In order to perform this operation a successful bind must be completed";
        assert!(matches!(of_search(&outcome(1, error), "DC=x"), SourceError::NotAllowed { .. }));
    }
}

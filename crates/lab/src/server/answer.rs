//! Results, in the words that Active Directory uses: clients match on the codes inside.

use ldap3_proto::proto::{LdapResult, LdapResultCode};

pub(super) fn result(code: LdapResultCode, message: impl Into<String>) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: message.into(), referral: Vec::new() }
}

pub(super) fn success() -> LdapResult {
    result(LdapResultCode::Success, "")
}

/// Wrong name or wrong password: the answer does not tell which.
pub(super) fn invalid_credentials() -> LdapResult {
    result(
        LdapResultCode::InvalidCredentials,
        "80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data 52e, v4f7c",
    )
}

pub(super) fn bind_first() -> LdapResult {
    result(
        LdapResultCode::OperationsError,
        "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be \
         completed on the connection., data 0, v4f7c",
    )
}

pub(super) fn no_such_object(matched: String) -> LdapResult {
    let message = format!(
        "0000208D: NameErr: DSID-03100245, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'{matched}'\n"
    );
    LdapResult { matcheddn: matched, ..result(LdapResultCode::NoSuchObject, message) }
}

pub(super) fn invalid_dn(dn: &str) -> LdapResult {
    result(
        LdapResultCode::InvalidDNSyntax,
        format!(
            "0000208F: NameErr: DSID-03100225, problem 2006 (BAD_NAME), data 8350, best match of:\n\t'{dn}'\n"
        ),
    )
}

pub(super) fn referral(host: &str, dn: &str) -> LdapResult {
    let referral = vec![format!("ldap://{host}/{dn}")];
    let message = "0000202B: RefErr: DSID-0310084A, data 0, 1 access points";
    LdapResult { referral, ..result(LdapResultCode::Referral, message) }
}

pub(super) fn size_limit() -> LdapResult {
    result(LdapResultCode::SizeLimitExceeded, "")
}

pub(super) fn missing_critical_control() -> LdapResult {
    result(
        LdapResultCode::UnavailableCriticalExtension,
        "00000057: LdapErr: DSID-0C0907D4, comment: Error processing control, data 0, v4f7c",
    )
}

pub(super) fn bad_control() -> LdapResult {
    result(
        LdapResultCode::UnwillingToPerform,
        "00000057: LdapErr: DSID-0C0907D4, comment: Error processing control, data 0, v4f7c",
    )
}

pub(super) fn read_only() -> LdapResult {
    result(
        LdapResultCode::InsufficentAccessRights,
        "00002098: SecErr: DSID-03150F93, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0",
    )
}

pub(super) fn may_not_replicate() -> LdapResult {
    result(
        LdapResultCode::InsufficentAccessRights,
        "00002105: LdapErr: DSID-0C090A2B, comment: Error processing control, data 0, v4f7c",
    )
}

pub(super) fn unsupported_authentication() -> LdapResult {
    result(
        LdapResultCode::AuthMethodNotSupported,
        "00002027: LdapErr: DSID-0C090597, comment: Invalid Authentication method, data 0, v4f7c",
    )
}

pub(super) fn malformed() -> LdapResult {
    result(
        LdapResultCode::ProtocolError,
        "00000057: LdapErr: DSID-0C0C0095, comment: Error decoding ldap message, data 0, v4f7c",
    )
}

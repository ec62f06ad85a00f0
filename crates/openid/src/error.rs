use std::error::Error;

/// Why somebody could not be signed in, or a provider not be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenIdError {
    #[error(
        "`{0}` is not the address of a provider: it begins with https://, and http:// only on this machine"
    )]
    Issuer(String),
    #[error("the certificates to trust cannot be used: {0}")]
    Authority(String),
    #[error("this machine trusts no certificates: install ca-certificates, or give the provider's authority")]
    NoTrustStore,
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    #[error("the provider's description cannot be used: {0}")]
    Description(String),
    /// The token endpoint said no: RFC 6749 section 5.2.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// What came is not what the provider signed for this sign-in.
    #[error("the provider's ID token is not valid: {0}")]
    Token(String),
}

/// An error with its causes: the outermost one often says only that something failed.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

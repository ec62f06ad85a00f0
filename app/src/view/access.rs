use domain::access::{Account, ApiToken, Role};
use domain::document::SignInEntry;

use super::Errors;

/// Who signs in, and which programs may call.
#[derive(Debug, Clone, Default)]
pub struct AccessView {
    pub accounts: Vec<Account>,
    pub tokens: Vec<ApiToken>,
    pub provider: Option<SignInEntry>,
    /// Shown once: the token that was just made.
    pub made: Option<(ApiToken, domain::Secret)>,
    /// The form of a new account, as it was typed; passwords never come back.
    pub username: String,
    pub account_role: Option<Role>,
    pub account_errors: Errors,
    /// The form of a new token, as it was typed.
    pub token_name: String,
    pub token_role: Option<Role>,
    pub token_errors: Errors,
}

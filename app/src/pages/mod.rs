//! What pages look like. One file a page; everything they show comes in as a struct of `view`.

mod allow_deletes;
mod configuration;
mod configuration_form;
mod configuration_state;
mod configurations;
mod directory;
mod directory_detail;
mod error;
mod failing;
mod filter_editor;
mod log_detail;
mod log_row;
mod logs;
mod mapping;
mod overview;
mod properties;
mod restart;
mod scope;
mod sign_in;

pub use allow_deletes::allow_deletes;
pub use configuration::{ConfigurationTab, configuration_frame, configuration_overview};
pub use configuration_form::{FormChoices, new_configuration};
pub use configurations::configurations;
pub use directory::directory_list;
pub use directory_detail::directory_detail;
pub use error::{ErrorView, error_page};
pub use failing::failing;
pub use log_detail::log_detail;
pub use logs::logs;
pub use mapping::mapping;
pub use overview::overview;
pub use properties::properties;
pub use restart::{RESTART_LEVELS, restart};
pub use scope::scope;
pub use sign_in::{SignIn, SignInProblem, sign_in};

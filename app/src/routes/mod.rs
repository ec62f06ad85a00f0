//! The portal's addresses: each handler reads through the service and answers with a page, or changes something and
//! sends the reader on.
//!
//! Every form posts to plain addresses and works without a script. What was refused is drawn again with everything
//! that was typed and status 422; what worked is answered with 303 and a sentence on the next page.
//!
//! What the server has to bring: the signed-in [`domain::access::Principal`] as an extension of the request, the
//! session routes (`/sign-in` with its one-time links, drawn by [`sign_in_page`], and `POST /sign-out`), the `/events`
//! stream of hints, the files below `/pkg`, [`not_found_page`] for addresses that nobody serves, and the check of the
//! request's origin.

mod access;
mod actions;
mod agents;
mod alerts;
mod audit;
mod configurations;
mod convert;
mod cookies;
mod csv;
mod directory;
mod domains;
mod edit;
mod failing;
mod failure;
mod insights;
mod log_download;
mod logs;
mod mail;
mod mapping;
mod objects;
mod on_demand;
mod overview;
mod preferences;
mod provider;
mod reader;
mod readiness;
mod restart;
mod scope;
mod settings;
mod sign_in;
mod simulate;
mod targets;
mod unmatched;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};
use service::Service;

pub use failure::not_found_page;
pub use reader::{Reader, visitor_frame};
pub use sign_in::sign_in_page;

use crate::assets::Assets;

/// What handlers share.
#[derive(Debug, Clone)]
pub struct Portal {
    pub service: Service,
    pub assets: Assets,
}

/// Every page and form of the portal, without the session routes.
pub fn router<S: Clone + Send + Sync + 'static>(portal: Portal) -> Router<S> {
    Router::new()
        .route("/", get(overview::overview))
        .route("/configurations", get(configurations::list))
        .route("/configurations/new", get(edit::new_form).post(edit::create))
        .route("/configurations/{id}", get(configurations::overview))
        .route("/configurations/{id}/scope", get(scope::show).post(scope::save))
        .route("/configurations/{id}/scope/preview/{simulation}", get(scope::preview))
        .route("/configurations/{id}/scope/preview/{simulation}/save", post(scope::save_previewed))
        .route("/configurations/{id}/scope/preview/{simulation}/cancel", post(scope::cancel_preview))
        .route("/configurations/{id}/mapping", get(mapping::show).post(mapping::save))
        .route("/configurations/{id}/mapping/reset", post(mapping::reset))
        .route("/configurations/{id}/properties", get(configurations::properties).post(edit::properties))
        .route("/configurations/{id}/test", get(on_demand::show).post(on_demand::test))
        .route("/configurations/{id}/simulate", get(simulate::show).post(simulate::start))
        .route("/configurations/{id}/simulate/{simulation}/csv", get(simulate::save))
        .route("/configurations/{id}/simulate/{simulation}/moving", get(simulate::save_moving))
        .route("/configurations/{id}/simulate/{simulation}/cancel", post(simulate::cancel))
        .route("/configurations/{id}/simulate/{simulation}/{number}", get(simulate::object))
        .route("/configurations/{id}/unmatched", get(unmatched::show).post(unmatched::search))
        .route("/configurations/{id}/unmatched/csv", get(unmatched::save))
        .route("/configurations/{id}/failing", get(failing::list))
        .route("/configurations/{id}/failing/retry", post(failing::retry))
        .route("/configurations/{id}/restart", get(restart::show).post(restart::restart))
        .route("/configurations/{id}/allow-deletes", get(restart::staged).post(restart::allow))
        .route("/configurations/{id}/{action}", post(actions::act))
        .route("/agents", get(agents::list))
        .route("/agents/new", get(agents::add_form).post(agents::add))
        .route("/agents/tokens/{id}/withdraw", post(agents::withdraw))
        .route("/agents/{id}", get(agents::show))
        .route("/agents/{id}/retire", post(agents::retire))
        .route("/agents/{id}/rotate-key", post(agents::rotate_key))
        .route("/agents/{id}/clear-alarms", post(agents::clear_alarms))
        .route("/agents/{id}/domains", post(agents::set_domains))
        .route("/alerts", get(alerts::list))
        .route("/alerts/rules", get(alerts::rules).post(alerts::save_rules))
        .route("/alerts/{id}", get(alerts::show))
        .route("/alerts/{id}/acknowledge", post(alerts::acknowledge))
        .route("/logs", get(logs::list))
        .route("/logs/download", get(log_download::show))
        .route("/logs/download/{file}", get(log_download::save))
        .route("/logs/saved", post(logs::save_search))
        .route("/logs/saved/delete", post(logs::delete_search))
        .route("/logs/{id}", get(logs::detail))
        .route("/objects/{id}", get(objects::show))
        .route("/users", get(directory::users))
        .route("/users/{id}", get(directory::person))
        .route("/groups", get(directory::groups))
        .route("/groups/{id}", get(directory::group))
        .route("/audit", get(audit::list))
        .route("/audit/check", post(audit::check))
        .route("/audit/csv", get(audit::save_csv))
        .route("/audit/json", get(audit::save_json))
        .route("/audit/{sequence}", get(audit::detail))
        .route("/mail", get(mail::show))
        .route("/mail/server", get(mail::server).post(mail::save))
        .route("/mail/test", post(mail::test))
        .route("/readiness", get(readiness::show).post(readiness::scan))
        .route("/readiness/{file}", get(readiness::save))
        .route("/insights", get(insights::show))
        .route("/insights/{file}", get(insights::save))
        .route("/settings", get(settings::show).post(settings::save))
        .route("/settings/domains", get(domains::list))
        .route("/settings/domains/new", get(domains::new_form).post(domains::create))
        .route("/settings/domains/{id}", get(domains::show).post(domains::save))
        .route("/settings/domains/{id}/test", post(domains::test))
        .route("/settings/domains/{id}/delete", post(domains::delete))
        .route("/settings/targets", get(targets::list))
        .route("/settings/targets/new", get(targets::new_form).post(targets::create))
        .route("/settings/targets/{id}", get(targets::show).post(targets::save))
        .route("/settings/targets/{id}/test", post(targets::test))
        .route("/settings/targets/{id}/delete", post(targets::delete))
        .route("/settings/password", get(access::own_password).post(access::set_own_password))
        .route("/settings/access", get(access::show))
        .route("/settings/access/accounts", post(access::add_account))
        .route("/settings/access/accounts/{id}/delete", post(access::delete_account))
        .route(
            "/settings/access/accounts/{id}/password",
            get(access::account_password).post(access::set_account_password),
        )
        .route(
            "/settings/access/accounts/{id}/role",
            get(access::account_role).post(access::set_account_role),
        )
        .route("/settings/access/provider", get(provider::show).post(provider::save))
        .route("/settings/access/provider/check", post(provider::check))
        .route("/settings/access/tokens", post(access::add_token))
        .route("/settings/access/tokens/{id}/delete", post(access::delete_token))
        .route("/preferences/theme", post(preferences::theme))
        .with_state(portal)
}

/// A page, or the page that says why not.
type Answer = Result<Response, failure::Failure>;

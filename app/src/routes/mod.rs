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

mod actions;
mod agents;
mod audit;
mod configurations;
mod convert;
mod cookies;
mod csv;
mod directory;
mod edit;
mod failing;
mod failure;
mod logs;
mod mail;
mod mapping;
mod objects;
mod on_demand;
mod overview;
mod preferences;
mod reader;
mod restart;
mod scope;
mod sign_in;
mod simulate;
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
        .route("/configurations/{id}/mapping", get(mapping::show).post(mapping::save))
        .route("/configurations/{id}/mapping/reset", post(mapping::reset))
        .route("/configurations/{id}/properties", get(configurations::properties).post(edit::properties))
        .route("/configurations/{id}/test", get(on_demand::show).post(on_demand::test))
        .route("/configurations/{id}/simulate", get(simulate::show).post(simulate::start))
        .route("/configurations/{id}/simulate/{simulation}/csv", get(simulate::save))
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
        .route("/agents/{id}/clear-alarms", post(agents::clear_alarms))
        .route("/agents/{id}/domains", post(agents::set_domains))
        .route("/logs", get(logs::list))
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
        .route("/preferences/theme", post(preferences::theme))
        .with_state(portal)
}

/// A page, or the page that says why not.
type Answer = Result<Response, failure::Failure>;

use axum::http::StatusCode;
use leptos::prelude::*;

use crate::components::LinkButton;

/// A page that could not be shown.
#[derive(Debug, Clone)]
pub struct ErrorView {
    pub status: StatusCode,
    pub title: String,
    /// What happened and what to do.
    pub text: String,
}

impl ErrorView {
    pub fn not_found() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            title: "There is nothing here".to_owned(),
            text: "The address is wrong, or what it showed was deleted. Search for it above, or start at the overview."
                .to_owned(),
        }
    }

    pub fn forbidden() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            title: "Your role does not allow this".to_owned(),
            text: "Ask an administrator to do it or to give you another role.".to_owned(),
        }
    }

    pub fn internal() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            title: "Something went wrong on our side".to_owned(),
            text: "Nothing was changed. Try again; if it persists, look in the server's log for this time."
                .to_owned(),
        }
    }
}

/// Draws it, with a way on.
pub fn error_page(view: ErrorView) -> impl IntoView {
    view! {
        <div class="error-page">
            <p class="status">{view.status.as_u16()}</p>
            <h1>{view.title}</h1>
            <p class="soft">{view.text}</p>
            <div class="actions">
                <LinkButton href="/" text="Go to the overview" icon="overview" class="primary" />
            </div>
        </div>
    }
}

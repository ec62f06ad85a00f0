//! Errors of the service as pages. The one place that decides which status an error has in the portal.

use std::error::Error;

use axum::{
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use service::ServiceError;

use super::{
    Portal,
    reader::{show, visitor_frame},
};
use crate::{
    format::capitalised,
    frame::Frame,
    pages::{self, ErrorView},
};

/// The page that is shown instead. Boxed because handlers carry it in every result.
#[derive(Debug)]
pub struct Failure(Box<Response>);

impl Failure {
    pub fn new(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// Draws the page of an error, and logs what the reader must not see.
pub fn answer_failure(frame: Frame, error: &ServiceError) -> Response {
    let view = match error {
        ServiceError::NotFound { what } => {
            ErrorView { title: capitalised(&format!("there is no {what}")), ..ErrorView::not_found() }
        }
        ServiceError::Forbidden { needed } => ErrorView {
            text: format!(
                "This needs the role {needed}. Ask an administrator to do it or to give you that role."
            ),
            ..ErrorView::forbidden()
        },
        ServiceError::Invalid(_) => ErrorView {
            status: StatusCode::BAD_REQUEST,
            title: "The address asks for something that does not exist".to_owned(),
            text: sentence(error),
        },
        ServiceError::Conflict(_) | ServiceError::Busy(_) => ErrorView {
            status: StatusCode::CONFLICT,
            title: "This does not fit what is there now".to_owned(),
            text: sentence(error),
        },
        ServiceError::Unavailable { .. } => ErrorView {
            status: StatusCode::SERVICE_UNAVAILABLE,
            title: "This is not possible right now".to_owned(),
            text: sentence(error),
        },
        ServiceError::Internal(source) => {
            tracing::error!(error = %chain(source.as_ref()), path = %frame.path, "a page could not be made");
            ErrorView::internal()
        }
    };
    page(frame, view)
}

/// An error as a sentence, for pages and for the flash.
pub fn sentence(error: &ServiceError) -> String {
    let text = capitalised(&error.to_string());
    if text.ends_with('.') { text } else { format!("{text}.") }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// The page of an address that leads nowhere.
pub fn not_found_page(portal: &Portal, request: &Parts) -> Response {
    page(visitor_frame(portal, request), ErrorView::not_found())
}

fn page(frame: Frame, view: ErrorView) -> Response {
    show(view.status, frame.titled(view.title.clone()), || pages::error_page(view))
}

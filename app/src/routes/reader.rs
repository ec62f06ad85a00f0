use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use domain::access::Principal;
use leptos::prelude::IntoView;
use service::{Service, ServiceError};

use super::{
    Portal, cookies,
    failure::{Failure, answer_failure},
};
use crate::{
    frame::{Flash, Frame},
    page,
    view::query,
};

/// The frame around a page for whoever asks, signed in or not.
pub fn visitor_frame(portal: &Portal, request: &Parts) -> Frame {
    Frame {
        assets: portal.assets.clone(),
        title: String::new(),
        path: request.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        theme: cookies::theme(&request.headers),
        principal: request.extensions.get::<Principal>().cloned(),
        now: portal.service.now(),
        flash: cookies::flash(&request.headers),
    }
}

/// Someone who is signed in. Everybody else is sent to sign in and comes back here afterwards.
#[derive(Debug)]
pub struct Reader {
    pub frame: Frame,
    pub service: Service,
    pub principal: Principal,
}

impl FromRequestParts<Portal> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Response> {
        let frame = visitor_frame(portal, parts);
        match frame.principal.clone() {
            Some(principal) => Ok(Self { frame, service: portal.service.clone(), principal }),
            None => {
                let back = if parts.method.is_safe() { frame.path } else { "/".to_owned() };
                let next = if back == "/" { String::new() } else { back };
                Err(Redirect::to(&query::href("/sign-in", &[("next", next)])).into_response())
            }
        }
    }
}

impl Reader {
    /// The page.
    pub fn page<V: IntoView + 'static>(
        &self,
        title: impl Into<String>,
        body: impl FnOnce() -> V,
    ) -> Response {
        self.page_with(StatusCode::OK, title, body)
    }

    /// The page with another status, such as a form that was refused.
    pub fn page_with<V: IntoView + 'static>(
        &self,
        status: StatusCode,
        title: impl Into<String>,
        body: impl FnOnce() -> V,
    ) -> Response {
        show(status, self.frame.clone().titled(title), body)
    }

    /// Sends the reader on with a sentence about what was done.
    pub fn done(&self, to: &str, text: impl Into<String>) -> Response {
        redirect(to, &Flash { good: true, text: text.into() })
    }

    /// Sends the reader on with a sentence about what was not done.
    pub fn refused(&self, to: &str, text: impl Into<String>) -> Response {
        redirect(to, &Flash { good: false, text: text.into() })
    }

    /// The page that says why there is no page.
    pub fn failed(&self, error: &ServiceError) -> Failure {
        Failure::new(answer_failure(self.frame.clone(), error))
    }
}

/// Draws a page and forgets the sentence that it showed.
pub fn show<V: IntoView + 'static>(status: StatusCode, frame: Frame, body: impl FnOnce() -> V) -> Response {
    let flashed = frame.flash.is_some();
    let mut response = page::render(status, frame, body);
    if flashed {
        add_cookie(&mut response, cookies::clear_flash());
    }
    response
}

fn redirect(to: &str, flash: &Flash) -> Response {
    let mut response = Redirect::to(to).into_response();
    add_cookie(&mut response, cookies::set_flash(flash));
    response
}

pub fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

//! Errors as problem details (RFC 9457). What happened inside is logged here, once, and never sent.

use std::any::Any;
use std::error::Error;
use std::fmt::Write as _;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::document::FieldProblem;
use serde::Serialize;
use service::ServiceError;

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The catalogue's code or one of ours is identification enough.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    /// The stable word that scripts compare.
    code: String,
    /// One sentence for people.
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<FieldProblem>,
}

impl Problem {
    pub fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: code.into(),
            detail: detail.into(),
            problems: Vec::new(),
        }
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Unauthenticated",
            "no valid API token was given; send one as `Authorization: Bearer sky_…` (skybridge token create makes one)",
        )
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", detail)
    }

    pub fn invalid(problems: Vec<FieldProblem>) -> Self {
        ServiceError::Invalid(problems).into()
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let status = match &error {
            ServiceError::NotFound { .. } => StatusCode::NOT_FOUND,
            ServiceError::Forbidden { .. } => StatusCode::FORBIDDEN,
            ServiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ServiceError::Conflict(_) | ServiceError::Busy(_) => StatusCode::CONFLICT,
            ServiceError::Unavailable { code, .. } if code == ServiceError::DISK_FULL => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            ServiceError::Unavailable { .. } => StatusCode::BAD_GATEWAY,
            ServiceError::Internal(cause) => {
                tracing::error!(error = chain(cause.as_ref()), "a request failed inside");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let mut problem = Self::new(status, error.code(), error.to_string());
        if let ServiceError::Invalid(problems) = error {
            problem.problems = problems;
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"skybridge\""));
        }
        response
    }
}

/// An error with its causes, for the log.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

/// The answer to a request whose handler panicked.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer wants")]
pub fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(error = text, "a request's handler panicked");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerError",
        "something failed inside Skybridge; its log names the cause",
    )
    .into_response()
}

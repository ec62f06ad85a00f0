use axum::{
    extract::RawQuery,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{Visitor, reader::show};
use crate::{
    pages::{self, SignIn, SignInProblem},
    view::query,
};

/// The sign-in page; for those who are already in, the way on.
pub async fn sign_in(visitor: Visitor, RawQuery(text): RawQuery) -> Response {
    let pairs = query::parse(&text.unwrap_or_default());
    let next = local(query::first(&pairs, "next").unwrap_or_default());
    if visitor.frame.principal.is_some() {
        return Redirect::to(&next).into_response();
    }
    let problem = match query::first(&pairs, "reason") {
        Some("expired") => Some(SignInProblem::Expired),
        Some("link") => Some(SignInProblem::LinkSpent),
        _ => None,
    };
    sign_in_page(visitor, SignIn { username: String::new(), problem, next })
}

/// Draws the sign-in page, for the server's session routes.
pub fn sign_in_page(visitor: Visitor, view: SignIn) -> Response {
    let status = match view.problem {
        None | Some(SignInProblem::Expired) => StatusCode::OK,
        Some(SignInProblem::Refused) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(SignInProblem::LinkSpent) => StatusCode::GONE,
        Some(SignInProblem::Throttled { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(SignInProblem::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
    };
    show(status, visitor.frame.titled("Sign in"), || pages::sign_in(view))
}

/// An address of ours, whatever was asked for: nobody is sent to another site.
pub fn local(address: &str) -> String {
    let ours = address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains(['\\', '\r', '\n'])
        && !address.starts_with("/sign-in");
    if ours { address.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(local("/logs?q=a"), "/logs?q=a");
        for outside in ["https://evil.example", "//evil.example", "/\\evil.example", "", "/sign-in"] {
            assert_eq!(local(outside), "/", "for {outside}");
        }
    }
}

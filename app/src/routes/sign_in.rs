use axum::{
    http::{StatusCode, request::Parts},
    response::Response,
};

use super::{
    Portal,
    reader::{show, visitor_frame},
};
use crate::{
    frame::Frame,
    pages::{self, SignIn},
};

/// Draws the sign-in page, for the server's session routes.
pub fn sign_in_page(portal: &Portal, request: &Parts, status: StatusCode, view: SignIn) -> Response {
    // Nobody is in yet, and what is shown here never depends on who was.
    let frame = Frame { principal: None, ..visitor_frame(portal, request) };
    show(status, frame.titled("Sign in"), || pages::sign_in(view))
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

use axum::{
    extract::RawForm,
    response::{IntoResponse, Redirect, Response},
};

use super::{cookies, reader::add_cookie, sign_in::local};
use crate::{frame::Theme, view::query};

/// Keeps the choice of colours and goes back. Asks for no session: the sign-in page has the choice as well.
pub async fn theme(RawForm(body): RawForm) -> Response {
    let form = query::parse(&String::from_utf8_lossy(&body));
    let theme = query::first(&form, "theme").and_then(|t| t.parse().ok()).unwrap_or(Theme::System);
    let back = query::first(&form, "return").unwrap_or_default();
    let back = if back.starts_with("/sign-in") { back.to_owned() } else { local(back) };
    let mut response = Redirect::to(&back).into_response();
    add_cookie(&mut response, cookies::set_theme(theme));
    response
}

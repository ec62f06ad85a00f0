//! Requests that other sites make a browser send. Cookies are SameSite=Lax; beyond that every request that changes
//! something and may carry a cookie must say that it comes from here, by Sec-Fetch-Site or by Origin.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth::bearer;
use super::{Edge, Problem};

pub async fn check(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    // A browser adds no Authorization header for a stranger, and without a cookie there is nothing to abuse in the API.
    let harmless = bearer(headers).is_some()
        || (request.uri().path().starts_with("/api/") && !headers.contains_key(header::COOKIE));
    if safe || harmless || from_here(headers, edge.options().behind_proxy) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        "CrossSiteRequest",
        "this request came from another site; open the portal's own page and try again",
    )
    .into_response()
}

fn from_here(headers: &HeaderMap, behind_proxy: bool) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let host = behind_proxy.then(|| text("x-forwarded-host")).flatten().or_else(|| text("host"));
    let origin = text("origin").and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("name"), value.parse().expect("value")))
            .collect()
    }

    #[test]
    fn only_the_portal_itself_may_send_forms() {
        for (pairs, fine) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "http://a:3000"), ("host", "a:3000")], true),
            (&[("origin", "http://a:3001"), ("host", "a:3000")], false),
            (&[("origin", "null"), ("host", "a")], false),
            (&[("host", "a")], false),
        ] {
            assert_eq!(from_here(&headers(pairs), false), fine, "{pairs:?}");
        }
    }
}

//! The two cookies that are no secret: the choice of colours and the sentence about what was just done.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{
    frame::{Flash, Theme},
    view::query,
};

const THEME: &str = "theme";
const FLASH: &str = "flash";
const A_YEAR: u32 = 31_536_000;

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, value)| value)
}

pub fn theme(headers: &HeaderMap) -> Theme {
    cookie(headers, THEME).and_then(|value| value.parse().ok()).unwrap_or(Theme::System)
}

pub fn set_theme(theme: Theme) -> Option<HeaderValue> {
    set(THEME, theme.as_str(), A_YEAR)
}

pub fn flash(headers: &HeaderMap) -> Option<Flash> {
    let pairs = query::parse(cookie(headers, FLASH)?);
    let (name, text) = pairs.into_iter().next()?;
    Some(Flash { good: name == "done", text })
}

pub fn set_flash(flash: &Flash) -> Option<HeaderValue> {
    let name = if flash.good { "done" } else { "failed" };
    let value = serde_urlencoded::to_string([(name, &flash.text)]).ok()?;
    set(FLASH, &value, 60)
}

pub fn clear_flash() -> Option<HeaderValue> {
    set(FLASH, "", 0)
}

fn set(name: &str, value: &str, seconds: u32) -> Option<HeaderValue> {
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax; HttpOnly");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_survives_its_cookie() {
        let said = Flash { good: true, text: "“Böhm; & Söhne” läuft = jetzt.".to_owned() };
        let header = set_flash(&said).expect("a header");
        let pair = header.to_str().expect("text").split("; Path").next().expect("a pair").to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(&format!("theme=dark; {pair}")).expect("text"));
        assert_eq!(flash(&headers), Some(said));
        assert_eq!(theme(&headers), Theme::Dark);
    }

    #[test]
    fn a_theme_nobody_knows_is_the_systems() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("theme=plaid"));
        assert_eq!(theme(&headers), Theme::System);
    }
}

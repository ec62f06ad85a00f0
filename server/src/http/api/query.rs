//! Query parameters: repeated ones, and a refusal of those that nobody knows. A misspelt filter must not look like an
//! empty one.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::DateTime;
use domain::Time;
use domain::document::FieldProblem;
use storage::{Page, PageRequest};

use super::operation::Parameter;
use crate::cli::Since;
use crate::http::Problem;

const DEFAULT_LIMIT: u32 = 100;

/// The parameters of every list.
pub const PAGE: &[Parameter] = &[
    Parameter { name: "limit", description: "Rows a page, 1 to 1000; 100 when absent.", repeated: false },
    Parameter { name: "after", description: "`next` of the page before.", repeated: false },
];

/// All parameters of a request.
#[derive(Debug)]
pub struct Params {
    pairs: Vec<(String, String)>,
    problems: Vec<FieldProblem>,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self {
            pairs: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            problems: Vec::new(),
        })
    }
}

impl Params {
    /// Takes every value of a parameter.
    pub fn texts(&mut self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.pairs.retain_mut(|(key, value)| {
            if key == name {
                found.push(std::mem::take(value));
            }
            key != name
        });
        found.retain(|value| !value.is_empty());
        found
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        self.texts(name).pop()
    }

    pub fn parsed<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr<Err: ToString>,
    {
        self.all_parsed(name).pop()
    }

    pub fn all_parsed<T>(&mut self, name: &str) -> Vec<T>
    where
        T: FromStr<Err: ToString>,
    {
        let mut values = Vec::new();
        for text in self.texts(name) {
            match text.parse::<T>() {
                Ok(value) => values.push(value),
                Err(error) => self.problem(name, error.to_string()),
            }
        }
        values
    }

    /// A moment: RFC 3339, or a span of time up to now.
    pub fn moment(&mut self, name: &str, now: Time) -> Option<Time> {
        let text = self.text(name)?;
        if let Ok(moment) = DateTime::parse_from_rfc3339(&text) {
            return Some(moment.to_utc());
        }
        match text.parse::<Since>() {
            Ok(Since(span)) => Some(now - span),
            Err(error) => {
                self.problem(name, format!("{error}, or a time such as 2026-11-21T09:00:00Z"));
                None
            }
        }
    }

    pub fn page(&mut self) -> PageRequest {
        let limit = self.parsed::<u32>("limit").unwrap_or(DEFAULT_LIMIT);
        if !(1..=PageRequest::MOST).contains(&limit) {
            self.problem("limit", format!("the limit must lie between 1 and {}", PageRequest::MOST));
        }
        PageRequest { limit, after: self.text("after") }
    }

    /// Refuses what is wrong and what is left.
    pub fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            self.problem(&name, "there is no such parameter".to_owned());
        }
        if self.problems.is_empty() { Ok(()) } else { Err(Problem::invalid(self.problems)) }
    }

    fn problem(&mut self, name: &str, message: String) {
        self.problems.push(FieldProblem { path: name.to_owned(), message });
    }
}

/// A page of a short list that is read whole.
pub fn whole<T>(items: Vec<T>) -> Page<T> {
    Page { items, next: None }
}

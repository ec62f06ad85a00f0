//! A client of the REST API.

use std::time::Duration;

use domain::document::FieldProblem;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::args::ServerArgs;
use super::error::CliError;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Rows a page when every page is wanted.
const PAGE: usize = 500;

#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

/// What the server says went wrong (RFC 9457).
#[derive(Debug, Deserialize)]
struct Problem {
    detail: Option<String>,
    title: Option<String>,
    #[serde(default)]
    problems: Vec<FieldProblem>,
}

#[derive(Debug, Deserialize)]
pub struct Page {
    pub items: Vec<Value>,
    pub next: Option<String>,
}

impl Client {
    pub fn new(args: &ServerArgs) -> Result<Self, CliError> {
        let token = args.token.clone().filter(|token| !token.trim().is_empty()).ok_or_else(|| {
            CliError::usage(
                "there is no API token; set SKYBRIDGE_TOKEN to one that `skybridge token create` prints",
            )
        })?;
        let base = args.server.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(CliError::usage(format!(
                "`{base}` is not the address of a server; write for example http://127.0.0.1:3000"
            )));
        }
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("skybridge/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| CliError::failed(format!("the HTTP client could not be made: {error}")))?;
        Ok(Self { http, base, token: token.trim().to_owned() })
    }

    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, CliError> {
        self.send(Method::GET, path, query, None).await
    }

    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        body: &Value,
    ) -> Result<T, CliError> {
        self.send(Method::POST, path, query, Some(body)).await
    }

    /// Replaces what is there; the answer is empty.
    pub async fn put(&self, path: &str, body: &Value) -> Result<(), CliError> {
        self.send(Method::PUT, path, &[], Some(body)).await
    }

    /// What answers with nothing.
    pub async fn delete(&self, path: &str) -> Result<(), CliError> {
        self.send::<Value>(Method::DELETE, path, &[], None).await.map(drop)
    }

    /// Every row of a list.
    pub async fn every(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<Value>, CliError> {
        self.up_to(path, query, usize::MAX).await
    }

    /// The first rows of a list.
    pub async fn up_to(
        &self,
        path: &str,
        query: &[(&str, String)],
        most: usize,
    ) -> Result<Vec<Value>, CliError> {
        let mut rows = Vec::new();
        let mut after: Option<String> = None;
        while rows.len() < most {
            let mut query = query.to_vec();
            query.push(("limit", PAGE.min(most - rows.len()).to_string()));
            if let Some(after) = after.take() {
                query.push(("after", after));
            }
            let page: Page = self.get(path, &query).await?;
            rows.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        Ok(rows)
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<T, CliError> {
        let url = format!("{}/api/v1{path}", self.base);
        let mut request = self.http.request(method, url).bearer_auth(&self.token).query(query);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            return Err(self.refused(status, &bytes));
        }
        let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        serde_json::from_slice(bytes).map_err(|_| {
            CliError::failed(format!(
                "what answers at {} is not a Skybridge server of this version; check --server",
                self.base
            ))
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> CliError {
        CliError::failed(if error.is_timeout() {
            format!("the server at {} did not answer in time; look at its log", self.base)
        } else if error.is_connect() {
            format!("no server answers at {}; start `skybridge serve` or set SKYBRIDGE_URL", self.base)
        } else {
            format!("the connection to the server at {} broke; look at its log", self.base)
        })
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> CliError {
        let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
            return CliError::failed(format!(
                "the server at {} answered {status}; check that it is Skybridge and not a proxy",
                self.base
            ));
        };
        let sentence =
            problem.detail.or(problem.title).unwrap_or_else(|| format!("the server answered {status}"));
        if problem.problems.len() < 2 {
            return CliError::failed(sentence);
        }
        let lines: Vec<_> = problem
            .problems
            .iter()
            .map(|problem| format!("  {}: {}", problem.path, problem.message))
            .collect();
        CliError::failed(format!(
            "{} problems; nothing was changed:\n{}",
            problem.problems.len(),
            lines.join("\n")
        ))
    }
}

/// A name or an id as a part of an address.
pub fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

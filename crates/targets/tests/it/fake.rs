//! A small SCIM service in memory that misbehaves on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Request, Response, StatusCode, Uri};
use serde_json::{Value as Json, json};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at: Instant,
    pub method: Method,
    /// Below the base address.
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub body: Json,
}

/// What happens instead of the plain answer.
pub enum Fault {
    /// The service does nothing and answers this.
    Answer(StatusCode, &'static [(&'static str, &'static str)], &'static str),
    /// The service does what is asked and puts these headers beside its answer.
    Headers(&'static [(&'static str, &'static str)]),
    /// The service does what is asked and answers with its status alone, and these headers.
    NoBody(&'static [(&'static str, &'static str)]),
    /// The service does what is asked, but its answer breaks off.
    LoseAnswer,
    /// The service does nothing and never answers.
    Hang,
}

type Rule = Box<dyn Fn(&Seen, usize) -> Option<Fault> + Send + Sync>;

pub struct Fake {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    config: Json,
    rule: Rule,
    /// Most objects a page, whatever is asked for.
    page: usize,
    quirk: Quirk,
    inner: Mutex<Inner>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    None,
    /// startIndex and count in an address are ignored.
    IgnoresPaging,
    /// A filter on externalId finds nothing, without an error.
    FindsNothing,
    /// `members` of a new group are ignored, and members leave by value only.
    OddMembers,
    /// Pages by cursor only (RFC 9865), and the cursor lapses once.
    Cursors,
    /// `totalResults` is the number of objects on the page.
    PageTotals,
    /// A list never ends, and every object of it is new.
    Endless,
    /// Every attribute name comes in lower case, without a content type that speaks of SCIM.
    LowerCase,
    /// Texts are compared exactly by filters.
    ExactFilters,
    /// No filter on `emails.value`, which is refused.
    NoMailFilter,
}

#[derive(Default)]
struct Inner {
    seen: Vec<Seen>,
    objects: BTreeMap<(String, usize), Json>,
    next: usize,
    lapsed: bool,
}

pub fn config(patch: bool, filter: bool) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": patch},
        "filter": {"supported": filter, "maxResults": 100},
    })
}

impl Fake {
    /// A service with PATCH and filters that does as asked.
    pub async fn good() -> Self {
        Self::new(config(true, true), |_, _| None).await
    }

    pub async fn new(
        config: Json,
        rule: impl Fn(&Seen, usize) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        Self::with_quirk(config, Quirk::None, rule).await
    }

    pub async fn with_quirk(
        config: Json,
        quirk: Quirk,
        rule: impl Fn(&Seen, usize) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let shared =
            Arc::new(Shared { config, rule: Box::new(rule), page: 50, quirk, inner: Mutex::default() });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/scim/v2", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, shared }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.inner().seen.clone()
    }

    pub fn count(&self, method: &Method) -> usize {
        self.seen().iter().filter(|seen| seen.method == *method).count()
    }

    pub fn objects(&self, endpoint: &str) -> Vec<Json> {
        let inner = self.shared.inner();
        inner
            .objects
            .iter()
            .filter(|((kind, _), _)| kind == endpoint)
            .map(|(_, object)| object.clone())
            .collect()
    }

    /// Puts an object there behind the client's back; gives its id.
    pub fn put(&self, endpoint: &str, object: Json) -> String {
        self.shared.inner().insert(endpoint, object)
    }
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("not poisoned")
    }

    fn list(&self, seen: &Seen, endpoint: &str, parameters: &Json) -> Json {
        let number = |name: &str, default: usize| {
            let value = &parameters[name];
            value.as_u64().or_else(|| value.as_str()?.parse().ok()).map_or(default, |number| number as usize)
        };
        let mut all: Vec<_> = {
            let inner = self.inner();
            inner
                .objects
                .iter()
                .filter(|((kind, _), _)| kind == endpoint)
                .map(|(_, object)| object.clone())
                .collect()
        };
        if let Some(filter) = parameters["filter"].as_str() {
            let (name, value) = filter.split_once(" eq ").expect("an eq filter");
            let value: Json = serde_json::from_str(value).expect("a value");
            let blind = self.quirk == Quirk::FindsNothing && name == "externalId";
            let exact = name == "externalId" || self.quirk == Quirk::ExactFilters;
            let fold = |value: &Json| value.as_str().map(str::to_lowercase);
            let same = |held: &Json| *held == value || !exact && fold(held) == fold(&value);
            all.retain(|object| {
                let found = match name {
                    "emails.value" => object["emails"]
                        .as_array()
                        .is_some_and(|emails| emails.iter().any(|email| same(&email["value"]))),
                    name => same(&object[name]),
                };
                found && !blind
            });
        }
        let (mut start, mut count) = (number("startIndex", 1), number("count", self.page).min(self.page));
        if self.quirk == Quirk::IgnoresPaging && seen.method == Method::GET {
            (start, count) = (1, 20);
        }
        if self.quirk == Quirk::Endless {
            let page: Vec<_> = (start..start + 10).map(|id| json!({"id": id, "userName": id})).collect();
            return json!({"totalResults": start + 1000, "Resources": page});
        }
        if let (Quirk::Cursors, Some(cursor)) = (self.quirk, parameters["cursor"].as_str()) {
            start =
                if cursor.is_empty() { 1 } else { cursor.trim_start_matches('c').parse().expect("a cursor") };
        }
        let page: Vec<_> = all.iter().skip(start - 1).take(count).cloned().collect();
        let total = if self.quirk == Quirk::PageTotals { page.len() } else { all.len() };
        let next = start + page.len();
        let mut list = json!({"startIndex": start, "itemsPerPage": page.len(), "Resources": page});
        if self.quirk != Quirk::Cursors {
            list["totalResults"] = json!(total);
        } else if next <= all.len() {
            list["nextCursor"] = json!(format!("c{next}"));
        }
        list
    }

    /// A query that the service does not take.
    fn refused(&self, parameters: &Json) -> Option<Json> {
        let error = |kind: &str| Some(json!({"status": "400", "scimType": kind, "detail": kind}));
        let filter = parameters["filter"].as_str().unwrap_or_default();
        match self.quirk {
            Quirk::Cursors if parameters["startIndex"].is_string() => error("invalidValue"),
            Quirk::Cursors if parameters["cursor"] == "c101" => {
                let lapses = !std::mem::replace(&mut self.inner().lapsed, true);
                if lapses { error("expiredCursor") } else { None }
            }
            Quirk::NoMailFilter if filter.starts_with("emails") => error("invalidFilter"),
            _ => None,
        }
    }

    fn act(&self, seen: &Seen) -> (StatusCode, Option<Json>) {
        let mut parts = seen.path.split('/');
        let (endpoint, id) = (parts.next().unwrap_or_default(), parts.next());
        if endpoint == "ServiceProviderConfig" {
            let known = !self.config.is_null();
            return if known {
                (StatusCode::OK, Some(self.config.clone()))
            } else {
                (StatusCode::NOT_FOUND, None)
            };
        }
        let parameters = if id == Some(".search") { seen.body.clone() } else { json!(seen.query) };
        let id = match id {
            None if seen.method == Method::POST => {
                let mut inner = self.inner();
                let name = seen.body.get("userName");
                if name.is_some() && inner.objects.values().any(|object| object.get("userName") == name) {
                    let body =
                        json!({"status": "409", "scimType": "uniqueness", "detail": "userName is taken"});
                    return (StatusCode::CONFLICT, Some(body));
                }
                let mut object = seen.body.clone();
                if self.quirk == Quirk::OddMembers {
                    object["members"] = json!([]);
                }
                let id = inner.insert(endpoint, object);
                return (StatusCode::CREATED, inner.get(endpoint, &id).cloned());
            }
            None | Some(".search") => {
                if let Some(refused) = self.refused(&parameters) {
                    return (StatusCode::BAD_REQUEST, Some(refused));
                }
                return (StatusCode::OK, Some(self.list(seen, endpoint, &parameters)));
            }
            Some(id) => id,
        };
        let mut inner = self.inner();
        let Some(object) = inner.get(endpoint, id) else {
            return (StatusCode::NOT_FOUND, Some(json!({"status": "404", "detail": "no such object"})));
        };
        match seen.method {
            Method::PATCH => patch(object, &seen.body, self.quirk),
            Method::PUT => *object = seen.body.clone(),
            Method::DELETE => {
                inner.objects.remove(&(endpoint.to_owned(), id.parse().expect("a number")));
                return (StatusCode::NO_CONTENT, None);
            }
            _ => return (StatusCode::OK, Some(object.clone())),
        }
        (StatusCode::NO_CONTENT, None)
    }
}

impl Inner {
    fn insert(&mut self, endpoint: &str, mut object: Json) -> String {
        self.next += 1;
        object["id"] = json!(self.next.to_string());
        self.objects.insert((endpoint.to_owned(), self.next), object);
        self.next.to_string()
    }

    fn get(&mut self, endpoint: &str, id: &str) -> Option<&mut Json> {
        self.objects.get_mut(&(endpoint.to_owned(), id.parse().ok()?))
    }
}

/// As much of PATCH as the tests look at: whole attributes and members.
fn patch(object: &mut Json, body: &Json, quirk: Quirk) {
    for operation in body["Operations"].as_array().expect("operations") {
        let path = operation["path"].as_str().expect("a path");
        let mut members = object["members"].as_array().cloned().unwrap_or_default();
        match (operation["op"].as_str(), path.split_once('[')) {
            (Some("add"), None) => members.extend(operation["value"].as_array().expect("members").clone()),
            (Some("remove"), None) if path == "members" => {
                let leaving = operation["value"].as_array().cloned().unwrap_or_default();
                members.retain(|member| !leaving.contains(member));
            }
            (Some("remove"), Some((_, filter))) if quirk != Quirk::OddMembers => {
                let id = filter.trim_start_matches("value eq \"").trim_end_matches("\"]");
                members.retain(|member| member["value"] != id);
            }
            (Some("remove"), None) => drop(object.as_object_mut().expect("an object").remove(path)),
            (Some("replace"), None) => object[path] = operation["value"].clone(),
            _ => {}
        }
        if path.starts_with("members") {
            object["members"] = json!(members);
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap_or_default();
    let seen = Seen {
        at: Instant::now(),
        path: parts.uri.path().trim_start_matches("/scim/v2/").to_owned(),
        query: query(&parts.uri),
        method: parts.method,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    };
    let number = {
        let mut inner = shared.inner();
        inner.seen.push(seen.clone());
        inner.seen.len()
    };
    let fault = (shared.rule)(&seen, number);
    if let Some(Fault::Answer(status, headers, body)) = fault {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        return response.body(Body::from(body)).expect("a response");
    }
    if let Some(Fault::Hang) = fault {
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
    let (status, mut body) = shared.act(&seen);
    let lower = shared.quirk == Quirk::LowerCase;
    let kind = if lower { "application/json; charset=utf-8" } else { "application/scim+json" };
    if lower {
        body = body.map(lower_case);
    }
    let mut response = Response::builder().status(status).header("content-type", kind);
    if let Some(Fault::NoBody(_)) = fault {
        body = None;
    }
    if let Some(Fault::Headers(headers) | Fault::NoBody(headers)) = fault {
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
    }
    let text = body.map(|body| body.to_string()).unwrap_or_default();
    if let Some(Fault::LoseAnswer) = fault {
        response = response.header("content-length", text.len() + 10);
        let broken: Result<Bytes, std::io::Error> = Err(std::io::ErrorKind::ConnectionReset.into());
        let body = Body::from_stream(futures::stream::iter([broken]));
        return response.body(body).expect("a response");
    }
    response.body(Body::from(text)).expect("a response")
}

fn lower_case(value: Json) -> Json {
    match value {
        Json::Object(object) => object
            .into_iter()
            .map(|(name, value)| (name.to_lowercase(), lower_case(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Json::Array(values) => values.into_iter().map(lower_case).collect(),
        other => other,
    }
}

/// Undoes percent-encoding; a `+` stays one.
fn query(uri: &Uri) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                let digits = std::str::from_utf8(&digits).expect("digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("a number"));
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).expect("text")
    };
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

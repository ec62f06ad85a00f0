//! Reads all objects of an endpoint, page by page (RFC 7644 section 3.4.2.4), and does not believe a list that cannot
//! be whole: an object that is missing from it would be created a second time.

use std::collections::HashMap;

use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use super::client::{Call, Client, expect_json};
use super::failure::Failure;
use super::json;

/// More pages than any real service has; a service that never ends must not hold a cycle for ever.
const MOST_PAGES: usize = 100_000;
const FIRST_PAGE: usize = 100;
/// How often a list is read again when it does not add up.
const ROUNDS: u8 = 3;
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// What matching needs; services that do not know the parameter send everything.
const ATTRIBUTES: &str = "externalId,displayName,userName";

/// One listed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub id: String,
    pub external_id: Option<String>,
    pub display_name: String,
}

impl Listed {
    pub fn of(resource: &Json) -> Option<Self> {
        Some(Self {
            id: json::text_of(resource, "id")?,
            external_id: json::text_of(resource, "externalId"),
            display_name: ["displayName", "userName"]
                .iter()
                .find_map(|name| json::text_of(resource, name))
                .unwrap_or_default(),
        })
    }
}

/// A list that is being read.
#[derive(Debug)]
pub(super) struct Walk {
    endpoint: &'static str,
    count: usize,
    attributes: bool,
    /// The service ignores the parameters in the address: they go in a body.
    search: bool,
    start: usize,
    pages: usize,
    /// Most objects on one page so far.
    largest: usize,
    round: u8,
    /// Ids with the round in which each was last seen.
    seen: HashMap<Box<str>, u8>,
    total: Option<usize>,
    /// The total fell while reading: objects moved to pages that had been read.
    shrank: bool,
    done: bool,
}

impl Walk {
    pub fn new(endpoint: &'static str, count: usize) -> Self {
        Self {
            endpoint,
            count,
            attributes: true,
            search: false,
            start: 1,
            pages: 0,
            largest: 0,
            round: 1,
            seen: HashMap::new(),
            total: None,
            shrank: false,
            done: false,
        }
    }

    /// The whole list has been read.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// A lower bound of the pages still to read.
    pub fn pages_left(&self) -> usize {
        // A full first page says nothing about how large the others may be.
        let per_page = if self.largest == FIRST_PAGE { self.count } else { self.largest };
        if self.done {
            0
        } else {
            self.total.unwrap_or(0).saturating_sub(self.seen.len()).div_ceil(per_page.max(1))
        }
    }

    /// Reads one page.
    pub async fn step(&mut self, client: &Client) -> Result<Vec<Listed>, Failure> {
        loop {
            match self.fetch(client).await {
                Ok(page) => return self.take(page),
                // Services that ignore `attributes` send groups with all their members.
                Err(Failure::TooLarge(_)) if self.count() > 1 => self.count = self.count().div_ceil(8),
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The first page is small: it says how many there are, and often that is all that is needed.
    fn count(&self) -> usize {
        if self.pages == 0 { self.count.min(FIRST_PAGE) } else { self.count }
    }

    async fn fetch(&mut self, client: &Client) -> Result<Json, Failure> {
        let (start, count) = (self.start.to_string(), self.count().to_string());
        if self.search {
            return self.search(client).await;
        }
        loop {
            let mut query = vec![("startIndex", start.as_str()), ("count", count.as_str())];
            if self.attributes {
                query.push(("attributes", ATTRIBUTES));
            }
            let url = client.url(&[self.endpoint], &query);
            let answer = client.send(&Call::get(url.clone())).await?;
            // A service may refuse a parameter that it does not know.
            if self.attributes && answer.status == StatusCode::BAD_REQUEST {
                self.attributes = false;
                continue;
            }
            return expect_json(answer, &url);
        }
    }

    async fn search(&self, client: &Client) -> Result<Json, Failure> {
        let url = client.url(&[self.endpoint, ".search"], &[]);
        let mut body = json!({"schemas": [SEARCH], "startIndex": self.start, "count": self.count()});
        if self.attributes {
            body["attributes"] = ATTRIBUTES.split(',').collect();
        }
        let answer = client.send(&Call::search(url.clone(), &body)).await?;
        if answer.status.is_client_error() || answer.status == StatusCode::NOT_IMPLEMENTED {
            return Err(self.broken("repeats its first page, whatever page is asked for"));
        }
        expect_json(answer, &url)
    }

    fn take(&mut self, page: Json) -> Result<Vec<Listed>, Failure> {
        let (resources, total) = self.parse(page)?;
        self.pages += 1;
        self.largest = self.largest.max(resources.len());
        if self.pages > MOST_PAGES {
            return Err(self.broken("does not end"));
        }
        self.shrank |= total < self.total && total.is_some();
        self.total = total;
        let mut fresh = Vec::new();
        for resource in &resources {
            let Some(listed) = Listed::of(resource) else {
                return Err(self.broken("has an object without id"));
            };
            if self.seen.insert(listed.id.as_str().into(), self.round) != Some(self.round) {
                fresh.push(listed);
            }
        }
        self.start += resources.len();
        let whole = self.total.is_some_and(|total| self.seen.len() >= total);
        // Empty pages end a list; so do repeated ones, which come from services that ignore startIndex.
        if whole {
            self.end_round(whole)?;
        } else if fresh.is_empty() && !resources.is_empty() && !self.search && self.total.is_some() {
            (self.search, self.start, self.round) = (true, 1, self.round + 1);
        } else if fresh.is_empty() {
            self.end_round(whole)?;
        }
        Ok(fresh)
    }

    fn end_round(&mut self, whole: bool) -> Result<(), Failure> {
        let adds_up = whole || self.total.is_none();
        if adds_up && !(self.shrank && self.round == 1) {
            self.done = true;
            self.seen = HashMap::new();
        } else if self.round >= ROUNDS {
            let total = self.total.unwrap_or_default();
            return Err(
                self.broken(&format!("has {} of the {total} objects that it announces", self.seen.len()))
            );
        } else {
            self.round += 1;
            self.start = 1;
        }
        Ok(())
    }

    fn parse(&self, page: Json) -> Result<(Vec<Json>, Option<usize>), Failure> {
        let total = json::count(&page, "totalResults");
        match page {
            Json::Array(resources) => Ok((resources, None)),
            Json::Object(mut page) => {
                let key = json::key_of(&page, "Resources").map(str::to_owned);
                match key.and_then(|key| page.remove(&key)) {
                    Some(Json::Array(resources)) => Ok((resources, total)),
                    None | Some(Json::Null) if total.is_some() => Ok((Vec::new(), total)),
                    _ => Err(self.broken("is not a SCIM list")),
                }
            }
            _ => Err(self.broken("is not a SCIM list")),
        }
    }

    fn broken(&self, what: &str) -> Failure {
        Failure::Protocol(format!("the target's answer to /{} {what}", self.endpoint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks over a service that is a function of startIndex.
    fn walk(service: impl Fn(usize) -> Json) -> Result<Vec<String>, Failure> {
        let mut walk = Walk::new("Users", 2);
        let mut ids = Vec::new();
        while !walk.is_done() {
            let page = service(walk.start);
            ids.extend(walk.take(page)?.into_iter().map(|listed| listed.id));
        }
        Ok(ids)
    }

    fn page(ids: &[usize], total: usize) -> Json {
        let resources: Vec<_> = ids.iter().map(|id| json!({"id": id.to_string()})).collect();
        json!({"totalResults": total, "Resources": resources})
    }

    #[test]
    fn pages_of_any_size_are_read_to_the_end() {
        let all = [1, 2, 3, 4, 5];
        let sized = |size: usize| {
            walk(move |start| {
                let end = (start - 1 + size).min(5);
                page(all.get(start - 1..end).unwrap_or_default(), 5)
            })
        };
        for size in [1, 2, 3, 5, 9] {
            assert_eq!(sized(size).expect("a list").len(), 5, "pages of {size}");
        }
        assert_eq!(walk(|_| json!({"totalResults": 0})).expect("an empty list").len(), 0);
    }

    #[test]
    fn a_service_that_repeats_its_first_page_is_whole_or_an_error() {
        assert_eq!(walk(|_| page(&[1, 2], 2)).expect("a list").len(), 2);
        let error = walk(|_| page(&[1, 2], 5)).expect_err("an incomplete list");
        assert!(error.to_string().contains("has 2 of the 5 objects"), "{error}");
    }

    #[test]
    fn a_list_without_a_total_ends_with_an_empty_page() {
        let list = |start: usize| if start < 4 { json!([{"id": start}]) } else { json!([]) };
        assert_eq!(walk(list).expect("a list").len(), 3);
    }

    #[test]
    fn what_is_no_list_is_no_empty_list() {
        for answer in [json!({}), json!({"users": []}), json!("ok"), json!([{"name": "x"}])] {
            assert!(walk(|_| answer.clone()).is_err(), "{answer}");
        }
    }
}

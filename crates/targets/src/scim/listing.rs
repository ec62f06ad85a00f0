//! Reads all objects of an endpoint, page by page (RFC 7644 section 3.4.2.4, cursors of RFC 9865), and does not believe
//! a list that cannot be whole: an object that is missing from it would be created a second time.

use std::collections::HashMap;

use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use super::client::{Call, Client, expect_json};
use super::failure::Failure;
use super::json;
use super::named::is_administrator;

/// More objects than any real service has; each costs memory while a list is read.
const MOST_OBJECTS: usize = 10_000_000;
const FIRST_PAGE: usize = 100;
/// How often a list is read again when it does not add up.
const ROUNDS: u8 = 3;
/// The same when it changes while it is read.
const MOST_ROUNDS: u8 = 12;
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// What is asked of each object; services that do not know the parameter send everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// What matching by anchor needs.
    Anchors,
    /// What a soft match needs.
    Names,
    Everything,
}

impl Want {
    const fn attributes(self) -> Option<&'static str> {
        match self {
            Self::Anchors => Some("externalId,displayName,userName,roles,userType"),
            Self::Names => Some("externalId,displayName,userName,emails,roles,userType"),
            Self::Everything => None,
        }
    }
}

/// How a service pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paging {
    pub count: usize,
    /// A service that never ends must not hold a cycle for ever.
    pub most_pages: usize,
    /// The service says that it pages by cursor (RFC 9865 section 4) and not by index.
    pub cursor: bool,
}

/// One listed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub id: String,
    pub external_id: Option<String>,
    pub display_name: String,
    pub administrator: bool,
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
            administrator: is_administrator(resource),
        })
    }
}

/// A list that is being read.
#[derive(Debug)]
pub(super) struct Walk {
    endpoint: &'static str,
    paging: Paging,
    attributes: Option<&'static str>,
    /// The service ignores the parameters in the address: they go in a body.
    search: bool,
    start: usize,
    /// The next page by cursor; empty for the first one. Absent: by index.
    cursor: Option<String>,
    pages: usize,
    /// Most objects on one page so far.
    largest: usize,
    round: u8,
    /// Ids with the round in which each was last seen.
    seen: HashMap<Box<str>, u8>,
    total: Option<usize>,
    /// The total at the end of the round before.
    total_before: Option<usize>,
    /// The total fell while reading: objects moved to pages that had been read.
    shrank: bool,
    /// All that the total promises is there, but the last page was full: one more page tells whether it is the end.
    verifying: bool,
    /// Pages of this round that brought something new.
    advances: usize,
    /// The total is the length of the page, or otherwise too small.
    total_lies: bool,
    done: bool,
}

/// What an answer says.
struct Page {
    resources: Vec<Json>,
    total: Option<usize>,
    next_cursor: Option<String>,
}

impl Walk {
    pub fn new(endpoint: &'static str, want: Want, paging: Paging) -> Self {
        Self {
            endpoint,
            paging,
            attributes: want.attributes(),
            search: false,
            start: 1,
            cursor: paging.cursor.then(String::new),
            pages: 0,
            largest: 0,
            round: 1,
            seen: HashMap::new(),
            total: None,
            total_before: None,
            shrank: false,
            verifying: false,
            advances: 0,
            total_lies: false,
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
        let per_page = if self.largest == FIRST_PAGE { self.paging.count } else { self.largest };
        if self.done {
            0
        } else {
            self.total.unwrap_or(0).saturating_sub(self.seen.len()).div_ceil(per_page.max(1))
        }
    }

    /// Reads one page; gives its objects that have not been given before.
    pub async fn step(&mut self, client: &Client) -> Result<Vec<Json>, Failure> {
        loop {
            match self.fetch(client).await {
                Ok(Some(page)) => return self.take(page),
                Ok(None) => self.start_again()?,
                // Services that ignore `attributes` send groups with all their members.
                Err(Failure::TooLarge(_)) if self.count() > 1 => {
                    self.paging.count = self.count().div_ceil(8);
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The first page is small: it says how many there are, and often that is all that is needed.
    fn count(&self) -> usize {
        if self.pages == 0 { self.paging.count.min(FIRST_PAGE) } else { self.paging.count }
    }

    /// `None`: the cursor is no longer good.
    async fn fetch(&mut self, client: &Client) -> Result<Option<Json>, Failure> {
        let (start, count) = (self.start.to_string(), self.count().to_string());
        if self.search {
            return self.search(client).await.map(Some);
        }
        loop {
            let position = match &self.cursor {
                Some(cursor) => ("cursor", cursor.as_str()),
                None => ("startIndex", start.as_str()),
            };
            let mut query = vec![position, ("count", count.as_str())];
            query.extend(self.attributes.map(|attributes| ("attributes", attributes)));
            let url = client.url(&[self.endpoint], &query);
            let answer = client.send(&Call::get(url.clone())).await?;
            if answer.status == StatusCode::BAD_REQUEST {
                let lapsed = ["expiredCursor", "invalidCursor"];
                if self.cursor.is_some()
                    && lapsed.iter().any(|name| answer.scim_type().eq_ignore_ascii_case(name))
                {
                    return Ok(None);
                }
                // A service may refuse a parameter that it does not know.
                if self.attributes.take().is_some() {
                    continue;
                }
            }
            return expect_json(answer, &url).map(Some);
        }
    }

    async fn search(&self, client: &Client) -> Result<Json, Failure> {
        let url = client.url(&[self.endpoint, ".search"], &[]);
        let mut body = json!({"schemas": [SEARCH], "startIndex": self.start, "count": self.count()});
        if let Some(attributes) = self.attributes {
            body["attributes"] = attributes.split(',').collect();
        }
        let answer = client.send(&Call::search(url.clone(), &body)).await?;
        if answer.status.is_client_error() || answer.status == StatusCode::NOT_IMPLEMENTED {
            return Err(self.broken("repeats its first page, whatever page is asked for"));
        }
        expect_json(answer, &url)
    }

    pub(super) fn take(&mut self, page: Json) -> Result<Vec<Json>, Failure> {
        let asked = self.count();
        let Page { resources, total, next_cursor } = self.parse(page)?;
        self.pages += 1;
        if self.pages > self.paging.most_pages {
            return Err(
                self.broken(&format!("does not end: {} pages have been read", self.paging.most_pages))
            );
        }
        let length = resources.len();
        self.largest = self.largest.max(length);
        self.count_total(total, length);
        let (mut fresh, mut moved_on) = (Vec::new(), false);
        for resource in resources {
            let Some(id) = json::text_of(&resource, "id") else {
                return Err(self.broken("has an object without id"));
            };
            let before = self.seen.insert(id.into(), self.round);
            moved_on |= before != Some(self.round);
            if before.is_none() {
                fresh.push(resource);
            }
        }
        if self.seen.len() > MOST_OBJECTS {
            return Err(self.broken("does not end"));
        }
        self.start += length;
        if self.cursor.is_some() || next_cursor.is_some() {
            self.follow(next_cursor, moved_on || length == 0)?;
        } else {
            self.count_on(length, asked, moved_on)?;
        }
        Ok(fresh)
    }

    fn count_total(&mut self, total: Option<usize>, length: usize) {
        if self.total_lies {
            return;
        }
        // A page behind the end may say that there is nothing.
        let behind = length == 0 && total == Some(0) && !self.seen.is_empty();
        if !behind {
            self.shrank |= total < self.total && total.is_some() && !self.verifying;
            self.total = total;
        }
    }

    /// Goes on by index.
    fn count_on(&mut self, length: usize, asked: usize, moved_on: bool) -> Result<(), Failure> {
        let whole = self.total.is_some_and(|total| self.seen.len() >= total);
        self.advances += usize::from(moved_on);
        if self.verifying && moved_on {
            self.verifying = false;
            // What was made meanwhile is part of a total that is true.
            if self.total.is_none_or(|total| total < self.seen.len()) {
                (self.total_lies, self.total) = (true, None);
            }
            return Ok(());
        }
        if whole && !self.verifying && length > 0 && length >= self.largest {
            self.verifying = true;
            return Ok(());
        }
        if whole {
            return self.end_round(true);
        }
        if moved_on {
            return Ok(());
        }
        // A page that brings nothing new ends a list; or the service ignores startIndex, unless it never had more.
        // Behind the end some services begin anew.
        let repeats = length > 0 && self.advances < 2 && (self.total.is_some() || length >= asked);
        if repeats && !self.search {
            (self.search, self.start, self.round, self.advances) = (true, 1, self.round + 1, 0);
            return Ok(());
        }
        if repeats && self.total.is_none() {
            return Err(self.broken("repeats a page, whatever page is asked for"));
        }
        self.end_round(false)
    }

    /// Goes on by cursor.
    fn follow(&mut self, next: Option<String>, moved_on: bool) -> Result<(), Failure> {
        match next {
            None => {
                let whole = self.total.is_some_and(|total| self.seen.len() >= total);
                self.end_round(whole)
            }
            Some(next) if self.cursor.as_ref() == Some(&next) || !moved_on => {
                Err(self.broken("repeats a page, whatever cursor is asked for"))
            }
            Some(next) => {
                self.cursor = Some(next);
                Ok(())
            }
        }
    }

    fn end_round(&mut self, whole: bool) -> Result<(), Failure> {
        let adds_up = whole || self.total.is_none();
        self.verifying = false;
        if adds_up && !(self.shrank && self.round == 1) {
            self.done = true;
            self.seen = HashMap::new();
            return Ok(());
        }
        self.start_again()
    }

    fn start_again(&mut self) -> Result<(), Failure> {
        let changes = self.total.is_some() && self.total != self.total_before;
        self.total_before = self.total;
        if self.round >= if changes { MOST_ROUNDS } else { ROUNDS } {
            let total = self.total.unwrap_or_default();
            return Err(
                self.broken(&format!("has {} of the {total} objects that it announces", self.seen.len()))
            );
        }
        self.round += 1;
        (self.start, self.advances) = (1, 0);
        self.cursor = self.cursor.is_some().then(String::new);
        Ok(())
    }

    fn parse(&self, page: Json) -> Result<Page, Failure> {
        let total = json::count(&page, "totalResults");
        let next_cursor = json::text_of(&page, "nextCursor");
        match page {
            Json::Array(resources) => Ok(Page { resources, total: None, next_cursor }),
            Json::Object(mut page) => {
                let key = json::key_of(&page, "Resources").map(str::to_owned);
                match key.and_then(|key| page.remove(&key)) {
                    Some(Json::Array(resources)) => Ok(Page { resources, total, next_cursor }),
                    None | Some(Json::Null) if total.is_some() || next_cursor.is_some() => {
                        Ok(Page { resources: Vec::new(), total, next_cursor })
                    }
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
#[path = "listing_tests.rs"]
mod tests;

//! Searches of the log that somebody keeps under a name, each person their own.

use domain::access::{Principal, Role};
use serde::{Deserialize, Serialize};

use crate::{Result, Service, ServiceError};

/// The most searches that one person keeps.
const MOST: usize = 50;
const LONGEST_NAME: usize = 60;
const LONGEST_QUERY: usize = 2000;

/// A named search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSearch {
    pub name: String,
    /// The query of the log page's address, without the question mark.
    pub query: String,
}

impl Service {
    /// The principal's own searches, by name.
    pub async fn saved_searches(&self, principal: &Principal) -> Result<Vec<SavedSearch>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.stored_setting(&key(principal)).await?.unwrap_or_default())
    }

    /// Keeps a search. One of the same name is replaced.
    pub async fn save_search(&self, principal: &Principal, search: SavedSearch) -> Result<()> {
        Self::require(principal, Role::Reader)?;
        let SavedSearch { name, query } = search;
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(ServiceError::invalid("name", "is missing"));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(ServiceError::invalid("name", format!("has more than {LONGEST_NAME} characters")));
        }
        if query.is_empty() {
            return Err(ServiceError::invalid("query", "is empty: narrow the list first"));
        }
        if query.len() > LONGEST_QUERY {
            return Err(ServiceError::invalid("query", format!("is longer than {LONGEST_QUERY} bytes")));
        }
        let _changing = self.changing().lock().await;
        let mut searches = self.saved_searches(principal).await?;
        searches.retain(|known| !same(&known.name, &name));
        if searches.len() >= MOST {
            return Err(ServiceError::invalid(
                "name",
                format!("would be one more than {MOST}: delete another first"),
            ));
        }
        searches.push(SavedSearch { name, query });
        searches.sort_by_key(|known| known.name.to_lowercase());
        self.put_searches(principal, &searches).await
    }

    /// Deletes a search; one that is not there is an error.
    pub async fn delete_search(&self, principal: &Principal, name: &str) -> Result<()> {
        Self::require(principal, Role::Reader)?;
        let _changing = self.changing().lock().await;
        let mut searches = self.saved_searches(principal).await?;
        let before = searches.len();
        searches.retain(|known| !same(&known.name, name));
        if searches.len() == before {
            return Err(ServiceError::not_found("saved search of this name"));
        }
        self.put_searches(principal, &searches).await
    }

    async fn put_searches(&self, principal: &Principal, searches: &[SavedSearch]) -> Result<()> {
        let value = serde_json::to_value(searches).map_err(ServiceError::internal)?;
        Ok(self.storage().put_setting(&key(principal), &value).await?)
    }
}

/// A token of an account's name is somebody else.
fn key(principal: &Principal) -> String {
    format!("savedSearches:{}:{}", principal.via, principal.name.to_lowercase())
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

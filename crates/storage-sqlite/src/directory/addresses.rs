//! Addresses that only one object of the built-in directory may have: mail and proxy addresses, of whatever kind the
//! object is. They are kept apart from the objects, folded to lower case.

use std::collections::HashMap;

use domain::value::{Attributes, Value};
use sqlx::sqlite::SqliteConnection;
use storage::Result;

use crate::attributes::decode_value;
use crate::bulk::list;
use crate::error::database;
use crate::text::fold;

/// Addresses by object id.
pub type Addresses = HashMap<String, Vec<String>>;

/// The addresses that attributes hold, each once, in order. A mail address is an SMTP address.
pub fn of(attributes: &Attributes) -> Vec<String> {
    held(attributes.get("mail"), attributes.get("proxyAddresses"))
}

fn held(mail: Option<&Value>, proxies: Option<&Value>) -> Vec<String> {
    let texts = |value: Option<&Value>| -> Vec<String> {
        let values = value.map(Value::each).unwrap_or_default();
        values.iter().filter_map(Value::as_text).filter(|text| !text.is_empty()).map(fold).collect()
    };
    let mut addresses = texts(proxies);
    addresses.extend(texts(mail).into_iter().map(|mail| format!("smtp:{mail}")));
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// Which attribute of an object gives an address.
pub fn attribute_of(attributes: &Attributes, address: &str) -> &'static str {
    let proxies = held(None, attributes.get("proxyAddresses"));
    if proxies.iter().any(|proxy| proxy == address) { "proxyAddresses" } else { "mail" }
}

/// The addresses of objects, as they are stored.
pub async fn of_objects(connection: &mut SqliteConnection, ids: &[&str]) -> Result<Addresses> {
    if ids.is_empty() {
        return Ok(Addresses::new());
    }
    let rows: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT o.id, o.attributes -> '$.mail', o.attributes -> '$.proxyAddresses' FROM json_each(?) i
         CROSS JOIN directory_objects o ON o.id = i.value",
    )
    .bind(list(ids)?)
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let value = |text: Option<String>| -> Result<Option<Value>> {
        text.map(|text| decode_value(&text)).transpose().map_err(|error| storage::StorageError::Corrupt {
            what: "object of the built-in directory",
            problem: format!("addresses: {error}"),
        })
    };
    let mut addresses = Addresses::with_capacity(rows.len());
    for (id, mail, proxies) in rows {
        addresses.insert(id, held(value(mail)?.as_ref(), value(proxies)?.as_ref()));
    }
    Ok(addresses)
}

/// Who has which of the given addresses.
pub async fn holders(
    connection: &mut SqliteConnection,
    addresses: impl Iterator<Item = String>,
) -> Result<Vec<(String, String)>> {
    sqlx::query_as(
        "SELECT a.address_key, a.object_id FROM json_each(?) w
         CROSS JOIN directory_addresses a ON a.address_key = w.value",
    )
    .bind(list(addresses)?)
    .fetch_all(connection)
    .await
    .map_err(database)
}

/// Writes down what objects gave up and what they took.
pub async fn write(
    connection: &mut SqliteConnection,
    removed: &[&str],
    mut added: Vec<(&str, &str)>,
) -> Result<()> {
    if !removed.is_empty() {
        sqlx::query("DELETE FROM directory_addresses WHERE address_key IN (SELECT value FROM json_each(?))")
            .bind(list(removed)?)
            .execute(&mut *connection)
            .await
            .map_err(database)?;
    }
    if !added.is_empty() {
        // In the order of the table, which touches the fewest of its pages.
        added.sort_unstable();
        sqlx::query(
            "INSERT OR REPLACE INTO directory_addresses (address_key, object_id)
             SELECT value ->> 0, value ->> 1 FROM json_each(?)",
        )
        .bind(list(added)?)
        .execute(connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

//! A client: the `ldap3` crate with the few steps that all tests share.

use std::collections::BTreeMap;

use chrono::DateTime;
use lab::{Forest, ForestOptions};
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapResult, Scope, SearchEntry, SearchResult,
    controls::{PagedResults, RawControl},
};

pub const PEOPLE: &str = "(&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))";
pub const PAGED: &str = "1.2.840.113556.1.4.319";

pub fn options() -> ForestOptions {
    ForestOptions::new("lab01.local", DateTime::from_timestamp(1_750_000_000, 0).expect("a time"))
}

pub async fn start(options: ForestOptions) -> Forest {
    Forest::start(options).await.expect("the forest starts")
}

/// A connection that has not signed in.
pub async fn connect(forest: &Forest) -> Ldap {
    connect_with(LdapConnSettings::new(), &forest.url()).await
}

pub async fn connect_with(settings: LdapConnSettings, url: &str) -> Ldap {
    let (connection, ldap) = LdapConnAsync::with_settings(settings, url).await.expect("a connection");
    ldap3::drive!(connection);
    ldap
}

/// A connection of the bind account.
pub async fn sign_in(forest: &Forest) -> Ldap {
    let mut ldap = connect(forest).await;
    let bound = ldap.simple_bind(forest.bind_dn(), forest.bind_password()).await;
    bound.and_then(LdapResult::success).expect("the bind account signs in");
    ldap
}

pub async fn search(ldap: &mut Ldap, base: &str, scope: Scope, filter: &str, names: &[&str]) -> SearchResult {
    ldap.search(base, scope, filter, names.to_vec()).await.expect("an answer")
}

/// Entries of an answer that must be a success.
pub fn entries(result: SearchResult) -> Vec<SearchEntry> {
    let (found, _) = result.success().expect("success");
    found.into_iter().map(SearchEntry::construct).collect()
}

/// DNs that match, in the order they came.
pub async fn find(ldap: &mut Ldap, base: &str, filter: &str) -> Vec<String> {
    let found = all(ldap, base, filter, &["1.1"]).await;
    found.into_iter().map(|entry| entry.dn).collect()
}

/// All entries of a paged search.
pub async fn all(ldap: &mut Ldap, base: &str, filter: &str, names: &[&str]) -> Vec<SearchEntry> {
    let mut cookie = Vec::new();
    let mut all = Vec::new();
    loop {
        ldap.with_controls(PagedResults { size: 100, cookie });
        let SearchResult(found, result) = search(ldap, base, Scope::Subtree, filter, names).await;
        let result = result.success().expect("a page");
        cookie = next_cookie(&result);
        all.extend(found.into_iter().map(SearchEntry::construct));
        if cookie.is_empty() {
            return all;
        }
    }
}

pub fn next_cookie(result: &LdapResult) -> Vec<u8> {
    let control = result.ctrls.iter().find(|control| control.1.ctype == PAGED).expect("the paging control");
    control.1.parse::<PagedResults>().cookie
}

/// One object with the attributes asked for.
pub async fn read(ldap: &mut Ldap, dn: &str, names: &[&str]) -> SearchEntry {
    let mut found = entries(search(ldap, dn, Scope::Base, "(objectClass=*)", names).await);
    found.pop().expect("the object")
}

pub fn one<'a>(entry: &'a SearchEntry, name: &str) -> &'a str {
    entry
        .attrs
        .get(name)
        .and_then(|values| values.first())
        .unwrap_or_else(|| panic!("{name} of {}", entry.dn))
}

/// Attributes with all their values, binary ones as lossy text.
pub fn attributes(entry: SearchEntry) -> BTreeMap<String, Vec<String>> {
    let binary = entry
        .bin_attrs
        .into_iter()
        .map(|(name, values)| (name, values.iter().map(|value| format!("{value:02x?}")).collect::<Vec<_>>()));
    entry.attrs.into_iter().chain(binary).collect()
}

pub fn control(oid: &str, critical: bool) -> RawControl {
    RawControl { ctype: oid.to_owned(), crit: critical, val: None }
}

/// Bytes as hexadecimal digits, each pair after a prefix.
pub fn hex(bytes: &[u8], prefix: &str) -> String {
    bytes.iter().flat_map(|byte| [prefix.to_owned(), format!("{byte:02x}")]).collect()
}

//! Pages, sizes and bad manners.

use std::time::Duration;

use lab::ForestOptions;
use ldap3::{Scope, SearchResult, controls::PagedResults};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::client::{all, connect, control, next_cookie, options, search, sign_in, start};

const BASE: &str = "DC=lab01,DC=local";

#[tokio::test]
async fn without_pages_an_answer_ends_at_the_servers_limit() {
    let forest = start(ForestOptions { page_size_max: 50, ..options() }).await;
    let mut ldap = sign_in(&forest).await;
    let SearchResult(found, result) =
        search(&mut ldap, BASE, Scope::Subtree, "(objectClass=user)", &["1.1"]).await;
    assert_eq!((found.len(), result.rc), (50, 4));
    ldap.with_search_options(ldap3::SearchOptions::new().sizelimit(7));
    let SearchResult(found, result) =
        search(&mut ldap, BASE, Scope::Subtree, "(objectClass=user)", &["1.1"]).await;
    assert_eq!((found.len(), result.rc), (7, 4));
    ldap.with_search_options(ldap3::SearchOptions::new().sizelimit(1));
    let SearchResult(found, result) = search(&mut ldap, BASE, Scope::Subtree, "(cn=krbtgt)", &["1.1"]).await;
    assert_eq!((found.len(), result.rc), (1, 0), "exactly as many is no excess");
    forest.stop().await;
}

#[tokio::test]
async fn pages_hold_at_most_the_servers_limit_and_together_everything_once() {
    let forest = start(ForestOptions { page_size_max: 64, ..options() }).await;
    let mut ldap = sign_in(&forest).await;
    let found = all(&mut ldap, BASE, "(objectClass=user)", &["1.1"]).await;
    let mut names: Vec<&str> = found.iter().map(|entry| entry.dn.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((found.len(), names.len()), (307, 307));
    ldap.with_controls(PagedResults { size: 500, cookie: Vec::new() });
    let SearchResult(found, _) =
        search(&mut ldap, BASE, Scope::Subtree, "(objectClass=user)", &["1.1"]).await;
    assert_eq!(found.len(), 64);
    forest.stop().await;
}

#[tokio::test]
async fn a_cookie_is_good_once_and_only_on_its_connection() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    ldap.with_controls(PagedResults { size: 10, cookie: Vec::new() });
    let SearchResult(_, result) =
        search(&mut ldap, BASE, Scope::Subtree, "(objectClass=user)", &["1.1"]).await;
    let cookie = next_cookie(&result);
    let mut other = sign_in(&forest).await;
    other.with_controls(PagedResults { size: 10, cookie: cookie.clone() });
    assert_eq!(search(&mut other, BASE, Scope::Subtree, "(objectClass=user)", &["1.1"]).await.1.rc, 53);
    for code in [0, 53] {
        ldap.with_controls(PagedResults { size: 10, cookie: cookie.clone() });
        assert_eq!(search(&mut ldap, BASE, Scope::Subtree, "(objectClass=user)", &["1.1"]).await.1.rc, code);
    }
    forest.stop().await;
}

#[tokio::test]
async fn a_critical_control_that_is_not_known_is_refused_and_another_is_ignored() {
    let forest = start(options()).await;
    let mut ldap = sign_in(&forest).await;
    for (critical, code) in [(true, 12), (false, 0)] {
        ldap.with_controls(control("1.2.3.4.5", critical));
        let SearchResult(_, result) = search(&mut ldap, BASE, Scope::Base, "(objectClass=*)", &[]).await;
        assert_eq!(result.rc, code);
    }
    forest.stop().await;
}

#[tokio::test]
async fn what_is_no_ldap_or_too_large_ends_the_connection_and_nothing_else() {
    let forest = start(options()).await;
    let address = forest.url().trim_start_matches("ldap://").to_owned();
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x30, 0x84, 0x10, 0, 0, 0], &[0x30, 0x02, 0x05, 0x00]] {
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        stream.write_all(bytes).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("the end of the connection");
        assert!(answer.windows(22).any(|it| it == b"1.3.6.1.4.1.1466.20036"), "a notice of disconnection");
    }
    sign_in(&forest).await;
    forest.stop().await;
}

#[tokio::test]
async fn a_silent_client_and_one_too_many_are_let_go() {
    let forest =
        start(ForestOptions { idle_timeout: Duration::from_millis(100), max_connections: 1, ..options() })
            .await;
    let address = forest.url().trim_start_matches("ldap://").to_owned();
    let mut first = TcpStream::connect(&address).await.expect("a connection");
    // The second is closed before it says anything; the first once it has said nothing for too long.
    let mut second = TcpStream::connect(&address).await.expect("a connection");
    assert_eq!(second.read(&mut [0]).await.expect("closed"), 0);
    assert_eq!(first.read(&mut [0]).await.expect("closed"), 0);
    forest.stop().await;
}

#[tokio::test]
async fn an_abandoned_search_leaves_the_connection_usable() {
    let forest = start(ForestOptions { people: 50_000, page_size_max: u32::MAX, ..options() }).await;
    let mut ldap = sign_in(&forest).await;
    let mut stream =
        ldap.streaming_search(BASE, Scope::Subtree, "(objectClass=user)", vec!["*"]).await.expect("a search");
    stream.next().await.expect("an entry").expect("an entry");
    let id = stream.ldap_handle().last_id();
    ldap.abandon(id).await.expect("sent");
    drop(stream);
    assert_eq!(search(&mut ldap, BASE, Scope::Base, "(objectClass=*)", &[]).await.1.rc, 0);
    forest.stop().await;
}

#[tokio::test]
async fn connections_break_off_when_they_are_told_to() {
    let forest = start(options()).await;
    forest.break_connections_after(150);
    let mut ldap = sign_in(&forest).await;
    let mut cookie = Vec::new();
    for _ in 0..2 {
        ldap.with_controls(PagedResults { size: 70, cookie });
        let SearchResult(found, result) =
            search(&mut ldap, BASE, Scope::Subtree, "(objectClass=user)", &["1.1"]).await;
        assert_eq!(found.len(), 70);
        cookie = next_cookie(&result);
    }
    ldap.with_controls(PagedResults { size: 70, cookie });
    assert!(ldap.search(BASE, Scope::Subtree, "(objectClass=user)", vec!["1.1"]).await.is_err());
    forest.break_connections_after(0);
    let mut ldap = sign_in(&forest).await;
    assert_eq!(all(&mut ldap, BASE, "(objectClass=user)", &["1.1"]).await.len(), 307);
    forest.stop().await;
}

#[tokio::test]
async fn a_taken_address_is_said_by_name() {
    let forest = start(options()).await;
    let listen = forest.url().trim_start_matches("ldap://").parse().expect("an address");
    let error = lab::Forest::start(ForestOptions { listen, ..options() }).await.expect_err("a refusal");
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
    forest.stop().await;
}

#[tokio::test]
async fn a_stopped_forest_is_gone() {
    let forest = start(options()).await;
    let mut ldap = connect(&forest).await;
    let address = forest.url().trim_start_matches("ldap://").to_owned();
    forest.stop().await;
    assert!(ldap.simple_bind("x", "y").await.is_err());
    assert!(TcpStream::connect(&address).await.is_err());
}

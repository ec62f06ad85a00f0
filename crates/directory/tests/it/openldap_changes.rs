//! What changed in a real OpenLDAP server, by every way in which one can be set up to tell it.

use std::sync::Arc;

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use directory::{LdapSettings, Pace};
use domain::{Cursor, Tracking};
use ldap3::{Ldap, LdapConnAsync, Mod};
use ports::{Changes, ChangesRequest, Members, Source, SourceError};

use crate::follower::{Follower, kinds, through_a_counter};
use crate::openldap::settings;
use crate::slapd::{ADMIN, BASE, LIMITED, PASSWORD, Provider, Slapd};
use crate::{proxy, source};

const WAYS: [(Provider, Tracking); 4] = [
    (Provider::None, Tracking::Timestamp),
    (Provider::SessionLog, Tracking::ContentSync),
    (Provider::Forgetful, Tracking::ContentSync),
    (Provider::Strict, Tracking::ContentSync),
];

/// A server and somebody who changes it.
struct World {
    slapd: Slapd,
    ldap: Ldap,
}

impl World {
    async fn new(provider: Provider) -> Option<Self> {
        let slapd = Slapd::start_as(provider).await?;
        let ldap = administrator(&slapd).await;
        Some(Self { slapd, ldap })
    }

    /// As administrator; without content synchronisation all ids are listed with each request.
    fn settings(&self) -> LdapSettings {
        let pace = Pace {
            list_after_changes: Duration::ZERO,
            list_always_after: Duration::ZERO,
            list_rest: 0,
            ..Pace::default()
        };
        LdapSettings { pace, ..settings(&self.slapd, ADMIN) }
    }

    async fn follower(&self, way: Tracking) -> Follower {
        let follower = Follower::start(source(self.settings())).await;
        assert_eq!(follower.cursor.tracking, way);
        follower
    }

    async fn add(&mut self, dn: &str, class: &str, more: &[(&str, &str)]) {
        let mut attributes = vec![("objectClass", one(class))];
        attributes.extend(more.iter().map(|(name, value)| (*name, one(value))));
        self.ldap.add(dn, attributes).await.and_then(ldap3::LdapResult::success).expect(dn);
    }

    async fn add_person(&mut self, dn: &str) {
        self.add(dn, "inetOrgPerson", &[("cn", "Somebody"), ("sn", "Ames")]).await;
    }

    async fn modify(&mut self, dn: &str, change: Mod<&str>) {
        self.ldap.modify(dn, vec![change]).await.and_then(ldap3::LdapResult::success).expect(dn);
    }

    async fn set(&mut self, dn: &str, name: &str, value: &str) {
        self.modify(dn, Mod::Replace(name, one(value))).await;
    }

    async fn rename(&mut self, dn: &str, rdn: &str, to: Option<&str>) {
        self.ldap.modifydn(dn, rdn, true, to).await.and_then(ldap3::LdapResult::success).expect(dn);
    }

    async fn delete(&mut self, dn: &str) {
        self.ldap.delete(dn).await.and_then(ldap3::LdapResult::success).expect(dn);
    }

    async fn restart(&mut self) {
        self.slapd.restart().await;
        self.ldap = administrator(&self.slapd).await;
    }
}

async fn administrator(slapd: &Slapd) -> Ldap {
    let (connection, mut ldap) = LdapConnAsync::new(&slapd.url).await.expect("a connection");
    ldap3::drive!(connection);
    ldap.simple_bind(ADMIN, PASSWORD).await.and_then(ldap3::LdapResult::success).expect("signed in");
    ldap
}

fn one(value: &str) -> HashSet<&str> {
    HashSet::from([value])
}

fn person(number: usize) -> String {
    format!("uid=u{number:03},ou=people,{BASE}")
}

fn id_of(follower: &Follower, dn: &str) -> String {
    let found = follower.known.iter().find(|(_, one)| one.dn.eq_ignore_ascii_case(dn));
    found.map(|(id, _)| id.clone()).expect("known")
}

/// What the cursor leads to: pages, or the reason why it is of no use.
async fn reason(source: &Arc<dyn Source>, cursor: Cursor) -> Option<String> {
    let request = ChangesRequest { cursor, kinds: kinds(), page_size: 100 };
    match source.changes(request).await.expect("an answer") {
        Changes::Lost { reason } => Some(reason),
        Changes::Since(_) => None,
    }
}

#[tokio::test]
async fn every_kind_of_change_is_told_and_leads_to_what_is_there() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let mut follower = world.follower(way).await;
        let (gone, changed_class) = (id_of(&follower, &person(10)), person(12));
        let new = format!("uid=new,ou=people,{BASE}");
        let choir = format!("cn=choir,ou=groups,{BASE}");
        world.add_person(&new).await;
        world.set(&person(5), "title", "Archivist").await;
        world.modify(&person(6), Mod::Delete("mail", HashSet::new())).await;
        world.rename(&person(8), "uid=renamed", None).await;
        world.rename(&person(9), "uid=u009", Some(&format!("ou=groups,{BASE}"))).await;
        world.delete(&person(10)).await;
        world.add(&choir, "groupOfNames", &[("member", &person(11))]).await;
        world.delete(&changed_class).await;
        world.add(&changed_class, "account", &[]).await;
        let told = follower.follow().await;
        assert!(!follower.known.contains_key(&gone), "{provider:?}");
        assert_eq!(told.is_sweep, provider != Provider::SessionLog, "{provider:?}");
        assert!(told.containers().is_empty(), "{provider:?}: {:?}", told.containers());
        assert_eq!(follower.known[&id_of(&follower, &choir)].members, [person(11)].into());
        follower.agrees().await;

        world.modify(&choir, Mod::Add("member", one(&person(13)))).await;
        world.modify(&choir, Mod::Delete("member", one(&person(11)))).await;
        let told = follower.follow().await;
        let repeats = if way == Tracking::Timestamp { 6 } else { 1 };
        assert!(told.objects().count() <= repeats, "{provider:?}: {told:?}");
        let changed = told.objects().find(|one| one.object.entry.dn == choir).expect("the group");
        assert_eq!((&changed.object.entry.dn, &changed.members), (&choir, &Members::Whole));
        assert_eq!(follower.known[&id_of(&follower, &choir)].members, [person(13)].into());
        follower.agrees().await;

        world.delete(&choir).await;
        follower.follow().await;
        follower.agrees().await;
        let told = follower.follow().await;
        if way == Tracking::ContentSync {
            assert_eq!((told.pages.len(), told.is_sweep), (0, false), "{provider:?}: nothing is told twice");
        }
    }
}

#[tokio::test]
async fn a_renamed_or_moved_container_is_named_and_a_new_one_is_not() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let mut follower = world.follower(way).await;
        let staff = format!("ou=staff,{BASE}");
        world.rename(&format!("ou=people,{BASE}"), "ou=staff", None).await;
        let told = follower.follow().await;
        assert_eq!(told.containers(), [staff.as_str()], "{provider:?}");
        assert_eq!((told.objects().count(), told.gone().len()), (0, 0), "{provider:?}");

        // Timestamps have seconds: one that is made in the second of the last change is named, to be sure.
        let mut fresh = String::new();
        for number in 0..100_000 {
            fresh = format!("ou=fresh {number},{BASE}");
            world.add(&fresh, "organizationalUnit", &[]).await;
            let told = follower.follow().await;
            if !told.containers().contains(&fresh.as_str()) {
                break;
            }
            // By timestamps nothing is settled for a while, and told again.
            assert!(way == Tracking::Timestamp || told.containers() == [fresh.as_str()], "{provider:?}");
        }
        world.rename(&staff, "ou=staff", Some(&fresh)).await;
        let told = follower.follow().await;
        assert!(told.containers().contains(&format!("ou=staff,{fresh}").as_str()), "{provider:?}");
    }
}

#[tokio::test]
async fn a_deleted_container_is_told_by_its_id_or_missing_from_what_is_there() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let unit = format!("ou=short-lived,{BASE}");
        world.add(&unit, "organizationalUnit", &[]).await;
        world.set(&person(1), "title", "Archivist").await;
        let mut follower = world.follower(way).await;
        let id = follower.source.container(&unit).await.expect("an answer").expect("it").object_id;
        world.delete(&unit).await;
        let told = follower.follow().await;
        let is_present = told.pages.iter().any(|page| page.present.contains(&id));
        assert!(told.gone().contains(&id.as_str()) || (told.is_sweep && !is_present), "{provider:?}");
    }
}

#[tokio::test]
async fn no_change_costs_one_request_on_the_connection_that_is_there() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let (settings, requests) = through_a_counter(settings(&world.slapd, ADMIN)).await;
        let mut follower = Follower::start(source(settings)).await;
        assert_eq!(follower.cursor.tracking, way);
        world.set(&person(1), "title", "Archivist").await;
        assert_eq!(follower.follow().await.objects().count(), 1);
        for _ in 0..3 {
            let before = requests.load(Ordering::SeqCst);
            let told = follower.follow().await;
            assert_eq!(requests.load(Ordering::SeqCst) - before, 1, "{provider:?}");
            // By timestamps the last seconds are told again; they are part of that request.
            let repeats = usize::from(way == Tracking::Timestamp);
            assert!(
                told.pages.len() <= repeats && told.objects().count() <= repeats,
                "{provider:?}: {told:?}"
            );
            assert!(!told.is_sweep, "{provider:?}");
        }
    }
}

#[tokio::test]
async fn many_changes_come_in_pages_and_only_the_end_of_an_answer_moves_the_cursor() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let mut follower = world.follower(way).await;
        follower.page_size = 7;
        for number in 0..50 {
            world.set(&person(number), "title", &format!("Title {number}")).await;
        }
        world.delete(&person(55)).await;
        let before = follower.cursor.clone();
        let told = follower.follow().await;
        assert_eq!(told.objects().count(), 50, "{provider:?}");
        assert!(told.pages.len() >= 8, "{provider:?}: {} pages", told.pages.len());
        let (last, others) = told.pages.split_last().expect("pages");
        assert!(others.iter().all(|page| page.cursor.is_none()) && last.cursor.is_some(), "{provider:?}");
        assert_ne!(follower.cursor, before);
        follower.agrees().await;
    }
}

#[tokio::test]
async fn what_happened_between_mark_and_reading_is_told() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let cursor = world.follower(way).await.cursor;
        world.set(&person(3), "title", "Between").await;
        let mut follower = world.follower(way).await;
        follower.cursor = cursor;
        let told = follower.follow().await;
        assert!(told.objects().any(|one| one.object.entry.dn == person(3)), "{provider:?}");
    }
}

#[tokio::test]
async fn a_restarted_server_takes_the_cursor_up() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let mut follower = world.follower(way).await;
        world.set(&person(3), "title", "Before").await;
        world.delete(&person(4)).await;
        world.restart().await;
        world.set(&person(5), "title", "After").await;
        world.delete(&person(6)).await;
        match (follower.try_follow().await, provider) {
            (Ok(_), _) => follower.agrees().await,
            (Err(reason), Provider::Strict) => assert!(reason.contains("last position"), "{reason}"),
            (Err(reason), _) => panic!("{provider:?}: {reason}"),
        }
        world.restart().await;
        let mut follower = world.follower(way).await;
        world.restart().await;
        let told = follower.follow().await;
        assert!(told.pages.is_empty() || way == Tracking::Timestamp, "{provider:?}: nothing changed");
    }
}

#[tokio::test]
async fn a_server_that_was_put_back_is_noticed() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let backup = world.slapd.backup().await;
        // Put back, and nothing written since.
        world.set(&person(3), "title", "Forgotten").await;
        let mut follower = world.follower(way).await;
        world.slapd.restore(&backup).await;
        world.ldap = administrator(&world.slapd).await;
        is_noticed(&mut follower, provider).await;

        // Put back, and written since: the server's history is longer than the cursor's again.
        let mut follower = world.follower(way).await;
        world.set(&person(4), "title", "Forgotten").await;
        follower.follow().await;
        world.slapd.restore(&backup).await;
        world.ldap = administrator(&world.slapd).await;
        world.set(&person(5), "title", "Remembered").await;
        is_noticed(&mut follower, provider).await;
    }
}

/// At once where the server refuses the cookie, else with the next request.
async fn is_noticed(follower: &mut Follower, provider: Provider) {
    if let Ok(told) = follower.try_follow().await {
        assert!(!told.is_sweep, "{provider:?}");
        let told = follower.try_follow().await;
        assert!(told.is_err(), "{provider:?}");
    }
}

#[tokio::test]
async fn a_cookie_that_no_longer_means_anything_is_lost() {
    for (provider, way) in WAYS {
        let Some(world) = World::new(provider).await else { return };
        let mut follower = world.follower(way).await;
        let cursor = follower.cursor.clone();
        let source = source(world.settings());
        let mut value: serde_json::Value = serde_json::from_str(&cursor.value).expect("JSON");
        let cookies =
            ["cmlkPTAwMCxjc249MjA5OTAxMDEwMDAwMDAuMDAwMDAwWiMwMDAwMDAjMDAwIzAwMDAwMA==", "eHg9eXk="];
        // `rid=000,csn=` and a change of the year 2099; text that is no cookie.
        for cookie in cookies.into_iter().filter(|_| way == Tracking::ContentSync) {
            value["cookie"] = cookie.into();
            follower.cursor = Cursor { value: value.to_string(), ..cursor.clone() };
            // Some servers refuse it, some take it for none and tell everything.
            if let Ok(told) = follower.try_follow().await {
                assert!(!told.is_sweep, "{provider:?}");
                assert!(follower.try_follow().await.is_err(), "{provider:?}: {cookie}");
            }
        }
        for damaged in ["{", "{}", r#"{"context":"","base":"","product":"","cookie":"*"}"#] {
            let told = reason(&source, Cursor { value: damaged.into(), ..cursor.clone() }).await;
            assert!(told.expect(damaged).contains("cannot be read"));
        }
    }
}

#[tokio::test]
async fn what_leaves_the_part_that_is_read_is_gone_and_what_enters_it_is_told() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let part = LdapSettings { base_dn: Some(format!("ou=people,{BASE}")), ..world.settings() };
        let mut follower = Follower::start(source(part)).await;
        assert_eq!(follower.cursor.tracking, way);
        let id = id_of(&follower, &person(20));
        world.rename(&person(20), "uid=u020", Some(&format!("ou=groups,{BASE}"))).await;
        world.delete(&person(21)).await;
        world.set(&format!("cn=unique,ou=groups,{BASE}"), "description", "not read").await;
        follower.follow().await;
        assert!(!follower.known.contains_key(&id), "{provider:?}");
        follower.agrees().await;
        world
            .rename(&format!("uid=u020,ou=groups,{BASE}"), "uid=u020", Some(&format!("ou=people,{BASE}")))
            .await;
        follower.follow().await;
        assert!(follower.known.contains_key(&id), "{provider:?}");
        follower.agrees().await;

        // With a container goes what is beneath, without being told.
        let team = format!("ou=team,ou=people,{BASE}");
        world.rename(&team, "ou=team", Some(BASE)).await;
        let told = follower.follow().await;
        assert_eq!(told.containers(), [format!("ou=team,{BASE}")], "{provider:?}");

        // A cursor of the part does not serve for the whole.
        let whole = source(world.settings());
        assert!(reason(&whole, follower.cursor.clone()).await.expect("lost").contains("another part"));
    }
}

#[tokio::test]
async fn an_account_that_may_see_only_so_much_at_once_falls_back_and_does_not_stop() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let limited = source(settings(&world.slapd, LIMITED));
        let cursor = limited.mark().await.expect("a mark").expect("a cursor");
        assert_eq!(cursor.tracking, way);
        for number in 0..30 {
            world.set(&person(number), "title", "Many").await;
        }
        let request = ChangesRequest { cursor: cursor.clone(), kinds: kinds(), page_size: 500 };
        let mut reader = match limited.changes(request).await.expect("changes") {
            Changes::Since(reader) => reader,
            Changes::Lost { reason } => {
                assert_eq!(way, Tracking::Timestamp);
                assert!(reason.contains("sizeLimitExceeded"), "{reason}");
                continue;
            }
        };
        let (mut objects, mut last, mut lost) = (0, None, None);
        while let Some(page) = reader.next_page().await.expect("a page") {
            objects += page.objects.len();
            last = page.cursor.or(last);
            lost = page.lost;
        }
        assert!(!reader.is_sweep(), "{provider:?}: a list that was cut short removes nobody");
        assert_eq!(objects, 20, "{provider:?}");
        assert!(
            lost.is_some_and(|lost| lost.contains("sizeLimitExceeded")),
            "{provider:?}: everything must be read"
        );
        let told = reason(&limited, last.expect("a cursor")).await.expect("lost");
        assert!(told.contains("sizeLimitExceeded"), "{provider:?}: {told}");
    }
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_keeps_the_cursor_and_removes_nobody() {
    for (provider, way) in WAYS {
        let Some(mut world) = World::new(provider).await else { return };
        let mut follower = world.follower(way).await;
        for number in 0..50 {
            world.set(&person(number), "title", &format!("Title {number}")).await;
        }
        world.delete(&person(51)).await;
        for answer_bytes in [600, 1_500, 4_000, 8_000] {
            let upstream = proxy::address_of(&world.slapd.url);
            let url = proxy::start(upstream, answer_bytes, proxy::silently()).await;
            let cut = source(LdapSettings { url, ..world.settings() });
            let request = ChangesRequest { cursor: follower.cursor.clone(), kinds: kinds(), page_size: 5 };
            let error = match cut.changes(request).await {
                Err(error) => error,
                Ok(Changes::Lost { reason }) => panic!("{provider:?}: {reason}"),
                Ok(Changes::Since(mut reader)) => loop {
                    match reader.next_page().await {
                        Ok(Some(page)) => assert_eq!(page.cursor, None, "{provider:?}"),
                        Ok(None) => panic!("{provider:?}: the cut was taken for the end at {answer_bytes}"),
                        Err(error) => {
                            assert!(!reader.is_sweep());
                            assert_eq!(reader.next_page().await, Err(error.clone()), "it stays an error");
                            break error;
                        }
                    }
                },
            };
            assert!(
                matches!(error, SourceError::Incomplete { .. } | SourceError::Unreachable { .. }),
                "{provider:?}: {error:?}"
            );
        }
        follower.follow().await;
        follower.agrees().await;
    }
}

#[tokio::test]
async fn a_list_of_ids_that_is_cut_short_removes_nobody() {
    let Some(mut world) = World::new(Provider::None).await else { return };
    let limited = source(LdapSettings { bind_dn: LIMITED.into(), ..world.settings() });
    let cursor = limited.mark().await.expect("a mark").expect("a cursor");
    world.set(&person(1), "title", "Archivist").await;
    let request = ChangesRequest { cursor, kinds: kinds(), page_size: 10 };
    let Changes::Since(mut reader) = limited.changes(request).await.expect("changes") else { panic!("lost") };
    let (mut objects, mut notes, mut last) = (0, Vec::new(), None);
    while let Some(page) = reader.next_page().await.expect("a page") {
        objects += page.objects.len();
        notes.extend(page.notes);
        last = page.cursor.or(last);
    }
    assert_eq!((objects, reader.is_sweep()), (1, false));
    assert!(notes.iter().any(|note| note.contains("did not list all ids")), "{notes:?}");
    assert!(reason(&limited, last.expect("a cursor")).await.is_none(), "the position goes on");
}

#[tokio::test]
async fn an_entry_with_a_date_in_the_far_future_hides_no_change() {
    let Some(mut world) = World::new(Provider::None).await else { return };
    // The relax rules control, by which an administrator may set operational attributes.
    let relax =
        ldap3::controls::RawControl { ctype: "1.3.6.1.4.1.4203.666.5.12".into(), crit: true, val: None };
    let dn = format!("uid=future,ou=people,{BASE}");
    let attributes = vec![
        ("objectClass", one("inetOrgPerson")),
        ("cn", one("Future")),
        ("sn", one("Future")),
        ("createTimestamp", one("20990101000000Z")),
        ("modifyTimestamp", one("20990101000000Z")),
    ];
    world
        .ldap
        .with_controls(relax)
        .add(&dn, attributes)
        .await
        .and_then(ldap3::LdapResult::success)
        .expect(&dn);
    let mut follower = world.follower(Tracking::Timestamp).await;
    for number in 0..3 {
        world.set(&person(number), "title", "Archivist").await;
        let told = follower.follow().await;
        assert!(told.objects().any(|one| one.object.entry.dn == person(number)));
    }
    follower.agrees().await;
}

/// Seconds that a delta of a thousand changes takes, and one without a change: each the least of five.
async fn delta_of_a_thousand(people: usize) -> Option<(f64, f64)> {
    let slapd = Slapd::start_with(Provider::SessionLog, people).await?;
    let mut ldap = administrator(&slapd).await;
    let source = source(settings(&slapd, ADMIN));
    let mut cursor = source.mark().await.expect("a mark").expect("a cursor");
    let mut least = (f64::MAX, f64::MAX);
    for round in 0..5 {
        for number in 0..1_000 {
            // Spread over the whole directory.
            let dn = person(number * (people / 1_000));
            let title = format!("Title {round}");
            let change = vec![Mod::Replace("title", one(&title))];
            ldap.modify(&dn, change).await.and_then(ldap3::LdapResult::success).expect(&dn);
        }
        for (expected, least) in [(1_000, &mut least.0), (0, &mut least.1)] {
            let began = std::time::Instant::now();
            let request = ChangesRequest { cursor: cursor.clone(), kinds: kinds(), page_size: 500 };
            let Changes::Since(mut reader) = source.changes(request).await.expect("changes") else {
                panic!("lost")
            };
            let mut told = 0;
            while let Some(page) = reader.next_page().await.expect("a page") {
                told += page.objects.len();
                cursor = page.cursor.unwrap_or(cursor);
            }
            *least = least.min(began.elapsed().as_secs_f64());
            assert_eq!((told, reader.is_sweep()), (expected, false));
        }
    }
    Some(least)
}

#[tokio::test]
#[ignore = "measures: run it alone on a quiet machine, with --release and --nocapture"]
async fn a_thousand_changes_cost_the_same_in_a_directory_of_ten_times_the_size() {
    let Some(small) = delta_of_a_thousand(10_000).await else { return };
    let Some(large) = delta_of_a_thousand(100_000).await else { return };
    let ratio = large.0 / small.0;
    eprintln!("1,000 changes in 10,000: {:.4} s, in 100,000: {:.4} s, ratio {ratio:.2}", small.0, large.0);
    eprintln!("no change in 10,000: {:.5} s, in 100,000: {:.5} s", small.1, large.1);
    assert!(ratio <= 1.2, "{ratio}");
}

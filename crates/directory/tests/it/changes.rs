//! What changed in a directory that answers like Active Directory: by `DirSync`, by sequence numbers where the account
//! sees deleted objects, and by sequence numbers and a look at all ids where it does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::{Cursor, Tracking};
use lab::{Change, Forest};
use ports::{Changes, ChangesRequest, Members, Source, Which};

use crate::follower::{Follower, counted, kinds};
use crate::{forest, settings, source};

/// The three ways, each with its forest.
async fn ways() -> Vec<(Tracking, Forest)> {
    vec![
        (Tracking::DirSync, forest(|_| {}).await),
        (Tracking::UsnChanged, forest(|options| options.may_replicate = false).await),
        (
            Tracking::UsnChanged,
            forest(|options| {
                options.may_replicate = false;
                options.sees_deleted = false;
            })
            .await,
        ),
    ]
}

async fn follow(way: Tracking, forest: &Forest) -> Follower {
    let follower = Follower::start(source(settings(forest))).await;
    assert_eq!(follower.cursor.tracking, way);
    follower
}

fn apply(forest: &Forest, change: &Change) -> lab::Applied {
    forest.apply(change).expect("a change")
}

fn person(forest: &Forest, number: u32) -> String {
    forest.person_dn(number).expect("a person")
}

#[tokio::test]
async fn every_kind_of_change_is_told_and_leads_to_what_is_there() {
    for (way, forest) in ways().await {
        let mut follower = follow(way, &forest).await;
        let base = forest.base_dn().to_owned();
        apply(&forest, &Change::Join);
        apply(&forest, &Change::set(person(&forest, 5), "title", "Archivist"));
        apply(&forest, &Change::Set { dn: person(&forest, 6), attribute: "mail".into(), values: vec![] });
        apply(&forest, &Change::Disable { dn: person(&forest, 7) });
        apply(&forest, &Change::Rename { dn: person(&forest, 8), name: "New Name".into() });
        let out = Change::MoveTo { dn: person(&forest, 9), container: format!("CN=Users,{base}") };
        let moved = apply(&forest, &out);
        let gone = apply(&forest, &Change::Delete { dn: person(&forest, 10) });
        let group = apply(&forest, &Change::NewGroup { name: "Choir".into() });
        let member = person(&forest, 11);
        apply(&forest, &Change::AddMember { group: group.dn.clone(), member: member.clone() });
        let told = follower.follow().await;
        assert!(!follower.known.contains_key(&gone.guid.to_string()));
        assert!(
            told.objects().any(|one| one.object.entry.dn == moved.dn),
            "who moved is told where they are"
        );
        assert!(told.containers().is_empty());
        assert_eq!(follower.known[&group.guid.to_string()].members, [member.to_lowercase()].into());
        follower.agrees().await;

        let gone_group = apply(&forest, &Change::Delete { dn: group.dn });
        follower.follow().await;
        assert!(!follower.known.contains_key(&group.guid.to_string()));
        apply(&forest, &Change::Restore { dn: gone_group.dn });
        let back = apply(&forest, &Change::Restore { dn: gone.dn });
        follower.follow().await;
        assert!(follower.known.contains_key(&group.guid.to_string()), "a group that was restored is told");
        assert_eq!(follower.known[&back.guid.to_string()].dn, back.dn, "who was restored is told");
        follower.agrees().await;
        let told = follower.follow().await;
        assert_eq!((told.objects().count(), told.gone().len()), (0, 0), "nothing is told twice");
    }
}

#[tokio::test]
async fn members_of_a_large_group_travel_as_who_joined_and_who_left() {
    let forest = forest(|options| {
        options.people = 4_000;
        options.large_group = Some(3_500);
    })
    .await;
    let mut follower = follow(Tracking::DirSync, &forest).await;
    let (id, large) = follower
        .known
        .iter()
        .max_by_key(|(_, one)| one.members.len())
        .map(|(id, one)| (id.clone(), one.clone()))
        .expect("a group");
    assert_eq!(large.members.len(), 3_500);
    let (joins, leaves) = (person(&forest, 3_600), person(&forest, 100));
    apply(&forest, &Change::AddMember { group: large.dn.clone(), member: joins.clone() });
    apply(&forest, &Change::RemoveMember { group: large.dn.clone(), member: leaves.clone() });
    let told = follower.follow().await;
    let changed: Vec<_> = told.objects().collect();
    let [changed] = changed.as_slice() else { panic!("{changed:?}") };
    assert_eq!(changed.members, Members::Delta { joined: vec![joins], left: vec![leaves] });
    assert!(changed.object.entry.values("member").is_empty(), "the other members did not travel");
    let whole =
        follower.source.objects(Which::Ids(std::slice::from_ref(&id)), &kinds()).await.expect("the group");
    let members: std::collections::BTreeSet<String> =
        whole[0].1.entry.texts("member").map(str::to_lowercase).collect();
    assert_eq!(follower.known[&id].members, members);
}

#[tokio::test]
async fn by_sequence_numbers_a_changed_group_comes_with_all_members() {
    let forest = forest(|options| {
        options.may_replicate = false;
        options.people = 2_000;
        options.large_group = Some(1_800);
    })
    .await;
    let mut follower = follow(Tracking::UsnChanged, &forest).await;
    let large = follower.known.values().max_by_key(|one| one.members.len()).expect("a group").clone();
    apply(&forest, &Change::AddMember { group: large.dn, member: person(&forest, 1_900) });
    let told = follower.follow().await;
    let changed: Vec<_> = told.objects().collect();
    let [changed] = changed.as_slice() else { panic!("{} objects", changed.len()) };
    assert_eq!(changed.members, Members::Whole);
    assert_eq!(changed.object.entry.values("member").len(), 1_801);
}

#[tokio::test]
async fn a_renamed_container_is_named_and_what_is_beneath_is_not() {
    for (way, forest) in ways().await {
        let mut follower = follow(way, &forest).await;
        let people = format!("OU=People,{}", forest.base_dn());
        apply(&forest, &Change::Rename { dn: people, name: "Staff".into() });
        let told = follower.follow().await;
        assert_eq!(told.containers(), [format!("OU=Staff,{}", forest.base_dn())]);
        assert_eq!((told.objects().count(), told.gone().len()), (0, 0));
    }
}

#[tokio::test]
async fn no_change_costs_one_request_on_the_connection_that_is_there() {
    for (way, forest) in ways().await {
        let (settings, requests) = counted(&forest).await;
        let mut follower = Follower::start(source(settings)).await;
        assert_eq!(follower.cursor.tracking, way);
        follower.follow().await;
        for _ in 0..3 {
            let before = requests.load(Ordering::SeqCst);
            let told = follower.follow().await;
            assert_eq!(requests.load(Ordering::SeqCst) - before, 1, "{way:?}");
            assert_eq!((told.objects().count(), told.gone().len()), (0, 0));
        }
    }
}

#[tokio::test]
async fn many_changes_come_in_pages_and_only_the_end_of_an_answer_moves_the_cursor() {
    for (way, forest) in ways().await {
        let mut follower = follow(way, &forest).await;
        follower.page_size = 20;
        for number in 0..90 {
            apply(&forest, &Change::set(person(&forest, number), "title", format!("Title {number}")));
        }
        let before = follower.cursor.clone();
        let told = follower.follow().await;
        assert_eq!(told.objects().count(), 90);
        assert!(told.pages.len() >= 5, "{} pages", told.pages.len());
        assert!(told.pages[..4].iter().all(|page| page.cursor.is_none()), "{way:?}");
        assert_ne!(follower.cursor, before);
        follower.agrees().await;
    }
}

#[tokio::test]
async fn what_happened_between_mark_and_reading_is_told() {
    for (way, forest) in ways().await {
        let source = source(settings(&forest));
        let cursor = source.mark().await.expect("a mark").expect("a cursor");
        let dn = person(&forest, 3);
        apply(&forest, &Change::set(&dn, "title", "Between"));
        let mut follower = Follower::start(source).await;
        assert_eq!(cursor.tracking, way);
        follower.cursor = cursor;
        let told = follower.follow().await;
        assert!(told.objects().any(|one| one.object.entry.dn == dn), "{way:?}");
    }
}

#[tokio::test]
async fn a_restarted_directory_takes_the_cursor_up() {
    for may_replicate in [true, false] {
        let options = |options: &mut lab::ForestOptions| {
            options.may_replicate = may_replicate;
            options.bind_password = Some("Same-as-before-1".into());
            options.initial = vec![Change::NewGroup { name: "Before".into() }];
        };
        let first = forest(options).await;
        let mut follower = Follower::start(source(settings(&first))).await;
        first.stop().await;
        let second = forest(options).await;
        follower.source = source(settings(&second));
        let dn = person(&second, 3);
        apply(&second, &Change::set(&dn, "title", "After"));
        let told = follower.follow().await;
        let names: Vec<&str> = told.objects().map(|one| one.object.entry.dn.as_str()).collect();
        assert_eq!(names, [dn]);
    }
}

#[tokio::test]
async fn a_connection_that_broke_while_it_waited_is_made_anew() {
    for may_replicate in [true, false] {
        let forest = forest(|options| {
            options.may_replicate = may_replicate;
            options.idle_timeout = std::time::Duration::from_millis(50);
        })
        .await;
        let mut follower = Follower::start(source(settings(&forest))).await;
        for number in 0..3 {
            let dn = person(&forest, number);
            apply(&forest, &Change::set(&dn, "title", "Again"));
            // Another connection waits until the directory has cut it, and so the first as well.
            let mut other =
                tokio::net::TcpStream::connect(crate::proxy::address_of(&forest.url())).await.expect("it");
            let mut rest = Vec::new();
            let _ = tokio::io::AsyncReadExt::read_to_end(&mut other, &mut rest).await;
            assert_eq!(follower.follow().await.objects().count(), 1);
            assert!(follower.source.probe().await.is_ok());
        }
    }
}

async fn reason(source: &Arc<dyn Source>, cursor: Cursor) -> String {
    let request = ChangesRequest { cursor, kinds: kinds(), page_size: 100 };
    match source.changes(request).await.expect("an answer") {
        Changes::Lost { reason } => reason,
        Changes::Since(_) => panic!("it took the cursor"),
    }
}

#[tokio::test]
async fn another_forest_does_not_take_the_cursor() {
    for may_replicate in [true, false] {
        let one = forest(|options| options.may_replicate = may_replicate).await;
        let cursor = source(settings(&one)).mark().await.expect("a mark").expect("a cursor");
        let restored = forest(|options| {
            options.may_replicate = may_replicate;
            options.seed += 1;
        })
        .await;
        let told = reason(&source(settings(&restored)), cursor.clone()).await;
        assert!(told.contains("controller"), "{told}");
        let garbage = Cursor { value: "{".into(), ..cursor };
        assert!(reason(&source(settings(&one)), garbage).await.contains("cannot be read"));
    }
}

#[tokio::test]
async fn an_account_that_lost_its_right_falls_back() {
    let options = |may_replicate: bool| {
        move |options: &mut lab::ForestOptions| {
            options.may_replicate = may_replicate;
            options.bind_password = Some("Same-as-before-1".into());
        }
    };
    let with = forest(options(true)).await;
    let cursor = source(settings(&with)).mark().await.expect("a mark").expect("a cursor");
    assert_eq!(cursor.tracking, Tracking::DirSync);
    let without = forest(options(false)).await;
    let source = source(settings(&without));
    assert!(reason(&source, cursor).await.contains("lost the right"));
    assert_eq!(source.mark().await.expect("a mark").expect("a cursor").tracking, Tracking::UsnChanged);
}

#[tokio::test]
async fn what_leaves_the_part_that_is_read_is_gone_and_what_enters_it_is_told() {
    for (way, forest) in ways().await {
        let people = format!("OU=People,{}", forest.base_dn());
        let settings = directory::LdapSettings { base_dn: Some(people.clone()), ..settings(&forest) };
        let mut follower = Follower::start(source(settings)).await;
        assert_eq!(follower.cursor.tracking, way);
        let (dn, elsewhere) = (person(&forest, 20), format!("CN=Users,{}", forest.base_dn()));
        let home = dn.split_once(',').expect("a container").1.to_owned();
        let gone = apply(&forest, &Change::Delete { dn: person(&forest, 21) });
        let moved = apply(&forest, &Change::MoveTo { dn, container: elsewhere });
        follower.follow().await;
        assert!(!follower.known.contains_key(&moved.guid.to_string()), "{way:?}");
        assert!(!follower.known.contains_key(&gone.guid.to_string()), "{way:?}");
        follower.agrees().await;
        apply(&forest, &Change::MoveTo { dn: moved.dn, container: home });
        follower.follow().await;
        assert!(follower.known.contains_key(&moved.guid.to_string()), "{way:?}");
        follower.agrees().await;
    }
}

#[tokio::test]
async fn objects_are_found_by_id_and_by_name_and_strangers_are_left_out() {
    let forest = forest(|_| {}).await;
    let source = source(settings(&forest));
    let names: Vec<String> = (0..150).map(|number| person(&forest, number)).collect();
    let mut asked = names.clone();
    asked.extend([
        format!("CN=Nobody,{}", forest.base_dn()),
        format!("OU=People,{}", forest.base_dn()),
        "no name at all".into(),
        "CN=A,DC=elsewhere".into(),
        "CN=*)(objectClass=*,DC=lab01,DC=local".into(),
    ]);
    let found = source.objects(Which::Names(&asked), &kinds()).await.expect("objects");
    let mut ids: Vec<String> = found.iter().map(|(_, one)| one.object_id.clone()).collect();
    let mut dns: Vec<String> = found.into_iter().map(|(_, one)| one.entry.dn).collect();
    dns.sort();
    let mut expected = names;
    expected.sort();
    assert_eq!(dns, expected);
    ids.extend(["no id".into(), "00000000-0000-0000-0000-000000000001".into()]);
    let again = source.objects(Which::Ids(&ids), &kinds()).await.expect("objects");
    assert_eq!(again.len(), 150);
    assert!(source.objects(Which::Ids(&["no id".into()]), &kinds()).await.expect("objects").is_empty());
    assert!(source.objects(Which::Ids(&ids), &kinds()[1..]).await.expect("objects").is_empty(), "no group");
}

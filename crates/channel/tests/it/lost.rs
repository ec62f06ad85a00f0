//! Agents that are lost while they are asked.

use std::sync::Arc;

use channel::remote::RemoteSource;
use channel::testing::{DOMAIN, LocalAgent, LocalRoutes};
use domain::ObjectKind;
use ports::{Browse, Changes, ChangesRequest, KindRequest, Source, SourceEntry, SourceError, Which};

use crate::listed::{Listed, id, position};
use crate::side_by_side::request;

/// A source behind agents, and the agents.
fn behind(agents: Vec<LocalAgent>) -> (RemoteSource, Arc<LocalRoutes>) {
    let routes = Arc::new(LocalRoutes::new(agents));
    (RemoteSource::new(DOMAIN, routes.clone()), routes)
}

/// An agent whose wire is cut after so many frames.
fn dies_after(number: u128, frames: usize, list: &Listed) -> LocalAgent {
    let mut left = frames;
    LocalAgent::start_watched(number, Arc::new(list.clone()), move |_| {
        left = left.saturating_sub(1);
        left > 0
    })
}

async fn everybody(
    remote: &RemoteSource,
    page_size: u32,
) -> Result<(Vec<SourceEntry>, Vec<String>), SourceError> {
    let mut pages = remote.read(request(page_size)).await?;
    let (mut entries, mut notes) = (Vec::new(), Vec::new());
    while let Some(mut page) = pages.next_page().await? {
        entries.append(&mut page.entries);
        notes.append(&mut page.notes);
    }
    assert!(pages.next_page().await.expect("the end").is_none());
    Ok((entries, notes))
}

fn ids(entries: &[SourceEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.object_id.as_str()).collect()
}

#[tokio::test]
async fn a_reading_goes_on_through_another_agent_wherever_the_first_one_is_lost() {
    let list = Listed::new(100);
    let expected: Vec<String> = (1..=100).map(id).collect();
    for frames in 1..14 {
        let agents = vec![dies_after(1, frames, &list), LocalAgent::start(2, Arc::new(list.clone()))];
        let (remote, _) = behind(agents);
        let (entries, notes) = everybody(&remote, 10).await.expect("everybody");
        assert_eq!(ids(&entries), expected, "cut after {frames} frames");
        let told = notes.iter().filter(|note| note.contains("agent1") && note.contains("agent2")).count();
        // The first frame is the word that the reading was begun, the last one that it ended.
        assert_eq!(told, usize::from((2..=12).contains(&frames)), "cut after {frames} frames: {notes:?}");
        assert_eq!(notes.iter().filter(|note| *note == "a note").count(), 1);
    }
}

#[tokio::test]
async fn without_another_agent_a_reading_that_breaks_fails_and_stays_failed() {
    let list = Listed::new(100);
    let (remote, _) = behind(vec![dies_after(1, 4, &list)]);
    let mut pages = remote.read(request(10)).await.expect("a beginning");
    let error = loop {
        match pages.next_page().await {
            Ok(page) => assert!(page.is_some(), "the loss was taken for the end"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("agent1"), "{error}");
    assert_eq!(pages.next_page().await, Err(error));
    assert_eq!(remote.probe().await, Err(SourceError::NoConnection));
}

#[tokio::test]
async fn a_directory_that_always_breaks_off_at_the_same_place_is_given_up() {
    let list = Listed { fails_at: Some(35), ..Listed::new(100) };
    let agents = (1..=3).map(|number| LocalAgent::start(number, Arc::new(list.clone()))).collect();
    let (remote, _) = behind(agents);
    assert_eq!(everybody(&remote, 10).await, Err(list.error));
}

#[tokio::test]
async fn an_agent_that_does_not_reach_its_directory_is_passed_over_and_reported() {
    let error = SourceError::Unreachable { address: "dc1:636".into(), reason: "refused".into() };
    let away = Listed { unreachable: true, error: error.clone(), ..Listed::new(5) };
    let agents =
        vec![LocalAgent::start(1, Arc::new(away.clone())), LocalAgent::start(2, Arc::new(Listed::new(5)))];
    let (remote, routes) = behind(agents);
    assert!(remote.probe().await.is_ok());
    assert_eq!(everybody(&remote, 2).await.expect("everybody").0.len(), 5);
    assert_eq!(routes.out_of_reach().len(), 2);

    let (remote, _) = behind(vec![LocalAgent::start(1, Arc::new(away))]);
    assert_eq!(remote.probe().await, Err(error));
}

#[tokio::test]
async fn what_the_directory_itself_refuses_is_not_asked_of_another_agent() {
    let error = SourceError::NotAllowed { dn: "DC=x".into() };
    let refusing = Listed { unreachable: true, error: error.clone(), ..Listed::new(5) };
    let agents =
        vec![LocalAgent::start(1, Arc::new(refusing)), LocalAgent::start(2, Arc::new(Listed::new(5)))];
    let (remote, routes) = behind(agents);
    assert_eq!(remote.probe().await, Err(error));
    assert!(routes.out_of_reach().is_empty());
}

#[tokio::test]
async fn an_agent_that_is_too_old_to_browse_is_passed_over_for_that_and_goes_on_working() {
    let old = |number| LocalAgent::start_speaking(1, number, Arc::new(Listed::new(5)), |_| true);
    let what = || Browse::Named { text: "P3".into() };
    let (remote, routes) = behind(vec![old(1), LocalAgent::start(2, Arc::new(Listed::new(5)))]);
    let found = remote.browse(what()).await.expect("the other one knows").expect("a listing");
    assert_eq!(found.places.len(), 1);
    assert!(routes.out_of_reach().is_empty());

    let (remote, _) = behind(vec![old(1)]);
    let error = remote.browse(what()).await.expect_err("nobody can");
    assert!(error.to_string().contains("agent1 is too old"), "{error}");
    let error = remote.objects(Which::Called("P3"), &[]).await.expect_err("nobody can");
    assert!(error.to_string().contains("agent1 is too old"), "{error}");
    let ids = [id(2)];
    assert_eq!(remote.objects(Which::Ids(&ids), &[]).await.map(|found| found.len()), Ok(1));
    assert!(remote.probe().await.is_ok());
}

/// Follows changes to their end: the ids, the last position, why they are not enough, and the notes.
async fn follow(remote: &RemoteSource) -> (Vec<String>, String, Option<String>, Vec<String>) {
    let kinds = vec![KindRequest { kind: ObjectKind::User, attributes: Vec::new() }];
    let request = ChangesRequest { cursor: position("dc1", 0), kinds, page_size: 10 };
    let Changes::Since(mut reader) = remote.changes(request).await.expect("changes") else {
        panic!("the position is known");
    };
    let (mut ids, mut cursor, mut lost, mut notes) = (Vec::new(), String::new(), None, Vec::new());
    while let Some(page) = reader.next_page().await.expect("a page") {
        ids.extend(page.objects.into_iter().map(|one| one.object.object_id));
        cursor = page.cursor.map_or(cursor, |cursor| cursor.value);
        lost = lost.or(page.lost);
        notes.extend(page.notes);
    }
    (ids, cursor, lost, notes)
}

#[tokio::test]
async fn changes_go_on_from_the_last_position_through_another_agent() {
    let list = Listed::new(100);
    for frames in 2..12 {
        let agents = vec![dies_after(1, frames, &list), LocalAgent::start(2, Arc::new(list.clone()))];
        let (remote, _) = behind(agents);
        let (ids, cursor, lost, notes) = follow(&remote).await;
        assert_eq!(ids, (1..=100).map(id).collect::<Vec<_>>(), "cut after {frames} frames");
        assert_eq!((cursor.as_str(), lost), ("dc1/100", None));
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
}

#[tokio::test]
async fn changes_that_the_next_agents_server_does_not_know_are_said_to_be_not_enough() {
    let list = Listed::new(100);
    let other = Listed { server: "dc2", ..list.clone() };
    let (remote, _) = behind(vec![dies_after(1, 5, &list), LocalAgent::start(2, Arc::new(other))]);
    let (ids, cursor, lost, _) = follow(&remote).await;
    assert_eq!(ids, (1..=30).map(id).collect::<Vec<_>>());
    assert_eq!((cursor.as_str(), lost.as_deref()), ("dc1/30", Some("dc2 has another history")));
}

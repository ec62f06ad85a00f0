//! The whole life of users and groups in a service that nobody here wrote. Ignored, because it needs one:
//! `SCIM_URL=http://127.0.0.1:8801/v2 SCIM_USERS=300 cargo test -p targets -- --ignored --nocapture real`.

use std::collections::BTreeSet;
use std::time::Instant;

use domain::{ObjectKind, Value};
use ports::{Operation, Outcome, OutcomeKind, Target, Verb};
use targets::scim::ScimTarget;

use crate::support::{ENTERPRISE, group, settings, user};

async fn export(target: &ScimTarget, operations: &[Operation]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for batch in operations.chunks(256) {
        outcomes.extend(target.export(batch).await.into_iter().zip(batch).map(|(result, operation)| {
            result.unwrap_or_else(|error| panic!("{} of {}: {error:?}", operation.verb, operation.anchor))
        }));
    }
    outcomes
}

fn count(outcomes: &[Outcome], kind: OutcomeKind) -> usize {
    outcomes.iter().filter(|outcome| outcome.kind == kind).count()
}

fn change(made: &Operation, id: &str, verb: Verb, values: &[(&str, Option<&str>)]) -> Operation {
    let mut change =
        Operation { verb, target_id: Some(id.to_owned()), add_members: Vec::new(), ..made.clone() };
    for (name, value) in values {
        match value {
            Some(value) => drop(change.attributes.insert((*name).to_owned(), Value::text(*value))),
            None => drop(change.attributes.remove(*name)),
        }
        change.changed.push((*name).to_owned());
    }
    change
}

#[tokio::test]
#[ignore = "needs a SCIM service"]
async fn a_real_service_takes_the_whole_life_of_users_and_groups() {
    let url = std::env::var("SCIM_URL").expect("SCIM_URL");
    let number =
        |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let (users, groups) = (number("SCIM_USERS", 300), number("SCIM_GROUPS", 30));
    let has_extension = std::env::var("SCIM_PLAIN").is_err();
    let run = std::process::id().to_string();
    let new = || ScimTarget::new(&settings(&url)).expect("settings");
    let target = new();
    println!("{:?}", target.probe().await.expect("a service"));

    let mut people: Vec<_> = (0..users).map(|number| user(number, &run)).collect();
    if !has_extension {
        for person in &mut people {
            person.attributes.retain(|name, _| !name.starts_with("urn:"));
        }
    }
    let anchors: Vec<_> = people.iter().map(|person| person.anchor.clone()).collect();
    assert!(
        target.find(ObjectKind::User, &anchors).await.expect("a list").iter().all(|found| *found == Ok(None))
    );
    let began = Instant::now();
    let made = export(&target, &people).await;
    println!("{users} users created in {:?}", began.elapsed());
    assert_eq!(count(&made, OutcomeKind::Created), users);
    let ids: Vec<_> = made.iter().map(|outcome| outcome.target_id.clone()).collect();

    let teams: Vec<_> = (0..groups)
        .map(|number| {
            let members: Vec<_> =
                ids.iter().skip(number).step_by(if number == 0 { 1 } else { groups }).cloned().collect();
            group(number, &run, &members)
        })
        .collect();
    let began = Instant::now();
    let made_groups = export(&target, &teams).await;
    println!("{groups} groups created in {:?}", began.elapsed());

    // Found again by somebody who knows nothing.
    let other = new();
    let began = Instant::now();
    let found = other.find(ObjectKind::User, &anchors).await.expect("a list");
    println!("found in {:?}", began.elapsed());
    for (found, id) in found.iter().zip(&ids) {
        assert_eq!(found.as_ref().expect("found").as_ref().map(|found| &found.id), Some(id));
    }
    for (team, made) in teams.iter().zip(&made_groups) {
        let found = other.find(ObjectKind::Group, std::slice::from_ref(&team.anchor)).await.expect("a list");
        let found = found[0].clone().expect("found").expect("there");
        assert_eq!(found.id, made.target_id);
        let members: BTreeSet<_> = found.members.into_iter().collect();
        assert_eq!(members, team.add_members.iter().cloned().collect(), "members of {}", team.anchor);
    }

    // Changes of every sort.
    let changes: Vec<_> = people
        .iter()
        .zip(&ids)
        .enumerate()
        .map(|(number, (made, id))| {
            let mut values = vec![("title", None), ("name.familyName", Some("Ödeguard"))];
            if has_extension {
                values.push(("phoneNumbers[type eq \"mobile\"].value", None));
                values.push(("addresses[type eq \"work\"].locality", Some("Zürich")));
            }
            let (department, manager) = (format!("{ENTERPRISE}:department"), format!("{ENTERPRISE}:manager"));
            if has_extension {
                values.push((&department, Some("Sales")));
            }
            let mut change = change(made, id, Verb::Update, &values);
            if has_extension && number > 0 {
                change.attributes.insert(manager.clone(), Value::Reference(ids[0].clone()));
                change.changed.push(manager);
            }
            change
        })
        .collect();
    for change in &changes[..5] {
        assert_eq!(target.outcome_of(change).await.expect("asked"), None, "not yet done");
    }
    let began = Instant::now();
    let changed = export(&target, &changes).await;
    println!("{users} users changed in {:?}", began.elapsed());
    assert_eq!(count(&changed, OutcomeKind::Updated), users);
    for change in &changes {
        let outcome = target.outcome_of(change).await.expect("asked");
        assert_eq!(outcome.map(|outcome| outcome.kind), Some(OutcomeKind::Updated), "{change:?}");
    }

    // Off, members out and in, and away.
    let off: Vec<_> = changes
        .iter()
        .zip(&ids)
        .map(|(made, id)| {
            let mut off = change(made, id, Verb::Disable, &[("active", Some("False"))]);
            off.changed = vec!["active".into()];
            off
        })
        .collect();
    assert_eq!(count(&export(&target, &off).await, OutcomeKind::Disabled), users);
    for off in &off {
        assert!(target.outcome_of(off).await.expect("asked").is_some(), "off");
    }
    let name = format!("Renamed {run}");
    let everybody = &teams[0];
    let mut reshuffle =
        change(everybody, &made_groups[0].target_id, Verb::Update, &[("displayName", Some(&name))]);
    reshuffle.remove_members = ids[..users / 2].to_vec();
    assert_eq!(target.outcome_of(&reshuffle).await.expect("asked"), None);
    export(&target, std::slice::from_ref(&reshuffle)).await;
    assert!(target.outcome_of(&reshuffle).await.expect("asked").is_some(), "members left");
    // Once more: a member who is gone cannot leave again, and that is no error.
    export(&target, std::slice::from_ref(&reshuffle)).await;
    let mut back = reshuffle.clone();
    (back.add_members, back.remove_members) = (reshuffle.remove_members.clone(), Vec::new());
    back.changed.clear();
    export(&target, std::slice::from_ref(&back)).await;
    assert!(target.outcome_of(&back).await.expect("asked").is_some(), "members are back");

    // A second create of what is there is no second object.
    let again = new().export(&people[..3]).await;
    for (again, id) in again.iter().zip(&ids) {
        println!("created again: {again:?}");
        assert!(again.as_ref().is_ok_and(|outcome| outcome.target_id == *id), "{again:?}");
    }

    let away: Vec<_> = teams
        .iter()
        .zip(&made_groups)
        .map(|(made, outcome)| (made, &outcome.target_id))
        .chain(people.iter().zip(&ids))
        .map(|(made, id)| change(made, id, Verb::Delete, &[]))
        .collect();
    assert_eq!(count(&export(&target, &away).await, OutcomeKind::Deleted), users + groups);
    for gone in &away[..5] {
        assert!(target.outcome_of(gone).await.expect("asked").is_some(), "gone");
    }
    assert_eq!(count(&export(&target, &away[..5]).await, OutcomeKind::Deleted), 5);
    assert!(
        new().find(ObjectKind::User, &anchors).await.expect("a list").iter().all(|found| *found == Ok(None))
    );
}

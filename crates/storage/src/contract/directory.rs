//! Lists of the built-in directory.

use domain::ObjectKind;

use super::sample::{configuration_id, drain, group, user, uuid};
use crate::directory::{DirectoryCounts, DirectoryFilter, DirectoryName, DirectoryObject, DirectoryWrite};
use crate::{PageRequest, Storage};

async fn create(storage: &dyn Storage, objects: impl IntoIterator<Item = DirectoryObject>) {
    let writes =
        objects.into_iter().map(|object| DirectoryWrite::Create { object, members: Vec::new() }).collect();
    storage.write_directory(writes).await.expect("are written");
}

async fn names(storage: &dyn Storage, filter: &DirectoryFilter) -> Vec<String> {
    let objects = drain(2, |page| storage.directory_objects(filter, page)).await;
    objects.into_iter().map(|object| object.display_name).collect()
}

pub async fn objects_are_listed_by_name_without_regard_to_case(storage: &dyn Storage) {
    let given = ["berta", "Änne", "anna", "Anna", "Zoe.B", "änna"];
    create(storage, (1..).zip(given).map(|(n, name)| user(n, name))).await;
    let listed = names(storage, &DirectoryFilter::default()).await;
    assert_eq!(listed, ["anna", "Anna", "berta", "Zoe.B", "änna", "Änne"]);
}

pub async fn pages_lose_nothing_while_objects_are_added(storage: &dyn Storage) {
    create(storage, (1..=20).map(|n| user(n, &format!("Person {n:02}")))).await;
    let filter = DirectoryFilter::default();
    let mut seen = Vec::new();
    let mut request = PageRequest::first(3);
    let mut next = 100;
    loop {
        let page = storage.directory_objects(&filter, request).await.expect("is read");
        seen.extend(page.items.into_iter().map(|object| object.display_name));
        let Some(after) = page.next else { break };
        request = PageRequest { limit: 3, after: Some(after) };
        next += 1;
        create(storage, [user(next, "Aaa")]).await;
    }
    assert_eq!(seen, (1..=20).map(|n| format!("Person {n:02}")).collect::<Vec<_>>());
}

pub async fn every_filter_narrows(storage: &dyn Storage) {
    let mut disabled = user(2, "Disabled");
    disabled.account_enabled = Some(false);
    let mut elsewhere = user(3, "Elsewhere");
    elsewhere.configuration_id = configuration_id(2);
    create(storage, [user(1, "Anna"), disabled, elsewhere, group(4, "Staff")]).await;
    let all = DirectoryFilter::default;
    for (filter, expected) in [
        (DirectoryFilter { kind: Some(ObjectKind::Group), ..all() }, vec!["Staff"]),
        (DirectoryFilter { account_enabled: Some(false), ..all() }, vec!["Disabled"]),
        (DirectoryFilter { account_enabled: Some(true), ..all() }, vec!["Anna", "Elsewhere"]),
        (DirectoryFilter { configuration: Some(configuration_id(2)), ..all() }, vec!["Elsewhere"]),
        (
            DirectoryFilter {
                kind: Some(ObjectKind::User),
                text: Some("n".to_owned()),
                configuration: Some(configuration_id(1)),
                account_enabled: Some(true),
            },
            vec!["Anna"],
        ),
    ] {
        assert_eq!(names(storage, &filter).await, expected, "{filter:?}");
    }
}

pub async fn text_is_found_in_names_and_addresses(storage: &dyn Storage) {
    create(storage, [user(1, "Jürgen Groß"), user(2, "Anna 100%"), group(3, "Staff_All")]).await;
    for (text, expected) in [
        ("JÜRGEN", vec!["Jürgen Groß"]),
        ("groß jür", vec!["Jürgen Groß"]),
        ("USER2@", vec!["Anna 100%"]),
        ("mail1@north", vec!["Jürgen Groß"]),
        ("anchor-3", vec!["Staff_All"]),
        ("0%", vec!["Anna 100%"]),
        ("f_a", vec!["Staff_All"]),
        ("x_x", vec![]),
        ("%", vec!["Anna 100%"]),
        ("", vec!["Anna 100%", "Jürgen Groß", "Staff_All"]),
    ] {
        let filter = DirectoryFilter { text: Some(text.to_owned()), ..DirectoryFilter::default() };
        assert_eq!(names(storage, &filter).await, expected, "{text}");
    }
}

pub async fn a_renamed_object_is_found_by_its_new_name(storage: &dyn Storage) {
    create(storage, [user(1, "Anna Berg"), user(2, "Berta Berg")]).await;
    let update = DirectoryWrite::Update {
        object: user(1, "Anna Tal"),
        add_members: Vec::new(),
        remove_members: Vec::new(),
    };
    let delete = DirectoryWrite::Delete { id: uuid(2).to_string() };
    storage.write_directory(vec![update, delete]).await.expect("are written");
    for (text, expected) in [("berg", vec![]), ("anna tal", vec!["Anna Tal"]), ("berta", vec![])] {
        let filter = DirectoryFilter { text: Some(text.to_owned()), ..DirectoryFilter::default() };
        assert_eq!(names(storage, &filter).await, expected, "{text}");
    }
}

pub async fn members_are_listed_from_both_ends(storage: &dyn Storage) {
    create(storage, (1..=9).map(|n| user(n, &format!("Person {}", 9 - n)))).await;
    let members: Vec<_> = (1..=9).map(|n| uuid(n).to_string()).collect();
    let writes = [(20, "Beta"), (21, "alpha"), (22, "Gamma")]
        .map(|(n, name)| DirectoryWrite::Create { object: group(n, name), members: members.clone() });
    storage.write_directory(writes.to_vec()).await.expect("are written");

    let beta = uuid(20).to_string();
    let listed = drain(4, |page| storage.directory_members(&beta, page)).await;
    let listed: Vec<_> = listed.into_iter().map(|object| object.display_name).collect();
    assert_eq!(listed, (0..9).map(|n| format!("Person {n}")).collect::<Vec<_>>());
    let groups = drain(2, |page| storage.directory_member_of(&members[4], page)).await;
    let groups: Vec<_> = groups.into_iter().map(|object| object.display_name).collect();
    assert_eq!(groups, ["alpha", "Beta", "Gamma"]);
    let mut ids = storage.directory_member_ids(&beta).await.expect("are read");
    ids.sort_unstable();
    assert_eq!(ids, members);
    assert_eq!(storage.directory_member_count(&beta).await.expect("is counted"), 9);
    let nobody = uuid(99).to_string();
    assert_eq!(storage.directory_member_count(&nobody).await.expect("is counted"), 0);
    assert!(storage.directory_member_ids(&nobody).await.expect("are read").is_empty());
}

pub async fn objects_are_counted_by_kind(storage: &dyn Storage) {
    assert_eq!(storage.directory_counts().await.expect("are counted"), DirectoryCounts::default());
    let mut contact = group(9, "Contact");
    contact.kind = ObjectKind::Contact;
    create(storage, [user(1, "a"), user(2, "b"), group(3, "c"), contact]).await;
    let counts = storage.directory_counts().await.expect("are counted");
    assert_eq!(counts, DirectoryCounts { users: 2, groups: 1, contacts: 1 });
}

pub async fn names_and_addresses_are_found_without_regard_to_case(storage: &dyn Storage) {
    let mut twin = user(3, "Twin");
    twin.mail = Some("MAIL1@north.example".to_owned());
    let mut umlaut = user(4, "Umlaut");
    umlaut.mail = Some("Ärger@north.example".to_owned());
    let mut list = group(5, "List");
    list.mail = Some("list@north.example".to_owned());
    create(storage, [user(1, "Anna"), user(2, "Berta"), twin, umlaut, list]).await;
    let found = async |kind, name, values: &[&str]| {
        let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
        let found = storage.directory_by_names(kind, name, &values).await.expect("are read");
        let mut names: Vec<_> = found.into_iter().map(|object| object.display_name).collect();
        names.sort_unstable();
        names
    };
    let (user, group) = (ObjectKind::User, ObjectKind::Group);
    let (principal, mail) = (DirectoryName::UserPrincipalName, DirectoryName::Mail);
    assert_eq!(found(user, principal, &["USER2@North.example", "user2@north.example"]).await, ["Berta"]);
    assert_eq!(found(user, principal, &["mail1@north.example", "x"]).await, Vec::<String>::new());
    assert_eq!(
        found(user, mail, &["Mail1@north.example", "äRGER@north.example"]).await,
        ["Anna", "Twin", "Umlaut"]
    );
    assert_eq!(found(group, mail, &["LIST@north.example", "mail1@north.example"]).await, ["List"]);
    assert!(found(group, principal, &["user1@north.example"]).await.is_empty());
    // An address that was given up finds nobody.
    let mut gone = super::sample::user(2, "Berta");
    gone.mail = None;
    let update = DirectoryWrite::Update { object: gone, add_members: Vec::new(), remove_members: Vec::new() };
    storage.write_directory(vec![update]).await.expect("is written");
    assert!(found(user, mail, &["mail2@north.example"]).await.is_empty());
}

pub async fn a_walk_meets_everything_that_was_there_although_names_change(storage: &dyn Storage) {
    create(storage, (1..=20).map(|n| user(n, &format!("Person {n:02}"))).chain([group(30, "Staff")])).await;
    let (mut seen, mut request, mut renamed) = (Vec::new(), PageRequest::first(5), 21);
    loop {
        let page = storage.directory_walk(ObjectKind::User, request).await.expect("is read");
        assert!(page.items.len() <= 5);
        seen.extend(page.items.into_iter().map(|object| object.anchor));
        let Some(after) = page.next else { break };
        request = PageRequest { limit: 5, after: Some(after) };
        // By name the next one would now stand before what has been read.
        renamed -= 1;
        let object = user(renamed, "Aaa");
        let update = DirectoryWrite::Update { object, add_members: Vec::new(), remove_members: Vec::new() };
        storage.write_directory(vec![update]).await.expect("is written");
    }
    seen.sort_unstable();
    let mut expected: Vec<_> = (1..=20).map(|n| format!("anchor-{n}")).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected);
    let bad = PageRequest { limit: 5, after: Some("x".to_owned()) };
    assert!(storage.directory_walk(ObjectKind::User, bad).await.is_err());
}

//! Scopes of a size that other systems refuse.

use async_trait::async_trait;
use domain::scope::{Nesting, Scope, ScopeContainer};
use domain::{Cursor, Entry, ObjectKind};
use ports::{
    Browse, Changes, ChangesRequest, Container, KindRequest, Listing, PageReader, ReadRequest, Source,
    SourceEntry, SourceError, SourceInfo, Which,
};

use super::{Known, ResolvedScope, resolve};

const CONTAINERS: usize = 1_000;
const MEMBERS: usize = 250_000;
const GROUP: &str = "CN=Everybody,OU=Groups,DC=x";

/// A directory that knows containers by number and one group. Only what a scope asks for is answered.
struct Large;

fn unit(number: usize) -> String {
    format!("OU=Site {number},DC=x")
}

fn member(number: usize) -> String {
    format!("CN=Person {number},OU=Elsewhere,DC=x")
}

fn refused<T>() -> Result<T, SourceError> {
    Err(SourceError::Settings("a scope does not ask for this".to_owned()))
}

#[async_trait]
impl Source for Large {
    async fn probe(&self) -> Result<SourceInfo, SourceError> {
        refused()
    }

    async fn container(&self, dn: &str) -> Result<Option<Container>, SourceError> {
        Ok(Some(Container { object_id: format!("id of {dn}"), dn: dn.to_owned() }))
    }

    async fn container_by_id(&self, object_id: &str) -> Result<Option<Container>, SourceError> {
        let dn = object_id.strip_prefix("id of ").map(|dn| dn.replace("Site", "Branch"));
        Ok(dn.map(|dn| Container { object_id: object_id.to_owned(), dn }))
    }

    async fn browse(&self, _: Browse) -> Result<Option<Listing>, SourceError> {
        refused()
    }

    async fn read(&self, _: ReadRequest) -> Result<Box<dyn PageReader>, SourceError> {
        refused()
    }

    async fn object(&self, _: &str, _: &[String]) -> Result<Option<Entry>, SourceError> {
        refused()
    }

    async fn objects(
        &self,
        which: Which<'_>,
        _: &[KindRequest],
    ) -> Result<Vec<(ObjectKind, SourceEntry)>, SourceError> {
        let Which::Ids([id]) = which else { return refused() };
        let members: Vec<Vec<u8>> = (0..MEMBERS).map(|number| member(number).into_bytes()).collect();
        let entry = Entry::new(GROUP).with("member", members);
        Ok(vec![(ObjectKind::Group, SourceEntry { object_id: id.clone(), entry })])
    }

    async fn mark(&self) -> Result<Option<Cursor>, SourceError> {
        refused()
    }

    async fn changes(&self, _: ChangesRequest) -> Result<Changes, SourceError> {
        refused()
    }
}

fn takes(scope: &ResolvedScope, dn: &str) -> bool {
    scope.verdict(&Entry::new(dn), ObjectKind::User).is_ok()
}

#[tokio::test]
async fn pain_18_a_thousand_containers_are_a_scope_like_any_other_and_stay_it_when_all_are_renamed() {
    let chosen: Vec<String> = (0..CONTAINERS).map(unit).collect();
    let scope = Scope { organizational_units: chosen.clone(), ..Scope::default() };
    let first = resolve(&Large, &scope, Known { containers: &[], groups: &[] }).await.expect("found");
    assert_eq!(first.bases.as_ref().map(Vec::len), Some(CONTAINERS));
    for number in [0, 58, 59, 60, CONTAINERS - 1] {
        assert!(takes(&first, &format!("CN=Ann,OU=Below,{}", unit(number))), "{number}");
    }
    assert!(!takes(&first, &format!("CN=Ann,{}", unit(CONTAINERS))));
    let known: Vec<ScopeContainer> = first.containers;
    let renamed = resolve(&Large, &scope, Known { containers: &known, groups: &[] }).await.expect("found");
    assert!(takes(&renamed, "CN=Ann,OU=Branch 999,DC=x") && !takes(&renamed, "CN=Ann,OU=Site 999,DC=x"));
    assert_eq!(renamed.notes.len(), CONTAINERS);
}

#[tokio::test]
async fn limitation_6_a_group_of_250000_members_is_a_scope_like_any_other() {
    let scope = Scope { groups: vec![GROUP.to_owned()], nested_groups: Nesting::Off, ..Scope::default() };
    let found = resolve(&Large, &scope, Known { containers: &[], groups: &[] }).await.expect("found");
    assert_eq!(found.members.as_ref().map(std::collections::HashSet::len), Some(MEMBERS + 1));
    for number in [0, 1_499, 1_500, 49_999, 50_000, MEMBERS - 1] {
        assert!(takes(&found, &member(number)), "{number}");
    }
    assert!(!takes(&found, &member(MEMBERS)));
}

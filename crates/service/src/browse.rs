//! Looking through a live directory: for who chooses a scope.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::ObjectKind;
use domain::access::{Principal, Role};
use ports::Source;
pub use ports::{Browse, Container, Listing, Place};

use crate::world::World;
use crate::{Result, Service, ServiceError};

/// Containers of one tree that are shown open at a time: each is a question to the directory.
pub const MOST_OPEN: usize = 40;

/// The longest text that is searched for.
const LONGEST: usize = 200;

/// A part of a directory's tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// What lies beneath the base.
    pub root: Option<Listing>,
    /// What lies in each container that was asked for and is seen, by its id; `None`: it is gone.
    pub open: Vec<(String, Option<Listing>)>,
    /// What a search found.
    pub found: Option<Listing>,
}

impl Tree {
    /// Whether a container is in one of the levels.
    fn shows(&self, id: &str) -> bool {
        let levels = self.root.iter().chain(self.open.iter().filter_map(|(_, listing)| listing.as_ref()));
        levels.flat_map(|listing| &listing.places).any(|place| place.container.object_id == id)
    }
}

impl Service {
    /// The base of a configuration's directory and the containers with the given ids, one level each; with a text also what
    /// has it in its name. Asked of the live directory, through agents where it has no connection.
    pub async fn directory_tree(
        &self,
        principal: &Principal,
        reference: &str,
        open: &[String],
        text: Option<&str>,
    ) -> Result<Tree> {
        Self::require(principal, Role::Operator)?;
        let wanted = text.map(named).transpose()?;
        let source = self.source_of(reference).await?;
        let _place = self.looks().acquire().await.map_err(ServiceError::internal)?;
        let mut tree =
            Tree { root: source.browse(Browse::Beneath { object_id: None }).await?, ..Tree::default() };
        // What lies within a closed container is not on the page, and nothing is asked for it.
        let mut waiting: Vec<&String> = open.iter().take(MOST_OPEN).collect();
        while let Some(next) = waiting.iter().position(|id| tree.shows(id)) {
            let id = waiting.remove(next).clone();
            let listing = source.browse(Browse::Beneath { object_id: Some(id.clone()) }).await?;
            tree.open.push((id, listing));
        }
        if let Some(wanted) = wanted {
            tree.found = source.browse(wanted).await?;
        }
        Ok(tree)
    }

    /// One level of a configuration's directory: what lies beneath the container with an id, or beneath the base.
    pub async fn browse_directory(
        &self,
        principal: &Principal,
        reference: &str,
        beneath: Option<&str>,
    ) -> Result<Listing> {
        Self::require(principal, Role::Operator)?;
        let source = self.source_of(reference).await?;
        let _place = self.looks().acquire().await.map_err(ServiceError::internal)?;
        let found = source.browse(Browse::Beneath { object_id: beneath.map(str::to_owned) }).await?;
        found
            .ok_or_else(|| ServiceError::not_found(format!("container {}", beneath.unwrap_or("at the base"))))
    }

    /// Containers and groups of a configuration's directory that have a text in their name.
    pub async fn search_directory(
        &self,
        principal: &Principal,
        reference: &str,
        text: &str,
    ) -> Result<Listing> {
        Self::require(principal, Role::Operator)?;
        let wanted = named(text)?;
        let source = self.source_of(reference).await?;
        let _place = self.looks().acquire().await.map_err(ServiceError::internal)?;
        source.browse(wanted).await?.ok_or_else(|| ServiceError::not_found("container at the base"))
    }

    /// The container or group with an id, where it is now.
    pub async fn directory_place(
        &self,
        principal: &Principal,
        reference: &str,
        object_id: &str,
    ) -> Result<Option<Container>> {
        Self::require(principal, Role::Operator)?;
        let source = self.source_of(reference).await?;
        let _place = self.looks().acquire().await.map_err(ServiceError::internal)?;
        Ok(source.container_by_id(object_id).await?)
    }

    async fn source_of(&self, reference: &str) -> Result<Arc<dyn Source>> {
        Ok(self.source_and_kinds(reference).await?.0)
    }

    /// A configuration's directory, and the kinds of objects that the configuration takes.
    pub(crate) async fn source_and_kinds(
        &self,
        reference: &str,
    ) -> Result<(Arc<dyn Source>, BTreeSet<ObjectKind>)> {
        let world = World::load(self.storage()).await?;
        let configuration = world.find_configuration(reference)?;
        let domain = world
            .domain(configuration.domain_id)
            .ok_or_else(|| ServiceError::not_found("domain of this configuration"))?;
        Ok((self.connectors().source(domain).await?, configuration.plan.objects.clone()))
    }
}

fn named(text: &str) -> Result<Browse> {
    let text = text.trim();
    if text.chars().count() < 2 {
        return Err(ServiceError::invalid("q", "two characters of a name are needed at least"));
    }
    if text.len() > LONGEST {
        return Err(ServiceError::invalid("q", format!("is longer than {LONGEST} bytes")));
    }
    Ok(Browse::Named { text: text.to_owned() })
}

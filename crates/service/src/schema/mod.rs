//! A configuration's mappings and filters in the shape of Graph's synchronizationSchema, to be read and written by
//! scripts made for Cloud Sync.
//!
//! The scope's containers and groups are the rule's containerFilter and groupFilter; how far groups are followed stands
//! in its metadata. Everything else of a configuration is no part of its schema.

mod export;
mod import;
mod reader;
mod scope;
mod source;

use domain::access::{Principal, Role};
use domain::document::{ConfigurationEntry, Document, FieldProblem};
use domain::mapping::Mapping;
use domain::{Configuration, DirectoryKind, ObjectKind, TargetKind, TargetSystem, defaults};
use serde_json::Value;

use crate::check::{self, Known};
use crate::document::export::configuration_entry;
use crate::world::World;
use crate::{Result, Service, ServiceError};
use reader::Reader;

/// The key under which the rule's metadata tells how far groups within groups are followed.
const NESTED_GROUPS: &str = "skybridge.nestedGroups";

/// Entra's target attribute that holds the anchor. Every object has one without being told, from these.
const ANCHOR: &str = "SourceAnchor";
const ANCHOR_SOURCES: [&str; 3] = [
    "IIF(IsPresent([mS-DS-ConsistencyGuid]), [mS-DS-ConsistencyGuid], [objectGUID])",
    "[mS-DS-ConsistencyGuid]",
    "[objectGUID]",
];

/// What a configuration's schema is seen with.
#[derive(Debug, Clone, Copy)]
struct Ends<'a> {
    domain: &'a str,
    source: DirectoryKind,
    target_name: &'a str,
    target: TargetKind,
}

impl Ends<'_> {
    fn defaults(&self, kind: ObjectKind) -> Vec<Mapping> {
        defaults::mappings(self.source, self.target, kind)
    }
}

impl Service {
    /// A configuration's schema in Graph's shape.
    pub async fn schema(&self, principal: &Principal, reference: &str) -> Result<Value> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let configuration = world.find_configuration(reference)?;
        Ok(with_ends(&world, configuration, |ends| {
            export::schema(configuration, &configuration_entry(configuration, &world), ends)
        }))
    }

    /// Replaces a configuration's mappings and filters by those of a schema, whole or not at all. Kinds of objects
    /// that the schema does not speak of stay as they are.
    pub async fn put_schema(
        &self,
        principal: &Principal,
        reference: &str,
        schema: &Value,
    ) -> Result<Configuration> {
        Self::require(principal, Role::Administrator)?;
        let _changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let existing = world.find_configuration(reference)?.clone();
        let mut entry = configuration_entry(&existing, &world);
        let mut problems = Vec::new();
        let places = with_ends(&world, &existing, |ends| {
            let read = import::read(schema, ends, &mut Reader::new(&mut problems));
            apply(read, &mut entry, ends)
        });
        let known = Known::of(&world, &Document::default(), &[]);
        let mut found = Vec::new();
        check::configuration("", &entry, Some(&existing), &known, &mut found);
        problems.extend(found.into_iter().map(|problem| at_its_place(problem, &places)));
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        self.replace_configuration(principal, world, &existing, &entry).await
    }
}

fn with_ends<T>(world: &World, configuration: &Configuration, then: impl FnOnce(Ends<'_>) -> T) -> T {
    let domain = world.domain(configuration.domain_id);
    let target = world.target(configuration.target_id);
    then(Ends {
        domain: domain.map_or("", |domain| domain.name.as_str()),
        source: domain.map_or(DirectoryKind::Auto, |domain| domain.kind),
        target_name: target.map_or("", |target| target.name.as_str()),
        target: target.map_or(TargetKind::BuiltIn, TargetSystem::kind),
    })
}

/// Where a part of the entry stands in the schema: the entry's path and the schema's.
type Places = Vec<(String, String)>;

/// Puts what was read into the entry.
fn apply(read: import::Read, entry: &mut ConfigurationEntry, ends: Ends<'_>) -> Places {
    let mut places = Places::new();
    for (kind, read) in read.kinds {
        if read.enabled {
            entry.objects.insert(kind);
        } else {
            entry.objects.remove(&kind);
        }
        for (index, (_, path)) in read.mappings.iter().enumerate() {
            places.push((format!("mappings.{kind}[{index}]"), path.clone()));
        }
        let mappings: Vec<Mapping> = read.mappings.into_iter().map(|(mapping, _)| mapping).collect();
        // What equals the defaults goes on to follow them.
        if mappings == ends.defaults(kind) {
            entry.mappings.remove(&kind);
        } else {
            entry.mappings.insert(kind, mappings);
        }
    }
    if let Some(containers) = read.containers {
        entry.scope.organizational_units = containers;
    }
    if let Some(groups) = read.groups {
        entry.scope.groups = groups;
    }
    if let Some(nesting) = read.nested_groups {
        entry.scope.nested_groups = nesting;
    }
    if let Some(filters) = read.filters {
        entry.scope.filters = filters.groups;
        places.extend(filters.places);
    }
    places
}

/// A problem of the entry at the place in the schema that it comes from.
fn at_its_place(problem: FieldProblem, places: &Places) -> FieldProblem {
    let found = places.iter().find_map(|(entry, schema)| {
        let rest = problem.path.strip_prefix(entry.as_str())?;
        rest.is_empty().then(|| schema.clone()).or_else(|| {
            Some(match rest.strip_prefix('.')? {
                "target" => format!("{schema}.targetAttributeName"),
                "matchingPrecedence" => format!("{schema}.matchingPriority"),
                "default" => format!("{schema}.defaultValue"),
                "apply" => format!("{schema}.flowType"),
                "attribute" => format!("{schema}.sourceOperandName"),
                "operator" => format!("{schema}.operatorName"),
                "value" if schema.contains(".clauses[") => format!("{schema}.targetOperand"),
                "source" | "value" | "expression" => format!("{schema}.source.expression"),
                other => format!("{schema}.{other}"),
            })
        })
    });
    match found {
        Some(path) => FieldProblem { path, ..problem },
        None => problem,
    }
}

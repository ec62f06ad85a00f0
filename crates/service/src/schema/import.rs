//! From Graph's shape to the parts of a configuration. What cannot be kept to is refused, at its path.

use std::collections::BTreeMap;

use domain::filter::Clause;
use domain::mapping::{Apply, Mapping, MappingKind};
use domain::scope::Nesting;
use domain::{ObjectKind, TargetKind, schema};
use expression::Expression;
use serde_json::{Map, Value};

use super::reader::{Reader, join};
use super::scope::ReadScope;
use super::{ANCHOR, ANCHOR_SOURCES, Ends, NESTED_GROUPS, Places, scope, source};

/// More mappings than this are not read; the check of a configuration allows fewer.
const MOST_MAPPINGS: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) kinds: BTreeMap<ObjectKind, ReadKind>,
    /// Absent: as they are.
    pub(super) containers: Option<Vec<String>>,
    pub(super) groups: Option<Vec<String>>,
    pub(super) nested_groups: Option<Nesting>,
    pub(super) filters: Option<Filters>,
}

#[derive(Debug)]
pub(super) struct ReadKind {
    pub(super) enabled: bool,
    /// With their places.
    pub(super) mappings: Vec<(Mapping, String)>,
}

#[derive(Debug)]
pub(super) struct Filters {
    pub(super) groups: Vec<Vec<Clause>>,
    pub(super) places: Places,
}

pub(super) fn read(schema: &Value, ends: Ends<'_>, reader: &mut Reader) -> Read {
    let mut read = Read::default();
    let known =
        ["id", "provisioningTaskIdentifier", "version", "synchronizationRules", "directories", "metadata"];
    let Some(members) = reader.object(schema, "", &known) else { return read };
    // What the directories hold is found out, not told.
    reader.list(members, "directories", "");
    let rules = reader.list(members, "synchronizationRules", "");
    let [rule] = rules else {
        reader
            .add("synchronizationRules", format!("exactly one rule is expected, there are {}", rules.len()));
        return read;
    };
    let path = "synchronizationRules[0]";
    let known = [
        "id",
        "name",
        "priority",
        "editable",
        "sourceDirectoryName",
        "targetDirectoryName",
        "containerFilter",
        "groupFilter",
        "metadata",
        "objectMappings",
    ];
    let Some(rule) = reader.object(rule, path, &known) else { return read };
    read_scope(rule, path, &mut read, reader);
    let mut scopes: Vec<(ObjectKind, ReadScope, String)> = Vec::new();
    for (index, object) in reader.list(rule, "objectMappings", path).iter().enumerate() {
        let path = format!("{path}.objectMappings[{index}]");
        let Some((kind, found, filters)) = read_object(object, &path, ends, reader) else { continue };
        if found.enabled {
            scopes.push((kind, filters, join(&path, "scope")));
        }
        if read.kinds.insert(kind, found).is_some() {
            reader.add(&path, format!("{} are mapped already", kind.plural()));
        }
    }
    if read.kinds.is_empty() {
        reader.add(&join(path, "objectMappings"), "nothing maps users, groups or contacts");
    }
    settle_filters(&scopes, &mut read, reader);
    read
}

fn read_scope(rule: &Map<String, Value>, path: &str, read: &mut Read, reader: &mut Reader) {
    for (name, inner, into) in [
        ("containerFilter", "includedContainers", &mut read.containers),
        ("groupFilter", "includedGroups", &mut read.groups),
    ] {
        let path = join(path, name);
        let Some(filter) = rule.get(name).filter(|filter| !filter.is_null()) else { continue };
        let Some(members) = reader.object(filter, &path, &[inner]) else { continue };
        let mut names = Vec::new();
        for (index, item) in reader.list(members, inner, &path).iter().enumerate() {
            match item.as_str() {
                Some(text) => names.push(text.to_owned()),
                None => reader.add(&format!("{path}.{inner}[{index}]"), "this is not a text"),
            }
        }
        *into = Some(names);
    }
    for (index, item) in reader.list(rule, "metadata", path).iter().enumerate() {
        if item.get("key").and_then(Value::as_str) == Some(NESTED_GROUPS) {
            match item.get("value").and_then(Value::as_str).map(str::parse) {
                Some(Ok(nesting)) => read.nested_groups = Some(nesting),
                _ => {
                    reader
                        .add(&format!("{path}.metadata[{index}].value"), "off, oneLevel or all is expected");
                }
            }
        }
    }
    // The export leaves the default out.
    if read.groups.is_some() && read.nested_groups.is_none() {
        read.nested_groups = Some(Nesting::All);
    }
}

fn read_object(
    object: &Value,
    path: &str,
    ends: Ends<'_>,
    reader: &mut Reader,
) -> Option<(ObjectKind, ReadKind, ReadScope)> {
    let known = [
        "enabled",
        "flowTypes",
        "name",
        "sourceObjectName",
        "targetObjectName",
        "scope",
        "metadata",
        "attributeMappings",
    ];
    let members = reader.object(object, path, &known)?;
    let enabled = reader.flag(members, "enabled", path).unwrap_or(true);
    let rows = reader.list(members, "attributeMappings", path);
    let name = reader.text(members, "sourceObjectName", path).unwrap_or_default();
    let Ok(kind) = name.parse::<ObjectKind>() else {
        // Cloud Sync keeps such a row for its own purposes.
        if enabled || !rows.is_empty() {
            let name: String = name.chars().take(60).collect();
            let message = format!("`{name}` cannot be synchronised; only user, group and contact can");
            reader.add(&join(path, "sourceObjectName"), message);
        }
        return None;
    };
    let target = reader.text(members, "targetObjectName", path);
    if target.is_some_and(|target| target.parse() != Ok(kind)) {
        reader.add(&join(path, "targetObjectName"), format!("a {kind} can only become a {kind}"));
    }
    if let Some(flows) = reader.text(members, "flowTypes", path) {
        let mut flows: Vec<&str> = flows.split(',').map(str::trim).collect();
        flows.sort_unstable();
        if flows != ["Add", "Delete", "Update"] {
            let message = "only \"Add, Update, Delete\" is possible; whether objects that left are kept is the \
                           configuration's outOfScope";
            reader.add(&join(path, "flowTypes"), message);
        }
    }
    if rows.len() > MOST_MAPPINGS {
        reader.add(&join(path, "attributeMappings"), format!("at most {MOST_MAPPINGS} mappings are read"));
    }
    let mut mappings = Vec::new();
    for (index, row) in rows.iter().take(MOST_MAPPINGS).enumerate() {
        let path = format!("{path}.attributeMappings[{index}]");
        mappings.extend(read_mapping(row, &path, ends, reader).map(|mapping| (mapping, path)));
    }
    let filters =
        scope::read(members.get("scope").unwrap_or(&Value::Null), kind, &join(path, "scope"), reader);
    Some((kind, ReadKind { enabled, mappings }, filters))
}

/// `None` for a row that needs no mapping here.
fn read_mapping(row: &Value, path: &str, ends: Ends<'_>, reader: &mut Reader) -> Option<Mapping> {
    let known = [
        "defaultValue",
        "exportMissingReferences",
        "flowBehavior",
        "flowType",
        "matchingPriority",
        "targetAttributeName",
        "source",
    ];
    let members = reader.object(row, path, &known)?;
    let name = reader.text(members, "targetAttributeName", path).unwrap_or_default();
    let mut mapping = Mapping::direct(target_name(name, ends), "");
    mapping.source = None;
    mapping.default = reader.text(members, "defaultValue", path).map(str::to_owned);
    match reader.text(members, "flowType", path) {
        None | Some("Always") => {}
        Some("ObjectAddOnly") => mapping.apply = Apply::OnCreate,
        Some(_) => reader.add(&join(path, "flowType"), "only Always and ObjectAddOnly are possible"),
    }
    if !matches!(reader.text(members, "flowBehavior", path), None | Some("FlowWhenChanged")) {
        reader.add(
            &join(path, "flowBehavior"),
            "only FlowWhenChanged is possible: what did not change is not sent",
        );
    }
    if reader.flag(members, "exportMissingReferences", path) == Some(true) {
        let message = "references to objects that the target does not have are left out until it has them";
        reader.add(&join(path, "exportMissingReferences"), message);
    }
    match members.get("matchingPriority") {
        None | Some(Value::Null) => {}
        Some(value) => match value.as_u64().and_then(|number| u32::try_from(number).ok()) {
            Some(number) => mapping.matching_precedence = number,
            None => reader.add(&join(path, "matchingPriority"), "this is not a whole number of 0 or more"),
        },
    }
    let source = members.get("source").unwrap_or(&Value::Null);
    source::read(source, &join(path, "source"), &mut mapping, reader);
    if ends.target == TargetKind::BuiltIn && name.eq_ignore_ascii_case(ANCHOR) {
        if !is_anchor(&mapping) {
            let message = "the anchor is mS-DS-ConsistencyGuid or objectGUID (entryUUID) and cannot be mapped otherwise";
            reader.add(&join(path, "source"), message);
        }
        return None;
    }
    if mapping.source.as_deref().is_some_and(|source| source.eq_ignore_ascii_case("PasswordHash")) {
        reader.add(path, "password hashes cannot be read over LDAP; leave this row out");
    }
    Some(mapping)
}

/// Our name of a target attribute. The case counts, so that a name of an administrator's own stays one.
fn target_name<'a>(name: &'a str, ends: Ends<'_>) -> &'a str {
    if ends.target != TargetKind::BuiltIn || schema::built_in(name).is_some() {
        return name;
    }
    schema::BUILT_IN.iter().find(|known| known.entra == name).map_or(name, |known| known.name)
}

fn is_anchor(mapping: &Mapping) -> bool {
    let text = match mapping.kind {
        MappingKind::Direct => format!("[{}]", mapping.origin()),
        MappingKind::Expression => mapping.origin().to_owned(),
        MappingKind::Constant | MappingKind::None => return false,
    };
    let spelled = Expression::compile(&text).map(|expression| expression.to_string());
    spelled.is_ok_and(|text| ANCHOR_SOURCES.contains(&text.as_str()))
}

/// Filters narrow people only; containers hold for every kind.
fn settle_filters(scopes: &[(ObjectKind, ReadScope, String)], read: &mut Read, reader: &mut Reader) {
    let mut containers: Vec<String> =
        scopes.iter().flat_map(|(_, scope, _)| scope.containers.iter().cloned()).collect();
    containers.sort();
    containers.dedup();
    if read.containers.is_none() && !containers.is_empty() {
        read.containers = Some(containers);
    }
    for (kind, scope, path) in scopes {
        if *kind == ObjectKind::User {
            let (mut groups, mut places) = (Vec::new(), Places::new());
            for (index, filter) in scope.filters.iter().enumerate() {
                for (number, (_, path)) in filter.iter().enumerate() {
                    places.push((format!("scope.filters[{index}][{number}]"), path.clone()));
                }
                groups.push(filter.iter().map(|(clause, _)| clause.clone()).collect());
            }
            read.filters = Some(Filters { groups, places });
        } else if !scope.filters.is_empty() {
            let message = format!("filters narrow people only; take those of {kind}s out");
            reader.add(path, message);
        }
    }
}

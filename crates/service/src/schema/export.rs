//! From a configuration to Graph's shape.

use std::collections::BTreeMap;

use domain::document::ConfigurationEntry;
use domain::mapping::{Apply, Mapping, MappingKind};
use domain::schema::{self, AttributeType};
use domain::scope::Nesting;
use domain::{Configuration, ObjectKind, TargetKind};
use expression::Expression;
use serde_json::{Value, json};

use super::{ANCHOR, ANCHOR_SOURCES, Ends, NESTED_GROUPS, scope, source};

pub(super) fn schema(configuration: &Configuration, entry: &ConfigurationEntry, ends: Ends<'_>) -> Value {
    let mappings: BTreeMap<ObjectKind, Vec<Mapping>> = ObjectKind::ALL
        .iter()
        .map(|kind| (*kind, entry.mappings.get(kind).cloned().unwrap_or_else(|| ends.defaults(*kind))))
        .filter(|(kind, mappings)| !mappings.is_empty() || entry.objects.contains(kind))
        .collect();
    let (filters, unfiltered) = (scope::of(&entry.scope.filters), scope::of(&[]));
    let objects: Vec<Value> = mappings
        .iter()
        .map(|(kind, mappings)| {
            json!({
                "enabled": entry.objects.contains(kind),
                "flowTypes": "Add, Update, Delete",
                "name": format!("Synchronize {} of {} to {}", kind.plural(), ends.domain, ends.target_name),
                "sourceObjectName": kind.as_str(),
                "targetObjectName": target_object(*kind),
                // Filters narrow people only.
                "scope": if *kind == ObjectKind::User { &filters } else { &unfiltered },
                "metadata": [],
                "attributeMappings": attribute_mappings(mappings, ends),
            })
        })
        .collect();
    let mut metadata = Vec::new();
    if entry.scope.nested_groups != Nesting::All {
        metadata.push(json!({ "key": NESTED_GROUPS, "value": entry.scope.nested_groups.as_str() }));
    }
    let version = format!("Date:{}", configuration.updated_at.format("%Y-%m-%dT%H:%M:%S%.6fZ"));
    json!({
        "id": configuration.id.to_string(),
        "provisioningTaskIdentifier": configuration.id.to_string(),
        "version": version,
        "synchronizationRules": [{
            "id": configuration.id.to_string(),
            "name": entry.name,
            "priority": 1,
            "editable": true,
            "sourceDirectoryName": ends.domain,
            "targetDirectoryName": ends.target_name,
            "containerFilter": { "includedContainers": entry.scope.organizational_units },
            "groupFilter": { "includedGroups": entry.scope.groups },
            "metadata": metadata,
            "objectMappings": objects,
        }],
        "directories": directories(&mappings, ends, &version),
    })
}

const fn target_object(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "User",
        ObjectKind::Group => "Group",
        ObjectKind::Contact => "Contact",
    }
}

fn attribute_mappings(mappings: &[Mapping], ends: Ends<'_>) -> Vec<Value> {
    let mut rows: Vec<Value> = mappings.iter().map(|mapping| attribute_mapping(mapping, ends)).collect();
    if ends.target == TargetKind::BuiltIn {
        rows.push(attribute_mapping(&Mapping::expression(ANCHOR, ANCHOR_SOURCES[0]), ends));
    }
    rows
}

fn attribute_mapping(mapping: &Mapping, ends: Ends<'_>) -> Value {
    let flow_type = match mapping.apply {
        Apply::Always => "Always",
        Apply::OnCreate => "ObjectAddOnly",
    };
    json!({
        "defaultValue": mapping.default,
        "exportMissingReferences": false,
        "flowBehavior": "FlowWhenChanged",
        "flowType": flow_type,
        "matchingPriority": mapping.matching_precedence,
        "targetAttributeName": target_name(&mapping.target, ends),
        "source": source::of(mapping),
    })
}

/// Entra's name of a target attribute, where it has one.
fn target_name<'a>(name: &'a str, ends: Ends<'_>) -> &'a str {
    let known = (ends.target == TargetKind::BuiltIn).then(|| schema::built_in(name)).flatten();
    known.map_or(name, |known| known.entra)
}

/// What both sides hold of what is mapped.
fn directories(mappings: &BTreeMap<ObjectKind, Vec<Mapping>>, ends: Ends<'_>, version: &str) -> Value {
    let (mut source, mut target) = (Vec::new(), Vec::new());
    for (kind, mappings) in mappings {
        let mut from: Vec<(String, AttributeType, bool)> = Vec::new();
        let mut to = Vec::new();
        for mapping in mappings {
            let known = schema::attribute(ends.target, &mapping.target);
            let (shape, many) =
                known.map_or((AttributeType::String, false), |known| (known.kind, known.multivalued));
            to.push(attribute(target_name(&mapping.target, ends), shape, many));
            for name in sources(mapping) {
                if !from.iter().any(|(known, ..)| known.eq_ignore_ascii_case(&name)) {
                    let reference = shape == AttributeType::Reference;
                    let shape = if reference { AttributeType::Reference } else { source_type(&name) };
                    from.push((name, shape, many));
                }
            }
        }
        let from: Vec<Value> =
            from.iter().map(|(name, shape, many)| attribute(name, *shape, *many)).collect();
        source.push(json!({ "name": kind.as_str(), "attributes": from, "metadata": [] }));
        target.push(json!({ "name": target_object(*kind), "attributes": to, "metadata": [] }));
    }
    let directory = |name: &str, objects: Vec<Value>| {
        json!({
            "id": name, "name": name, "version": version, "readOnly": true, "discoverabilities": "None",
            "discoveryDateTime": null, "objects": objects,
        })
    };
    json!([directory(ends.domain, source), directory(ends.target_name, target)])
}

fn sources(mapping: &Mapping) -> Vec<String> {
    match mapping.kind {
        MappingKind::Direct => vec![mapping.origin().to_owned()],
        MappingKind::Expression => Expression::compile(mapping.origin())
            .map(|expression| expression.attributes().map(str::to_owned).collect())
            .unwrap_or_default(),
        MappingKind::Constant | MappingKind::None => Vec::new(),
    }
}

fn source_type(name: &str) -> AttributeType {
    if domain::entry::is_binary(name) { AttributeType::Binary } else { AttributeType::String }
}

fn attribute(name: &str, shape: AttributeType, many: bool) -> Value {
    json!({
        "name": name, "type": shape.as_str(), "multivalued": many, "required": false, "anchor": false,
        "caseExact": false, "mutability": "ReadWrite", "defaultValue": null, "apiExpressions": [], "metadata": [],
        "referencedObjects": [],
    })
}

//! One mapping tried on one object of the live directory, for who writes it. Nothing is written, and the target is not
//! asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::mapping::Mapping;
use domain::value::Value;
use domain::{Clock, Entry, ObjectKind, TargetKind};
use expression::Parameter;
use ports::{KindRequest, Source, SourceError, Which};

use crate::mapping::{CompiledMappings, parameters};
use crate::on_demand::Wanted;

pub use crate::mapping::Given;

/// Values of one attribute that are shown; a group's members are looked at in the directory.
const VALUES: usize = 100;
/// Bytes of one attribute that are shown.
const BYTES: usize = 16_384;

/// What is tried.
#[derive(Debug)]
pub struct Trial<'a> {
    pub kind: ObjectKind,
    pub mapping: &'a Mapping,
    pub wanted: &'a Wanted,
    /// The mappings in use: what they read is read as well, so that it can be tried further without the directory.
    pub others: &'a [Mapping],
    pub target: TargetKind,
    pub domain_name: &'a str,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub dn: String,
    /// objectGUID or entryUUID as lower-case UUID text.
    pub object_id: String,
    /// Names of the attributes that are known of the object. What is not among `attributes` then, it does not have.
    pub known: BTreeSet<String>,
    pub attributes: BTreeMap<String, Value>,
    /// What expressions call by name between percent signs.
    pub parameters: Vec<(&'static str, String)>,
    pub given: Given,
}

#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The mapping cannot be used for any object.
    #[error("{0}")]
    Mapping(String),
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Reads the object and maps it. `None`: the directory has no such object of this kind.
pub async fn try_out(
    source: &dyn Source,
    clock: &Arc<dyn Clock>,
    trial: Trial<'_>,
) -> Result<Option<Tried>, TrialError> {
    let compile = |mappings: &[Mapping]| CompiledMappings::compile(mappings, trial.target, trial.kind);
    let bare = Mapping { default: None, ..trial.mapping.clone() };
    let compiled = compile(&[bare]).map_err(|error| TrialError::Mapping(error.problem))?;
    let mut names = compiled.source_attributes();
    let mut hidden = BTreeSet::new();
    if let Ok(others) = compile(trial.others) {
        names.extend(others.source_attributes());
        hidden.extend(others.redacted_sources().into_iter().map(str::to_lowercase));
    }
    hidden.extend(compiled.redacted_sources().into_iter().map(str::to_lowercase));
    let which = match trial.wanted {
        Wanted::Dn(dn) => Which::Names(std::slice::from_ref(dn)),
        Wanted::ObjectId(id) => Which::Ids(std::slice::from_ref(id)),
    };
    let request = KindRequest { kind: trial.kind, attributes: names.iter().cloned().collect() };
    let info = source.probe().await?;
    let Some((_, object)) = source.objects(which, &[request]).await?.pop() else { return Ok(None) };
    let parameters = parameters(&info.base_dn, trial.domain_name, clock);
    let given = compiled.give(&object.entry, &parameters, trial.mapping.default.as_deref());
    let known = names
        .into_iter()
        .filter(|name| !hidden.contains(&name.to_lowercase()) && is_short(&object.entry, name))
        .collect::<BTreeSet<_>>();
    Ok(Some(Tried {
        attributes: known.iter().filter_map(|name| Some((name.clone(), object.entry.value(name)?))).collect(),
        known,
        parameters: Parameter::ALL
            .into_iter()
            .filter_map(|parameter| Some((parameter.name(), parameters.get(parameter)?.to_owned())))
            .collect(),
        given,
        object_id: object.object_id,
        dn: object.entry.dn,
    }))
}

fn is_short(entry: &Entry, name: &str) -> bool {
    let values = entry.values(name);
    values.len() <= VALUES && values.iter().map(Vec::len).sum::<usize>() <= BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_fill_the_page_is_left_out() {
        let members = (0..=VALUES).map(|number| format!("CN={number}"));
        let entry = Entry::new("CN=a")
            .with("member", members)
            .with("info", ["x".repeat(BYTES + 1)])
            .with("mail", ["a@corp.example"]);
        let short = ["member", "info", "mail", "absent"].map(|name| is_short(&entry, name));
        assert_eq!(short, [false, false, true, true]);
    }
}

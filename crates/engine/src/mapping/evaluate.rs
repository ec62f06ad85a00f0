//! One entry through the compiled mappings.

use domain::Entry;
use domain::mapping::Apply;
use domain::value::Value;
use expression::{EvalError, Flow, Parameters};

use super::inputs::Present;
use super::{CompiledMappings, Desired, MappingFailure, Origin, Rule};
use crate::resolver::NameKey;

impl CompiledMappings {
    /// Evaluates every mapping; those that are applied on create only for an object that may have to be created. The
    /// first attribute that cannot be computed is the object's failure.
    pub(crate) fn evaluate(
        &self,
        entry: &Entry,
        parameters: &Parameters,
        creating: bool,
    ) -> Result<Desired, MappingFailure> {
        let present = self.inputs.present(entry);
        let mut desired = Desired::default();
        for rule in &self.rules {
            if rule.apply == Apply::Always {
                rule.put(entry, parameters, &present, &mut desired)?;
            } else if creating
                && desired.create_failure.is_none()
                && let Err(failure) = rule.put(entry, parameters, &present, &mut desired)
            {
                desired.create_failure = Some(failure);
            }
        }
        self.read_references(entry, &mut desired);
        Ok(desired)
    }

    fn read_references(&self, entry: &Entry, desired: &mut Desired) {
        for reference in &self.references {
            if reference.multivalued {
                let names = sorted_names(entry, &reference.source);
                if !names.is_empty() {
                    desired.lists.push((reference.target.clone(), names));
                }
            } else if let Some(name) = entry.text(&reference.source) {
                desired.references.push((reference.target.clone(), NameKey::of(name)));
            }
        }
        desired.members = self.members.as_ref().map(|source| sorted_names(entry, source));
    }
}

impl Rule {
    fn put(
        &self,
        entry: &Entry,
        parameters: &Parameters,
        present: &Present,
        desired: &mut Desired,
    ) -> Result<(), MappingFailure> {
        let value = match self.flow(entry, parameters, present)? {
            Flow::Value(value) => self.fit(value)?,
            Flow::Null => None,
            Flow::Ignore => {
                desired.kept.push(self.target.clone());
                return Ok(());
            }
            Flow::FirstFree(values) => {
                let mut fitting = Vec::with_capacity(values.len());
                for value in values {
                    fitting.extend(self.fit(value)?);
                }
                desired.choices.push((self.target.clone(), fitting));
                return Ok(());
            }
        };
        match (value, self.apply) {
            (Some(value), Apply::Always) => {
                desired.attributes.insert(self.target.clone(), value);
            }
            (Some(value), Apply::OnCreate) => {
                desired.on_create.insert(self.target.clone(), value);
            }
            (None, _) => {
                let default = self.default.clone().and_then(|value| self.shape.fit(value).ok().flatten());
                if let Some(default) = default {
                    if matches!(self.origin, Origin::Nothing) {
                        desired.if_empty.insert(self.target.clone(), default.clone());
                    }
                    desired.on_create.insert(self.target.clone(), default);
                }
            }
        }
        Ok(())
    }

    fn fit(&self, value: Value) -> Result<Option<Value>, MappingFailure> {
        let failure = |problem| MappingFailure { reason: format!("{}: {problem}", self.target) };
        self.shape.fit(value).map_err(failure)
    }

    fn flow(
        &self,
        entry: &Entry,
        parameters: &Parameters,
        present: &Present,
    ) -> Result<Flow, MappingFailure> {
        if let Some(needs) = &self.needs
            && !needs.iter().any(|number| present.has(*number))
        {
            return Ok(Flow::Null);
        }
        match &self.origin {
            Origin::Direct(source) => Ok(entry.value(source).map_or(Flow::Null, Flow::Value)),
            Origin::Constant(text) => match parameters.expand(text) {
                Ok(text) => Ok(Flow::Value(Value::text(text))),
                Err(error) => Err(self.failure(text, &error)),
            },
            Origin::Computed(expression) => {
                expression.flow(entry, parameters).map_err(|error| self.failure(expression.text(), &error))
            }
            Origin::Nothing => Ok(Flow::Null),
        }
    }

    fn failure(&self, origin: &str, error: &EvalError) -> MappingFailure {
        MappingFailure { reason: format!("{} ← {origin}: {error}", self.target) }
    }
}

fn sorted_names(entry: &Entry, source: &str) -> Vec<NameKey> {
    let mut names: Vec<_> = entry.texts(source).map(NameKey::of).collect();
    names.sort_unstable();
    names.dedup();
    names
}

//! From a source entry to what the target object shall be.

mod evaluate;
mod given;
mod inputs;
mod randomness;
mod schema;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::mapping::{Apply, Mapping, MappingKind};
use domain::value::{Attributes, Value};
use domain::{Clock, Entry, ObjectKind, TargetKind};
use expression::{Expression, Flow, Parameter, Parameters};

pub use given::Given;
use inputs::Inputs;
use randomness::ClockRandom;
use schema::Shape;
pub(crate) use schema::TargetSchema;

use crate::resolver::NameKey;

/// The mappings of one kind of object, ready to be evaluated.
#[derive(Debug)]
pub(crate) struct CompiledMappings {
    rules: Vec<Rule>,
    references: Vec<Reference>,
    members: Option<String>,
    /// Target attributes that match, the first to be tried first.
    matching: Vec<String>,
    inputs: Inputs,
    schema: TargetSchema,
}

#[derive(Debug)]
struct Rule {
    target: String,
    shape: Shape,
    origin: Origin,
    default: Option<Value>,
    apply: Apply,
    /// The source attributes without which nothing flows, as the inputs number them; `None`: it is always evaluated.
    needs: Option<Box<[usize]>>,
}

/// A target attribute that names other objects.
#[derive(Debug)]
struct Reference {
    target: String,
    source: String,
    multivalued: bool,
}

#[derive(Debug)]
enum Origin {
    Direct(String),
    /// May name parameters: `%DomainFQDN%`.
    Constant(String),
    Computed(Expression),
    /// Nothing flows; only the default does, when the object is created.
    Nothing,
}

/// A mapping that cannot be used. The service refuses such mappings; this is the last line of defence.
#[derive(Debug, thiserror::Error)]
#[error("the mapping of {target} cannot be used: {problem}")]
pub(crate) struct CompileMappingError {
    target: String,
    pub(crate) problem: String,
}

/// Why one object could not be mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MappingFailure {
    pub(crate) reason: String,
}

/// What a target object shall be, before references are resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Desired {
    pub(crate) attributes: Attributes,
    /// Attributes that stay as the target has them.
    pub(crate) kept: Vec<String>,
    /// Values for attributes that are only set when the object is created.
    pub(crate) on_create: Attributes,
    /// Of these, values of mappings that give nothing else: an object that is taken over gets them where it has none.
    pub(crate) if_empty: Attributes,
    /// Attributes that are set when the object is created, to the first value that nobody has.
    pub(crate) choices: Vec<(String, Vec<Value>)>,
    /// Why the object could not be created. It only counts when it has to be.
    pub(crate) create_failure: Option<MappingFailure>,
    /// Target attributes that name one object, and the name.
    pub(crate) references: Vec<(String, NameKey)>,
    /// Target attributes that name several objects, and the names, sorted.
    pub(crate) lists: Vec<(String, Vec<NameKey>)>,
    /// Names of the members, sorted, for kinds whose mapping has members.
    pub(crate) members: Option<Vec<NameKey>>,
}

impl Desired {
    /// The names that attributes refer to; those of members are not among them.
    pub(crate) fn names(&self) -> impl Iterator<Item = NameKey> {
        let one = self.references.iter().map(|(_, name)| *name);
        one.chain(self.lists.iter().flat_map(|(_, names)| names.iter().copied()))
    }
}

impl CompiledMappings {
    /// Compiles the mappings of a kind.
    pub(crate) fn compile(
        mappings: &[Mapping],
        target: TargetKind,
        kind: ObjectKind,
    ) -> Result<Self, CompileMappingError> {
        let schema = TargetSchema::of(target);
        let mut compiled = Self {
            rules: Vec::new(),
            references: Vec::new(),
            members: None,
            matching: matching(mappings),
            inputs: Inputs::default(),
            schema,
        };
        for mapping in mappings {
            let refuse = |problem: String| CompileMappingError { target: mapping.target.clone(), problem };
            let shape = schema.shape(&mapping.target);
            if matches!(shape, Shape::Reference | Shape::References | Shape::Members) {
                let Some(source) = mapping.source.clone().filter(|_| mapping.kind == MappingKind::Direct)
                else {
                    return Err(refuse("a reference is mapped directly from a source attribute".to_owned()));
                };
                if shape == Shape::Members {
                    compiled.members = (kind == ObjectKind::Group).then_some(source);
                } else {
                    let multivalued = shape == Shape::References;
                    compiled.references.push(Reference {
                        target: mapping.target.clone(),
                        source,
                        multivalued,
                    });
                }
                continue;
            }
            let origin = match mapping.kind {
                MappingKind::Direct => Origin::Direct(mapping.source.clone().unwrap_or_default()),
                MappingKind::Constant => Origin::Constant(mapping.value.clone().unwrap_or_default()),
                MappingKind::Expression => {
                    let text = mapping.expression.as_deref().unwrap_or_default();
                    Origin::Computed(Expression::compile(text).map_err(|error| refuse(error.to_string()))?)
                }
                MappingKind::None => Origin::Nothing,
            };
            if origin.selects_unique_value()
                && (mapping.apply != Apply::OnCreate || mapping.matching_precedence > 0)
            {
                let problem =
                    "SelectUniqueValue is for attributes that are applied on create and do not match";
                return Err(refuse(problem.to_owned()));
            }
            compiled.rules.push(Rule {
                target: mapping.target.clone(),
                shape,
                origin,
                default: mapping.default.clone().map(Value::Text),
                apply: mapping.apply,
                needs: None,
            });
        }
        compiled.inputs = Inputs::of(compiled.rules.iter().flat_map(|rule| rule.origin.sources()));
        for rule in &mut compiled.rules {
            rule.needs = rule
                .origin
                .gives_nothing_without()
                .then(|| rule.origin.sources().filter_map(|name| compiled.inputs.number(name)).collect());
        }
        Ok(compiled)
    }

    /// Source attributes that the mappings use.
    pub(crate) fn source_attributes(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> =
            self.references.iter().map(|reference| reference.source.clone()).collect();
        names.extend(self.members.clone());
        names.extend(self.rules.iter().flat_map(|rule| rule.origin.sources()).map(str::to_owned));
        names
    }

    /// Whether a target attribute always follows the source, so that a value there that the source does not have is
    /// a remainder.
    pub(crate) fn flows(&self, target: &str) -> bool {
        let always = |rule: &Rule| rule.apply == Apply::Always && !matches!(rule.origin, Origin::Nothing);
        self.rules.iter().any(|rule| rule.target == target && always(rule))
            || self.references.iter().any(|reference| reference.target == target)
    }

    /// Source attributes that name other objects, and the one of them that names members.
    pub(crate) fn naming_attributes(&self) -> (impl Iterator<Item = &String>, Option<&String>) {
        (self.reference_sources().chain(&self.members), self.members.as_ref())
    }

    /// Source attributes that name other objects and are no members, like `manager`.
    pub(crate) fn reference_sources(&self) -> impl Iterator<Item = &String> {
        self.references.iter().map(|reference| &reference.source)
    }

    /// Target attributes whose values must not appear in records.
    pub(crate) fn redacted(&self) -> impl Iterator<Item = &str> {
        self.rules
            .iter()
            .filter(|rule| matches!(&rule.origin, Origin::Computed(expression) if expression.is_redacted()))
            .map(|rule| rule.target.as_str())
    }

    /// Target attributes that match, the first to be tried first.
    pub(crate) fn matching(&self) -> &[String] {
        &self.matching
    }

    /// Source attributes that flow into redacted target attributes.
    pub(crate) fn redacted_sources(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for rule in &self.rules {
            if let Origin::Computed(expression) = &rule.origin
                && expression.is_redacted()
            {
                names.extend(expression.attributes());
            }
        }
        names
    }

    /// Whether objects of this kind have members.
    pub(crate) const fn has_members(&self) -> bool {
        self.members.is_some()
    }

    pub(crate) const fn schema(&self) -> TargetSchema {
        self.schema
    }
}

impl Origin {
    /// The source attributes that it reads.
    fn sources(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Direct(source) => Box::new(std::iter::once(source.as_str())),
            Self::Computed(expression) => Box::new(expression.attributes()),
            Self::Constant(_) | Self::Nothing => Box::new(std::iter::empty()),
        }
    }

    fn selects_unique_value(&self) -> bool {
        matches!(self, Self::Computed(expression) if expression.selects_unique_value())
    }

    /// Whether nothing flows where an entry has none of the sources. An expression that gives nothing for an empty
    /// entry, with neither parameters nor time nor randomness to look at, gives nothing for every such entry.
    fn gives_nothing_without(&self) -> bool {
        let known = |name: &str| !name.eq_ignore_ascii_case("distinguishedName");
        match self {
            Self::Direct(source) => known(source),
            Self::Computed(expression) => {
                expression.attributes().all(known)
                    && expression.flow(&Entry::default(), &Parameters::new()) == Ok(Flow::Null)
            }
            Self::Constant(_) => false,
            Self::Nothing => true,
        }
    }
}

/// The target attributes with a matching precedence, the lowest first.
fn matching(mappings: &[Mapping]) -> Vec<String> {
    let mut ranked: Vec<&Mapping> =
        mappings.iter().filter(|mapping| mapping.matching_precedence > 0).collect();
    ranked.sort_by_key(|mapping| mapping.matching_precedence);
    ranked.into_iter().map(|mapping| mapping.target.clone()).collect()
}

/// Parameters of expressions: what is known of the source domain. The first label in upper case stands in for the
/// `NetBIOS` name, which is what Active Directory proposes when a domain is made.
pub(crate) fn parameters(base_dn: &str, domain_name: &str, clock: &Arc<dyn Clock>) -> Parameters {
    let spelled = domain::Dn::parse(base_dn).map(|dn| dn.dns_domain()).unwrap_or_default();
    let fqdn = if spelled.is_empty() { domain_name.to_owned() } else { spelled };
    let netbios = fqdn.split('.').next().unwrap_or_default().to_uppercase();
    Parameters::new()
        .with(Parameter::DomainFqdn, fqdn.as_str())
        .with(Parameter::ForestFqdn, fqdn.as_str())
        .with(Parameter::DomainNetBios, netbios.as_str())
        .with(Parameter::ForestNetBios, netbios.as_str())
        .with_now(clock.now())
        .with_random(Arc::new(ClockRandom(Arc::clone(clock))))
}

#[cfg(test)]
mod tests;

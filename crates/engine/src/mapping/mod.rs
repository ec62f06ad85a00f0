//! From a source entry to what the target object shall be.

mod schema;

use std::collections::BTreeSet;

use domain::mapping::{Apply, Mapping, MappingKind};
use domain::value::{Attributes, Value};
use domain::{Entry, ObjectKind, TargetKind};
use expression::{EvalError, Expression, Flow, Parameter, Parameters};

use schema::Shape;
pub(crate) use schema::TargetSchema;

use crate::resolver::NameKey;

/// The mappings of one kind of object, ready to be evaluated.
#[derive(Debug)]
pub(crate) struct CompiledMappings {
    rules: Vec<Rule>,
    references: Vec<(String, String)>,
    members: Option<String>,
    schema: TargetSchema,
}

#[derive(Debug)]
struct Rule {
    target: String,
    shape: Shape,
    origin: Origin,
    default: Option<Value>,
    apply: Apply,
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
    problem: String,
}

/// Why one object could not be mapped.
#[derive(Debug, PartialEq, Eq)]
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
    /// Target attribute and the name that it refers to.
    pub(crate) references: Vec<(String, NameKey)>,
    /// Names of the members, sorted, for kinds whose mapping has members.
    pub(crate) members: Option<Vec<NameKey>>,
}

impl CompiledMappings {
    /// Compiles the mappings of a kind.
    pub(crate) fn compile(
        mappings: &[Mapping],
        target: TargetKind,
        kind: ObjectKind,
    ) -> Result<Self, CompileMappingError> {
        let schema = TargetSchema::of(target);
        let mut compiled = Self { rules: Vec::new(), references: Vec::new(), members: None, schema };
        for mapping in mappings {
            let refuse = |problem: String| CompileMappingError { target: mapping.target.clone(), problem };
            let shape = schema.shape(&mapping.target);
            if matches!(shape, Shape::Reference | Shape::Members) {
                let Some(source) = mapping.source.clone().filter(|_| mapping.kind == MappingKind::Direct)
                else {
                    return Err(refuse("a reference is mapped directly from a source attribute".to_owned()));
                };
                if shape == Shape::Members {
                    compiled.members = (kind == ObjectKind::Group).then_some(source);
                } else {
                    compiled.references.push((mapping.target.clone(), source));
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
            compiled.rules.push(Rule {
                target: mapping.target.clone(),
                shape,
                origin,
                default: mapping.default.clone().map(Value::Text),
                apply: mapping.apply,
            });
        }
        Ok(compiled)
    }

    /// Source attributes that the mappings use.
    pub(crate) fn source_attributes(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self.references.iter().map(|(_, source)| source.clone()).collect();
        names.extend(self.members.clone());
        for rule in &self.rules {
            match &rule.origin {
                Origin::Direct(source) => {
                    names.insert(source.clone());
                }
                Origin::Computed(expression) => {
                    names.extend(expression.attributes().map(str::to_owned));
                }
                Origin::Constant(_) | Origin::Nothing => {}
            }
        }
        names
    }

    /// Target attributes whose values must not appear in records.
    pub(crate) fn redacted(&self) -> impl Iterator<Item = &str> {
        self.rules
            .iter()
            .filter(|rule| matches!(&rule.origin, Origin::Computed(expression) if expression.is_redacted()))
            .map(|rule| rule.target.as_str())
    }

    /// Whether objects of this kind have members.
    pub(crate) const fn has_members(&self) -> bool {
        self.members.is_some()
    }

    pub(crate) const fn schema(&self) -> TargetSchema {
        self.schema
    }

    /// Evaluates every mapping. The first attribute that cannot be computed is the object's failure.
    pub(crate) fn evaluate(&self, entry: &Entry, parameters: &Parameters) -> Result<Desired, MappingFailure> {
        let mut desired = Desired::default();
        for rule in &self.rules {
            let flow = match &rule.origin {
                Origin::Direct(source) => entry.value(source).map_or(Flow::Null, Flow::Value),
                Origin::Constant(text) => {
                    let text = parameters.expand(text).map_err(|error| failure(rule, text, &error))?;
                    Flow::Value(Value::text(text))
                }
                Origin::Computed(expression) => expression
                    .flow(entry, parameters)
                    .map_err(|error| failure(rule, expression.text(), &error))?,
                Origin::Nothing => Flow::Null,
            };
            let value = match flow {
                Flow::Value(value) => Some(value),
                Flow::Null => None,
                Flow::Ignore => {
                    desired.kept.push(rule.target.clone());
                    continue;
                }
            };
            let value = match value {
                Some(value) => rule
                    .shape
                    .fit(value)
                    .map_err(|problem| MappingFailure { reason: format!("{}: {problem}", rule.target) })?,
                None => None,
            };
            match (value, rule.apply) {
                (Some(value), Apply::Always) => {
                    desired.attributes.insert(rule.target.clone(), value);
                }
                (Some(value), Apply::OnCreate) => {
                    desired.on_create.insert(rule.target.clone(), value);
                }
                (None, _) => {
                    if let Some(default) =
                        rule.default.clone().and_then(|value| rule.shape.fit(value).ok().flatten())
                    {
                        desired.on_create.insert(rule.target.clone(), default);
                    }
                }
            }
        }
        for (target, source) in &self.references {
            if let Some(name) = entry.text(source) {
                desired.references.push((target.clone(), NameKey::of(name)));
            }
        }
        if let Some(source) = &self.members {
            let mut members: Vec<_> = entry.texts(source).map(NameKey::of).collect();
            members.sort_unstable();
            members.dedup();
            desired.members = Some(members);
        }
        Ok(desired)
    }
}

fn failure(rule: &Rule, origin: &str, error: &EvalError) -> MappingFailure {
    MappingFailure { reason: format!("{} ← {origin}: {error}", rule.target) }
}

/// Parameters of expressions: what is known of the source domain. The first label in upper case stands in for the
/// `NetBIOS` name, which is what Active Directory proposes when a domain is made.
pub(crate) fn parameters(base_dn: &str, domain_name: &str, now: domain::Time) -> Parameters {
    let spelled = domain::Dn::parse(base_dn).map(|dn| dn.dns_domain()).unwrap_or_default();
    let fqdn = if spelled.is_empty() { domain_name.to_owned() } else { spelled };
    let netbios = fqdn.split('.').next().unwrap_or_default().to_uppercase();
    Parameters::new()
        .with(Parameter::DomainFqdn, fqdn.as_str())
        .with(Parameter::ForestFqdn, fqdn.as_str())
        .with(Parameter::DomainNetBios, netbios.as_str())
        .with(Parameter::ForestNetBios, netbios.as_str())
        .with_now(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(mappings: &[Mapping], entry: &Entry) -> Result<Desired, MappingFailure> {
        let now = domain::Time::from_timestamp(1_700_000_000, 0).expect("a valid time");
        CompiledMappings::compile(mappings, TargetKind::BuiltIn, ObjectKind::User)
            .expect("compiles")
            .evaluate(entry, &parameters("DC=lab01,DC=local", "lab01", now))
    }

    #[test]
    fn the_default_user_mappings_give_graphs_attributes() {
        let entry = Entry::new("CN=Ann Lee,OU=People,DC=lab01,DC=local")
            .with("cn", ["Ann Lee"])
            .with("sn", [" Lee "])
            .with("sAMAccountName", ["alee"])
            .with("userAccountControl", ["514"])
            .with("telephoneNumber", ["+49 1"])
            .with("manager", ["CN=Bob,DC=lab01,DC=local"]);
        let mappings = domain::defaults::mappings(
            domain::DirectoryKind::ActiveDirectory,
            TargetKind::BuiltIn,
            ObjectKind::User,
        );
        let desired = evaluate(&mappings, &entry).expect("maps");
        let attribute = |name: &str| desired.attributes.get(name).cloned();
        assert_eq!(attribute("displayName"), Some(Value::text("Ann Lee")));
        assert_eq!(attribute("surname"), Some(Value::text("Lee")));
        assert_eq!(attribute("userPrincipalName"), Some(Value::text("alee@lab01.local")));
        assert_eq!(attribute("accountEnabled"), Some(Value::Boolean(false)));
        assert_eq!(attribute("businessPhones"), Some(Value::Many(vec![Value::text("+49 1")])));
        assert_eq!(attribute("onPremisesDomainName"), Some(Value::text("lab01.local")));
        assert_eq!(attribute("givenName"), None);
        assert_eq!(desired.references, [("manager".to_owned(), NameKey::of("cn=bob,dc=lab01,dc=local"))]);
    }

    #[test]
    fn a_failing_mapping_names_the_attribute() {
        let failure = evaluate(
            &[Mapping::expression("jobTitle", "Item([title], 3)")],
            &Entry::new("CN=a").with("title", ["x"]),
        )
        .expect_err("out of range");
        assert!(failure.reason.contains("jobTitle") && failure.reason.contains("Item"), "{}", failure.reason);
    }

    #[test]
    fn a_default_flows_only_when_the_object_is_created() {
        let mut mapping = Mapping::direct("department", "department");
        mapping.default = Some("Unassigned".to_owned());
        let desired = evaluate(&[mapping], &Entry::new("CN=a")).expect("maps");
        assert!(desired.attributes.is_empty());
        assert_eq!(desired.on_create.get("department"), Some(&Value::text("Unassigned")));
    }

    #[test]
    fn an_ignored_flow_keeps_what_the_target_has() {
        let mapping = Mapping::expression("jobTitle", "IgnoreFlowIfNullOrEmpty([title])");
        let desired = evaluate(std::slice::from_ref(&mapping), &Entry::new("CN=a")).expect("maps");
        assert_eq!((desired.kept, desired.attributes.len()), (vec!["jobTitle".to_owned()], 0));
        let desired = evaluate(&[mapping], &Entry::new("CN=a").with("title", ["Baker"])).expect("maps");
        assert_eq!(desired.attributes.get("jobTitle"), Some(&Value::text("Baker")));
    }
}

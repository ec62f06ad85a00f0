//! What an evaluation may know beside the object: the source domain, the time, randomness. All of it is passed in,
//! so that the same inputs always give the same plan.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use domain::Time;

use crate::EvalError;

/// A system parameter, written `%DomainFQDN%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    DomainFqdn,
    DomainNetBios,
    ForestFqdn,
    ForestNetBios,
}

impl Parameter {
    pub const ALL: [Self; 4] = [Self::DomainFqdn, Self::DomainNetBios, Self::ForestFqdn, Self::ForestNetBios];

    /// The name between the percent signs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DomainFqdn => "DomainFQDN",
            Self::DomainNetBios => "DomainNetBios",
            Self::ForestFqdn => "ForestFQDN",
            Self::ForestNetBios => "ForestNetBios",
        }
    }

    /// Entra Connect writes the same parameters with a dot (`%Domain.FQDN%`, `%Domain.Netbios%`); both are read.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.name() == name).or(match name {
            "Domain.FQDN" => Some(Self::DomainFqdn),
            "Domain.Netbios" => Some(Self::DomainNetBios),
            "Forest.FQDN" => Some(Self::ForestFqdn),
            "Forest.Netbios" => Some(Self::ForestNetBios),
            _ => None,
        })
    }
}

/// Random bytes for `Guid` and `RandomString`.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The parameters of one evaluation. What is not set is an error where it is used, never an empty value.
#[derive(Clone, Default)]
pub struct Parameters {
    values: [Option<Box<str>>; Parameter::ALL.len()],
    now: Option<Time>,
    random: Option<Arc<dyn Random>>,
}

impl Parameters {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with(mut self, parameter: Parameter, value: impl Into<Box<str>>) -> Self {
        self.values[parameter as usize] = Some(value.into());
        self
    }

    #[must_use]
    pub fn with_now(mut self, now: Time) -> Self {
        self.now = Some(now);
        self
    }

    #[must_use]
    pub fn with_random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = Some(random);
        self
    }

    pub fn get(&self, parameter: Parameter) -> Option<&str> {
        self.values[parameter as usize].as_deref()
    }

    pub(crate) fn value(&self, parameter: Parameter) -> Result<&str, EvalError> {
        self.get(parameter).ok_or_else(|| EvalError {
            function: parameter.name(),
            message: format!("%{}% is not known for this source", parameter.name()),
        })
    }

    pub(crate) const fn now(&self) -> Option<Time> {
        self.now
    }

    pub(crate) fn random(&self) -> Option<&dyn Random> {
        self.random.as_deref()
    }

    /// The value of a constant mapping: known parameters are filled in, everything else stays as it is.
    pub fn expand<'a>(&self, constant: &'a str) -> Result<Cow<'a, str>, EvalError> {
        if !constant.contains('%') {
            return Ok(Cow::Borrowed(constant));
        }
        let mut expanded = String::with_capacity(constant.len());
        let mut rest = constant;
        while let Some((before, after)) = rest.split_once('%') {
            expanded.push_str(before);
            let known = after.split_once('%').and_then(|(name, tail)| Some((Parameter::parse(name)?, tail)));
            if let Some((parameter, tail)) = known {
                expanded.push_str(self.value(parameter)?);
                rest = tail;
            } else {
                expanded.push('%');
                rest = after;
            }
        }
        expanded.push_str(rest);
        Ok(Cow::Owned(expanded))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters")
            .field("values", &self.values)
            .field("now", &self.now)
            .field("random", &self.random.is_some())
            .finish()
    }
}

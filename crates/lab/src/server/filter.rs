//! Search filters: read from BER, prepared against the forest, evaluated on objects.
//!
//! Evaluation has three outcomes, as RFC 4511 asks: an attribute that does not exist makes its term undefined, and
//! so does a negation of it.

use ldap3_lber::{
    common::TagClass,
    structure::{PL, StructureTag},
};

use crate::model::{Attr, ObjectId, Resolved, State, Syntax, View};

const BIT_AND: &[u8] = b"1.2.840.113556.1.4.803";
const BIT_OR: &[u8] = b"1.2.840.113556.1.4.804";
const IN_CHAIN: &[u8] = b"1.2.840.113556.1.4.1941";
/// Attributes that Active Directory's ambiguous name resolution looks at.
const AMBIGUOUS_NAMES: [Attr; 8] = [
    Attr::DisplayName,
    Attr::GivenName,
    Attr::Sn,
    Attr::Name,
    Attr::SamAccountName,
    Attr::ProxyAddresses,
    Attr::PhysicalDeliveryOfficeName,
    Attr::MailNickname,
];

/// A prepared filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Undefined,
    Present(Attr),
    /// objectClass, lower case.
    Class(String),
    /// objectCategory, by the name of its class object.
    Category(String),
    /// Lower case.
    Text(Attr, String),
    Octets(Attr, Vec<u8>),
    Integer(Attr, i64),
    /// `None`: the DN leads nowhere.
    Link(Attr, Option<ObjectId>),
    Substring(Attr, Substring),
    AtLeast(Attr, Bound),
    AtMost(Attr, Bound),
    Bits {
        attr: Attr,
        mask: i64,
        all: bool,
    },
    InChain(Attr, Option<ObjectId>),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Substring {
    initial: Option<String>,
    any: Vec<String>,
    last: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    Number(i64),
    Text(String),
}

/// The bytes are no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl Filter {
    pub(super) fn read(tag: StructureTag, state: &State) -> Result<Self, Malformed> {
        if tag.class != TagClass::Context {
            return Err(Malformed);
        }
        match (tag.id, tag.payload) {
            (0, PL::C(terms)) => {
                terms.into_iter().map(|term| Self::read(term, state)).collect::<Result<_, _>>().map(Self::And)
            }
            (1, PL::C(terms)) => {
                terms.into_iter().map(|term| Self::read(term, state)).collect::<Result<_, _>>().map(Self::Or)
            }
            (2, PL::C(mut terms)) => {
                let term = terms.pop().filter(|_| terms.is_empty()).ok_or(Malformed)?;
                Ok(Self::Not(Box::new(Self::read(term, state)?)))
            }
            (id @ (3 | 5 | 6 | 8), PL::C(parts)) => {
                let [name, value] = pair(parts)?;
                let (name, value) = (text(primitive(name)?), primitive(value)?);
                Ok(match id {
                    5 => ordering(&name, &value)
                        .map_or(Self::Undefined, |(attr, bound)| Self::AtLeast(attr, bound)),
                    6 => ordering(&name, &value)
                        .map_or(Self::Undefined, |(attr, bound)| Self::AtMost(attr, bound)),
                    _ => Self::equality(&name, value, state),
                })
            }
            (4, PL::C(parts)) => {
                let [name, pieces] = pair(parts)?;
                let PL::C(pieces) = pieces.payload else { return Err(Malformed) };
                let mut substring = Substring::default();
                for piece in pieces {
                    let id = piece.id;
                    let piece = text(primitive(piece)?).to_lowercase();
                    match id {
                        0 => substring.initial = Some(piece),
                        1 => substring.any.push(piece),
                        2 => substring.last = Some(piece),
                        _ => return Err(Malformed),
                    }
                }
                let attr = attribute(&text(primitive(name)?)).filter(|attr| attr.syntax() != Syntax::Dn);
                Ok(attr.map_or(Self::Undefined, |attr| Self::Substring(attr, substring)))
            }
            (7, PL::P(name)) => Ok(attribute(&text(name)).map_or(Self::Undefined, Self::Present)),
            (9, PL::C(parts)) => Self::extensible(parts, state),
            _ => Err(Malformed),
        }
    }

    fn equality(name: &str, value: Vec<u8>, state: &State) -> Self {
        if name.eq_ignore_ascii_case("anr") {
            let prefix = text(value).to_lowercase();
            let starts = |attr| {
                Self::Substring(attr, Substring { initial: Some(prefix.clone()), ..Substring::default() })
            };
            return Self::Or(AMBIGUOUS_NAMES.map(starts).into());
        }
        let Some(attr) = attribute(name) else { return Self::Undefined };
        match attr.syntax() {
            Syntax::Octets => Self::Octets(attr, value),
            Syntax::Integer => {
                text(value).parse().map_or(Self::Undefined, |value| Self::Integer(attr, value))
            }
            Syntax::Dn => Self::Link(attr, object(&text(value), state)),
            Syntax::Class if attr == Attr::ObjectCategory => Self::Category(category(&text(value))),
            Syntax::Class => Self::Class(text(value).to_lowercase()),
            Syntax::Time => Self::Text(attr, comparable_time(&text(value))),
            Syntax::Text | Syntax::Boolean => Self::Text(attr, text(value).to_lowercase()),
        }
    }

    fn extensible(parts: Vec<StructureTag>, state: &State) -> Result<Self, Malformed> {
        let (mut rule, mut name, mut value) = (None, None, None);
        for part in parts {
            match part.id {
                1 => rule = Some(primitive(part)?),
                2 => name = Some(text(primitive(part)?)),
                3 => value = Some(primitive(part)?),
                _ => {}
            }
        }
        let value = value.ok_or(Malformed)?;
        let Some(attr) = name.as_deref().and_then(attribute) else { return Ok(Self::Undefined) };
        Ok(match rule.as_deref() {
            Some(BIT_AND | BIT_OR) if attr.syntax() == Syntax::Integer => {
                let all = rule.as_deref() == Some(BIT_AND);
                text(value).parse().map_or(Self::Undefined, |mask| Self::Bits { attr, mask, all })
            }
            Some(IN_CHAIN) if attr.syntax() == Syntax::Dn => Self::InChain(attr, object(&text(value), state)),
            None => Self::equality(attr.name(), value, state),
            Some(_) => Self::Undefined,
        })
    }

    /// Whether an object matches; `None`: undefined.
    pub(super) fn matches(&self, view: &View<'_>) -> Option<bool> {
        match self {
            Self::And(terms) => {
                let mut outcome = Some(true);
                for term in terms {
                    match term.matches(view) {
                        Some(false) => return Some(false),
                        Some(true) => {}
                        None => outcome = None,
                    }
                }
                outcome
            }
            Self::Or(terms) => {
                let mut outcome = Some(false);
                for term in terms {
                    match term.matches(view) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => outcome = None,
                    }
                }
                outcome
            }
            Self::Not(term) => term.matches(view).map(|matched| !matched),
            Self::Undefined => None,
            Self::Present(attr) => Some(*attr == Attr::ObjectClass || view.has(*attr)),
            Self::Class(class) => Some(view.classes().iter().any(|known| known.eq_ignore_ascii_case(class))),
            Self::Category(category) => {
                Some(!view.is_deleted() && view.category().eq_ignore_ascii_case(category))
            }
            Self::Text(attr, wanted) if attr.syntax() == Syntax::Time => {
                Some(any(view, *attr, &mut |value| {
                    comparable_time(&String::from_utf8_lossy(value)) == *wanted
                }))
            }
            Self::Text(attr, wanted) => Some(any(view, *attr, &mut |value| equal_text(value, wanted))),
            Self::Octets(attr, wanted) => Some(any(view, *attr, &mut |value| value == wanted)),
            Self::Integer(attr, wanted) => {
                Some(any(view, *attr, &mut |value| integer(value) == Some(*wanted)))
            }
            Self::Link(Attr::DistinguishedName, wanted) => Some(*wanted == Some(view.id)),
            Self::Link(attr, wanted) => {
                let Some(wanted) = *wanted else { return Some(false) };
                Some(links_to(view, *attr, wanted))
            }
            Self::Substring(attr, wanted) => Some(any(view, *attr, &mut |value| {
                wanted.is_in(&String::from_utf8_lossy(value).to_lowercase())
            })),
            Self::AtLeast(attr, bound) => Some(any(view, *attr, &mut |value| {
                bound.compare(value).is_some_and(std::cmp::Ordering::is_ge)
            })),
            Self::AtMost(attr, bound) => Some(any(view, *attr, &mut |value| {
                bound.compare(value).is_some_and(std::cmp::Ordering::is_le)
            })),
            Self::Bits { attr, mask, all } => Some(any(view, *attr, &mut |value| {
                integer(value)
                    .is_some_and(|value| if *all { value & mask == *mask } else { value & mask != 0 })
            })),
            Self::InChain(attr, wanted) => {
                let Some(wanted) = *wanted else { return Some(false) };
                Some(in_chain(view, *attr, wanted))
            }
        }
    }
}

impl Substring {
    fn is_in(&self, value: &str) -> bool {
        let Some(mut rest) = value.strip_prefix(self.initial.as_deref().unwrap_or_default()) else {
            return false;
        };
        for piece in &self.any {
            match rest.find(piece.as_str()) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        rest.ends_with(self.last.as_deref().unwrap_or_default())
    }
}

impl Bound {
    /// How a value compares to the bound.
    fn compare(&self, value: &[u8]) -> Option<std::cmp::Ordering> {
        match self {
            Self::Number(bound) => integer(value).map(|value| value.cmp(bound)),
            Self::Text(bound) => Some(String::from_utf8_lossy(value).to_lowercase().as_str().cmp(bound)),
        }
    }
}

fn ordering(name: &str, value: &[u8]) -> Option<(Attr, Bound)> {
    let attr = attribute(name)?;
    let value = String::from_utf8_lossy(value);
    match attr.syntax() {
        Syntax::Integer => Some((attr, Bound::Number(value.parse().ok()?))),
        Syntax::Text => Some((attr, Bound::Text(value.to_lowercase()))),
        // Fractions of a second are always zero here, so the shorter spelling sorts right before it.
        Syntax::Time => Some((attr, Bound::Text(format!("{}.0z", comparable_time(&value))))),
        Syntax::Boolean | Syntax::Octets | Syntax::Dn | Syntax::Class => None,
    }
}

fn comparable_time(text: &str) -> String {
    text.chars().take_while(char::is_ascii_digit).take(14).collect()
}

fn category(value: &str) -> String {
    let name = crate::model::parse_dn(value).and_then(|names| names.into_iter().next());
    let name = name.map_or_else(|| value.to_lowercase(), |name| name.value);
    match name.as_str() {
        "user" | "contact" => "person".to_owned(),
        "organizationalunit" => "organizational-unit".to_owned(),
        "domaindns" => "domain-dns".to_owned(),
        _ => name,
    }
}

fn object(dn: &str, state: &State) -> Option<ObjectId> {
    match state.resolve(dn) {
        Resolved::Object(id) => Some(id),
        _ => None,
    }
}

fn any(view: &View<'_>, attr: Attr, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let mut found = false;
    view.each(attr, &mut |value| found = found || test(value));
    found
}

fn links_to(view: &View<'_>, attr: Attr, wanted: ObjectId) -> bool {
    let mut found = false;
    view.each_link(attr, &mut |id| {
        found = id == wanted;
        !found
    });
    found
}

fn in_chain(view: &View<'_>, attr: Attr, wanted: ObjectId) -> bool {
    match attr {
        Attr::MemberOf => view.state.is_member_in_chain(view.id, wanted),
        Attr::Member => view.state.is_member_in_chain(wanted, view.id),
        Attr::Manager => {
            let (mut above, mut steps) = (view.state.manager(view.id), 0);
            while let Some(manager) = above.filter(|&manager| manager != wanted && steps < 64) {
                above = view.state.manager(manager);
                steps += 1;
            }
            above == Some(wanted)
        }
        _ => links_to(view, attr, wanted),
    }
}

fn equal_text(value: &[u8], lower: &str) -> bool {
    if value.is_ascii() {
        return value.eq_ignore_ascii_case(lower.as_bytes());
    }
    String::from_utf8_lossy(value).to_lowercase() == lower
}

fn integer(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn attribute(name: &str) -> Option<Attr> {
    Attr::from_name(name.split(';').next().unwrap_or(name))
}

fn pair(parts: Vec<StructureTag>) -> Result<[StructureTag; 2], Malformed> {
    parts.try_into().map_err(|_| Malformed)
}

fn primitive(tag: StructureTag) -> Result<Vec<u8>, Malformed> {
    tag.expect_primitive().ok_or(Malformed)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

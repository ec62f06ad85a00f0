//! One object as a client sees it: the attributes that every kind has.

use super::{
    attribute::{Attr, Syntax},
    fixed::{self, Places},
    object::{Kind, ObjectId, sid},
    people::Person,
    state::{Patch, State, Value},
    time::{Seconds, filetime, generalized},
};

/// Receives one value after another.
pub(crate) type Out<'a> = dyn FnMut(&[u8]) + 'a;

/// An object in a state, with what its attributes share looked up once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub state: &'a State,
    pub id: ObjectId,
    pub(super) patch: Option<&'a Patch>,
    pub(super) person: Option<Person<'a>>,
    deleted: bool,
}

/// What Active Directory keeps of a deleted object.
const KEPT: &[Attr] = &[
    Attr::ObjectClass,
    Attr::Cn,
    Attr::DistinguishedName,
    Attr::InstanceType,
    Attr::WhenCreated,
    Attr::WhenChanged,
    Attr::UsnCreated,
    Attr::UsnChanged,
    Attr::Name,
    Attr::ObjectGuid,
    Attr::UserAccountControl,
    Attr::ObjectSid,
    Attr::SamAccountName,
    Attr::GroupType,
    Attr::IsDeleted,
    Attr::LastKnownParent,
    Attr::ConsistencyGuid,
    Attr::ParentGuid,
];

impl<'a> View<'a> {
    /// The view of an object that [`State::exists`].
    pub(crate) fn new(state: &'a State, id: ObjectId) -> Self {
        let patch = state.patch(id);
        let person = (id.kind() == Kind::Person).then(|| state.blueprint.people.get(id.index()));
        Self { state, id, patch, person, deleted: patch.is_some_and(|patch| patch.deleted.is_some()) }
    }

    pub(crate) const fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// Only shown with the control for deleted objects.
    pub(crate) fn is_hidden(&self) -> bool {
        self.deleted || self.fixed().is_some_and(|object| object.hidden)
    }

    pub(super) fn fixed(&self) -> Option<&'a fixed::Fixed> {
        (self.id.kind() == Kind::Fixed).then(|| self.state.fixed.get(self.id.index() as usize))?
    }

    pub(crate) fn classes(&self) -> &'static [&'static str] {
        match self.id.kind() {
            Kind::Person => fixed::USER,
            Kind::Group => fixed::GROUP,
            Kind::Contact => fixed::CONTACT,
            Kind::Fixed => self.fixed().map_or(fixed::TOP, |object| object.classes),
        }
    }

    /// Name of the class object that objectCategory points to.
    pub(crate) fn category(&self) -> &'static str {
        match self.classes().last().copied().unwrap_or_default() {
            "user" | "contact" | "person" => "Person",
            "group" => "Group",
            "computer" => "Computer",
            "container" => "Container",
            "organizationalUnit" => "Organizational-Unit",
            "domainDNS" => "Domain-DNS",
            "builtinDomain" => "Builtin-Domain",
            "configuration" => "Configuration",
            "dMD" => "DMD",
            "subSchema" => "SubSchema",
            "crossRef" => "Cross-Ref",
            "crossRefContainer" => "Cross-Ref-Container",
            "nTDSDSA" => "NTDS-DSA",
            "nTDSService" => "NTDS-Service",
            "server" => "Server",
            "site" => "Site",
            _ => "Top",
        }
    }

    /// Whether any value exists.
    pub(crate) fn has(&self, attr: Attr) -> bool {
        let mut any = false;
        self.each(attr, &mut |_| any = true);
        any
    }

    /// First value as text.
    pub(crate) fn text(&self, attr: Attr) -> Option<String> {
        let mut text = None;
        self.each(attr, &mut |value| {
            text.get_or_insert_with(|| String::from_utf8_lossy(value).into_owned());
        });
        text
    }

    /// Objects that a DN-valued attribute points to.
    pub(crate) fn each_link(&self, attr: Attr, each: &mut dyn FnMut(ObjectId) -> bool) {
        if self.deleted && attr != Attr::LastKnownParent {
            return;
        }
        match attr {
            Attr::Member => self.state.members(self.id, each),
            Attr::MemberOf => {
                self.state.groups_of(self.id).into_iter().all(each);
            }
            Attr::DirectReports => {
                self.state.reports(self.id).into_iter().all(each);
            }
            Attr::Manager => {
                self.state.manager(self.id).into_iter().all(each);
            }
            Attr::LastKnownParent => {
                let parent = self.patch.and_then(|patch| patch.deleted.as_ref()).map(|it| it.last_parent);
                parent.map(|parent| ObjectId::new(Kind::Fixed, parent)).into_iter().all(each);
            }
            _ => {
                let values =
                    self.patch.and_then(|patch| patch.value(attr)).map_or(&[][..], |set| &set.values);
                values
                    .iter()
                    .filter_map(|value| match value {
                        Value::Object(id) => Some(*id),
                        Value::Octets(_) => None,
                    })
                    .filter(|&id| self.state.is_alive(id))
                    .all(each);
            }
        }
    }

    /// Calls with every value of an attribute.
    pub(crate) fn each(&self, attr: Attr, out: &mut Out<'_>) {
        if self.deleted && !KEPT.contains(&attr) {
            return;
        }
        if let Some(set) = self.patch.and_then(|patch| patch.value(attr)) {
            for value in &set.values {
                match value {
                    Value::Octets(value) => out(value),
                    Value::Object(id) if self.state.is_alive(*id) => out(self.state.dn(*id).as_bytes()),
                    Value::Object(_) => {}
                }
            }
            return;
        }
        match attr {
            Attr::ObjectClass => self.classes().iter().for_each(|class| out(class.as_bytes())),
            Attr::StructuralObjectClass => {
                self.classes().last().iter().for_each(|class| out(class.as_bytes()));
            }
            Attr::ObjectCategory => {
                let schema = self.state.dn(ObjectId::new(Kind::Fixed, self.state.places.schema));
                out(format!("CN={},{schema}", self.category()).as_bytes());
            }
            Attr::DistinguishedName => out(self.state.dn(self.id).as_bytes()),
            Attr::Name => out(self.state.shown_name(self.id).as_bytes()),
            Attr::Cn if self.rdn() == "CN" => out(self.state.shown_name(self.id).as_bytes()),
            Attr::Ou if self.rdn() == "OU" => out(self.state.shown_name(self.id).as_bytes()),
            Attr::Dc if self.rdn() == "DC" => out(self.state.shown_name(self.id).as_bytes()),
            Attr::InstanceType => {
                let root = self.fixed().is_some_and(|object| object.parent.is_none());
                out(if root { b"5" } else { b"4" });
            }
            Attr::WhenCreated | Attr::CreateTimestamp => time(self.state.when_created(self.id), out),
            Attr::WhenChanged | Attr::ModifyTimestamp => time(self.state.when_changed(self.id), out),
            Attr::UsnCreated => number(self.state.usn_created(self.id), out),
            Attr::UsnChanged => number(self.state.usn_changed(self.id), out),
            Attr::ObjectGuid => out(&self.state.guid(self.id)),
            Attr::ObjectSid => {
                let rid = self.id.rid().or_else(|| self.fixed().and_then(|object| object.rid));
                match (rid, self.fixed()) {
                    (Some(_), _) => out(&sid(self.state.blueprint.domain_sid, rid)),
                    (None, Some(object)) => stored(object, attr, out),
                    (None, None) => {}
                }
            }
            Attr::ParentGuid => {
                if let Some(parent) = self.state.parent(self.id) {
                    out(&self.state.guid(ObjectId::new(Kind::Fixed, parent)));
                }
            }
            Attr::CanonicalName => out(self.canonical_name().as_bytes()),
            Attr::SubschemaSubentry => {
                out(self.state.dn(ObjectId::new(Kind::Fixed, self.state.places.aggregate)).as_bytes());
            }
            Attr::IsDeleted if self.deleted => out(b"TRUE"),
            Attr::Manager | Attr::MemberOf | Attr::Member | Attr::DirectReports | Attr::LastKnownParent => {
                let mut text = String::with_capacity(80);
                self.each_link(attr, &mut |id| {
                    text.clear();
                    self.state.dn_into(id, &mut text);
                    out(text.as_bytes());
                    true
                });
            }
            Attr::AttributeTypes if self.is_aggregate() => {
                for attr in Attr::all() {
                    out(schema_line(attr).as_bytes());
                }
            }
            _ => match (self.fixed(), self.id.kind()) {
                (Some(object), _) => stored(object, attr, out),
                (None, Kind::Person) => self.person_value(attr, out),
                (None, Kind::Group) => self.group_value(attr, out),
                (None, Kind::Contact) => self.contact_value(attr, out),
                (None, Kind::Fixed) => {}
            },
        }
    }

    pub(crate) fn rdn(&self) -> &'static str {
        self.fixed().map_or("CN", |object| object.rdn)
    }

    fn is_aggregate(&self) -> bool {
        self.id == ObjectId::new(Kind::Fixed, self.state.places.aggregate)
    }

    fn canonical_name(&self) -> String {
        let mut names = vec![self.state.shown_name(self.id).into_owned()];
        let mut parent = self.state.parent(self.id);
        while let Some(above) = parent.filter(|&above| above != Places::ROOT) {
            names.push(self.state.name(ObjectId::new(Kind::Fixed, above)).into_owned());
            parent = self.state.parent(ObjectId::new(Kind::Fixed, above));
        }
        if self.id == ObjectId::new(Kind::Fixed, Places::ROOT) {
            return format!("{}/", self.state.blueprint.name);
        }
        names.push(self.state.blueprint.name.clone());
        names.reverse();
        names.join("/")
    }
}

pub(super) fn number(value: impl std::fmt::Display, out: &mut Out<'_>) {
    out(value.to_string().as_bytes());
}

fn time(value: Seconds, out: &mut Out<'_>) {
    out(generalized(value).as_bytes());
}

pub(super) fn file_time(value: Seconds, out: &mut Out<'_>) {
    number(filetime(value), out);
}

fn stored(object: &fixed::Fixed, attr: Attr, out: &mut Out<'_>) {
    for (_, values) in object.attributes.iter().filter(|(name, _)| *name == attr) {
        for value in values {
            out(value);
        }
    }
}

/// An attribute's line in the schema. The numbers are not Microsoft's: clients look for names and syntaxes.
fn schema_line(attr: Attr) -> String {
    let syntax = match attr.syntax() {
        Syntax::Text => "1.3.6.1.4.1.1466.115.121.1.15",
        Syntax::Integer => "1.3.6.1.4.1.1466.115.121.1.27",
        Syntax::Boolean => "1.3.6.1.4.1.1466.115.121.1.7",
        Syntax::Time => "1.3.6.1.4.1.1466.115.121.1.24",
        Syntax::Octets => "1.3.6.1.4.1.1466.115.121.1.40",
        Syntax::Dn => "1.3.6.1.4.1.1466.115.121.1.12",
        Syntax::Class => "1.3.6.1.4.1.1466.115.121.1.38",
    };
    let many = matches!(
        attr,
        Attr::ObjectClass
            | Attr::Description
            | Attr::MemberOf
            | Attr::Member
            | Attr::DirectReports
            | Attr::ProxyAddresses
            | Attr::ServicePrincipalName
            | Attr::UpnSuffixes
            | Attr::AttributeTypes
            | Attr::ObjectClasses
            | Attr::CanonicalName
    );
    let single = if many { "" } else { " SINGLE-VALUE" };
    format!("( 2.25.{} NAME '{}' SYNTAX '{syntax}'{single} )", attr as u32 + 1, attr.name())
}

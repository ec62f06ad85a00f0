//! What can happen to a forest, asked for from outside: tests and the samples' faults.

use super::{
    attribute::{Attr, Syntax},
    fixed::ACCOUNT_DISABLED,
    mutate::Refusal,
    object::{Kind, ObjectId},
    resolve::Resolved,
    state::{State, Value},
    view::View,
};
use crate::{LabError, vocabulary::departments::DEPARTMENTS};

/// One change; objects are named by their DN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The next person joins, with the groups of their department and site.
    Join,
    /// A person moves to another department: container, department, title, manager and the departments' groups.
    MoveDepartment {
        /// Who.
        dn: String,
        /// Name of the department as created, for example `Finance`.
        department: String,
    },
    /// An object gets another container.
    MoveTo {
        /// What.
        dn: String,
        /// Where to.
        container: String,
    },
    /// An account is disabled.
    Disable {
        /// Whose.
        dn: String,
    },
    /// An account is enabled.
    Enable {
        /// Whose.
        dn: String,
    },
    /// A password is changed: only `pwdLastSet` shows it.
    ChangePassword {
        /// Whose.
        dn: String,
    },
    /// An object or container gets another name; what is below a container follows.
    Rename {
        /// What.
        dn: String,
        /// The new name, without `CN=` or `OU=`.
        name: String,
    },
    /// A person changes their family name: name, display name, mail and principal name; the old address stays as a
    /// secondary one, the logon name stays as it is.
    ChangeFamilyName {
        /// Who.
        dn: String,
        /// The new family name.
        family: String,
    },
    /// An object is deleted and leaves a tombstone.
    Delete {
        /// What.
        dn: String,
    },
    /// A deleted object comes back where it was.
    Restore {
        /// The DN of the tombstone.
        dn: String,
    },
    /// A new, empty security group.
    NewGroup {
        /// Its name.
        name: String,
    },
    /// A group gets a member.
    AddMember {
        /// The group.
        group: String,
        /// The member.
        member: String,
    },
    /// A group loses a member.
    RemoveMember {
        /// The group.
        group: String,
        /// The member.
        member: String,
    },
    /// An attribute gets other values; none: it is removed. Values of `manager` and `managedBy` are DNs.
    Set {
        /// Whose.
        dn: String,
        /// Its name, in any case.
        attribute: String,
        /// All its values.
        values: Vec<Vec<u8>>,
    },
}

impl Change {
    /// [`Change::Set`] with one text value.
    pub fn set(dn: impl Into<String>, attribute: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Set { dn: dn.into(), attribute: attribute.into(), values: vec![value.into().into_bytes()] }
    }
}

/// What a change did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The changed object's name afterwards.
    pub dn: String,
    /// Its objectGUID.
    pub guid: uuid::Uuid,
    /// The forest's highest sequence number afterwards.
    pub usn: u64,
}

/// The server keeps these itself.
const READ_ONLY: &[Attr] = &[
    Attr::ObjectClass,
    Attr::Cn,
    Attr::Ou,
    Attr::Dc,
    Attr::Name,
    Attr::DistinguishedName,
    Attr::ObjectGuid,
    Attr::ObjectSid,
    Attr::ObjectCategory,
    Attr::UsnChanged,
    Attr::UsnCreated,
    Attr::WhenChanged,
    Attr::WhenCreated,
    Attr::IsDeleted,
    Attr::LastKnownParent,
];

impl State {
    pub(crate) fn apply(&mut self, change: &Change) -> Result<Applied, LabError> {
        let changed = match change {
            Change::Join => self.join(),
            Change::MoveDepartment { dn, department } => {
                let person = self.named(dn, &[Kind::Person], "person")?;
                let department = DEPARTMENTS
                    .iter()
                    .position(|known| known.name.eq_ignore_ascii_case(department))
                    .ok_or_else(|| LabError::NoSuchObject(department.clone()))?;
                self.move_department(person, department).map_err(|refusal| self.refused(refusal))?;
                person
            }
            Change::MoveTo { dn, container } => {
                let object =
                    self.named(dn, &[Kind::Person, Kind::Group, Kind::Contact], "object that can move")?;
                let to = self.named(container, &[Kind::Fixed], "container")?;
                self.relocate(object, Some(to.index()), None).map_err(|refusal| self.refused(refusal))?;
                object
            }
            Change::Disable { dn } => self.switch(dn, true)?,
            Change::Enable { dn } => self.switch(dn, false)?,
            Change::ChangePassword { dn } => {
                let person = self.named(dn, &[Kind::Person, Kind::Fixed], "account")?;
                self.change_password(person);
                person
            }
            Change::Rename { dn, name } => {
                let object = self.object(dn)?;
                self.relocate(object, None, Some(name)).map_err(|refusal| self.refused(refusal))?;
                object
            }
            Change::ChangeFamilyName { dn, family } => {
                let person = self.named(dn, &[Kind::Person], "person")?;
                self.change_family_name(person, family).map_err(|refusal| self.refused(refusal))?;
                person
            }
            Change::Delete { dn } => {
                let object =
                    self.named(dn, &[Kind::Person, Kind::Group, Kind::Contact], "object that can go")?;
                self.delete(object);
                object
            }
            Change::Restore { dn } => {
                let object = self.find(dn).filter(|&id| self.is_deleted(id));
                let object = object.ok_or_else(|| LabError::NoSuchObject(dn.clone()))?;
                self.restore(object).map_err(|refusal| self.refused(refusal))?;
                object
            }
            Change::NewGroup { name } => self.new_group(name).map_err(|refusal| self.refused(refusal))?,
            Change::AddMember { group, member } => self.membership(group, member, true)?,
            Change::RemoveMember { group, member } => self.membership(group, member, false)?,
            Change::Set { dn, attribute, values } => self.set_named(dn, attribute, values)?,
        };
        Ok(Applied {
            dn: self.dn(changed),
            guid: uuid::Uuid::from_bytes_le(self.guid(changed)),
            usn: self.highest_usn(),
        })
    }

    fn object(&self, dn: &str) -> Result<ObjectId, LabError> {
        match self.resolve(dn) {
            Resolved::Object(id) if !self.is_deleted(id) => Ok(id),
            _ => Err(LabError::NoSuchObject(dn.to_owned())),
        }
    }

    fn named(&self, dn: &str, kinds: &[Kind], expected: &'static str) -> Result<ObjectId, LabError> {
        let id = self.object(dn)?;
        if kinds.contains(&id.kind()) {
            Ok(id)
        } else {
            Err(LabError::WrongKind { object: dn.to_owned(), expected })
        }
    }

    fn refused(&self, refusal: Refusal) -> LabError {
        match refusal {
            Refusal::NameTaken(by) => LabError::Exists(self.dn(by)),
        }
    }

    fn switch(&mut self, dn: &str, off: bool) -> Result<ObjectId, LabError> {
        let account = self.named(dn, &[Kind::Person], "person")?;
        let control = View::new(self, account).text(Attr::UserAccountControl);
        let control = control.and_then(|text| text.parse::<u32>().ok()).unwrap_or_default();
        let control = if off { control | ACCOUNT_DISABLED } else { control & !ACCOUNT_DISABLED };
        self.set_text(account, Attr::UserAccountControl, &control.to_string());
        Ok(account)
    }

    fn membership(&mut self, group: &str, member: &str, joined: bool) -> Result<ObjectId, LabError> {
        let group = self.named(group, &[Kind::Group], "group")?;
        let member = self.object(member)?;
        self.set_member(group, member, joined);
        Ok(group)
    }

    fn set_named(&mut self, dn: &str, attribute: &str, values: &[Vec<u8>]) -> Result<ObjectId, LabError> {
        let object = self.object(dn)?;
        let attr = Attr::from_name(attribute)
            .filter(|attr| !attr.is_constructed() && !attr.is_link() && !READ_ONLY.contains(attr))
            .ok_or_else(|| LabError::Attribute(attribute.to_owned()))?;
        let value = |value: &Vec<u8>| match attr.syntax() {
            Syntax::Dn => self.object(&String::from_utf8_lossy(value)).map(Value::Object),
            _ => Ok(Value::Octets(value.clone().into_boxed_slice())),
        };
        let values = values.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        self.set(object, attr, values);
        Ok(object)
    }
}

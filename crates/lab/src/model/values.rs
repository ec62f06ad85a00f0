//! Attributes of people, groups and contacts as they were created.

use super::{
    attribute::Attr,
    fixed::{
        ACCOUNT_DISABLED, GLOBAL_DISTRIBUTION, GLOBAL_SECURITY, NORMAL_ACCOUNT, UNIVERSAL_DISTRIBUTION,
        UNIVERSAL_SECURITY,
    },
    groups::Role,
    time::DAY,
    view::{Out, View, file_time, number},
};

pub(crate) const COMPANY: &str = "Northlight Industries";

impl View<'_> {
    pub(super) fn person_value(&self, attr: Attr, out: &mut Out<'_>) {
        let Some(person) = &self.person else { return };
        let blueprint = &self.state.blueprint;
        let office = person.office;
        let mut text = |value: &str| {
            if !value.is_empty() {
                out(value.as_bytes());
            }
        };
        match attr {
            Attr::GivenName => text(person.given),
            Attr::Sn => text(person.family),
            Attr::Initials => {
                if let Some(initial) = person.initial() {
                    text(initial.encode_utf8(&mut [0; 4]));
                }
            }
            Attr::DisplayName => text(&person.common_name()),
            Attr::Title => text(person.title()),
            Attr::Department => text(person.department().name),
            Attr::Company => text(COMPANY),
            Attr::PhysicalDeliveryOfficeName => text(office.name),
            Attr::StreetAddress => text(office.street),
            Attr::PostalCode => text(office.postal_code),
            Attr::L => text(office.city),
            Attr::St => text(office.state),
            Attr::Co => text(office.country),
            Attr::C => text(office.country_code),
            Attr::CountryCode => text(office.country_number),
            Attr::PreferredLanguage => text(office.language),
            Attr::TelephoneNumber => text(&person.telephone()),
            Attr::Mobile => {
                if let Some(mobile) = person.mobile() {
                    text(&mobile);
                }
            }
            Attr::EmployeeId => number(100_000 + person.index, out),
            Attr::EmployeeNumber => text(&format!("E{:07}", person.index + 1)),
            Attr::EmployeeType => text(person.employee_type()),
            Attr::ExtensionAttribute1 => text(&format!("CC-{}", 4_100 + 10 * person.department)),
            Attr::SamAccountName | Attr::MailNickname => text(&person.logon_name()),
            Attr::UserPrincipalName | Attr::Mail => {
                text(&format!("{}@{}", person.logon_name(), blueprint.mail_domain));
            }
            Attr::ProxyAddresses => {
                text(&format!("SMTP:{}@{}", person.logon_name(), blueprint.mail_domain));
                text(&format!("smtp:{}@{}", person.alias(), blueprint.mail_domain));
            }
            Attr::UserAccountControl => {
                number(NORMAL_ACCOUNT | if person.is_disabled() { ACCOUNT_DISABLED } else { 0 }, out);
            }
            Attr::SamAccountType => text("805306368"),
            Attr::PrimaryGroupId => text("513"),
            Attr::AccountExpires => number(i64::MAX, out),
            Attr::BadPwdCount | Attr::CodePage | Attr::LockoutTime | Attr::ComputedAccountControl => {
                text("0");
            }
            Attr::LogonCount => number(person.logons(), out),
            Attr::PwdLastSet => {
                let created = self.patch.and_then(|patch| patch.created).map(|(_, time)| time);
                file_time(created.unwrap_or(blueprint.epoch - person.password_age()), out);
            }
            Attr::LastLogonTimestamp if self.patch.is_none_or(|patch| patch.created.is_none()) => {
                file_time(blueprint.epoch - person.password_age() % (14 * DAY), out);
            }
            _ => {}
        }
    }

    pub(super) fn group_value(&self, attr: Attr, out: &mut Out<'_>) {
        let index = self.id.index();
        let blueprint = &self.state.blueprint;
        let role = blueprint.groups.role(index);
        let purpose = blueprint.groups.purpose(index);
        let mailbox = |out: &mut Out<'_>, prefix: &str| {
            if let Some(mailbox) = blueprint.groups.mailbox(index) {
                out(format!("{prefix}{mailbox}@{}", blueprint.mail_domain).as_bytes());
            }
        };
        let (distribution, universal) = match role {
            Role::AllStaff | Role::Site(_) => (false, true),
            Role::Department(_) | Role::Large(_) => (false, false),
            Role::Purpose(_) => purpose.map_or((false, false), |it| (it.distribution, it.universal)),
        };
        match attr {
            Attr::SamAccountName | Attr::DisplayName => out(self.state.name(self.id).as_bytes()),
            Attr::Mail => mailbox(out, ""),
            Attr::ProxyAddresses => mailbox(out, "SMTP:"),
            Attr::MailNickname => {
                if let Some(mailbox) = blueprint.groups.mailbox(index) {
                    out(mailbox.as_bytes());
                }
            }
            Attr::GroupType => number(
                match (distribution, universal) {
                    (false, false) => GLOBAL_SECURITY,
                    (false, true) => UNIVERSAL_SECURITY,
                    (true, false) => GLOBAL_DISTRIBUTION,
                    (true, true) => UNIVERSAL_DISTRIBUTION,
                },
                out,
            ),
            Attr::SamAccountType => out(if distribution { b"268435457" } else { b"268435456" }),
            Attr::Description => out(match role {
                Role::AllStaff => "Everybody, through the departments' groups".as_bytes(),
                Role::Department(_) => b"Everybody of the department",
                Role::Site(_) => b"Everybody of the site",
                Role::Large(_) => b"Everybody, as direct members",
                Role::Purpose(_) => b"Kept by its owners",
            }),
            _ => {}
        }
    }

    pub(super) fn contact_value(&self, attr: Attr, out: &mut Out<'_>) {
        let Some(contact) = self.state.blueprint.contacts.get(self.id.index()) else { return };
        match attr {
            Attr::GivenName => out(contact.given.as_bytes()),
            Attr::Sn => out(contact.family.as_bytes()),
            Attr::DisplayName => out(contact.name.as_bytes()),
            Attr::Company => out(contact.company.as_bytes()),
            Attr::Mail => out(contact.mail.as_bytes()),
            Attr::MailNickname => out(contact.nickname.as_bytes()),
            Attr::TargetAddress | Attr::ProxyAddresses => out(format!("SMTP:{}", contact.mail).as_bytes()),
            _ => {}
        }
    }
}

//! The few objects that are stored: the domain, its containers, built-in accounts and the configuration partition.

use super::{
    attribute::Attr,
    blueprint::Blueprint,
    object::{Kind, ObjectId, sid},
};
use crate::vocabulary::departments::DEPARTMENTS;

/// One stored object.
#[derive(Debug)]
pub(crate) struct Fixed {
    /// Container; `None` for the roots of the two partitions.
    pub parent: Option<u32>,
    /// `CN`, `OU` or `DC`.
    pub rdn: &'static str,
    pub name: String,
    /// Structural class last.
    pub classes: &'static [&'static str],
    pub rid: Option<u32>,
    pub attributes: Vec<(Attr, Vec<Vec<u8>>)>,
    /// Stored members, as indexes of this table.
    pub members: Vec<u32>,
    /// Only shown with the control for deleted objects.
    pub hidden: bool,
}

pub(crate) const TOP: &[&str] = &["top"];
pub(crate) const CONTAINER: &[&str] = &["top", "container"];
pub(crate) const OU: &[&str] = &["top", "organizationalUnit"];
pub(crate) const USER: &[&str] = &["top", "person", "organizationalPerson", "user"];
pub(crate) const COMPUTER: &[&str] = &["top", "person", "organizationalPerson", "user", "computer"];
pub(crate) const GROUP: &[&str] = &["top", "group"];
pub(crate) const CONTACT: &[&str] = &["top", "person", "organizationalPerson", "contact"];
const DOMAIN: &[&str] = &["top", "domain", "domainDNS"];

/// Where things are in the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    pub deleted: u32,
    pub groups: u32,
    pub contacts: u32,
    pub first_department: u32,
    pub bind_account: u32,
    pub configuration: u32,
    pub schema: u32,
    pub aggregate: u32,
    pub settings: u32,
}

impl Places {
    pub(crate) const ROOT: u32 = 0;

    pub(crate) const fn department(&self, department: usize) -> u32 {
        self.first_department + department as u32
    }
}

/// userAccountControl of an ordinary enabled account.
pub(crate) const NORMAL_ACCOUNT: u32 = 512;
pub(crate) const ACCOUNT_DISABLED: u32 = 2;

pub(crate) const GLOBAL_SECURITY: i32 = i32::MIN + 2;
pub(crate) const UNIVERSAL_SECURITY: i32 = i32::MIN + 8;
pub(crate) const UNIVERSAL_DISTRIBUTION: i32 = 8;
pub(crate) const GLOBAL_DISTRIBUTION: i32 = 2;
const BUILTIN_LOCAL: i32 = i32::MIN + 5;

struct Builder {
    table: Vec<Fixed>,
}

impl Builder {
    fn add(&mut self, parent: u32, rdn: &'static str, name: &str, classes: &'static [&'static str]) -> u32 {
        self.table.push(Fixed {
            parent: Some(parent),
            rdn,
            name: name.to_owned(),
            classes,
            rid: None,
            attributes: Vec::new(),
            members: Vec::new(),
            hidden: false,
        });
        self.table.len() as u32 - 1
    }

    fn set(&mut self, at: u32, attr: Attr, value: impl std::fmt::Display) {
        self.set_octets(at, attr, value.to_string().into_bytes());
    }

    fn set_octets(&mut self, at: u32, attr: Attr, value: Vec<u8>) {
        if let Some(object) = self.table.get_mut(at as usize) {
            object.attributes.push((attr, vec![value]));
        }
    }

    fn critical(&mut self, at: u32) -> u32 {
        self.set(at, Attr::IsCriticalSystemObject, "TRUE");
        at
    }

    fn container(&mut self, parent: u32, name: &str) -> u32 {
        self.add(parent, "CN", name, CONTAINER)
    }

    fn account(&mut self, parent: u32, name: &str, rid: u32, control: u32, description: &str) -> u32 {
        let at = self.add(parent, "CN", name, USER);
        self.principal(at, name, rid);
        self.set(at, Attr::Description, description);
        self.set(at, Attr::UserAccountControl, control);
        self.set(at, Attr::SamAccountType, 805_306_368);
        self.set(at, Attr::PrimaryGroupId, 513);
        self.set(at, Attr::AccountExpires, i64::MAX);
        at
    }

    fn group(&mut self, parent: u32, name: &str, rid: u32, description: &str, members: &[u32]) -> u32 {
        let at = self.add(parent, "CN", name, GROUP);
        self.principal(at, name, rid);
        self.set(at, Attr::Description, description);
        self.set(at, Attr::GroupType, GLOBAL_SECURITY);
        self.set(at, Attr::SamAccountType, 268_435_456);
        self.table[at as usize].members = members.to_vec();
        self.critical(at)
    }

    fn local_group(&mut self, parent: u32, name: &str, rid: u32, description: &str, members: &[u32]) {
        let at = self.add(parent, "CN", name, GROUP);
        self.set(at, Attr::SamAccountName, name);
        self.set(at, Attr::Description, description);
        let mut local = vec![1, 2, 0, 0, 0, 0, 0, 5];
        local.extend([32_u32, rid].iter().flat_map(|part| part.to_le_bytes()));
        self.set_octets(at, Attr::ObjectSid, local);
        self.set(at, Attr::GroupType, BUILTIN_LOCAL);
        self.set(at, Attr::SamAccountType, 536_870_912);
        self.table[at as usize].members = members.to_vec();
        self.critical(at);
    }

    fn principal(&mut self, at: u32, name: &str, rid: u32) {
        self.table[at as usize].rid = Some(rid);
        self.set(at, Attr::SamAccountName, name);
    }

    fn computer(
        &mut self,
        parent: u32,
        name: &str,
        rid: u32,
        host: &str,
        control: u32,
        primary_group: u32,
    ) -> u32 {
        let at = self.add(parent, "CN", name, COMPUTER);
        self.principal(at, &format!("{name}$"), rid);
        self.set(at, Attr::UserAccountControl, control);
        self.set(at, Attr::SamAccountType, 805_306_369);
        self.set(at, Attr::PrimaryGroupId, primary_group);
        self.set(at, Attr::DnsHostName, host);
        at
    }
}

/// The table for a forest. Attributes with a DN as value are filled in by the caller's own naming, so they use the
/// names as created.
pub(crate) fn table(blueprint: &Blueprint) -> (Vec<Fixed>, Places) {
    let mut b = Builder { table: Vec::new() };
    let Blueprint { name, base_dn, netbios, .. } = blueprint;
    let label = name.split('.').next().unwrap_or_default();

    let root = b.add(0, "DC", label, DOMAIN);
    b.table[0].parent = None;
    b.set_octets(root, Attr::ObjectSid, sid(blueprint.domain_sid, None));
    b.set(root, Attr::FunctionalLevel, 7);
    b.set(root, Attr::MaxPwdAge, -36_288_000_000_000_i64);
    b.set(root, Attr::MinPwdLength, 7);
    b.critical(root);

    let users = b.container(root, "Users");
    b.set(users, Attr::Description, "Default container for upgraded user accounts");
    let computers = b.container(root, "Computers");
    let builtin = b.add(root, "CN", "Builtin", &["top", "builtinDomain"]);
    let controllers = b.add(root, "OU", "Domain Controllers", OU);
    let system = b.container(root, "System");
    let foreign = b.container(root, "ForeignSecurityPrincipals");
    for at in [users, computers, builtin, controllers, system, foreign] {
        b.critical(at);
    }
    let deleted = b.container(root, "Deleted Objects");
    b.critical(deleted);
    b.set(deleted, Attr::IsDeleted, "TRUE");
    b.table[deleted as usize].hidden = true;

    let people = b.add(root, "OU", "People", OU);
    let groups = b.add(root, "OU", "Groups", OU);
    let contacts = b.add(root, "OU", "Contacts", OU);
    let service = b.add(root, "OU", "Service", OU);
    b.set(service, Attr::Description, "Accounts that programs sign in with");
    let first_department = b.table.len() as u32;
    for department in &DEPARTMENTS {
        b.add(people, "OU", department.name, OU);
    }

    let administrator =
        b.account(users, "Administrator", 500, 0x1_0200, "Built-in account for administering the domain");
    let guest = b.account(users, "Guest", 501, 0x1_0222, "Built-in account for guest access");
    let krbtgt = b.account(users, "krbtgt", 502, 514, "Key Distribution Center Service Account");
    for at in [administrator, guest, krbtgt] {
        b.critical(at);
    }
    b.set(administrator, Attr::AdminCount, 1);
    let admins = b.group(users, "Domain Admins", 512, "Administrators of the domain", &[administrator]);
    let domain_users = b.group(users, "Domain Users", 513, "All domain users", &[]);
    let guests = b.group(users, "Domain Guests", 514, "All domain guests", &[]);
    b.group(users, "Domain Computers", 515, "All workstations and servers of the domain", &[]);
    b.group(users, "Domain Controllers", 516, "All domain controllers", &[]);
    b.group(users, "Schema Admins", 518, "Administrators of the schema", &[administrator]);
    let enterprise =
        b.group(users, "Enterprise Admins", 519, "Administrators of the forest", &[administrator]);
    b.group(users, "Group Policy Creator Owners", 520, "May change group policy", &[administrator]);
    b.local_group(
        builtin,
        "Administrators",
        544,
        "Full access to the domain",
        &[administrator, admins, enterprise],
    );
    b.local_group(builtin, "Users", 545, "May use the domain", &[domain_users]);
    b.local_group(builtin, "Guests", 546, "May use the domain as guests", &[guests, guest]);

    let host = format!("dc1.{name}");
    let dc = b.computer(controllers, "DC1", 1_000, &host, 0x8_2000, 516);
    b.critical(dc);
    b.computer(computers, "WS-0001", 1_001, &format!("ws-0001.{name}"), 0x1000, 515);

    let backup = b.account(service, "svc-backup", 1_102, 0x1_0200, "Nightly backup");
    b.set(backup, Attr::ServicePrincipalName, format!("backup/{host}"));
    let bind_account = b.account(service, "sync", 1_103, 0x1_0200, "Directory synchronisation");
    b.set(bind_account, Attr::UserPrincipalName, format!("sync@{name}"));
    b.set(bind_account, Attr::DisplayName, "Directory synchronisation");

    let configuration = b.add(root, "CN", "Configuration", &["top", "configuration"]);
    b.table[configuration as usize].parent = None;
    let schema = b.add(configuration, "CN", "Schema", &["top", "dMD"]);
    b.set(schema, Attr::ObjectVersion, 88);
    let aggregate = b.add(schema, "CN", "Aggregate", &["top", "subSchema"]);
    let partitions = b.add(configuration, "CN", "Partitions", &["top", "crossRefContainer"]);
    b.set(partitions, Attr::FunctionalLevel, 7);
    b.set(partitions, Attr::UpnSuffixes, &blueprint.mail_domain);
    let cross_ref = b.add(partitions, "CN", netbios, &["top", "crossRef"]);
    b.set(cross_ref, Attr::NcName, base_dn);
    b.set(cross_ref, Attr::NetbiosName, netbios);
    b.set(cross_ref, Attr::DnsRoot, name);
    b.set(cross_ref, Attr::SystemFlags, 3);
    let services = b.container(configuration, "Services");
    let windows = b.container(services, "Windows NT");
    let directory = b.add(windows, "CN", "Directory Service", &["top", "nTDSService"]);
    b.set(directory, Attr::TombstoneLifetime, super::TOMBSTONE_DAYS);
    let sites = b.add(configuration, "CN", "Sites", &["top", "sitesContainer"]);
    let site = b.add(sites, "CN", "Default-First-Site-Name", &["top", "site"]);
    let servers = b.add(site, "CN", "Servers", &["top", "serversContainer"]);
    let server = b.add(servers, "CN", "DC1", &["top", "server"]);
    b.set(server, Attr::DnsHostName, host);
    let settings = b.add(server, "CN", "NTDS Settings", &["top", "applicationSettings", "nTDSDSA"]);
    let invocation = ObjectId::new(Kind::Fixed, 0x00ff_ffff).guid(blueprint.seed);
    b.set_octets(settings, Attr::InvocationId, invocation.to_vec());

    let places = Places {
        deleted,
        groups,
        contacts,
        first_department,
        bind_account,
        configuration,
        schema,
        aggregate,
        settings,
    };
    (b.table, places)
}

//! What a forest is at its creation: everything follows from the seed and an object's number.

use super::{contacts::ContactTable, groups::GroupTable, people::PeopleTable, random::mix, time::Seconds};
use crate::options::ForestOptions;

/// The unchanging half of a forest.
#[derive(Debug)]
pub(crate) struct Blueprint {
    pub seed: u64,
    /// DNS name.
    pub name: String,
    pub base_dn: String,
    pub netbios: String,
    pub mail_domain: String,
    pub domain_sid: [u32; 3],
    /// Creation, the zero of the forest's clock.
    pub epoch: Seconds,
    pub people: PeopleTable,
    pub groups: GroupTable,
    pub contacts: ContactTable,
}

/// Where a forest's sequence numbers start; a real controller has used some thousands before the first user.
pub(crate) const FIRST_USN: u64 = 8_192;
/// Sequence numbers kept for containers and built-in accounts.
pub(crate) const FIXED_USNS: u64 = 1_024;

impl Blueprint {
    pub(crate) fn new(options: &ForestOptions) -> Self {
        let seed = options.seed;
        let labels: Vec<&str> = options.name.split('.').collect();
        let base_dn = labels.iter().map(|label| format!("DC={label}")).collect::<Vec<_>>().join(",");
        let people = PeopleTable::new(seed, options.people);
        let contacts = ContactTable::new(seed, options.contacts);
        let groups =
            GroupTable::new(seed, options.groups, options.large_group, options.people, options.contacts);
        Self {
            seed,
            base_dn,
            netbios: labels.first().copied().unwrap_or_default().to_ascii_uppercase(),
            name: options.name.clone(),
            mail_domain: options.mail_domain.clone(),
            domain_sid: [1, 2, 3].map(|part| mix(seed, 0x51d, part) as u32),
            epoch: options.epoch.timestamp(),
            people,
            groups,
            contacts,
        }
    }

    /// First sequence number after creation.
    pub(crate) fn next_usn(&self) -> u64 {
        FIRST_USN
            + FIXED_USNS
            + u64::from(self.people.count())
            + u64::from(self.groups.count())
            + u64::from(self.contacts.count())
    }
}

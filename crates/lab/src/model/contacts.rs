//! Mail contacts: people of other companies in the address list.

use std::collections::HashMap;

use super::random::{Shuffle, mix};
use crate::vocabulary::{
    fold,
    names::{FAMILY, GIVEN},
};

const COMPANIES: [(&str, &str); 6] = [
    ("Alder Freight", "alderfreight.example"),
    ("Bright Harbour Consulting", "brightharbour.example"),
    ("Cobalt Tools", "cobalttools.example"),
    ("Dune Catering", "dunecatering.example"),
    ("Elm & Sons", "elmandsons.example"),
    ("Fjord Analytics", "fjordanalytics.example"),
];

#[derive(Debug)]
pub(crate) struct Contact {
    pub name: String,
    pub given: &'static str,
    pub family: &'static str,
    pub company: &'static str,
    pub mail: String,
    pub nickname: String,
}

#[derive(Debug)]
pub(crate) struct ContactTable {
    contacts: Vec<Contact>,
    by_name: HashMap<Box<str>, u32>,
}

impl ContactTable {
    pub(crate) fn new(seed: u64, count: u32) -> Self {
        let names = (GIVEN.len() * FAMILY.len()) as u32;
        let order = Shuffle::new(names, mix(seed, 0x636f_6e74, 0));
        let contacts: Vec<Contact> = (0..count)
            .map(|index| {
                let name = order.forward(index % names) as usize;
                let (given, family) = (GIVEN[name / FAMILY.len()], FAMILY[name % FAMILY.len()]);
                let (company, domain) = COMPANIES[index as usize % COMPANIES.len()];
                let number = if index < names { String::new() } else { format!("{}", index / names + 1) };
                // One in eight is written family name first: a comma that a DN has to escape.
                let name = if index % 8 == 1 {
                    format!("{family}, {given} ({company}){number}")
                } else {
                    format!("{given} {family} ({company}){number}")
                };
                let nickname = format!("{}.{}{number}", fold(given), fold(family));
                Contact { name, given, family, company, mail: format!("{nickname}@{domain}"), nickname }
            })
            .collect();
        let by_name = contacts.iter().zip(0..).map(|(it, at)| (it.name.to_lowercase().into(), at)).collect();
        Self { contacts, by_name }
    }

    pub(crate) fn count(&self) -> u32 {
        self.contacts.len() as u32
    }

    pub(crate) fn get(&self, index: u32) -> Option<&Contact> {
        self.contacts.get(index as usize)
    }

    /// Index of the contact with a name, given in lower case.
    pub(crate) fn by_name(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }
}

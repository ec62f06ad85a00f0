//! A page written as its entries come: read like [`super::ToPortal::Reply`] with a page, without objects between.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ports::PageWriter;

use super::{PAGE, REPLY};
use crate::wire::{Wire as _, Writer};

/// Bytes of the number of entries, which stands before them and is known after them.
const COUNT: usize = 5;

/// Memory of pages that were sent, for those to come: an allocator that gets it back from another thread than it gave it
/// to holds on to it for a while, and a long reading would fill several times what it needs. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spare(Arc<Mutex<Vec<Vec<u8>>>>);

impl Spare {
    /// Pages that are kept: one is written, one waits and one is sent.
    const KEPT: usize = 3;
    /// Larger ones are rare.
    const LARGEST: usize = 4 * 1024 * 1024;

    pub fn give(&self, page: Vec<u8>) {
        let mut kept = self.kept();
        if kept.len() < Self::KEPT && page.capacity() <= Self::LARGEST {
            kept.push(page);
        }
    }

    /// Empty, with room for so much.
    fn take(&self, room: usize) -> Vec<u8> {
        let mut page = self.kept().pop().unwrap_or_default();
        page.clear();
        page.reserve(room);
        page
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the pages of the answer to one request.
#[derive(Debug)]
pub(crate) struct WrittenPage {
    id: u32,
    to: Writer,
    /// Where the number of entries stands.
    count_at: usize,
    entries: u32,
    spare: Spare,
}

impl WrittenPage {
    pub fn new(id: u32, spare: Spare) -> Self {
        let mut page = Self { id, to: Writer::default(), count_at: 0, entries: 0, spare };
        page.begin(0);
        page
    }

    fn begin(&mut self, room: usize) {
        self.to = Writer::over(self.spare.take(room));
        self.to.bytes.push(REPLY);
        self.id.put(&mut self.to);
        self.to.bytes.push(PAGE);
        self.count_at = self.to.bytes.len();
        self.to.bytes.extend_from_slice(&[0; COUNT]);
        self.entries = 0;
    }
}

impl PageWriter for WrittenPage {
    fn entry(&mut self, object_id: &str, dn: &str, attributes: usize) {
        self.entries += 1;
        self.to.slice(object_id.as_bytes());
        self.to.slice(dn.as_bytes());
        self.to.number(attributes as u64);
    }

    fn attribute(&mut self, name: &[u8], values: usize) {
        self.to.name(name);
        self.to.number(values as u64);
    }

    fn value(&mut self, value: &[u8]) {
        self.to.slice(value);
    }

    fn page(&mut self, notes: Vec<String>) -> Vec<u8> {
        notes.put(&mut self.to);
        let mut rest = self.entries;
        for (place, byte) in self.to.bytes[self.count_at..][..COUNT].iter_mut().enumerate() {
            let more = if place + 1 < COUNT { 0x80 } else { 0 };
            *byte = (rest & 0x7f) as u8 | more;
            rest >>= 7;
        }
        let page = std::mem::take(&mut self.to.bytes);
        // The next page is likely to be as large.
        self.begin(page.len() + page.len() / 16);
        page
    }
}

#[cfg(test)]
mod tests {
    use domain::Entry;
    use ports::{SourceEntry, SourcePage, write_entry};

    use super::*;
    use crate::message::{Reply, ToPortal};

    fn entry(number: usize) -> SourceEntry {
        let values: Vec<String> = (0..number % 7).map(|value| format!("{value}").repeat(number)).collect();
        let entry = Entry::new(format!("CN={number},DC=x"))
            .with("cn", [format!("{number}")])
            .with("member", values)
            .with("objectGUID", [vec![0_u8, 0xff, number as u8]]);
        SourceEntry { object_id: format!("{number}"), entry }
    }

    #[test]
    fn written_pages_are_read_like_those_of_objects() {
        let spare = Spare::default();
        let mut writer = WrittenPage::new(300, spare.clone());
        for (count, notes) in
            [(0, vec!["a note".to_owned()]), (1, Vec::new()), (700, vec!["x".into(), "y".into()])]
        {
            let entries: Vec<SourceEntry> = (0..count).map(entry).collect();
            for entry in &entries {
                write_entry(&mut writer, &entry.object_id, &entry.entry);
            }
            let written = writer.page(notes.clone());
            let message = ToPortal::decode(&written).expect("a message");
            spare.give(written);
            let page = SourcePage { entries, notes };
            assert_eq!(message, ToPortal::Reply { id: 300, reply: Reply::Page { page } });
        }
    }
}

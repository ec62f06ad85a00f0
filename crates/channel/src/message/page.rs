//! A page written as its entries come: read like [`super::ToPortal::Reply`] with a page, without objects between.

use ports::PageWriter;

use super::{PAGE, REPLY};
use crate::wire::{Wire as _, Writer};

/// Bytes of the number of entries, which stands before them and is known after them.
const COUNT: usize = 5;

/// Writes the pages of the answer to one request.
#[derive(Debug)]
pub(crate) struct WrittenPage {
    id: u32,
    to: Writer,
    /// Where the number of entries stands.
    count_at: usize,
    entries: u32,
}

impl WrittenPage {
    pub fn new(id: u32) -> Self {
        let mut page = Self { id, to: Writer::default(), count_at: 0, entries: 0 };
        page.begin(0);
        page
    }

    fn begin(&mut self, room: usize) {
        self.to = Writer::with_room(room);
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
        let mut writer = WrittenPage::new(300);
        for (count, notes) in
            [(0, vec!["a note".to_owned()]), (1, Vec::new()), (700, vec!["x".into(), "y".into()])]
        {
            let entries: Vec<SourceEntry> = (0..count).map(entry).collect();
            for entry in &entries {
                write_entry(&mut writer, &entry.object_id, &entry.entry);
            }
            let written = ToPortal::decode(&writer.page(notes.clone())).expect("a message");
            let page = SourcePage { entries, notes };
            assert_eq!(written, ToPortal::Reply { id: 300, reply: Reply::Page { page } });
        }
    }
}

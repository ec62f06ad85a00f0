//! A reading for who passes it on: entries are written down as they come, and nobody makes objects of them.

use async_trait::async_trait;
use domain::Entry;

use crate::{PageReader, SourceError, SourcePage};

/// Writes entries into pages of bytes. Each entry is followed by as many attributes as it says, each of these by as
/// many values.
pub trait PageWriter: Send {
    /// `object_id` as in [`crate::SourceEntry`].
    fn entry(&mut self, object_id: &str, dn: &str, attributes: usize);
    /// The name is UTF-8.
    fn attribute(&mut self, name: &[u8], values: usize);
    fn value(&mut self, value: &[u8]);
    /// Ends the page and gives it. The next entry begins another one.
    fn page(&mut self, notes: Vec<String>) -> Vec<u8>;
}

/// [`PageReader`] whose pages a [`PageWriter`] wrote.
#[async_trait]
pub trait WrittenPages: Send {
    async fn next_page(&mut self) -> Result<Option<Vec<u8>>, SourceError>;
}

/// Writes an entry that is an object already.
pub fn write_entry(to: &mut dyn PageWriter, object_id: &str, entry: &Entry) {
    to.entry(object_id, &entry.dn, entry.attributes.len());
    for attribute in &entry.attributes {
        to.attribute(attribute.name.as_bytes(), attribute.values.len());
        for value in &attribute.values {
            to.value(value);
        }
    }
}

/// Writes what a reader read: what a source does that has no shorter way.
pub(crate) struct Rewritten {
    pub pages: Box<dyn PageReader>,
    pub writer: Box<dyn PageWriter>,
}

#[async_trait]
impl WrittenPages for Rewritten {
    async fn next_page(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(SourcePage { entries, notes }) = self.pages.next_page().await? else { return Ok(None) };
        for entry in entries {
            write_entry(self.writer.as_mut(), &entry.object_id, &entry.entry);
        }
        Ok(Some(self.writer.page(notes)))
    }
}

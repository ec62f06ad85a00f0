//! Which attributes of an entry a client asked for, and writing them.

use super::write::EntryWriter;
use crate::model::{Attr, ObjectId, View};

/// Part of a multi-valued attribute; `high` absent: up to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub low: usize,
    pub high: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// All that is not constructed.
    pub all: bool,
    pub named: Vec<(Attr, Option<Range>)>,
    pub types_only: bool,
}

impl Selection {
    pub(super) fn new(names: &[String], types_only: bool) -> Self {
        let mut selection = Self { all: names.is_empty(), named: Vec::new(), types_only };
        for name in names {
            if name == "*" {
                selection.all = true;
                continue;
            }
            let mut parts = name.split(';');
            let Some(attr) = parts.next().and_then(Attr::from_name) else { continue };
            let range = parts.find_map(range);
            if !selection.named.iter().any(|(known, _)| *known == attr) {
                selection.named.push((attr, range));
            }
        }
        selection
    }

    fn range_of(&self, attr: Attr) -> Option<Range> {
        self.named.iter().find(|(known, _)| *known == attr).and_then(|(_, range)| *range)
    }

    /// Attributes to write, in the order of the client's list or of the schema.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (Attr, Option<Range>)> + '_ {
        let all = Attr::all().filter(|attr| self.all && !attr.is_constructed());
        let more = self.named.iter().copied().filter(|(attr, _)| !self.all || attr.is_constructed());
        all.map(|attr| (attr, self.range_of(attr))).chain(more)
    }

    /// Writes an object's entry.
    pub(super) fn write(&self, view: &View<'_>, mut entry: EntryWriter<'_>, most_values: usize) {
        for (attr, range) in self.attributes() {
            if attr.is_link() {
                self.write_links(view, attr, range, &mut entry, most_values);
            } else {
                entry.attribute(attr.name(), self.types_only, false, |out| view.each(attr, out));
            }
        }
        entry.finish();
    }

    /// Links can be many. Beyond the server's limit Active Directory answers with an empty attribute and the first
    /// part under a name with its range.
    fn write_links(
        &self,
        view: &View<'_>,
        attr: Attr,
        range: Option<Range>,
        entry: &mut EntryWriter<'_>,
        most_values: usize,
    ) {
        let low = range.map_or(0, |range| range.low);
        let asked = range
            .and_then(|range| range.high)
            .map_or(usize::MAX, |high| high.saturating_add(1).saturating_sub(low));
        let most = asked.min(most_values);
        let mut ids: Vec<ObjectId> = Vec::new();
        let (mut seen, mut more) = (0_usize, false);
        view.each_link(attr, &mut |id| {
            seen += 1;
            if seen > low {
                more = ids.len() == most;
                if !more {
                    ids.push(id);
                }
            }
            !more
        });
        let name = if range.is_some() || more {
            if ids.is_empty() {
                return;
            }
            if range.is_none() {
                entry.attribute(attr.name(), self.types_only, true, |_| {});
            }
            let high = if more { (low + ids.len() - 1).to_string() } else { "*".to_owned() };
            format!("{};range={low}-{high}", attr.name())
        } else {
            attr.name().to_owned()
        };
        entry.attribute(&name, self.types_only, false, |out| {
            let mut dn = String::with_capacity(80);
            for id in ids {
                dn.clear();
                view.state.dn_into(id, &mut dn);
                out(dn.as_bytes());
            }
        });
    }
}

fn range(option: &str) -> Option<Range> {
    let (name, bounds) = option.split_once('=')?;
    let (low, high) = bounds.split_once('-').filter(|_| name.eq_ignore_ascii_case("range"))?;
    let low = low.parse().ok()?;
    match high {
        "*" => Some(Range { low, high: None }),
        high => Some(Range { low, high: Some(high.parse().ok().filter(|&high| high >= low)?) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_from_options() {
        let selection = Selection::new(&["member;range=1500-*".into(), "CN".into(), "nothing".into()], false);
        let expected = vec![(Attr::Member, Some(Range { low: 1_500, high: None })), (Attr::Cn, None)];
        assert_eq!(selection.named, expected);
        assert!(!selection.all);
        assert_eq!(range("range=5-3"), None);
        assert_eq!(range("binary"), None);
    }

    #[test]
    fn a_star_adds_what_is_constructed_only_by_name() {
        let selection = Selection::new(&["*".into(), "parentGUID".into()], false);
        let written: Vec<Attr> = selection.attributes().map(|(attr, _)| attr).collect();
        assert!(written.contains(&Attr::Mail));
        assert!(written.contains(&Attr::ParentGuid));
        assert!(!written.contains(&Attr::CanonicalName));
        assert_eq!(Selection::new(&["1.1".into()], false).attributes().count(), 0);
    }
}

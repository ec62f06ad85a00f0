//! A search in progress: which objects come next, and their entries.

use ldap3_proto::proto::LdapSearchScope;
use tokio_util::bytes::BytesMut;

use super::{filter::Filter, selection::Selection, write::EntryWriter};
use crate::model::{Kind, ObjectId, State, View};

/// Bytes of entries that are prepared before they are sent.
pub(super) const CHUNK: usize = 64 * 1024;
/// Objects looked at in one go, so that writers and other readers get their turn.
pub(super) const GLANCE: usize = 8_192;

/// What a search asks for, prepared against the forest.
#[derive(Debug)]
pub(super) struct Query {
    pub base: ObjectId,
    pub scope: LdapSearchScope,
    pub filter: Filter,
    pub selection: Selection,
    pub show_deleted: bool,
    /// Number of the request, for its entries.
    pub message: i32,
    /// Most values of an attribute in one entry.
    pub most_values: usize,
}

/// The objects still to look at. Numbers are stable, so changes in between neither repeat nor skip anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Walk {
    Kinds { next: Option<ObjectId>, kinds: [bool; 4] },
    List { ids: Vec<ObjectId>, at: usize },
}

/// Why [`Query::fill`] came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Send what there is and call again.
    More,
    /// As many entries as allowed, and there is at least one more.
    Limit,
    End,
}

impl Query {
    pub(super) fn walk(&self, state: &State) -> Walk {
        if self.scope == LdapSearchScope::Base || self.base.kind() != Kind::Fixed {
            return Walk::List { ids: vec![self.base], at: 0 };
        }
        if self.base.index() == state.places.deleted {
            return Walk::List { ids: state.deleted_ids(), at: 0 };
        }
        if let Some(ids) = self.filter.candidates(state) {
            return Walk::List { ids, at: 0 };
        }
        let kinds = [Kind::Fixed, Kind::Person, Kind::Group, Kind::Contact]
            .map(|kind| self.filter.certain(kind) != Some(false));
        Walk::Kinds { next: Some(ObjectId::new(Kind::Fixed, 0)), kinds }
    }

    fn in_scope(&self, state: &State, id: ObjectId) -> bool {
        let container = (self.base.kind() == Kind::Fixed).then(|| self.base.index());
        match self.scope {
            LdapSearchScope::Base => id == self.base,
            LdapSearchScope::OneLevel => container.is_some() && state.parent(id) == container,
            LdapSearchScope::Subtree | LdapSearchScope::Children => {
                (id == self.base && self.scope == LdapSearchScope::Subtree)
                    || container.is_some_and(|container| state.is_below(id, container))
            }
        }
    }

    pub(super) fn matches(&self, view: &View<'_>) -> bool {
        (self.show_deleted || !view.is_hidden())
            && self.in_scope(view.state, view.id)
            && self.filter.matches(view) == Some(true)
    }

    /// Appends entries until the buffer is full, the limit is reached or nothing is left.
    pub(super) fn fill(
        &self,
        state: &State,
        walk: &mut Walk,
        left: &mut u32,
        buffer: &mut BytesMut,
    ) -> Progress {
        let mut dn = String::with_capacity(96);
        for _ in 0..GLANCE {
            let Some(id) = walk.peek(state) else { return Progress::End };
            let view = View::new(state, id);
            if self.matches(&view) {
                if *left == 0 {
                    return Progress::Limit;
                }
                *left -= 1;
                dn.clear();
                state.dn_into(id, &mut dn);
                self.selection.write(&view, EntryWriter::new(buffer, self.message, &dn), self.most_values);
            }
            walk.advance(id);
            if buffer.len() >= CHUNK {
                break;
            }
        }
        Progress::More
    }
}

impl Walk {
    pub(super) fn peek(&mut self, state: &State) -> Option<ObjectId> {
        match self {
            Self::Kinds { next, kinds } => {
                *next = state.at_or_after((*next)?, |kind| {
                    kinds[match kind {
                        Kind::Fixed => 0,
                        Kind::Person => 1,
                        Kind::Group => 2,
                        Kind::Contact => 3,
                    }]
                });
                *next
            }
            Self::List { ids, at } => loop {
                let id = *ids.get(*at)?;
                if state.exists(id) {
                    return Some(id);
                }
                *at += 1;
            },
        }
    }

    pub(super) fn advance(&mut self, from: ObjectId) {
        match self {
            Self::Kinds { next, .. } => *next = from.next(),
            Self::List { at, .. } => *at += 1,
        }
    }
}

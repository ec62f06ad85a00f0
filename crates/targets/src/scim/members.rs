//! The requests that one change needs, each as large as the service takes.

use std::collections::VecDeque;

use serde_json::Value as Json;

use super::capabilities::Removal;
use super::patch;

/// One PATCH request to be.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Batch {
    pub attributes: Vec<Json>,
    pub add: Vec<String>,
    pub remove: Vec<String>,
}

impl Batch {
    pub fn body(&self, removal: Removal) -> Json {
        let mut operations = self.attributes.clone();
        operations.extend(patch::add_members(&self.add));
        match removal {
            Removal::Filter { .. } => operations.extend(patch::remove_members(&self.remove)),
            Removal::Values { .. } => operations.extend(patch::remove_member_values(&self.remove)),
        }
        patch::body(&operations)
    }

    /// Attributes, joining and leaving members apart, for services that know only some of it; `None` when they are.
    pub fn apart(self) -> Option<Vec<Self>> {
        let parts = [
            Self { attributes: self.attributes, ..Self::default() },
            Self { add: self.add, ..Self::default() },
            Self { remove: self.remove, ..Self::default() },
        ];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        (parts.len() > 1).then_some(parts)
    }

    pub fn members(&self) -> usize {
        self.add.len() + self.remove.len()
    }

    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.members() == 0
    }

    /// Two requests in place of one that was too large; `None` when it has one member or none.
    pub fn split(mut self) -> Option<[Self; 2]> {
        if self.members() < 2 {
            return None;
        }
        let half = self.members() / 2;
        let mut second = Self::default();
        while second.members() < half {
            if let Some(id) = self.remove.pop() {
                second.remove.push(id);
            } else if let Some(id) = self.add.pop() {
                second.add.push(id);
            }
        }
        Some([self, second])
    }
}

/// Attributes and members over as few requests as possible.
pub(super) fn batches(
    attributes: Vec<Json>,
    add: &[String],
    remove: &[String],
    per_request: usize,
) -> VecDeque<Batch> {
    let per_request = per_request.max(1);
    let mut batches = VecDeque::new();
    let mut batch = Batch { attributes, ..Batch::default() };
    let joining = add.iter().map(|id| (true, id));
    for (joins, id) in joining.chain(remove.iter().map(|id| (false, id))) {
        if batch.members() == per_request {
            batches.push_back(std::mem::take(&mut batch));
        }
        if joins { batch.add.push(id.clone()) } else { batch.remove.push(id.clone()) }
    }
    if !batch.is_empty() {
        batches.push_back(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|id| id.to_string()).collect()
    }

    #[test]
    fn members_are_spread_over_requests_and_the_first_carries_the_attributes() {
        let batches = batches(vec![json!({})], &ids(0..5), &ids(5..7), 3);
        let sizes: Vec<_> = batches
            .iter()
            .map(|batch| (batch.attributes.len(), batch.add.len(), batch.remove.len()))
            .collect();
        assert_eq!(sizes, [(1, 3, 0), (0, 2, 1), (0, 0, 1)]);
    }

    #[test]
    fn what_a_request_mixes_can_be_sent_apart() {
        let batch = Batch { attributes: vec![json!({})], add: Vec::new(), remove: ids(0..2) };
        let parts = batch.apart().expect("two parts");
        assert_eq!((parts.len(), parts[1].remove.len()), (2, 2));
        assert!(parts.into_iter().all(|part| part.apart().is_none()));
    }

    #[test]
    fn nothing_to_do_is_no_request() {
        assert!(batches(Vec::new(), &[], &[], 3).is_empty());
    }

    #[test]
    fn a_request_that_is_too_large_is_halved_without_losing_anybody() {
        let batch = Batch { attributes: vec![json!({})], add: ids(0..3), remove: ids(3..5) };
        let [first, second] = batch.split().expect("two halves");
        assert_eq!((first.attributes.len(), first.members(), second.members()), (1, 3, 2));
        let mut all: Vec<_> = [first.add, first.remove, second.add, second.remove].concat();
        all.sort();
        assert_eq!(all, ids(0..5));
    }
}

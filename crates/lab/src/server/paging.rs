//! Where paged searches of one connection stand (RFC 2696). Cookies mean nothing on another connection.

use std::collections::VecDeque;

use super::search::Walk;

/// Active Directory keeps as many unfinished searches a connection, and forgets the oldest for the next.
const MOST: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Pages {
    open: VecDeque<(u64, Walk)>,
    last: u64,
}

impl Pages {
    /// Keeps a search for its next page, and gives the cookie.
    pub(super) fn keep(&mut self, walk: Walk) -> Vec<u8> {
        self.last += 1;
        if self.open.len() == MOST {
            self.open.pop_front();
        }
        self.open.push_back((self.last, walk));
        self.last.to_be_bytes().to_vec()
    }

    /// The search of a cookie; it can be taken once.
    pub(super) fn take(&mut self, cookie: &[u8]) -> Option<Walk> {
        let number = u64::from_be_bytes(cookie.try_into().ok()?);
        let at = self.open.iter().position(|(known, _)| *known == number)?;
        self.open.remove(at).map(|(_, walk)| walk)
    }
}

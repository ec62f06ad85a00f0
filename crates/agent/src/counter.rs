//! The counter of signed requests. It is written ahead in blocks: after a crash some numbers are skipped, and none is
//! used twice. Commands that run beside the agent take blocks of their own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::lock::Lock;
use crate::sealed::write_private;

/// Numbers taken with one write.
const BLOCK: u64 = 100;

#[derive(Debug)]
pub struct Counter {
    path: PathBuf,
    next: u64,
    /// The first number that is not taken yet.
    end: u64,
}

impl Counter {
    pub fn open(path: &Path) -> io::Result<Self> {
        let next = stored(path)?;
        Ok(Self { path: path.to_owned(), next, end: next })
    }

    /// A number that was never given before.
    pub fn next(&mut self) -> io::Result<u64> {
        // Whoever took a block meanwhile may have signed with a higher number, beside which a lower one looks cloned.
        if self.next == self.end || stored(&self.path)? != self.end {
            let _lock = Lock::take(&self.path)?;
            let start = self.end.max(stored(&self.path)?);
            write_private(&self.path, (start + BLOCK).to_string().as_bytes())?;
            (self.next, self.end) = (start, start + BLOCK);
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}

fn stored(path: &Path) -> io::Result<u64> {
    match fs::read_to_string(path) {
        Ok(text) => text.trim().parse().map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(1),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_over_restarts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("agent.counter");
        let mut last = 0;
        for _ in 0..3 {
            let mut counter = Counter::open(&path).expect("a counter");
            for _ in 0..BLOCK + 3 {
                let next = counter.next().expect("a number");
                assert!(next > last);
                last = next;
            }
        }
        let (mut one, mut other) =
            (Counter::open(&path).expect("opens"), Counter::open(&path).expect("opens"));
        let mut given = std::collections::BTreeSet::new();
        for _ in 0..2 * BLOCK {
            assert!(given.insert(one.next().expect("a number")), "no two processes give the same number");
            assert!(given.insert(other.next().expect("a number")), "no two processes give the same number");
        }
        let mut last = 0;
        for turn in [true, false, true, true, false] {
            let next = if turn { one.next() } else { other.next() }.expect("a number");
            assert!(next > last, "a number is higher than any that another process gave before");
            last = next;
        }
        fs::write(&path, "many").expect("writes");
        assert!(Counter::open(&path).is_err(), "a counter that cannot be read does not begin again");
    }
}

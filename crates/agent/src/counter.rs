//! The counter of signed requests. It is written ahead in blocks: after a crash some numbers are skipped, and none is
//! used twice.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
        let next = match fs::read_to_string(path) {
            Ok(text) => text.trim().parse().map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 1,
            Err(error) => return Err(error),
        };
        Ok(Self { path: path.to_owned(), next, end: next })
    }

    /// A number that was never given before.
    pub fn next(&mut self) -> io::Result<u64> {
        if self.next == self.end {
            let end = self.end + BLOCK;
            write_private(&self.path, end.to_string().as_bytes())?;
            self.end = end;
        }
        self.next += 1;
        Ok(self.next - 1)
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
        fs::write(&path, "many").expect("writes");
        assert!(Counter::open(&path).is_err(), "a counter that cannot be read does not begin again");
    }
}

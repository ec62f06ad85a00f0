//! Randomness for expressions, out of the ids that the clock gives: a made-up clock makes `Guid` and `RandomString`
//! repeat themselves, the process's own draws from the system.

use std::sync::Arc;

use domain::Clock;
use expression::Random;
use xxhash_rust::xxh3::xxh3_64;

/// Four bytes an id: of a version 7 UUID (RFC 9562 section 5.7) 32 bits are random even among many of one
/// millisecond.
const BYTES: usize = 4;

#[derive(Debug)]
pub(super) struct ClockRandom(pub(super) Arc<dyn Clock>);

impl Random for ClockRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(BYTES) {
            let digest = xxh3_64(self.0.uuid().as_bytes()).to_le_bytes();
            chunk.iter_mut().zip(digest).for_each(|(byte, random)| *byte = random);
        }
    }
}

//! Time and ids are passed in, so that the engine can be run with a made-up clock and replayed.

use uuid::Uuid;

use crate::Time;

/// Where the current time and new ids come from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The current time in UTC, cut to microseconds.
    fn now(&self) -> Time;

    /// A new time-ordered id (UUID version 7, RFC 9562 section 5.7).
    fn uuid(&self) -> Uuid;
}

//! The machine's clock and ids that grow with time.

use std::sync::{Mutex, PoisonError};

use chrono::{SubsecRound as _, Utc};
use domain::{Clock, Time};
use uuid::{ContextV7, Timestamp, Uuid};

/// The clock of the process.
#[derive(Debug)]
pub struct SystemClock {
    /// Keeps ids of one millisecond in their order.
    context: Mutex<ContextV7>,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { context: Mutex::new(ContextV7::new()) }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time enters the process")]
    fn now(&self) -> Time {
        Utc::now().trunc_subsecs(6)
    }

    fn uuid(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_and_times_have_microseconds() {
        let clock = SystemClock::default();
        let ids: Vec<_> = (0..1000).map(|_| clock.uuid()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(clock.now().timestamp_subsec_nanos() % 1000, 0);
    }
}

//! The door that every request to one service passes.
//!
//! A service that answers 429 or 503 with Retry-After closes the door for all concurrent requests until the moment it
//! named. From the second 429 on the door also knows how many requests a second the service takes (those accepted
//! between two rejections, over the time between them), lets that many pass, evenly, and slowly tries more: a service
//! is then rarely asked in vain and seldom left idle.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Slots that nobody took may be made up for this long, so that a late timer does not cost throughput.
const CATCH_UP: Duration = Duration::from_millis(50);
/// Fewer accepted requests say nothing about a rate.
const ENOUGH: u32 = 5;
/// How much faster the door tries to be after a second without a rejection, before and after it has met the limit.
const SEARCH: f64 = 1.2;
const CREEP: f64 = 1.01;
/// What is kept below the measured rate.
const MARGIN: f64 = 0.98;

/// Cheap to clone; clones share one door.
#[derive(Debug, Clone, Default)]
pub struct Throttle {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    closed_until: Option<Instant>,
    rejected_at: Option<Instant>,
    /// Requests that were taken since `rejected_at`.
    accepted: u32,
    pace: Option<Pace>,
}

#[derive(Debug)]
struct Pace {
    /// Requests a second.
    rate: f64,
    next: Instant,
    raised_at: Instant,
    growth: f64,
}

impl Throttle {
    /// How long to wait from `now` before sending; zero takes a slot. Ask again after waiting: the door may have
    /// been closed meanwhile.
    pub(super) fn admit(&self, now: Instant) -> Duration {
        let mut state = self.lock();
        if let Some(until) = state.closed_until.filter(|until| *until > now) {
            return until - now;
        }
        let Some(pace) = &mut state.pace else { return Duration::ZERO };
        if pace.next > now {
            return pace.next - now;
        }
        let from = now.checked_sub(CATCH_UP).map_or(pace.next, |earliest| pace.next.max(earliest));
        pace.next = from + Duration::from_secs_f64(1.0 / pace.rate);
        Duration::ZERO
    }

    /// The service took a request.
    pub(super) fn accepted(&self, now: Instant) {
        let mut state = self.lock();
        state.accepted = state.accepted.saturating_add(1);
        if let Some(pace) = &mut state.pace
            && now.saturating_duration_since(pace.raised_at) >= Duration::from_secs(1)
        {
            pace.rate *= pace.growth;
            pace.raised_at = now;
        }
    }

    /// The service wants nothing for `wait`. `counts`: it said that requests came too fast (429).
    pub(super) fn rejected(&self, sent: Instant, now: Instant, wait: Duration, counts: bool) {
        let mut state = self.lock();
        let until = now.checked_add(wait);
        if until > state.closed_until {
            state.closed_until = until;
        }
        // Requests that were under way together are turned away together: one event, not many.
        if !counts || state.rejected_at.is_some_and(|last| sent <= last) {
            return;
        }
        let opens = state.closed_until.unwrap_or(now);
        let measured = state.rejected_at.and_then(|last| {
            let seconds = now.saturating_duration_since(last).as_secs_f64();
            (state.accepted >= ENOUGH && seconds > 0.2).then(|| f64::from(state.accepted) / seconds * MARGIN)
        });
        if let Some(measured) = measured {
            let (rate, growth) = match &state.pace {
                Some(pace) => (measured.max(pace.rate * 0.8).min(pace.rate * MARGIN), CREEP),
                None => (measured, SEARCH),
            };
            state.pace = Some(Pace { rate: rate.max(0.05), next: opens, raised_at: opens, growth });
        } else if let Some(pace) = &mut state.pace {
            pace.rate = (pace.rate * 0.8).max(0.05);
            pace.growth = CREEP;
            pace.next = opens;
            pace.raised_at = opens;
        }
        state.rejected_at = Some(now);
        state.accepted = 0;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_door_stays_closed_for_as_long_as_the_longest_answer_asked() {
        let (door, start) = (Throttle::default(), Instant::now());
        assert_eq!(door.admit(start), Duration::ZERO);
        door.rejected(start, start, Duration::from_secs(7), true);
        door.rejected(start, start, Duration::from_secs(3), true);
        assert_eq!(door.admit(start + Duration::from_secs(6)), Duration::from_secs(1));
        assert_eq!(door.admit(start + Duration::from_secs(7)), Duration::ZERO);
    }

    /// A token bucket, as services have them: 20 a second, 20 in store, Retry-After of one second. Single-threaded
    /// and without latency: only the arithmetic is under test.
    #[test]
    fn the_door_learns_how_many_requests_a_second_the_service_takes() {
        let (door, start) = (Throttle::default(), Instant::now());
        let (mut now, mut tokens, mut refilled) = (start, 20.0_f64, start);
        let (mut taken, mut refused) = (0_u32, 0_u32);
        while now < start + Duration::from_mins(5) {
            let wait = door.admit(now);
            if wait > Duration::ZERO {
                now += wait;
                continue;
            }
            tokens = (tokens + (now - refilled).as_secs_f64() * 20.0).min(20.0);
            refilled = now;
            if tokens >= 1.0 {
                tokens -= 1.0;
                taken += 1;
                door.accepted(now);
            } else {
                refused += 1;
                door.rejected(now, now, Duration::from_secs(1), true);
            }
            now += Duration::from_micros(10);
        }
        assert!(taken >= 300 * 20 * 97 / 100, "{taken} of 6000 taken");
        assert!(refused * 100 <= taken, "{refused} refused beside {taken} taken");
    }
}

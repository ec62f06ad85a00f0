//! The door that every request to one service passes.
//!
//! A service that answers 429 or 503 with Retry-After closes the door for all concurrent requests until the moment it
//! named. From the second 429 on the door also knows how many requests a second the service takes (those accepted
//! between two rejections, over the time between them), lets that many pass, evenly, and slowly tries more: a service
//! is then rarely asked in vain and seldom left idle. Where slowing down does not make rejections rarer, they do not
//! come from the rate, and the door stops slowing down.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Slots that nobody took may be made up for this long, so that a late timer does not cost throughput.
const CATCH_UP: Duration = Duration::from_millis(50);
/// Fewer accepted requests say nothing about a rate.
const ENOUGH: u32 = 5;
/// How much faster the door tries to be after a second without a rejection, until it has met the limit.
const SEARCH: f64 = 1.2;
/// The same afterwards, and after how many accepted requests at least.
const CREEP: f64 = 1.01;
const CREEP_AFTER: u32 = 50;
/// What is kept below the measured rate.
const MARGIN: f64 = 0.98;
/// The answer to a rejection that the measured rate does not explain.
const RETREAT: f64 = 0.7;
/// A slowed-down door that is still turned away this early, this often in a row, is not too fast.
const EARLY: u32 = 100;
const STRIKES: u32 = 4;
/// Requests a second that are always tried.
const SLOWEST: f64 = 0.05;
/// How long rejections are then not taken for a matter of the rate.
const NO_LEARNING: Duration = Duration::from_mins(10);

/// Cheap to clone; clones share one door.
#[derive(Debug, Clone, Default)]
pub struct Throttle {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    closed_until: Option<Instant>,
    rejected_at: Option<Instant>,
    /// Since when `accepted` counts: the last rejection from which a rate was learnt.
    since: Option<Instant>,
    /// Requests that were taken since then.
    accepted: u32,
    pace: Option<Pace>,
    strikes: u32,
    no_learning_until: Option<Instant>,
}

#[derive(Debug)]
struct Pace {
    /// Requests a second.
    rate: f64,
    next: Instant,
    raised_at: Instant,
    accepted: u32,
    searching: bool,
    /// Trying more costs a pause when it is too much: the longer the pause, the less often it is done.
    rest: Duration,
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
        let Some(pace) = &mut state.pace else { return };
        pace.accepted += 1;
        let rested = now.saturating_duration_since(pace.raised_at);
        let may_creep = pace.accepted >= CREEP_AFTER && rested >= pace.rest;
        if may_creep || pace.searching && rested >= Duration::from_secs(1) {
            pace.rate *= if pace.searching { SEARCH } else { CREEP };
            (pace.raised_at, pace.accepted) = (now, 0);
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
        state.learn(now, wait);
        state.rejected_at = Some(now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn learn(&mut self, now: Instant, wait: Duration) {
        if self.no_learning_until.is_some_and(|until| until > now) {
            return;
        }
        self.strikes = if self.pace.is_some() && self.accepted < EARLY { self.strikes + 1 } else { 0 };
        if self.strikes >= STRIKES {
            (self.pace, self.strikes, self.no_learning_until) = (None, 0, now.checked_add(NO_LEARNING));
            return;
        }
        let measured = self.since.and_then(|since| {
            let seconds = now.saturating_duration_since(since).as_secs_f64();
            (self.accepted >= ENOUGH && seconds > 0.2).then(|| f64::from(self.accepted) / seconds)
        });
        let rate = match (&self.pace, measured) {
            (None, None) if self.since.is_some() => return,
            (None, None) => None,
            (None, Some(measured)) => Some(measured * MARGIN),
            (Some(pace), Some(measured)) if measured > pace.rate * RETREAT => {
                Some(measured.min(pace.rate) * MARGIN)
            }
            (Some(pace), _) => Some(pace.rate * RETREAT),
        };
        (self.since, self.accepted) = (Some(now), 0);
        let Some(rate) = rate else { return };
        let opens = self.closed_until.unwrap_or(now);
        let searching = self.pace.is_none();
        self.pace = Some(Pace {
            rate: rate.max(SLOWEST),
            next: opens,
            raised_at: opens,
            accepted: 0,
            searching,
            rest: wait.max(Duration::from_secs(1)) * 5,
        });
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

    /// Sends as often as the door allows for ten minutes, one request after the other; gives how many the service took
    /// and how many it turned away.
    fn drive(pause: u64, mut takes: impl FnMut(Duration) -> bool) -> (u32, u32) {
        let (door, start) = (Throttle::default(), Instant::now());
        let (mut now, mut taken, mut refused) = (start, 0, 0);
        while now < start + Duration::from_mins(10) {
            let wait = door.admit(now);
            if wait > Duration::ZERO {
                now += wait;
                continue;
            }
            let sent = now;
            now += Duration::from_millis(1);
            if takes(sent - start) {
                taken += 1;
                door.accepted(now);
            } else {
                refused += 1;
                door.rejected(sent, now, Duration::from_secs(pause), true);
            }
        }
        (taken, refused)
    }

    /// A token bucket, as services have them.
    fn bucket(rate: f64, size: f64) -> impl FnMut(Duration) -> bool {
        let (mut tokens, mut filled) = (size, Duration::ZERO);
        move |now| {
            tokens = (tokens + now.saturating_sub(filled).as_secs_f64() * rate).min(size);
            filled = now;
            let takes = tokens >= 1.0;
            if takes {
                tokens -= 1.0;
            }
            takes
        }
    }

    #[test]
    fn the_door_learns_how_many_requests_a_second_the_service_takes() {
        for (rate, size) in [(20.0, 20.0), (20.0, 100.0), (2.0, 5.0), (100.0, 50.0)] {
            let (taken, refused) = drive(1, bucket(rate, size));
            let best = rate * 600.0;
            assert!(f64::from(taken) >= best * 0.97, "{rate}/{size}: {taken} of {best} taken");
            assert!(refused * 100 <= taken, "{rate}/{size}: {refused} refused beside {taken} taken");
        }
    }

    #[test]
    fn long_pauses_do_not_make_the_door_slow_for_long() {
        let (taken, refused) = drive(30, bucket(20.0, 20.0));
        // Four pauses of half a minute leave 80 % to be had.
        assert!(taken >= 20 * 600 * 65 / 100, "{taken} of 12000 taken, {refused} refused");
    }

    #[test]
    fn a_service_that_turns_away_at_random_is_not_sent_ever_fewer_requests() {
        let mut number = 0;
        let (taken, _) = drive(1, |_| {
            number += 1;
            number % 20 != 0
        });
        // Twenty a second and a bit are the most that can be had.
        assert!(taken >= 9000, "{taken} taken");
    }
}

//! The door that every request to one service passes.
//!
//! A service that answers 429 or 503 with Retry-After closes the door for all concurrent requests until the moment it
//! named. From the second 429 on the door also knows how many requests a second the service takes (those accepted
//! between two rejections, over the time between them), lets that many pass, evenly, and slowly tries more: a service
//! is then rarely asked in vain and seldom left idle. Where slowing down does not make rejections rarer, they do not
//! come from the rate, and the door stops slowing down.
//!
//! A service that says how many requests are left (`RateLimit` headers) is not asked in vain at all: the door closes
//! when the last one has been sent, until the service's window ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Slots that nobody took may be made up for this long, so that a late timer does not cost throughput.
const CATCH_UP: Duration = Duration::from_millis(50);
/// Fewer accepted requests say nothing about a rate.
const ENOUGH: u32 = 2;
/// How much faster the door tries to be after a second and so many requests without a rejection, until it has met the
/// limit.
const SEARCH: f64 = 1.2;
const SEARCH_AFTER: u32 = 5;
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
/// A service that says when its window ends is believed as far as this; a longer one would stop a cycle that the
/// service may still serve.
const LONGEST_WINDOW: Duration = Duration::from_hours(1);
/// More than anybody has under way at once.
const MANY: u32 = 64;
/// How soon a door that waits for answers is asked again.
const POLL: Duration = Duration::from_millis(10);
/// Ends of windows that lie so near each other are one end.
const SAME_WINDOW: Duration = Duration::from_millis(1500);
/// How long rejections are then not taken for a matter of the rate.
const NO_LEARNING: Duration = Duration::from_mins(10);

/// Cheap to clone; clones share one door.
#[derive(Debug, Clone)]
pub struct Throttle {
    state: Arc<Mutex<State>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { state: Arc::new(Mutex::new(State { at_once: 1, ..State::default() })) }
    }
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
    /// What an administrator allows, whatever the service takes.
    limit: Option<Limit>,
    quota: Option<Quota>,
    /// Requests that have been admitted and not answered.
    under_way: u32,
    /// Most of them at the beginning, and after a rejection that says nothing of the rate; zero: any number.
    at_once: u32,
}

#[derive(Debug)]
struct Limit {
    /// Requests a second.
    rate: f64,
    next: Instant,
}

/// What the service says is left of a window.
#[derive(Debug)]
struct Quota {
    left: u32,
    ends: Instant,
}

/// The right to send one request; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    throttle: Throttle,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.throttle.lock();
        state.under_way = state.under_way.saturating_sub(1);
    }
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
    /// At most so many requests a second from now on.
    pub(super) fn limit(&self, rate: Option<u32>, now: Instant) {
        let mut state = self.lock();
        let rate = rate.map(|rate| f64::from(rate.max(1)));
        let held = state.limit.as_ref().map(|limit| limit.rate);
        if held != rate {
            state.limit = rate.map(|rate| Limit { rate, next: now });
        }
    }

    /// A ticket to send one request now, or how long to wait. Ask again after waiting: the door may have been closed
    /// meanwhile.
    pub(super) fn admit(&self, now: Instant) -> Result<Ticket, Duration> {
        let mut state = self.lock();
        let opens = [
            state.closed_until,
            state.quota.as_ref().filter(|quota| quota.left == 0).map(|quota| quota.ends),
            state.pace.as_ref().map(|pace| pace.next),
            state.limit.as_ref().map(|limit| limit.next),
        ];
        if let Some(opens) = opens.into_iter().flatten().max().filter(|opens| *opens > now) {
            return Err(opens - now);
        }
        if state.pace.is_none() && state.at_once > 0 && state.under_way >= state.at_once {
            return Err(POLL);
        }
        let State { pace, limit, quota, under_way, .. } = &mut *state;
        let spaced = |next: Instant, rate: f64| {
            now.checked_sub(CATCH_UP).map_or(next, |earliest| next.max(earliest))
                + Duration::from_secs_f64(1.0 / rate)
        };
        if let Some(pace) = pace {
            pace.next = spaced(pace.next, pace.rate);
        }
        if let Some(limit) = limit {
            limit.next = spaced(limit.next, limit.rate);
        }
        match quota {
            Some(held) if held.ends > now => held.left = held.left.saturating_sub(1),
            _ => *quota = None,
        }
        *under_way += 1;
        Ok(Ticket { throttle: self.clone() })
    }

    /// The service said that `left` requests are left until a window ends. The caller still holds the ticket of the
    /// request that was answered.
    pub(super) fn told(&self, now: Instant, left: u32, ends_in: Duration) {
        let mut state = self.lock();
        let Some(ends) = now.checked_add(ends_in).filter(|_| ends_in <= LONGEST_WINDOW) else { return };
        // Those under way may not have been counted.
        let left = left.saturating_sub(state.under_way.saturating_sub(1));
        match &mut state.quota {
            // Answers overtake each other, and a reset in whole seconds is not exact: within one window the least
            // that was said counts, and the latest end.
            Some(held) if held.ends > now && ends <= held.ends + SAME_WINDOW => {
                held.left = held.left.min(left);
                held.ends = held.ends.max(ends);
            }
            held => *held = Some(Quota { left, ends }),
        }
    }

    /// The service took a request.
    pub(super) fn accepted(&self, now: Instant) {
        let mut state = self.lock();
        state.accepted = state.accepted.saturating_add(1);
        // Doubles with every round of answers, and is forgotten when there are more than anybody sends at once.
        if state.at_once > 0 {
            state.at_once = (state.at_once + 1) % MANY;
        }
        let Some(pace) = &mut state.pace else { return };
        pace.accepted += 1;
        let rested = now.saturating_duration_since(pace.raised_at);
        let may_creep = pace.accepted >= CREEP_AFTER && rested >= pace.rest;
        let may_search = pace.searching && pace.accepted >= SEARCH_AFTER && rested >= Duration::from_secs(1);
        if may_creep || may_search {
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
        if counts {
            state.at_once = 1;
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
#[path = "throttle_tests.rs"]
mod tests;

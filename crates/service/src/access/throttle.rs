//! The brake on guessing: every failed attempt makes the next one wait longer, for the account and for the address
//! it came from. Memory is bounded; when it is full, the entry that has been quiet longest goes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use domain::Time;

/// How patient a brake is.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Attempts that may fail without any delay.
    pub free: u32,
    /// Longest delay in seconds.
    pub longest: u32,
    /// A key without attempts for so many seconds is forgotten.
    pub forget: u32,
    /// Keys remembered at once.
    pub capacity: usize,
}

impl Limits {
    /// A person mistypes a few times. The delay stays short: a stranger must not be able to lock somebody out.
    pub const ACCOUNT: Self = Self { free: 5, longest: 60, forget: 3600, capacity: 10_000 };
    /// A roll-out enrols many machines from behind one address, but each with a good token.
    pub const ENROLMENT: Self = Self { free: 10, longest: 300, forget: 3600, capacity: 10_000 };
    /// Behind one address may sit an office.
    pub const ADDRESS: Self = Self { free: 20, longest: 900, forget: 3600, capacity: 10_000 };
}

#[derive(Debug, Clone, Copy)]
struct Attempts {
    failed: u32,
    last: Time,
    open_at: Time,
}

#[derive(Debug)]
pub struct Throttle {
    limits: Limits,
    keys: Mutex<HashMap<String, Attempts>>,
}

impl Throttle {
    pub fn new(limits: Limits) -> Self {
        Self { limits, keys: Mutex::default() }
    }

    /// Begins an attempt: it counts as failed until [`Self::succeeded`] is called, so that attempts sent at once do
    /// not slip through together. `Err` gives the seconds to wait.
    pub fn begin(&self, key: &str, now: Time) -> Result<(), u32> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let forget = TimeDelta::seconds(i64::from(self.limits.forget));
        let known = keys.get(key).copied().filter(|attempts| now - attempts.last < forget);
        if let Some(attempts) = known
            && attempts.open_at > now
        {
            let wait = (attempts.open_at - now).num_milliseconds().div_ceil_seconds();
            return Err(wait);
        }
        let failed = known.map_or(0, |attempts| attempts.failed).saturating_add(1);
        let over = failed.saturating_sub(self.limits.free);
        let delay =
            if over == 0 { 0 } else { 1_u32.checked_shl(over).unwrap_or(u32::MAX).min(self.limits.longest) };
        if !keys.contains_key(key) && keys.len() >= self.limits.capacity {
            let quietest = keys.iter().min_by_key(|(_, attempts)| attempts.last).map(|(key, _)| key.clone());
            if let Some(quietest) = quietest {
                keys.remove(&quietest);
            }
        }
        let open_at = now + TimeDelta::seconds(i64::from(delay));
        keys.insert(key.to_owned(), Attempts { failed, last: now, open_at });
        Ok(())
    }

    /// Forgets a key's failures.
    pub fn succeeded(&self, key: &str) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

trait CeilSeconds {
    fn div_ceil_seconds(self) -> u32;
}

impl CeilSeconds for i64 {
    /// Milliseconds to whole seconds, upwards.
    fn div_ceil_seconds(self) -> u32 {
        u32::try_from((self + 999) / 1000).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(1_800_000_000 + seconds, 0).expect("time")
    }

    #[test]
    fn failures_beyond_the_free_ones_wait_longer_each_time() {
        let throttle = Throttle::new(Limits { free: 2, longest: 10, forget: 3600, capacity: 10 });
        assert_eq!(throttle.begin("a", at(0)), Ok(()));
        assert_eq!(throttle.begin("a", at(0)), Ok(()));
        assert_eq!(throttle.begin("a", at(0)), Ok(()));
        assert_eq!(throttle.begin("a", at(0)), Err(2));
        assert_eq!(throttle.begin("a", at(2)), Ok(()));
        assert_eq!(throttle.begin("a", at(2)), Err(4));
        assert_eq!(throttle.begin("b", at(2)), Ok(()), "others are not held up");
        for _ in 0..40 {
            let _ = throttle.begin("a", at(3000));
        }
        assert!(throttle.begin("a", at(3000)).is_err_and(|wait| wait <= 10));
    }

    #[test]
    fn a_success_and_a_long_silence_forget_the_failures() {
        let throttle = Throttle::new(Limits { free: 0, longest: 60, forget: 100, capacity: 10 });
        assert_eq!(throttle.begin("a", at(0)), Ok(()));
        assert!(throttle.begin("a", at(0)).is_err());
        throttle.succeeded("a");
        assert_eq!(throttle.begin("a", at(0)), Ok(()));
        assert_eq!(throttle.begin("a", at(200)), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_the_quietest_key_goes_first() {
        let throttle = Throttle::new(Limits { free: 0, longest: 60, forget: 10_000, capacity: 3 });
        for (index, key) in ["a", "b", "c", "d"].into_iter().enumerate() {
            assert_eq!(throttle.begin(key, at(index as i64)), Ok(()));
        }
        assert_eq!(throttle.keys.lock().expect("lock").len(), 3);
        assert!(throttle.begin("d", at(3)).is_err());
        assert_eq!(throttle.begin("a", at(4)), Ok(()));
    }
}

//! From the conditions that hold now and the alerts of before to what changes. No clock and no store: the same
//! arguments give the same answer.
//!
//! Nothing flaps: a condition must hold for a while before its alert opens, and be gone for a while before it ends.
//! Only time in which somebody looked counts: after a pause the waiting begins anew, so that a restart invents nothing.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use domain::alert::{Alert, AlertKind, AlertRules, AlertSeverity, AlertState, Fact};
use domain::{AlertId, Time};

/// The longest time between two looks that counts as looking all the while.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(2);
/// Alerts of one severity that are not over at the same time. Beyond it somebody has other worries than one more.
pub const MOST_LIVE: usize = 1_000;

pub type Key = (AlertKind, String);

/// What one look remembers for the next one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    looked_at: Option<Time>,
    /// Since when somebody has been looking without a pause.
    since: Option<Time>,
    /// Conditions without an alert, since when.
    present: HashMap<Key, Time>,
    /// Alerts without their condition, since when.
    absent: HashMap<AlertId, Time>,
}

impl Memory {
    /// Since when somebody has been looking without a pause, if somebody looks now.
    pub fn watching_since(&self, now: Time) -> Time {
        let looked = self.looked_at.is_some_and(|last| last <= now && now - last <= LONGEST_PAUSE);
        self.since.filter(|_| looked).unwrap_or(now)
    }
}

/// What has to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Open {
        fact: Fact,
        since: Time,
    },
    Reopen {
        alert: Alert,
        fact: Fact,
        since: Time,
    },
    /// `note` says why it ended where the condition did not simply go away: nobody is told of that.
    Resolve {
        alert: Alert,
        note: Option<&'static str>,
    },
    Reword {
        alert: Alert,
        fact: Fact,
    },
}

/// What a look found.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub facts: Vec<Fact>,
    /// Kinds of which nothing can be said now: their alerts are left alone.
    pub unknown: HashSet<AlertKind>,
    /// The same of single subjects.
    pub undecided: HashSet<Key>,
}

impl Seen {
    fn is_unknown(&self, kind: AlertKind, subject: &str) -> bool {
        self.unknown.contains(&kind)
            || (!self.undecided.is_empty() && self.undecided.contains(&(kind, subject.to_owned())))
    }
}

/// `known` are the alerts that are not over and those that ended lately. Gives the steps, what to remember, and how many
/// alerts were not opened because there are too many.
pub fn evaluate(
    now: Time,
    seen: &Seen,
    known: &[Alert],
    rules: &AlertRules,
    before: Memory,
) -> (Vec<Step>, Memory, usize) {
    let since = before.watching_since(now);
    // After a pause nothing is known to have held meanwhile.
    let before = if before.since == Some(since) { before } else { Memory::default() };
    let mut after = Memory { looked_at: Some(now), since: Some(since), ..Memory::default() };
    let mut steps = Vec::new();
    let live: HashMap<(AlertKind, &str), &Alert> = known
        .iter()
        .filter(|alert| alert.state != AlertState::Resolved)
        .map(|alert| (of(alert), alert))
        .collect();
    let mut counts: HashMap<AlertSeverity, usize> = HashMap::new();
    for alert in live.values() {
        *counts.entry(alert.severity).or_default() += 1;
    }
    let mut left_out = 0;
    let mut opened: HashSet<(AlertKind, &str)> = HashSet::new();
    let mut holds: HashSet<(AlertKind, &str)> = HashSet::new();
    for fact in &seen.facts {
        let (rule, key) = (rules.of(fact.kind), (fact.kind, fact.subject.id.as_str()));
        if !rule.enabled || seen.is_unknown(fact.kind, key.1) || !holds.insert(key) {
            continue;
        }
        if let Some(alert) = live.get(&key) {
            if alert.wording != fact.wording || alert.subject.name != fact.subject.name {
                steps.push(Step::Reword { alert: (*alert).clone(), fact: fact.clone() });
            }
            continue;
        }
        let owned = (fact.kind, fact.subject.id.clone());
        let first = before.present.get(&owned).copied().unwrap_or(now);
        if now - first < rule.open_after() {
            after.present.insert(owned, first);
            continue;
        }
        let count = counts.entry(fact.kind.severity()).or_default();
        if *count >= MOST_LIVE {
            left_out += 1;
            after.present.insert(owned, first);
            continue;
        }
        *count += 1;
        opened.insert(key);
        let since = fact.since.unwrap_or(first).min(now);
        let fact = fact.clone();
        steps.push(match earlier(known, key, now, rules) {
            Some(alert) => Step::Reopen { alert: alert.clone(), fact, since },
            None => Step::Open { fact, since },
        });
    }
    for (key, alert) in &live {
        if holds.contains(key) {
            continue;
        }
        let rule = rules.of(alert.kind);
        let graver = seen
            .facts
            .iter()
            .find(|fact| fact.kind.replaces() == Some(alert.kind) && fact.subject.id == key.1);
        let replaced =
            graver.map(|fact| (fact.kind, key.1)).map(|key| live.contains_key(&key) || opened.contains(&key));
        let note = match replaced {
            _ if !rule.enabled => Some("Its rule was switched off."),
            Some(true) => Some("A graver alert about the same thing took its place."),
            // It is worse than this alert says, which is not over; the graver one waits, or nobody wants it.
            Some(false) => continue,
            None => None,
        };
        if note.is_none() {
            if seen.is_unknown(alert.kind, key.1) {
                continue;
            }
            let first = before.absent.get(&alert.id).copied().unwrap_or(now);
            if now - first < rule.resolve_after() {
                after.absent.insert(alert.id, first);
                continue;
            }
        }
        steps.push(Step::Resolve { alert: (*alert).clone(), note });
    }
    // What is unknown now goes on being waited for when it is known again.
    after.present.extend(before.present.into_iter().filter(|((kind, id), _)| seen.is_unknown(*kind, id)));
    (steps, after, left_out)
}

fn of(alert: &Alert) -> (AlertKind, &str) {
    (alert.kind, alert.subject.id.as_str())
}

/// The alert of before that this one goes on with.
fn earlier<'a>(
    known: &'a [Alert],
    key: (AlertKind, &str),
    now: Time,
    rules: &AlertRules,
) -> Option<&'a Alert> {
    let ended = known.iter().filter(|alert| of(alert) == key);
    let lately = ended.filter(|alert| alert.resolved_at.is_some_and(|at| now - at < rules.reopen_within()));
    lately.max_by_key(|alert| alert.resolved_at)
}

#[cfg(test)]
mod tests;

//! An agent's heartbeats over time: which stretches were covered by which port, and where there was silence.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::Time;
use crate::agent::{Beat, BeatChannel, Patience};

/// One heartbeat, as the history keeps it. Figures that do not fit are cut to the largest that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeatPoint {
    /// When the portal got it, whole seconds.
    pub at: Time,
    pub channel: BeatChannel,
    /// Whether every directory of the agent answered.
    pub reachable: bool,
    /// The slowest directory's answer, milliseconds.
    pub latency_ms: Option<u16>,
    /// Hundredths of a core.
    pub load_centicores: u16,
    /// Resident memory, MiB.
    pub memory_mib: u16,
    /// Requests under way.
    pub running: u8,
}

impl BeatPoint {
    pub fn of(at: Time, channel: BeatChannel, beat: &Beat) -> Self {
        let slowest = beat.domains.iter().filter_map(|reach| reach.latency_ms).max();
        Self {
            at: whole_seconds(at),
            channel,
            reachable: beat.domains.iter().all(|reach| reach.reachable),
            latency_ms: slowest.map(|latency| u16::try_from(latency).unwrap_or(u16::MAX)),
            load_centicores: u16::try_from(beat.load_centicores).unwrap_or(u16::MAX),
            memory_mib: u16::try_from(beat.memory_bytes >> 20).unwrap_or(u16::MAX),
            running: u8::try_from(beat.running).unwrap_or(u8::MAX),
        }
    }
}

fn whole_seconds(at: Time) -> Time {
    Time::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

/// What an hour's heartbeats came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeatHour {
    /// The hour's beginning.
    pub at: Time,
    /// Seconds covered by beats over the portal's own port.
    pub main_seconds: u32,
    /// Seconds covered by statuses over the status port only.
    pub status_seconds: u32,
    pub beats: u32,
    /// Beats that found a directory unreachable.
    pub unreachable: u32,
    /// The slowest directory's answer, milliseconds.
    pub latency_ms: Option<u16>,
}

crate::words!(
    /// How an agent was heard.
    Presence { Main = "main", Status = "status", Silent = "silent" }
);

/// A stretch of time in which an agent was heard in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stretch {
    pub from: Time,
    pub until: Time,
    pub presence: Presence,
}

impl Stretch {
    pub fn length(&self) -> TimeDelta {
        self.until - self.from
    }
}

/// Divides `from..until` by how the agent was heard. Each beat speaks until the next one, but no longer than patience
/// allows. The points are in the order of their times; earlier ones than `from` count as far as they reach into it.
pub fn stretches(points: &[BeatPoint], from: Time, until: Time, patience: Patience) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let mut add = |begin: Time, end: Time, presence| {
        let (begin, end) = (begin.max(from), end.min(until));
        if begin >= end {
            return;
        }
        match found.last_mut() {
            Some(last) if last.presence == presence && last.until == begin => last.until = end,
            _ => found.push(Stretch { from: begin, until: end, presence }),
        }
    };
    let mut covered = from;
    for (place, point) in points.iter().enumerate() {
        let next = points.get(place + 1).map_or(until, |next| next.at);
        let end = (point.at + patience.allowance(point.channel)).min(next);
        add(covered, point.at, Presence::Silent);
        let presence = match point.channel {
            BeatChannel::Main => Presence::Main,
            BeatChannel::Status => Presence::Status,
        };
        add(point.at, end, presence);
        covered = covered.max(end);
    }
    add(covered, until, Presence::Silent);
    found
}

/// Seconds of a stretch list covered in one way, between two times.
pub fn seconds_of(stretches: &[Stretch], presence: Presence, from: Time, until: Time) -> u32 {
    let total: i64 = stretches
        .iter()
        .filter(|stretch| stretch.presence == presence)
        .map(|stretch| (stretch.until.min(until) - stretch.from.max(from)).num_seconds().max(0))
        .sum();
    u32::try_from(total).unwrap_or(u32::MAX)
}

/// Cuts heartbeats into hours, each from its beginning. `until` is when the portal's knowledge ends, or the next beat.
pub fn hours(points: &[BeatPoint], until: Time, patience: Patience) -> Vec<BeatHour> {
    let Some(first) = points.first() else { return Vec::new() };
    let covered = stretches(points, first.at, until, patience);
    let mut found: Vec<BeatHour> = Vec::new();
    for stretch in &covered {
        if stretch.presence == Presence::Silent {
            continue;
        }
        let mut begin = stretch.from;
        while begin < stretch.until {
            let hour = hour_of(begin);
            let end = stretch.until.min(hour + TimeDelta::hours(1));
            let seconds = u32::try_from((end - begin).num_seconds()).unwrap_or(0);
            let row = row_of(&mut found, hour);
            match stretch.presence {
                Presence::Main => row.main_seconds += seconds,
                _ => row.status_seconds += seconds,
            }
            begin = end;
        }
    }
    for point in points {
        let row = row_of(&mut found, hour_of(point.at));
        row.beats += 1;
        row.unreachable += u32::from(!point.reachable);
        row.latency_ms = row.latency_ms.max(point.latency_ms);
    }
    found.sort_by_key(|row| row.at);
    found
}

/// The beginning of the hour (UTC) that a time lies in.
pub fn hour_of(at: Time) -> Time {
    Time::from_timestamp(at.timestamp().div_euclid(3600) * 3600, 0).unwrap_or(at)
}

fn row_of(rows: &mut Vec<BeatHour>, hour: Time) -> &mut BeatHour {
    let place = rows.iter().rposition(|row| row.at == hour).unwrap_or_else(|| {
        rows.push(BeatHour {
            at: hour,
            main_seconds: 0,
            status_seconds: 0,
            beats: 0,
            unreachable: 0,
            latency_ms: None,
        });
        rows.len() - 1
    });
    &mut rows[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: i64 = 1_790_000_400 / 3600 * 3600;

    fn at(second: i64) -> Time {
        Time::from_timestamp(BASE + second, 0).expect("a time")
    }

    fn point(second: i64, channel: BeatChannel) -> BeatPoint {
        BeatPoint {
            at: at(second),
            channel,
            reachable: second % 120 == 0,
            latency_ms: Some(u16::try_from(second % 100).expect("small")),
            load_centicores: 1,
            memory_mib: 30,
            running: 0,
        }
    }

    fn beats(from: i64, until: i64) -> Vec<BeatPoint> {
        (from..until).step_by(60).map(|second| point(second, BeatChannel::Main)).collect()
    }

    fn shape(found: &[Stretch]) -> Vec<(i64, i64, Presence)> {
        let second = |time: Time| time.timestamp() - BASE;
        found.iter().map(|stretch| (second(stretch.from), second(stretch.until), stretch.presence)).collect()
    }

    #[test]
    fn steady_beats_are_one_stretch_and_silence_begins_when_patience_ends() {
        let found = stretches(&beats(0, 600), at(0), at(1000), Patience::default());
        assert_eq!(shape(&found), [(0, 720, Presence::Main), (720, 1000, Presence::Silent)]);
    }

    #[test]
    fn ports_and_silence_are_told_apart() {
        let mut points = beats(0, 180);
        points.push(point(600, BeatChannel::Status));
        points.push(point(1200, BeatChannel::Status));
        points.extend(beats(1500, 1620));
        let found = stretches(&points, at(-60), at(1600), Patience::default());
        assert_eq!(
            shape(&found),
            [
                (-60, 0, Presence::Silent),
                (0, 300, Presence::Main),
                (300, 600, Presence::Silent),
                (600, 1500, Presence::Status),
                (1500, 1600, Presence::Main),
            ]
        );
    }

    #[test]
    fn a_beat_from_before_reaches_into_the_window() {
        let found = stretches(&[point(0, BeatChannel::Main)], at(100), at(300), Patience::default());
        assert_eq!(shape(&found), [(100, 180, Presence::Main), (180, 300, Presence::Silent)]);
        assert_eq!(shape(&stretches(&[], at(0), at(10), Patience::default())), [(0, 10, Presence::Silent)]);
    }

    #[test]
    fn seconds_of_a_bucket_are_those_within_it() {
        let found = stretches(&beats(0, 600), at(0), at(1000), Patience::default());
        assert_eq!(seconds_of(&found, Presence::Main, at(700), at(800)), 20);
        assert_eq!(seconds_of(&found, Presence::Silent, at(700), at(800)), 80);
        assert_eq!(seconds_of(&found, Presence::Status, at(0), at(1000)), 0);
    }

    #[test]
    fn hours_add_up_to_the_time_covered() {
        let points = beats(1800, 9000);
        let found = hours(&points, at(9000), Patience::default());
        assert_eq!(
            found.iter().map(|hour| (hour.at, hour.main_seconds, hour.beats)).collect::<Vec<_>>(),
            [(at(0), 1800, 30), (at(3600), 3600, 60), (at(7200), 1800, 30)]
        );
        assert_eq!(found[1].unreachable, 30);
        assert_eq!(found[1].latency_ms, Some(80));
        assert_eq!(hours(&[], at(0), Patience::default()), []);
    }
}

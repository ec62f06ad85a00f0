//! Heartbeats as they lie in the history: 12 bytes each, so that 48 hours of an agent are 35 KB.

use chrono::DateTime;
use domain::agent::BeatChannel;
use domain::timeline::BeatPoint;

/// Bytes of one beat: seconds since 1970, flags, requests under way, then latency, load and memory.
pub const SIZE: usize = 12;

const STATUS: u8 = 1;
const UNREACHABLE: u8 = 2;
const LATENCY: u8 = 4;

pub fn pack(points: &[BeatPoint]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(points.len() * SIZE);
    for point in points {
        let seconds = u32::try_from(point.at.timestamp()).unwrap_or(0);
        let mut flags = 0;
        if point.channel == BeatChannel::Status {
            flags |= STATUS;
        }
        if !point.reachable {
            flags |= UNREACHABLE;
        }
        if point.latency_ms.is_some() {
            flags |= LATENCY;
        }
        packed.extend_from_slice(&seconds.to_be_bytes());
        packed.extend_from_slice(&[flags, point.running]);
        packed.extend_from_slice(&point.latency_ms.unwrap_or(0).to_be_bytes());
        packed.extend_from_slice(&point.load_centicores.to_be_bytes());
        packed.extend_from_slice(&point.memory_mib.to_be_bytes());
    }
    packed
}

/// The beats of a stored value; `None` where it was not written by [`pack`].
pub fn unpack(packed: &[u8]) -> Option<Vec<BeatPoint>> {
    let (beats, rest) = packed.as_chunks::<SIZE>();
    if !rest.is_empty() {
        return None;
    }
    beats.iter().map(one).collect()
}

fn one(beat: &[u8; SIZE]) -> Option<BeatPoint> {
    let [s0, s1, s2, s3, flags, running, latency @ .., l0, l1, m0, m1] = *beat;
    Some(BeatPoint {
        at: DateTime::from_timestamp(i64::from(u32::from_be_bytes([s0, s1, s2, s3])), 0)?,
        channel: if flags & STATUS == 0 { BeatChannel::Main } else { BeatChannel::Status },
        reachable: flags & UNREACHABLE == 0,
        latency_ms: (flags & LATENCY != 0).then(|| u16::from_be_bytes(latency)),
        load_centicores: u16::from_be_bytes([l0, l1]),
        memory_mib: u16::from_be_bytes([m0, m1]),
        running,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_come_back_as_they_were() {
        let at = |second| DateTime::from_timestamp(second, 0).expect("a time");
        let points = [
            BeatPoint {
                at: at(1_790_000_000),
                channel: BeatChannel::Main,
                reachable: true,
                latency_ms: None,
                load_centicores: 250,
                memory_mib: 61,
                running: 3,
            },
            BeatPoint {
                at: at(u32::MAX.into()),
                channel: BeatChannel::Status,
                reachable: false,
                latency_ms: Some(u16::MAX),
                load_centicores: 0,
                memory_mib: u16::MAX,
                running: 255,
            },
        ];
        assert_eq!(unpack(&pack(&points)), Some(points.to_vec()));
        assert_eq!(unpack(&[]), Some(Vec::new()));
        assert_eq!(unpack(&[0; 13]), None);
    }
}

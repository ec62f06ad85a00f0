//! The door in virtual time, before services of several kinds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;

#[test]
fn a_closed_door_stays_closed_for_as_long_as_the_longest_answer_asked() {
    let (door, start) = (Throttle::default(), Instant::now());
    assert!(door.admit(start).is_ok());
    door.rejected(start, start, Duration::from_secs(7), true);
    door.rejected(start, start, Duration::from_secs(3), true);
    assert_eq!(door.admit(start + Duration::from_secs(6)).expect_err("closed"), Duration::from_secs(1));
    let just_before = start + Duration::from_nanos(6_999_999_999);
    assert_eq!(door.admit(just_before).expect_err("closed"), Duration::from_nanos(1));
    assert!(door.admit(start + Duration::from_secs(7)).is_ok());
}

/// What a service says to a request that arrives at a time.
struct Answer {
    taken: bool,
    /// Retry-After.
    wait: Duration,
    /// What is left, and until when.
    quota: Option<(u32, Duration)>,
}

/// What came of a run.
#[derive(Debug, Default)]
struct Run {
    taken: u32,
    refused: u32,
    /// Requests that were sent although an answer had asked for a pause that was not over.
    too_early: u32,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Ask,
    Arrive { sent: Duration },
    Answered { sent: Duration, taken: bool, wait: Duration, quota: Option<(u32, Duration)> },
}

/// `workers` send one request after the other, each as soon as the door lets it; an answer takes `latency`.
fn run(
    workers: u32,
    latency: Duration,
    length: Duration,
    limit: Option<u32>,
    mut service: impl FnMut(Duration) -> Answer,
) -> Run {
    let (door, start) = (Throttle::default(), Instant::now());
    door.limit(limit, start);
    let (mut run, mut closed_until) = (Run::default(), Duration::ZERO);
    let mut tickets: Vec<Option<Ticket>> = (0..workers).map(|_| None).collect();
    let mut events: BinaryHeap<_> =
        (0..workers).map(|worker| Reverse((Duration::ZERO, worker, Event::Ask))).collect();
    while let Some(Reverse((now, worker, event))) = events.pop() {
        if now > length {
            break;
        }
        let held = &mut tickets[worker as usize];
        let next = match event {
            Event::Ask => match door.admit(start + now) {
                Err(wait) => (now + wait, Event::Ask),
                Ok(ticket) => {
                    *held = Some(ticket);
                    run.too_early += u32::from(now < closed_until);
                    (now + latency / 2, Event::Arrive { sent: now })
                }
            },
            Event::Arrive { sent } => {
                let Answer { taken, wait, quota } = service(now);
                (now + latency / 2, Event::Answered { sent, taken, wait, quota })
            }
            Event::Answered { sent, taken, wait, quota } => {
                if let Some((left, ends_in)) = quota {
                    door.told(start + now, left, ends_in);
                }
                if taken {
                    run.taken += 1;
                    door.accepted(start + now);
                } else {
                    run.refused += 1;
                    closed_until = closed_until.max(now + wait);
                    door.rejected(start + sent, start + now, wait, true);
                }
                *held = None;
                (now, Event::Ask)
            }
        };
        events.push(Reverse((next.0, worker, next.1)));
    }
    run
}

const TEN_MINUTES: Duration = Duration::from_mins(10);

/// A token bucket, as services have them. It asks for a pause in whole seconds.
fn bucket(rate: f64, size: f64, pause: u64) -> impl FnMut(Duration) -> Answer {
    let (mut tokens, mut filled) = (size, Duration::ZERO);
    move |now| {
        tokens = (tokens + now.saturating_sub(filled).as_secs_f64() * rate).min(size);
        filled = now;
        let taken = tokens >= 1.0;
        if taken {
            tokens -= 1.0;
        }
        Answer { taken, wait: Duration::from_secs(pause), quota: None }
    }
}

/// So many requests a window; a refusal names the window's end in whole seconds. `says`: every answer does, too.
fn window(most: u32, seconds: u64, says: bool) -> impl FnMut(Duration) -> Answer {
    let (mut window, mut used) = (0, 0);
    move |now| {
        if now.as_secs() / seconds != window {
            (window, used) = (now.as_secs() / seconds, 0);
        }
        let taken = used < most;
        used += u32::from(taken);
        let wait = Duration::from_secs((window + 1) * seconds).saturating_sub(now);
        let rounded = Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        Answer { taken, wait: rounded, quota: says.then_some((most - used, rounded)) }
    }
}

#[test]
fn pain_11_a_limited_service_gets_nearly_all_that_it_takes_and_hardly_a_request_in_vain() {
    for (rate, size, workers, latency) in [
        (20.0, 20.0, 1, 1),
        (20.0, 20.0, 8, 50),
        (20.0, 20.0, 8, 200),
        (20.0, 100.0, 8, 50),
        (2.0, 5.0, 8, 50),
        (5.0, 5.0, 4, 300),
        (100.0, 50.0, 8, 20),
        (100.0, 100.0, 8, 70),
    ] {
        let latency = Duration::from_millis(latency);
        let run = run(workers, latency, TEN_MINUTES, None, bucket(rate, size, 1));
        let best = rate * TEN_MINUTES.as_secs_f64() + size;
        let of = format!("{rate}/s, bucket of {size}, {workers} at once, {latency:?}: {run:?}");
        assert!(f64::from(run.taken) >= best * 0.97, "{of}");
        assert!(run.refused * 100 <= run.taken + run.refused, "{of}");
        // Those that were under way cannot be called back, but nobody sets out while the door is closed.
        assert_eq!(run.too_early, 0, "{of}");
    }
}

#[test]
fn pain_11_a_service_with_fixed_windows_is_used_to_the_full() {
    // 3,000 requests in 150 seconds, as Microsoft Graph has it, for half an hour.
    let run = run(8, Duration::from_millis(50), 3 * TEN_MINUTES, None, window(3000, 150, false));
    assert!(run.taken >= 36_000 * 97 / 100, "{run:?}");
    assert!(run.refused * 100 <= run.taken, "{run:?}");
    assert_eq!(run.too_early, 0);
}

#[test]
fn a_service_that_says_what_is_left_is_never_asked_in_vain() {
    for (most, seconds) in [(600, 60), (20, 1), (3000, 150)] {
        let run = run(8, Duration::from_millis(50), TEN_MINUTES, None, window(most, seconds, true));
        // Whoever is under way when the window changes may be counted in either; pauses are in whole seconds.
        assert_eq!(run.refused, 0, "{most} in {seconds} s: {run:?}");
        let best = u64::from(most) * (TEN_MINUTES.as_secs() / seconds);
        let share = if seconds > 1 { 97 } else { 85 };
        assert!(u64::from(run.taken) * 100 >= best * share, "{most} in {seconds} s: {run:?}");
    }
}

#[test]
fn a_limit_of_the_settings_is_kept_whatever_the_service_takes() {
    let run = run(8, Duration::from_millis(50), TEN_MINUTES, Some(7), bucket(100.0, 100.0, 1));
    assert!((7 * 600 * 98 / 100..=7 * 600 + 8).contains(&run.taken), "{run:?}");
    assert_eq!(run.refused, 0);
}

#[test]
fn long_pauses_do_not_make_the_door_slow_for_long() {
    let run = run(1, Duration::from_millis(1), TEN_MINUTES, None, bucket(20.0, 20.0, 30));
    // Four pauses of half a minute leave 80 % to be had.
    assert!(run.taken >= 20 * 600 * 65 / 100, "{run:?}");
}

#[test]
fn a_service_that_turns_away_at_random_is_not_sent_ever_fewer_requests() {
    let mut number = 0;
    let run = run(1, Duration::from_millis(1), TEN_MINUTES, None, |_| {
        number += 1;
        Answer { taken: number % 20 != 0, wait: Duration::from_secs(1), quota: None }
    });
    // Twenty a second and a bit are the most that can be had.
    assert!(run.taken >= 9000, "{run:?}");
}

#[test]
fn a_window_of_a_day_does_not_stop_a_cycle_that_the_service_still_serves() {
    let (door, start) = (Throttle::default(), Instant::now());
    let ticket = door.admit(start).expect("open");
    door.told(start, 0, Duration::from_hours(24));
    drop(ticket);
    assert!(door.admit(start).is_ok());
    door.told(start, 0, Duration::from_secs(20));
    assert_eq!(door.admit(start).expect_err("closed"), Duration::from_secs(20));
}

//! `GET /metrics` in Prometheus' text format. Counters are kept in memory, as Prometheus expects; what the store
//! knows is read when asked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::Principal;
use domain::alert::{AlertKind, AlertSeverity, AlertState};
use domain::status::StatusCode as ConfigurationStatus;
use domain::{Cycle, CycleId, Time};
use engine::Hint;
use storage::PageRequest;
use tokio::sync::broadcast::error::RecvError;

use super::{Edge, Problem};

/// Upper bounds in seconds.
const REQUEST_BUCKETS: [f64; 8] = [0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
const CYCLE_BUCKETS: [f64; 8] = [0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0];

#[derive(Debug)]
struct Histogram<const N: usize> {
    bounds: [f64; N],
    buckets: [AtomicU64; N],
    count: AtomicU64,
    micros: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    fn new(bounds: [f64; N]) -> Self {
        Self {
            bounds,
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            count: AtomicU64::new(0),
            micros: AtomicU64::new(0),
        }
    }

    fn observe(&self, duration: Duration) {
        for (bound, bucket) in self.bounds.iter().zip(&self.buckets) {
            if duration.as_secs_f64() <= *bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn write(&self, out: &mut String, name: &str, help: &str) {
        head(out, name, "histogram", help);
        for (bound, bucket) in self.bounds.iter().zip(&self.buckets) {
            line(out, &format!("{name}_bucket{{le=\"{bound}\"}}"), bucket.load(Ordering::Relaxed));
        }
        let count = self.count.load(Ordering::Relaxed);
        line(out, &format!("{name}_bucket{{le=\"+Inf\"}}"), count);
        let seconds = Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64();
        line(out, &format!("{name}_sum"), seconds);
        line(out, &format!("{name}_count"), count);
    }
}

/// What the process counts.
#[derive(Debug)]
pub struct Metrics {
    started: Time,
    requests: Histogram<8>,
    /// By the first digit of the status.
    statuses: [AtomicU64; 6],
    cycles: Histogram<8>,
    cycle_states: Mutex<BTreeMap<&'static str, u64>>,
    operations: Mutex<BTreeMap<&'static str, u64>>,
    /// The last finished cycles, so that each is counted once.
    seen: Mutex<std::collections::VecDeque<CycleId>>,
}

impl Metrics {
    pub fn new(started: Time) -> Self {
        Self {
            started,
            requests: Histogram::new(REQUEST_BUCKETS),
            statuses: std::array::from_fn(|_| AtomicU64::new(0)),
            cycles: Histogram::new(CYCLE_BUCKETS),
            cycle_states: Mutex::default(),
            operations: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    pub fn request(&self, status: StatusCode, duration: Duration) {
        self.requests.observe(duration);
        if let Some(counter) = self.statuses.get(usize::from(status.as_u16() / 100)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn cycle(&self, cycle: &Cycle) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // What ended before the process began was counted by the process before.
        let ours = cycle.state.is_finished() && cycle.ended_at.is_some_and(|ended| ended >= self.started);
        if !ours || seen.contains(&cycle.id) {
            return;
        }
        seen.push_back(cycle.id);
        if seen.len() > 256 {
            seen.pop_front();
        }
        drop(seen);
        if let (Some(began), Some(ended)) = (cycle.started_at, cycle.ended_at) {
            self.cycles.observe((ended - began).to_std().unwrap_or_default());
        }
        *self
            .cycle_states
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(cycle.state.as_str())
            .or_default() += 1;
        let counts = &cycle.counts;
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, count) in [
            ("create", counts.created),
            ("update", counts.updated),
            ("disable", counts.disabled),
            ("delete", counts.deleted),
            ("stageddelete", counts.staged),
            ("failure", counts.failed),
        ] {
            *operations.entry(name).or_default() += count;
        }
    }
}

/// Counts cycles as they end, until the process stops.
pub async fn follow(edge: Edge) {
    let mut hints = edge.service().hints();
    loop {
        let hint = tokio::select! {
            () = edge.stop().cancelled() => return,
            hint = hints.recv() => hint,
        };
        let configuration = match hint {
            // The end of a cycle is a change of its configuration.
            Ok(Hint::Configuration(configuration)) => configuration,
            // What was missed is met again at the next hint of that configuration.
            Ok(Hint::Cycle(..) | Hint::Agent(_) | Hint::Readiness | Hint::Alerts)
            | Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let newest = PageRequest::first(2);
        let cycles =
            edge.service().cycles(&Principal::system(), Some(&configuration.to_string()), newest).await;
        for cycle in cycles.map(|page| page.items).unwrap_or_default() {
            edge.metrics().cycle(&cycle);
        }
    }
}

/// `GET /metrics`.
pub async fn text(State(edge): State<Edge>) -> Response {
    match write(&edge).await {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn write(edge: &Edge) -> service::Result<String> {
    let (service, metrics, system) = (edge.service(), edge.metrics(), Principal::system());
    let mut out = String::new();
    metrics.requests.write(
        &mut out,
        "skybridge_http_request_duration_seconds",
        "Requests and how long they took.",
    );
    head(&mut out, "skybridge_http_responses_total", "counter", "Answers by class of status.");
    for (class, counter) in metrics.statuses.iter().enumerate().skip(1) {
        let name = format!("skybridge_http_responses_total{{class=\"{class}xx\"}}");
        line(&mut out, &name, counter.load(Ordering::Relaxed));
    }
    metrics.cycles.write(&mut out, "skybridge_cycle_duration_seconds", "Cycles and how long they took.");
    counters(&mut out, "skybridge_cycles_total", "state", "Finished cycles.", &metrics.cycle_states);
    counters(
        &mut out,
        "skybridge_operations_total",
        "action",
        "Operations of finished cycles by what the target did.",
        &metrics.operations,
    );

    let configurations = service.configurations(&system).await?;
    head(&mut out, "skybridge_configurations", "gauge", "Configurations by status.");
    for code in ConfigurationStatus::ALL {
        let count = configurations.iter().filter(|view| view.code == *code).count();
        line(&mut out, &format!("skybridge_configurations{{status=\"{code}\"}}"), count);
    }
    let queued = configurations.iter().filter(|view| view.queued.is_some()).count();
    let running = configurations.iter().filter(|view| view.running.is_some()).count();
    let escrows: u64 = configurations.iter().map(|view| view.escrows).sum();
    gauge(&mut out, "skybridge_cycles_queued", "Cycles that wait for their time.", queued);
    gauge(&mut out, "skybridge_cycles_running", "Cycles that run now.", running);
    gauge(&mut out, "skybridge_escrows", "Objects whose failure waits for its next attempt.", escrows);
    let counts = service.alert_counts(&system).await?;
    head(&mut out, "skybridge_alerts", "gauge", "Alerts that are not over.");
    for severity in AlertSeverity::ALL {
        for state in [AlertState::Open, AlertState::Acknowledged] {
            let of = counts.iter().filter(|count| count.severity == *severity && count.state == state);
            let name = format!("skybridge_alerts{{severity=\"{severity}\",state=\"{state}\"}}");
            line(&mut out, &name, of.map(|count| count.count).sum::<u64>());
        }
    }
    head(&mut out, "skybridge_alerts_by_kind", "gauge", "Alerts that are not over by what they say.");
    for kind in AlertKind::ALL {
        let of = counts.iter().filter(|count| count.kind == *kind).map(|count| count.count);
        line(&mut out, &format!("skybridge_alerts_by_kind{{kind=\"{kind}\"}}"), of.sum::<u64>());
    }
    let counts = service.directory_counts(&system).await?;
    head(&mut out, "skybridge_directory_objects", "gauge", "Objects of the built-in directory.");
    for (kind, count) in [("user", counts.users), ("group", counts.groups), ("contact", counts.contacts)] {
        line(&mut out, &format!("skybridge_directory_objects{{kind=\"{kind}\"}}"), count);
    }
    process(&mut out, metrics.started);
    Ok(out)
}

/// What the system says of this process; Linux only, absent elsewhere.
fn process(out: &mut String, started: Time) {
    gauge(out, "process_start_time_seconds", "When the process started.", started.timestamp());
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|number| number.parse::<u64>().ok());
        if let Some(kilobytes) = kilobytes {
            gauge(out, "process_resident_memory_bytes", "Memory in use.", kilobytes * 1024);
        }
    }
    if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
        gauge(out, "process_open_fds", "Open files and sockets.", entries.count());
    }
}

fn counters(
    out: &mut String,
    name: &str,
    label: &str,
    help: &str,
    values: &Mutex<BTreeMap<&'static str, u64>>,
) {
    head(out, name, "counter", help);
    for (value, count) in values.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        line(out, &format!("{name}{{{label}=\"{value}\"}}"), *count);
    }
}

fn gauge(out: &mut String, name: &str, help: &str, value: impl std::fmt::Display) {
    head(out, name, "gauge", help);
    line(out, name, value);
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(out: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "{name} {value}");
}

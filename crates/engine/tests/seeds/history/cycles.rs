//! Running one cycle as a worker does, to its end or to the process's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::cycle::{CycleState, Trigger};
use domain::{Clock, ConfigurationId, Cycle, CycleId, Time};
use engine::{EngineHandle, Worker, WorkerOptions};
use futures::FutureExt as _;
use storage::PageRequest;
use storage::record::RecordFilter;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::History;

impl History {
    /// Runs one cycle; `None` when the process died in it or the store gave up.
    pub(super) async fn cycle(&mut self, at: usize, eager: bool) -> Option<Cycle> {
        let configuration = self.sides[at].configuration;
        let trigger = if eager { Trigger::Manual } else { Trigger::Schedule };
        let faults = self.storage_faults.as_ref().map(|faults| faults.hold());
        for side in &self.sides {
            self.storage.drop_queued_cycles(side.configuration).await.expect("dropped");
        }
        let new = CycleId::new(self.clock.uuid());
        let due = Time::from_timestamp_micros(0).expect("a time");
        let id = self.storage.enqueue_cycle(new, configuration, due, trigger).await.expect("queued");
        if let (Some(storage), Some(fault)) = (&self.storage_faults, faults) {
            storage.set(fault);
        }
        let handle = EngineHandle::default();
        if let Some((_, stop, _)) = &mut self.sides[at].source.lock().stop_after {
            *stop = handle.clone();
        }
        let ended = self.work(handle, id).await;
        self.quieten(at);
        if self.tell {
            self.tell_records(configuration).await;
        }
        self.say(|| match &ended {
            Some(Cycle { state, problem, notes, counts, .. }) => {
                let code = problem.as_ref().map_or("", |problem| problem.code.as_str());
                format!("=> {state} {code} {notes:?}\n   {counts:?}")
            }
            None => "the process is gone".to_owned(),
        });
        ended
    }

    /// What the log says.
    async fn tell_records(&self, configuration: ConfigurationId) {
        let filter = RecordFilter {
            configuration: Some(configuration),
            oldest_first: true,
            ..RecordFilter::default()
        };
        let records = self.storage.records(&filter, PageRequest::first(1000)).await.expect("a page");
        for record in records.items {
            let record = self.storage.record(record.id).await.expect("is read").expect("is there");
            println!(
                "   {} {} {}: {:?}",
                record.action, record.status, record.source.display_name, record.modified
            );
        }
    }

    async fn work(&mut self, handle: EngineHandle, id: CycleId) -> Option<Cycle> {
        let page = PageRequest::first(1000);
        let before = self.storage.cycles(None, page).await.expect("a page").items;
        let before: BTreeSet<CycleId> = before.into_iter().map(|cycle| cycle.id).collect();
        let mut hints = handle.hints();
        let options = WorkerOptions {
            owner: "seed".to_owned(),
            concurrency: 1,
            lease: Duration::from_mins(10),
            exclusive: true,
        };
        let shutdown = CancellationToken::new();
        let worker = Worker::new(
            Arc::clone(&self.storage),
            Arc::clone(&self.ends) as _,
            Arc::clone(&self.clock) as _,
            handle,
            options,
        );
        let mut running = tokio::spawn(worker.run(shutdown.clone()));
        let never = Notify::new();
        let hurt = self.storage_faults.as_ref().map_or(&never, |faults| &faults.hurt);
        loop {
            let cycle = self.storage.cycle(id).await.expect("the store answers").expect("the cycle is there");
            if cycle.state.is_finished() {
                break;
            }
            tokio::select! {
                () = self.died.notified() => {
                    running.abort();
                    drop(running.await);
                    return None;
                }
                () = hurt.notified() => break,
                hint = hints.recv() => drop(hint),
            }
        }
        shutdown.cancel();
        tokio::select! {
            ended = &mut running => ended.expect("the worker ends"),
            () = self.died.notified() => {
                running.abort();
                drop(running.await);
                return None;
            }
        }
        let cycle = self.storage.cycle(id).await.expect("the store answers").expect("the cycle is there");
        if !cycle.state.is_finished() {
            return None;
        }
        // One that was stopped is followed at once by another, which may have ended by now.
        let page = PageRequest::first(1000);
        let cycles = self.storage.cycles(None, page).await.expect("a page").items;
        let since = cycles.into_iter().filter(|other| !before.contains(&other.id) && other.id != id);
        let followers: Vec<Cycle> = since.collect();
        self.alone = followers.is_empty();
        let own = followers.into_iter().find(|other| other.configuration_id == cycle.configuration_id);
        own.filter(|_| cycle.state == CycleState::Stopped).or(Some(cycle))
    }

    /// No fault outlives its cycle.
    fn quieten(&self, at: usize) {
        let mut shared = self.sides[at].source.lock();
        (shared.pages_left, shared.forget_cursor, shared.stop_after) = (None, false, None);
        self.ledger(|ledger| ledger.fault = None);
        // A signal that nobody waited for any more is not for the next cycle.
        let _: Option<()> = self.died.notified().now_or_never();
        if let Some(storage) = &self.storage_faults {
            storage.set(None);
            let _: Option<()> = storage.hurt.notified().now_or_never();
        }
    }
}

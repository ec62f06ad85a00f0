//! Threads of their own for the cycles: a page never waits for its turn behind what a cycle computes. What is opened on
//! them, as the connection that writes in the database, keeps their priority in threads of its own.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// Steps below the pages' threads: a third of their share, where there is not enough for both (`man 7 sched`).
#[cfg(target_os = "linux")]
const NICE: i32 = 5;
/// There is nothing below (`man 2 setpriority`).
#[cfg(target_os = "linux")]
const LEAST: i32 = 19;

#[derive(Debug)]
pub struct CycleThreads {
    handle: Handle,
    /// There until the end.
    runtime: Option<Runtime>,
}

impl CycleThreads {
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("cycles")
            .on_thread_start(step_back)
            .enable_all()
            .build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Runs work, and whatever it spawns, on these threads.
    pub fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.handle.spawn(work)
    }
}

/// Whoever waits for a page comes before a cycle where both want the same processor. On Linux this is said of a thread.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::getpriority_process(None)
        .and_then(|own| rustix::process::setpriority_process(None, (own + NICE).min(LEAST)))
    {
        tracing::debug!(error = %error, "cycles run with the priority of pages");
    }
}

impl Drop for CycleThreads {
    fn drop(&mut self) {
        // Waiting for the threads is nothing that may happen on those of the pages; what matters is committed by now.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use storage_sqlite::OpenOptions;

    use super::super::Core;
    use super::*;

    /// Niceness of the threads that SQLite works on (`man 5 proc_pid_stat`, field 19), lowest first.
    fn of_connections() -> Vec<i32> {
        let tasks = std::fs::read_dir("/proc/self/task").expect("threads");
        let stats = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("stat")).ok());
        let mut found: Vec<i32> = stats
            .filter_map(|stat| {
                let (name, rest) = stat.rsplit_once(')')?;
                name.contains("(sqlx-sqlite").then(|| rest.split_whitespace().nth(16)?.parse().ok())?
            })
            .collect();
        found.sort_unstable();
        found
    }

    #[tokio::test]
    async fn the_database_writes_with_the_priority_of_cycles_and_reads_with_that_of_pages() {
        let own = rustix::process::getpriority_process(None).expect("a priority");
        let folder = tempfile::tempdir().expect("a folder");
        let threads = CycleThreads::start().expect("threads");
        let core = Core::open(folder.path(), &folder.path().join("x.db"), Some(&threads)).await;
        let core = core.map_err(|error| error.to_string()).expect("opens");
        let readers = OpenOptions::default().readers as usize;
        let wanted = [vec![own; readers], vec![(own + NICE).min(LEAST)]].concat();
        assert_eq!(of_connections(), wanted);
        core.sqlite.close().await;
    }

    #[test]
    fn cycles_step_back_and_pages_do_not() {
        let before = rustix::process::getpriority_process(None).expect("a priority");
        let threads = CycleThreads::start().expect("threads");
        let work = threads.spawn(async { rustix::process::getpriority_process(None).expect("a priority") });
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(runtime.block_on(work).expect("an end"), (before + NICE).min(LEAST));
        assert_eq!(rustix::process::getpriority_process(None).expect("a priority"), before);
    }
}

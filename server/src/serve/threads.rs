//! Threads of their own for the cycles: a page never waits for its turn behind what a cycle computes.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

#[derive(Debug)]
pub struct CycleThreads {
    handle: Handle,
    /// There until the end.
    runtime: Option<Runtime>,
}

impl CycleThreads {
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().thread_name("cycles").enable_all().build()?;
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

impl Drop for CycleThreads {
    fn drop(&mut self) {
        // Waiting for the threads is nothing that may happen on those of the pages; what matters is committed by now.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

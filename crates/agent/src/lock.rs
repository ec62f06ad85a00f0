//! What a process holds while it changes the agent's files: a command may run beside the agent.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Let go when it is dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

impl Lock {
    /// Waits for whoever changes the files of this configuration now. `beside`: one of the files.
    pub fn take(beside: &Path) -> io::Result<Self> {
        let path = beside.with_extension("lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        // Who could open it could hold it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        #[cfg(unix)]
        crate::sealed::keep_owner(beside, &file)?;
        file.lock()?;
        Ok(Self(file))
    }
}

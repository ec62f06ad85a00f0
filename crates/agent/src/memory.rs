//! Memory that is not needed any more goes back to the system soon.
//!
//! A reading allocates and frees a megabyte in some milliseconds, and its tasks wander from thread to thread. The allocator
//! keeps what was freed for a second, which is a hundred megabytes by then, of which some ten are in use. It takes this
//! setting from its environment only, before anything else runs.

/// Milliseconds until freed memory is given back, and small pages only: a large one goes back as a whole or not at all.
#[cfg(target_os = "linux")]
const SETTINGS: [(&str, &str); 2] = [("MIMALLOC_PURGE_DELAY", "10"), ("MIMALLOC_ALLOW_THP", "0")];

/// Begins this program anew, in the same process, with the settings in its environment. Returns where they are there
/// already, and where it cannot be done: then more memory is used.
#[cfg(target_os = "linux")]
pub fn settle() {
    use std::os::unix::process::CommandExt as _;
    let (delay, _) = SETTINGS[0];
    if std::env::var_os(delay).is_some() {
        return;
    }
    let mut arguments = std::env::args_os();
    if let (Some(name), Ok(program)) = (arguments.next(), std::env::current_exe()) {
        let error = std::process::Command::new(program).arg0(name).args(arguments).envs(SETTINGS).exec();
        tracing::debug!(error = %error, "the allocator keeps its settings");
    }
}

/// Other systems keep the allocator's own settings.
#[cfg(not(target_os = "linux"))]
pub const fn settle() {}

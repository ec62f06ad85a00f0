//! How long freed memory stays with the process.

use std::env;
use std::process::Command;

/// Milliseconds after which freed memory goes back to the system. Where the environment sets it already, that holds.
const OPTION: &str = "MIMALLOC_PURGE_DELAY";

/// A cycle frees with each page what the next one takes. The allocator gives memory back a second after it was freed and
/// takes it again page fault by page fault, a tenth of a first cycle's time. It reads its options before `main`, so the
/// server starts itself once more under the same process id. When that fails it goes on as it is.
pub fn keep_for_the_next_page() {
    let serves = env::args_os().nth(1).is_some_and(|command| command == "serve");
    if serves && env::var_os(OPTION).is_none() {
        start_again();
    }
}

#[cfg(unix)]
fn start_again() {
    use std::os::unix::process::CommandExt as _;

    let Ok(program) = env::current_exe() else { return };
    let mut arguments = env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // Comes back only with an error.
    drop(command.args(arguments).env(OPTION, "10000").exec());
}

#[cfg(not(unix))]
fn start_again() {}

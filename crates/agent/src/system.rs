//! What the machine says of itself.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// Name of the machine.
pub fn machine() -> Option<String> {
    System::host_name().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Operating system and its version.
pub fn system() -> String {
    let name = if cfg!(target_os = "linux") {
        System::name().map(|name| format!("{name} {}", System::os_version().unwrap_or_default()))
    } else {
        System::long_os_version()
    };
    let name = name.map_or_else(|| std::env::consts::OS.to_owned(), |name| name.trim().to_owned());
    match kernel() {
        Some(kernel) => format!("{name}, kernel {kernel}"),
        None => name,
    }
}

/// Version of the kernel; on Windows the number of the build.
pub fn kernel() -> Option<String> {
    System::kernel_version().map(|version| version.trim().to_owned()).filter(|version| !version.is_empty())
}

/// Load of the last minute in hundredths of a core; nought where the system does not count it, as Windows.
pub fn load_centicores() -> u32 {
    (System::load_average().one * 100.0) as u32
}

/// Resident memory of this process, bytes.
pub fn memory_bytes() -> u64 {
    get_current_pid().ok().and_then(resident).unwrap_or(0)
}

fn resident(process: Pid) -> Option<u64> {
    let mut system = System::new();
    let memory = ProcessRefreshKind::nothing().with_memory().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, memory);
    system.process(process).map(sysinfo::Process::memory)
}

/// Memory of the machine, bytes.
pub fn machine_memory_bytes() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    Some(system.total_memory()).filter(|bytes| *bytes > 0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_everything() {
        assert!(machine().is_some_and(|name| !name.contains(char::is_whitespace)));
        assert!(system().contains("kernel"), "{}", system());
        assert!(kernel().is_some_and(|version| version.contains('.')));
        assert!(memory_bytes() > 100_000);
        assert!(machine_memory_bytes().is_some_and(|bytes| bytes > memory_bytes()));
    }
}

//! What the machine says of itself. Read from `/proc` where there is one; elsewhere unknown figures are nought.

use std::fs;

/// Name of the machine.
pub fn machine() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
}

/// Operating system and its version.
pub fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = name.map_or(std::env::consts::OS, |name| name.trim_matches('"'));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    match kernel.trim() {
        "" => name.to_owned(),
        kernel => format!("{name}, kernel {kernel}"),
    }
}

/// Load of the last minute in hundredths of a core.
pub fn load_centicores() -> u32 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse::<f64>().ok()).map_or(0, |load| (load * 100.0) as u32)
}

/// Resident memory of this process, bytes.
pub fn memory_bytes() -> u64 {
    kilobytes("/proc/self/status", "VmRSS:").unwrap_or(0) * 1024
}

/// Memory of the machine, bytes.
pub fn machine_memory_bytes() -> Option<u64> {
    kilobytes("/proc/meminfo", "MemTotal:").map(|kilobytes| kilobytes * 1024)
}

fn kilobytes(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_everything() {
        assert!(machine().is_some_and(|name| !name.contains(char::is_whitespace)));
        assert!(system().contains("kernel"), "{}", system());
        assert!(memory_bytes() > 100_000);
        assert!(machine_memory_bytes().is_some_and(|bytes| bytes > memory_bytes()));
    }
}

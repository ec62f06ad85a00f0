//! The machine itself.

use domain::agent::{CheckOutcome, ReadinessCheck};

use super::{Rest as _, check};
use crate::system;

const GIGABYTE: u64 = 1024 * 1024 * 1024;
const WANTED: u64 = 4 * GIGABYTE;
/// Oldest Windows: the build of Server 2016.
const OLDEST_BUILD: u32 = 14_393;
/// Oldest Linux: the kernel of Red Hat Enterprise Linux 8.
const OLDEST_KERNEL: (u32, u32) = (4, 18);

pub fn system() -> ReadinessCheck {
    system_of(system::system(), system::kernel().as_deref(), std::env::consts::OS)
}

/// `kernel`: its version, `os`: `linux`, `windows`, or what else there is.
fn system_of(name: String, kernel: Option<&str>, os: &str) -> ReadinessCheck {
    let did = "asked the operating system for its name and version";
    let numbers = kernel.map(numbers).unwrap_or_default();
    let recent = match (os, numbers.as_slice()) {
        ("windows", [build, ..]) => Some(*build >= OLDEST_BUILD),
        ("linux", [major, minor, ..]) => Some((*major, *minor) >= OLDEST_KERNEL),
        _ => None,
    };
    let (outcome, advice) = match recent {
        Some(true) => (CheckOutcome::Passed, ""),
        Some(false) => (
            CheckOutcome::Warning,
            "its maker hardly mends it any more, and it is beside a directory of people and groups; move the agent to a \
             newer system",
        ),
        None => (CheckOutcome::NotChecked, "the agent runs on this system, and nobody tests it there"),
    };
    let (major, minor) = OLDEST_KERNEL;
    check("system", outcome, did, name)
        .limit(format!("Linux {major}.{minor}, Windows Server 2016 (build {OLDEST_BUILD}), or newer"))
        .advice(advice)
}

/// The numbers that a version begins with: 6, 1 and 0 of `6.1.0-18-amd64`.
fn numbers(version: &str) -> Vec<u32> {
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    version[..end].split('.').map_while(|number| number.parse().ok()).collect()
}

pub fn memory() -> ReadinessCheck {
    let did = "asked the operating system how much memory the machine has";
    let Some(bytes) = system::machine_memory_bytes() else {
        return check("memory", CheckOutcome::NotChecked, did, "this operating system does not tell")
            .limit("4 GB");
    };
    memory_of(bytes, did)
}

/// A machine that is sold with 4 GB tells somewhat less: some of it belongs to the firmware.
fn memory_of(bytes: u64, did: &str) -> ReadinessCheck {
    let outcome = if bytes >= WANTED / 10 * 9 { CheckOutcome::Passed } else { CheckOutcome::Warning };
    check("memory", outcome, did, format!("{:.1} GB", bytes as f64 / GIGABYTE as f64)).limit("4 GB").advice(
        "the agent itself is content with 64 MB, but other programs of this machine may leave it less; give the \
         machine more memory",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_memory_is_a_warning_with_figure_and_limit() {
        let little = memory_of(2 * GIGABYTE, "asked");
        assert_eq!((little.outcome, little.found.as_str()), (CheckOutcome::Warning, "2.0 GB"));
        assert!(!little.advice.is_empty());
        let enough = memory_of(WANTED - GIGABYTE / 5, "asked");
        assert_eq!((enough.outcome, enough.advice.as_str()), (CheckOutcome::Passed, ""));
    }

    #[test]
    fn systems_older_than_the_oldest_are_a_warning() {
        for (os, kernel, outcome) in [
            ("linux", Some("6.1.0-18-amd64"), CheckOutcome::Passed),
            ("linux", Some("4.18.0-553.el8_10.x86_64"), CheckOutcome::Passed),
            ("linux", Some("4.4.0-210-generic"), CheckOutcome::Warning),
            ("linux", Some("3.10.0-1160.el7.x86_64"), CheckOutcome::Warning),
            ("windows", Some("20348"), CheckOutcome::Passed),
            ("windows", Some("14393"), CheckOutcome::Passed),
            ("windows", Some("9600"), CheckOutcome::Warning),
            ("linux", Some("unknown"), CheckOutcome::NotChecked),
            ("windows", None, CheckOutcome::NotChecked),
            ("plan9", Some("4"), CheckOutcome::NotChecked),
        ] {
            let found = system_of("A system".into(), kernel, os);
            assert_eq!(found.outcome, outcome, "{os} {kernel:?}");
            assert_eq!(found.advice.is_empty(), outcome == CheckOutcome::Passed, "{found:?}");
            assert!(
                found.limit.contains("Windows Server 2016") && found.limit.contains("Linux 4.18"),
                "{found:?}"
            );
        }
        assert_eq!(system().outcome, CheckOutcome::Passed, "{:?}", system());
    }
}

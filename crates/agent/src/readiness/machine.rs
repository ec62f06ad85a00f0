//! The machine itself.

use domain::agent::{CheckOutcome, ReadinessCheck};

use super::{Rest as _, check};
use crate::system;

const GIGABYTE: u64 = 1024 * 1024 * 1024;
const WANTED: u64 = 4 * GIGABYTE;

pub fn system() -> ReadinessCheck {
    let name = system::system();
    check("system", CheckOutcome::Passed, "asked the operating system for its name", name)
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
}

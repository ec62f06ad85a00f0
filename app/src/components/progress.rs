use domain::cycle::Phase;
use leptos::prelude::*;

use crate::format::number;

/// Where a running cycle is, real or simulated.
#[component]
pub fn CycleProgress(
    phase: Phase,
    done: u64,
    /// From the last complete cycle.
    expected: Option<u64>,
    #[prop(default = "Progress of the running cycle")] label: &'static str,
) -> impl IntoView {
    // Directories grow: more may come than the last cycle saw.
    let expected = expected.map(|expected| expected.max(done).max(1));
    let figures = match expected {
        Some(expected) => {
            format!("{} of {} ({} %)", number(done), number(expected), done * 100 / expected)
        }
        None => format!("{} so far", number(done)),
    };
    view! {
        <div class="progress">
            <div class="line">
                <span>{phase_text(phase)}</span>
                <span>{figures}</span>
            </div>
            <progress
                aria-label=label
                max=expected.map(|e| e.to_string())
                value=expected.map(|_| done.to_string())
            ></progress>
        </div>
    }
}

const fn phase_text(phase: Phase) -> &'static str {
    match phase {
        Phase::Starting => "Starting",
        Phase::Recovering => "Finishing the work of an interrupted cycle",
        Phase::Changes => "Taking what changed",
        Phase::Users => "Synchronising users",
        Phase::Contacts => "Synchronising contacts",
        Phase::Groups => "Synchronising groups",
        Phase::References => "Resolving managers and members",
        Phase::Removals => "Looking for objects that left",
        Phase::Finishing => "Finishing",
    }
}

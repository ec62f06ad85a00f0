use domain::{Cycle, cycle::Phase};
use leptos::prelude::*;

use crate::format::number;

/// Where a running cycle is.
#[component]
pub fn CycleProgress(cycle: Cycle) -> impl IntoView {
    let done = cycle.done;
    // Directories grow: more may come than the last cycle saw.
    let expected = cycle.expected.map(|expected| expected.max(done).max(1));
    let figures = match expected {
        Some(expected) => {
            format!("{} of {} ({} %)", number(done), number(expected), done * 100 / expected)
        }
        None => format!("{} so far", number(done)),
    };
    view! {
        <div class="progress">
            <div class="line">
                <span>{phase_text(cycle.phase)}</span>
                <span>{figures}</span>
            </div>
            <progress
                aria-label="Progress of the running cycle"
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

use domain::{
    cycle::CycleState,
    record::{Action, Status},
    status::StatusCode,
};
use leptos::prelude::*;

use super::{Icon, Tone};

/// A state in one word.
#[component]
pub fn Pill(
    tone: Tone,
    #[prop(into)] text: String,
    /// Another icon than the tone's.
    #[prop(optional)]
    icon: Option<&'static str>,
    #[prop(optional)] large: bool,
    #[prop(optional)] spinning: bool,
) -> impl IntoView {
    let size = if large { "large" } else { "" };
    view! {
        <span class=format!("pill {} {size}", tone.class())>
            <Icon name=icon.unwrap_or(tone.icon()) class=if spinning { "spinning" } else { "" } />
            {text}
        </span>
    }
}

/// What a configuration is up to.
#[component]
pub fn StatePill(
    status: StatusCode,
    /// A cycle of it runs now.
    running: bool,
    /// Its last cycle failed.
    failing: bool,
    #[prop(optional)] large: bool,
) -> impl IntoView {
    let (tone, icon, text) = state(status, running, failing);
    view! { <Pill tone text icon large spinning=icon == "running" /> }
}

/// Nothing is healthy whose last cycle came to nothing.
const fn state(status: StatusCode, running: bool, failing: bool) -> (Tone, &'static str, &'static str) {
    match status {
        StatusCode::Active | StatusCode::NotRun if running => (Tone::Info, "running", "Running"),
        StatusCode::Active if failing => (Tone::Bad, "alert", "Failing"),
        StatusCode::Active => (Tone::Ok, "check", "Healthy"),
        StatusCode::NotRun => (Tone::Calm, "clock", "Not run"),
        StatusCode::NotConfigured => (Tone::Calm, "settings", "Not configured"),
        StatusCode::Paused => (Tone::Warn, "pause", "Paused"),
        StatusCode::Quarantine => (Tone::Bad, "stop", "Quarantine"),
        StatusCode::Disabled => (Tone::Calm, "minus", "Disabled"),
    }
}

/// How a cycle went.
#[component]
pub fn CyclePill(state: CycleState) -> impl IntoView {
    let (tone, icon, text) = match state {
        CycleState::Queued => (Tone::Calm, "clock", "Queued"),
        CycleState::Running => (Tone::Info, "running", "Running"),
        CycleState::Succeeded => (Tone::Ok, "check", "Succeeded"),
        CycleState::EntryLevelErrors => (Tone::Warn, "alert", "Some objects failed"),
        CycleState::Failed => (Tone::Bad, "stop", "Failed"),
        CycleState::Interrupted => (Tone::Warn, "alert", "Interrupted"),
        CycleState::Stopped => (Tone::Calm, "pause", "Stopped"),
    };
    view! { <Pill tone text icon spinning=icon == "running" /> }
}

/// How one operation ended.
#[component]
pub fn StatusPill(status: Status, #[prop(optional)] large: bool) -> impl IntoView {
    let (tone, icon) = match status {
        Status::Success => (Tone::Ok, "check"),
        Status::Failure => (Tone::Bad, "stop"),
        Status::Skipped => (Tone::Calm, "skip"),
        Status::Warning => (Tone::Warn, "alert"),
    };
    view! { <Pill tone text=status_text(status) icon large /> }
}

pub(crate) const fn status_text(status: Status) -> &'static str {
    match status {
        Status::Success => "Success",
        Status::Failure => "Failure",
        Status::Skipped => "Skipped",
        Status::Warning => "Warning",
    }
}

/// What was done to an object.
#[component]
pub fn ActionLabel(action: Action) -> impl IntoView {
    view! { <span class=format!("action {action}")>{action_text(action)}</span> }
}

pub(crate) const fn action_text(action: Action) -> &'static str {
    match action {
        Action::Create => "Create",
        Action::Update => "Update",
        Action::Disable => "Disable",
        Action::Delete => "Delete",
        Action::StagedDelete => "Staged delete",
        Action::Other => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_whose_last_cycle_failed_is_not_shown_as_healthy() {
        assert_eq!(state(StatusCode::Active, false, false).2, "Healthy");
        assert_eq!(state(StatusCode::Active, false, true).2, "Failing");
        assert_eq!(state(StatusCode::Active, true, true).2, "Running");
        assert_eq!(state(StatusCode::Paused, false, true).2, "Paused");
    }
}

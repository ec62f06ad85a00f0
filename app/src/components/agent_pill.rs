use domain::agent::AgentState;
use leptos::prelude::*;

use super::{Pill, Tone};

/// The state of an agent.
#[component]
pub fn AgentPill(state: AgentState, #[prop(optional)] large: bool) -> impl IntoView {
    let (tone, icon) = match state {
        AgentState::Active => (Tone::Ok, "check"),
        AgentState::Degraded => (Tone::Warn, "clock"),
        AgentState::StatusOnly => (Tone::Warn, "alert"),
        AgentState::Inactive => (Tone::Bad, "stop"),
        AgentState::NeverConnected => (Tone::Calm, "clock"),
        AgentState::Retired => (Tone::Calm, "minus"),
    };
    view! { <Pill tone text=agent_state_text(state) icon large /> }
}

pub(crate) const fn agent_state_text(state: AgentState) -> &'static str {
    match state {
        AgentState::Active => "Active",
        AgentState::Degraded => "Late",
        AgentState::StatusOnly => "Status over 8080 only",
        AgentState::Inactive => "Inactive",
        AgentState::NeverConnected => "Never connected",
        AgentState::Retired => "Retired",
    }
}

use domain::record::{Status, Step, StepKind};
use leptos::prelude::*;

use super::{Fact, Facts, Icon, Lasted, StatusPill};

/// The way of one object through a cycle.
#[component]
pub fn Steps(steps: Vec<Step>) -> impl IntoView {
    view! { <ol class="steps">{steps.into_iter().map(step).collect_view()}</ol> }
}

fn step(step: Step) -> impl IntoView {
    let tone = match step.status {
        Status::Success => "tone-ok",
        Status::Failure => "tone-bad",
        Status::Warning => "tone-warn",
        Status::Skipped => "",
    };
    let (icon, title) = match step.kind {
        StepKind::Import => ("import", "Import"),
        StepKind::Scoping => ("filter", "Scope"),
        StepKind::Matching => ("match", "Match"),
        StepKind::Processing => ("mapping", "Map and compare"),
        StepKind::ReferenceResolution => ("groups", "Resolve references"),
        StepKind::Export => ("export", "Export"),
    };
    let took = step.duration_ms.map(u64::from);
    let skipped = step.detail("SkipReason").map(str::to_owned);
    let details = (!step.details.is_empty()).then(|| {
        let facts = step
            .details
            .into_iter()
            .map(|(label, value)| view! { <Fact label><span class="mono">{value}</span></Fact> })
            .collect_view();
        view! {
            <details class="disclosure" open=step.status == Status::Failure>
                <summary>"Details"</summary>
                <Facts>{facts}</Facts>
            </details>
        }
    });
    view! {
        <li>
            <span class=format!("mark {tone}")><Icon name=icon /></span>
            <div>
                <h3>
                    {title} <code>{step.name}</code> <StatusPill status=step.status />
                    {took.map(|ms| view! { <span class="took"><Lasted ms /></span> })}
                </h3>
                <p class="soft">{step.description}</p>
                {skipped.map(|reason| view! { <p class="soft">"Skipped: " <code>{reason}</code></p> })}
                {details}
            </div>
        </li>
    }
}

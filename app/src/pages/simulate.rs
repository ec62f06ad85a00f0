use domain::{
    access::Role,
    record::{Action, Status},
    simulation::{Simulation, SimulationState},
};
use leptos::prelude::*;

use super::{
    ConfigurationTab, configuration_frame,
    simulated_list::{Listed, simulated_list},
};
use crate::{
    components::{
        Card, Choice, CycleProgress, Empty, LinkButton, Notice, Pill, PostButton, Stat, Stats, Tone, When,
    },
    format::counted,
    frame::frame,
    islands::{LiveFilter, LivePage},
    view::{ConfigurationDetail, SimulateView, SimulatedQuery, tallied},
};

/// What the next cycle would do to everybody.
pub fn simulate(detail: &ConfigurationDetail, view: SimulateView) -> impl IntoView + use<> {
    let about = detail.summary.id.to_string();
    let base = format!("{}/simulate", detail.summary.href());
    let situation = situation(&base, &view);
    let list = view.newest.as_ref().map(|simulation| format!("{base}/{}", simulation.id)).map(|place| {
        view! {
            {simulated_list(&Listed { list: &base, place: &place, preview: false }, view)}
            <LiveFilter form="filter".to_owned() />
        }
    });
    let inside = view! {
        <div class="stack">
            <div class="stack" id="simulation" data-swap=true>{situation}</div>
            {list}
        </div>
        <LivePage about />
    };
    configuration_frame(detail, ConfigurationTab::Simulate, inside.into_any())
}

fn situation(base: &str, view: &SimulateView) -> AnyView {
    let operator = frame().may(Role::Operator);
    let Some(simulation) = view.newest.clone() else {
        let start = if operator {
            start(base, true)
        } else {
            view! { <p>"An operator can start one."</p> }.into_any()
        };
        return view! {
            <Card title="Simulate">
                <Empty icon="activity" title="No simulation yet">
                    <p>
                        "A simulation goes through the whole population as the next cycle would, and lists what would be done to whom. Nothing is written to the target, to the links or to the log."
                    </p>
                    {start}
                </Empty>
            </Card>
        }
        .into_any();
    };
    if view.is_running() {
        let action = format!("{base}/{}/cancel", simulation.id);
        let figures = figures(base, &simulation).into_any();
        return running(action, &simulation, operator, Some(figures));
    }
    let again = operator.then(|| {
        let start = start(base, false);
        view! {
            <Card title="Simulate again">
                <div class="card-body">{start}</div>
            </Card>
        }
    });
    view! { {verdict(&simulation)} {stale(&view.stale)} {summary(base, &simulation)} {again} }.into_any()
}

/// The button that starts one, and what it may take into account.
fn start(base: &str, first: bool) -> AnyView {
    let text = if first { "Simulate the next cycle" } else { "Simulate again" };
    view! {
        <form method="post" action=base.to_owned() class="stack start">
            <Choice
                id="full"
                name="full"
                value="1"
                label="Read everything"
                checked=false
                hint="Otherwise only what changed is read, as the next cycle would where it can."
            />
            <Choice
                id="scheduled"
                name="scheduled"
                value="1"
                label="As the schedule would run it"
                checked=false
                hint="Objects whose failure waits for its next attempt are left waiting. Otherwise they are tried, as with Run now."
            />
            <div class="actions">
                <button class="button primary">{text}</button>
            </div>
        </form>
    }
    .into_any()
}

/// How far a running simulation is, and the way to stop it.
pub(super) fn running(
    cancel: String,
    simulation: &Simulation,
    operator: bool,
    figures: Option<AnyView>,
) -> AnyView {
    let since =
        view! { <span class="note push">"since " <When at=simulation.started_at /></span> }.into_any();
    let cancel = operator.then(|| {
        view! {
            <div class="card-foot">
                <PostButton action=cancel text="Cancel" icon="stop" />
                <span class="note without-script">"Reload the page to see how far it is."</span>
            </div>
        }
    });
    let (phase, done, expected) = (simulation.phase, simulation.done, simulation.expected);
    view! {
        <Card title="Simulation running now" aside=since>
            <div class="card-body"><CycleProgress
                    phase
                    done
                    expected
                    label="Progress of the running simulation"
                /></div>
            {figures}
            {cancel}
        </Card>
    }
    .into_any()
}

/// How it ended, where that needs a word: a trip of the guard, a failure, an end before the end.
pub(super) fn verdict(simulation: &Simulation) -> Option<AnyView> {
    let (tone, title, text) = match (simulation.state, simulation.problem.clone()) {
        (SimulationState::Succeeded, Some(problem)) => {
            (Tone::Warn, "The next cycle would be stopped and go into quarantine", Some(problem))
        }
        (SimulationState::Failed, problem) => {
            (Tone::Bad, "The simulation failed, and so would the cycle", problem)
        }
        (SimulationState::Cancelled, _) => {
            (Tone::Info, "The simulation was cancelled: this is what it had found until then", None)
        }
        (SimulationState::Interrupted, _) => {
            (Tone::Info, "Skybridge was stopped before the simulation ended: start it again", None)
        }
        _ => return None,
    };
    let text = text.map(|problem| {
        let advice = domain::catalogue::find(&problem.code).map(|entry| entry.advice);
        view! {
            <p>{problem.message}</p>
            <p class="soft">
                <code>{problem.code}</code>
                " "
                {advice}
            </p>
        }
    });
    Some(view! { <Notice tone title=title>{text}</Notice> }.into_any())
}

pub(super) fn stale(reasons: &[&'static str]) -> Option<impl IntoView + use<>> {
    (!reasons.is_empty()).then(|| {
        let text = format!("{} Simulate again to see what the next cycle would do.", reasons.join(" "));
        view! {
            <Notice tone=Tone::Info title="These results are out of date">
                <p>{text}</p>
            </Notice>
        }
    })
}

fn summary(base: &str, simulation: &Simulation) -> impl IntoView + use<> {
    let at = simulation.ended_at.unwrap_or(simulation.started_at);
    let (tone, text) = match simulation.state {
        SimulationState::Running => (Tone::Info, "Running"),
        SimulationState::Succeeded => (Tone::Ok, "Complete"),
        SimulationState::Failed => (Tone::Bad, "Failed"),
        SimulationState::Cancelled => (Tone::Calm, "Cancelled"),
        SimulationState::Interrupted => (Tone::Warn, "Interrupted"),
    };
    let aside = view! {
        <Pill tone text />
        <span class="note push"><When at /></span>
    }
    .into_any();
    let kind = match (&simulation.scope, simulation.draft) {
        (Some(_), _) => "A changed scope that is not stored",
        (None, true) => "A changed plan that is not stored",
        (None, false) => "The stored configuration",
    };
    let read = if simulation.full { "everything was read" } else { "read as the next cycle would" };
    let by = format!("{kind}, {read}; asked for by {}.", simulation.requested_by);
    let guard = guard(simulation);
    let figures = figures(base, simulation);
    let notes = (!simulation.notes.is_empty()).then(|| {
        let lines = simulation.notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect_view();
        view! {
            <details class="disclosure">
                <summary>"Noticed on the way"</summary>
                <ul class="clauses soft">{lines}</ul>
            </details>
        }
    });
    view! {
        <Card title="What the next cycle would do" aside>
            {figures}
            <div class="card-foot"><div class="stack tight"><p class="soft">{by}" "{guard}</p>{notes}</div></div>
        </Card>
    }
}

fn guard(simulation: &Simulation) -> Option<String> {
    (simulation.state == SimulationState::Succeeded).then(|| match simulation.counts.staged {
        0 => "The accidental-delete guard would let it pass.".to_owned(),
        staged => {
            format!("The accidental-delete guard would hold back {}.", counted(staged, "removal", "removals"))
        }
    })
}

fn figures(base: &str, simulation: &Simulation) -> impl IntoView + use<> {
    let done = |action| {
        (
            tallied(simulation, Some(action), Some(Status::Success)),
            SimulatedQuery {
                action: Some(action),
                status: Some(Status::Success),
                ..SimulatedQuery::default()
            }
            .href(base),
        )
    };
    let ended = |status| {
        (
            tallied(simulation, None, Some(status)),
            SimulatedQuery { status: Some(status), ..SimulatedQuery::default() }.href(base),
        )
    };
    let (create, update) = (done(Action::Create), done(Action::Update));
    let (disable, delete) = (done(Action::Disable), done(Action::Delete));
    let held = tallied(simulation, Some(Action::StagedDelete), None);
    let held_href =
        SimulatedQuery { action: Some(Action::StagedDelete), ..SimulatedQuery::default() }.href(base);
    let (skipped, failed) = (ended(Status::Skipped), ended(Status::Failure));
    let skipped = (skipped.0.saturating_sub(held), skipped.1);
    let counts = simulation.counts;
    view! {
        <Stats>
            <Stat label="Read" value=counts.imported />
            <Stat label="Create" value=create.0 href=create.1 />
            <Stat label="Update" value=update.0 href=update.1 />
            <Stat label="Disable" value=disable.0 href=disable.1 />
            <Stat label="Delete" value=delete.0 href=delete.1 />
            <Stat label="Unchanged" value=counts.unchanged />
            <Stat label="Held back" value=held href=held_href alarming=true />
            <Stat label="Skipped" value=skipped.0 href=skipped.1 />
            <Stat label="Fail" value=failed.0 href=failed.1 alarming=true />
            <Stat label="Wait" value=counts.escrowed alarming=true />
        </Stats>
    }
}

/// Where nothing was found, and why that is.
pub(super) fn nothing(listed: &Listed<'_>, narrow: bool, state: Option<SimulationState>) -> AnyView {
    if narrow {
        let href = listed.list.to_owned();
        return view! {
            <Empty icon="search" title="Nothing matches">
                <p>"No simulated object has all of this."</p>
                <LinkButton href text="Clear all filters" />
            </Empty>
        }
        .into_any();
    }
    let (icon, title, text) = match (state, listed.preview) {
        (Some(SimulationState::Running), _) => {
            ("running", "Nothing found so far", "Objects are listed as soon as their page was gone through.")
        }
        (Some(SimulationState::Succeeded), true) => {
            ("check", "Nobody enters or leaves", "What is provisioned now is what this scope takes.")
        }
        (Some(SimulationState::Succeeded), false) => {
            ("check", "Nothing would be done", "Every object that was read is as it should be.")
        }
        _ => {
            ("alert", "It did not come to its end", "What it would have found is not known. Start it again.")
        }
    };
    view! { <Empty icon title=title><p>{text}</p></Empty> }.into_any()
}

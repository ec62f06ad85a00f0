//! What a change of the scope would do, before it is saved.

use std::collections::BTreeSet;

use domain::{
    ObjectKind,
    access::Role,
    scope::Scope,
    simulation::{Movement, Simulation, SimulationState},
};
use leptos::prelude::*;

use super::{
    ConfigurationTab, configuration_frame,
    scope::nesting_text,
    simulate::{running, stale, verdict},
    simulated_list::{Listed, simulated_list},
};
use crate::{
    components::{Card, LinkButton, Notice, Pill, PostButton, Table, Tone, When},
    format::{capitalised, counted, number},
    frame::frame,
    islands::{LiveFilter, LivePage},
    view::{ConfigurationDetail, SimulateView, SimulatedQuery, moving},
};

/// Who would come and who would go with a scope that is not stored.
pub fn scope_preview(
    detail: &ConfigurationDetail,
    simulation: Simulation,
    view: SimulateView,
) -> impl IntoView + use<> {
    let about = detail.summary.id.to_string();
    let base = detail.summary.href();
    let place = format!("{base}/simulate/{}", simulation.id);
    let list = format!("{base}/scope/preview/{}", simulation.id);
    let situation = if view.is_running() {
        let operator = frame().may(Role::Operator);
        view! {
            {running(format!("{list}/cancel"), &simulation, operator, None)}
            {movements(&list, &simulation)}
        }
        .into_any()
    } else {
        view! {
            {verdict(&simulation)}
            {stale(&view.stale)}
            {movements(&list, &simulation)}
            {decide(&base, &list, &simulation)}
        }
        .into_any()
    };
    let changes = changes(&detail.configuration.plan.scope, simulation.scope.as_ref());
    let inside = view! {
        <div class="stack">
            <div class="stack" id="simulation" data-swap=true>{situation}</div>
            {changes}
            {simulated_list(&Listed { list: &list, place: &place, preview: true }, view)}
        </div>
        <LiveFilter form="filter".to_owned() />
        <LivePage about />
    };
    configuration_frame(detail, ConfigurationTab::Scope, inside.into_any())
}

/// Who comes and who goes by type, each figure a way to its list.
fn movements(list: &str, simulation: &Simulation) -> impl IntoView + use<> {
    let cell = |kind: ObjectKind, movement: Movement| {
        let count = moving(simulation, kind, movement);
        if count == 0 {
            return view! { <td class="number zero">"0"</td> }.into_any();
        }
        let query =
            SimulatedQuery { kind: Some(kind), movement: Some(movement), ..SimulatedQuery::default() };
        let label = format!("{} {} {movement}", number(count), kind.plural());
        view! { <td class="number"><a href=query.href(list) aria-label=label>{number(count)}</a></td> }
            .into_any()
    };
    let rows = ObjectKind::ALL
        .iter()
        .map(|kind| {
            view! {
                <tr>
                    <th scope="row">{capitalised(kind.plural())}</th>
                    {cell(*kind, Movement::Enters)}
                    {cell(*kind, Movement::Leaves)}
                </tr>
            }
        })
        .collect_view();
    let sum = |movement| ObjectKind::ALL.iter().map(|kind| moving(simulation, *kind, movement)).sum::<u64>();
    let (enter, leave) = (sum(Movement::Enters), sum(Movement::Leaves));
    let at = simulation.ended_at.unwrap_or(simulation.started_at);
    let (tone, text) = match simulation.state {
        SimulationState::Running => (Tone::Info, "So far"),
        SimulationState::Succeeded => (Tone::Ok, "Complete"),
        _ => (Tone::Warn, "Not complete"),
    };
    let aside = view! {
        <Pill tone text />
        <span class="note push"><When at /></span>
    }
    .into_any();
    let title = format!(
        "{} {}, {} {}",
        counted(enter, "object", "objects"),
        if enter == 1 { "enters" } else { "enter" },
        number(leave),
        if leave == 1 { "leaves" } else { "leave" },
    );
    let guard = guard(simulation, leave);
    view! {
        <Card title aside>
            <Table label="Who enters and who leaves, by type">
                <thead>
                    <tr>
                        <th scope="col">"Type"</th>
                        <th scope="col" class="number">"Enter"</th>
                        <th scope="col" class="number">"Leave"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <div class="card-foot"><p class="soft">{guard}</p></div>
        </Card>
    }
}

/// What the accidental-delete guard would say to those who leave.
fn guard(simulation: &Simulation, leave: u64) -> String {
    if simulation.state != SimulationState::Succeeded {
        return "Compared with what is provisioned now.".to_owned();
    }
    match (&simulation.problem, leave) {
        (Some(_), _) => format!(
            "The accidental-delete guard would hold back {}; the configuration would go into quarantine until they are allowed.",
            counted(simulation.counts.staged, "removal", "removals")
        ),
        (None, 0) => "Compared with what is provisioned now. There is nothing for the accidental-delete guard to hold back.".to_owned(),
        (None, _) => "Compared with what is provisioned now. The accidental-delete guard would let it pass.".to_owned(),
    }
}

/// What to do with the preview: take the scope, change it further, leave it.
fn decide(base: &str, list: &str, simulation: &Simulation) -> impl IntoView + use<> {
    let may = frame().may(Role::Administrator) && simulation.scope.is_some();
    // Who would be taken away is known at the end only.
    let save = (may && simulation.state == SimulationState::Succeeded).then(|| {
        let action = format!("{list}/save");
        let text = if simulation.problem.is_some() { "Save this scope anyway" } else { "Save this scope" };
        view! { <PostButton action text class="primary" /> }
    });
    let more = may.then(|| {
        let href = format!("{base}/scope?from={}", simulation.id);
        view! { <LinkButton href text="Change it" /> }
    });
    view! {
        <div class="actions">
            {save}
            {more}
            <LinkButton href=format!("{base}/simulate") text="Everything that the cycle would do" class="quiet" />
            <LinkButton href=format!("{base}/scope") text="Leave it as it is" class="quiet" />
        </div>
    }
}

/// What is different from the stored scope, in words.
fn changes(stored: &Scope, tried: Option<&Scope>) -> Option<impl IntoView + use<>> {
    let tried = tried?;
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    for (what, before, after) in [
        ("organisational unit", &stored.organizational_units, &tried.organizational_units),
        ("group", &stored.groups, &tried.groups),
    ] {
        let key = |dn: &String| domain::dn::key(dn);
        let (old, new): (BTreeSet<_>, BTreeSet<_>) =
            (before.iter().map(key).collect(), after.iter().map(key).collect());
        let added = after.iter().filter(|dn| !old.contains(&key(dn)));
        lines.extend(added.map(|dn| ("Added", format!("{what} {dn}"))));
        let removed = before.iter().filter(|dn| !new.contains(&key(dn)));
        lines.extend(removed.map(|dn| ("Removed", format!("{what} {dn}"))));
    }
    match (stored.is_everything(), tried.is_everything()) {
        (false, true) => lines.push(("Added", "the whole domain".to_owned())),
        (true, false) => lines.push(("Removed", "the whole domain".to_owned())),
        _ => {}
    }
    if stored.nested_groups != tried.nested_groups && !tried.groups.is_empty() {
        lines.push(("Changed", nesting_text(tried.nested_groups).to_owned()));
    }
    if stored.filters != tried.filters {
        let text = match tried.filters.len() {
            0 => "no attribute filter any more".to_owned(),
            count => counted(count as u64, "attribute filter", "attribute filters"),
        };
        lines.push(("Changed", text));
    }
    if lines.is_empty() {
        let text = "This is the scope that is stored: whoever enters or leaves does so because of changes in the directory.";
        return Some(
            view! { <Notice tone=Tone::Info title="The scope is the same">{text}</Notice> }.into_any(),
        );
    }
    let more = lines.len().saturating_sub(MOST_LINES);
    let rest =
        (more > 0).then(|| view! { <li class="soft">{format!("and {} more", number(more as u64))}</li> });
    let lines = lines
        .into_iter()
        .take(MOST_LINES)
        .map(|(how, what)| view! { <li><strong>{how}</strong>" "<span class="dn">{what}</span></li> })
        .collect_view();
    Some(
        view! {
            <Card title="What would change in the scope">
                <div class="card-body"><ul class="clauses">{lines}{rest}</ul></div>
            </Card>
        }
        .into_any(),
    )
}

/// A scope may name thousands.
const MOST_LINES: usize = 30;

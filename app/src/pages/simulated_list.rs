use domain::{
    ObjectKind,
    record::{Action, Status},
    simulation::SimulatedObject,
};
use leptos::prelude::*;

use super::{log_row::kind_icon, simulate::nothing};
use crate::{
    components::{ActionLabel, Icon, LinkButton, Pager, StatusPill, Table, action_text, status_text},
    format::{capitalised, counted},
    view::{SimulateView, SimulatedQuery},
};

/// What would be done to whom: search, filters, rows.
pub(super) fn simulated_list(base: &str, view: SimulateView) -> impl IntoView + use<> {
    let filter = view.filter.clone();
    let csv = view.newest.as_ref().map(|simulation| {
        let href = filter.first_page().href(&format!("{base}/{}/csv", simulation.id));
        view! { <LinkButton href text="Save as CSV" icon="export" /> }
    });
    let option = |value: &'static str, text: String, selected: bool| {
        view! { <option value=value selected=selected>{text}</option> }
    };
    let actions = Action::ALL
        .iter()
        .map(|action| {
            option(action.as_str(), action_text(*action).to_owned(), filter.action == Some(*action))
        })
        .collect_view();
    let statuses = Status::ALL
        .iter()
        .map(|status| {
            option(status.as_str(), status_text(*status).to_owned(), filter.status == Some(*status))
        })
        .collect_view();
    let kinds = ObjectKind::ALL
        .iter()
        .map(|kind| option(kind.as_str(), capitalised(kind.plural()), filter.kind == Some(*kind)))
        .collect_view();
    let rows = rows(base, view);
    view! {
        <form class="filter" id="filter">
            <div class="search">
                <Icon name="search" />
                <input
                    type="search"
                    name="q"
                    id="q"
                    value=filter.text
                    aria-label="Search names, DNs, ids and error codes of the simulation"
                    placeholder="Name, DN, id, error code"
                    autocomplete="off"
                />
            </div>
            <select class="input" name="action" aria-label="Action">
                <option value="">"Any action"</option>
                {actions}
            </select>
            <select class="input" name="status" aria-label="Outcome">
                <option value="">"Any outcome"</option>
                {statuses}
            </select>
            <select class="input" name="type" aria-label="Object type">
                <option value="">"Any type"</option>
                {kinds}
            </select>
            <button class="button without-script">"Apply"</button>
            <span id="save" data-swap=true>{csv}</span>
        </form>
        <section class="card" aria-label="Simulated objects" id="results" data-swap=true>
            {rows}
        </section>
    }
}

fn rows(base: &str, view: SimulateView) -> AnyView {
    if view.rows.is_empty() {
        return nothing(base, view.filter.is_narrow(), view.is_running());
    }
    let simulation = view.newest.as_ref().map(|simulation| simulation.id.to_string()).unwrap_or_default();
    let first = view.filter.after.is_some().then(|| view.filter.first_page().href(base));
    let next = view
        .next
        .clone()
        .map(|after| SimulatedQuery { after: Some(after), ..view.filter.clone() }.href(base));
    let count = view.rows.len() as u64;
    let summary = format!("{}, in the order of the cycle", counted(count, "object", "objects"));
    let place = format!("{base}/{simulation}");
    let rows = view.rows.into_iter().map(|object| row(&place, object)).collect_view();
    view! {
        <Table label="Simulated objects" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Object"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col">"Outcome"</th>
                    <th scope="col">"Why"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first next />
    }
    .into_any()
}

/// The name under which people know a simulated object.
pub(super) fn name_of(object: &SimulatedObject) -> String {
    [&object.source.display_name, &object.target.display_name, &object.source.name, &object.source.id]
        .into_iter()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_else(|| "(no name)".to_owned())
}

fn row(place: &str, object: SimulatedObject) -> impl IntoView + use<> {
    let name = name_of(&object);
    let href = format!("{place}/{}", object.number);
    let why = object.error.map(|error| {
        view! {
            <code>{error.error_code}</code>
            <span class="sub clip">{error.reason}</span>
        }
    });
    view! {
        <tr>
            <th scope="row" class="full main">
                <span class="identity">
                    <Icon name=kind_icon(object.kind) />
                    <span>
                        <a class="row-link" href=href>{name}</a>
                        <span class="sub clip">{object.source.name}</span>
                    </span>
                </span>
            </th>
            <td><ActionLabel action=object.action /></td>
            <td><StatusPill status=object.status /></td>
            <td class="full">{why}</td>
        </tr>
    }
}

use domain::{
    ObjectKind,
    record::{Action, Status},
    simulation::{Movement, SimulatedObject},
};
use leptos::prelude::*;

use super::{log_row::kind_icon, simulate::nothing};
use crate::{
    components::{
        ActionLabel, Icon, LinkButton, Pager, Pill, SearchField, StatusPill, Table, Tone, action_text,
        status_text,
    },
    format::{capitalised, counted},
    view::{SimulateView, SimulatedQuery},
};

/// Where a list of simulated objects is shown.
pub(super) struct Listed<'a> {
    /// The address of the list itself.
    pub(super) list: &'a str,
    /// The address of the simulation, beneath which its objects and its file lie.
    pub(super) place: &'a str,
    /// Only who comes and who goes is listed.
    pub(super) preview: bool,
}

/// How people call a movement.
const fn movement_text(movement: Movement) -> &'static str {
    match movement {
        Movement::Enters => "Enters",
        Movement::Leaves => "Leaves",
    }
}

/// What would be done to whom: search, filters, rows.
pub(super) fn simulated_list(listed: &Listed<'_>, view: SimulateView) -> impl IntoView + use<> {
    let filter = view.filter.clone();
    let file = if listed.preview { "moving" } else { "csv" };
    let csv = filter.first_page().href(&format!("{}/{file}", listed.place));
    let csv = view! { <LinkButton href=csv text="Save as CSV" icon="export" /> };
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
    let movements = Movement::ALL
        .iter()
        .map(|movement| {
            let selected = filter.movement == Some(*movement);
            option(movement.as_str(), movement_text(*movement).to_owned(), selected)
        })
        .collect_view();
    let anybody = if listed.preview { "Enters or leaves" } else { "Moves or stays" };
    let rows = rows(listed, view);
    view! {
        <form class="filter" id="filter">
            <SearchField
                value=filter.text
                label="Search names, DNs, ids and error codes of the simulation"
                placeholder="Name, DN, id, error code"
            />
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
            <select class="input" name="movement" aria-label="Who enters or leaves">
                <option value="">{anybody}</option>
                {movements}
            </select>
            <button class="button without-script">"Apply"</button>
            <span id="save" data-swap=true>{csv}</span>
        </form>
        <section class="card" aria-label="Simulated objects" id="results" data-swap=true>
            {rows}
        </section>
    }
}

fn rows(listed: &Listed<'_>, view: SimulateView) -> AnyView {
    let base = listed.list;
    if view.rows.is_empty() {
        return nothing(listed, view.filter.is_narrow(), view.state());
    }
    let first = view.filter.after.is_some().then(|| view.filter.first_page().href(base));
    let next = view
        .next
        .clone()
        .map(|after| SimulatedQuery { after: Some(after), ..view.filter.clone() }.href(base));
    let count = view.rows.len() as u64;
    let summary = format!("{}, in the order of the cycle", counted(count, "object", "objects"));
    let rows = view.rows.into_iter().map(|object| row(listed.place, object)).collect_view();
    view! {
        <Table label="Simulated objects" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Object"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col">"Scope"</th>
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
    let movement = object.movement.map(|movement| {
        let tone = if movement == Movement::Enters { Tone::Ok } else { Tone::Warn };
        view! { <Pill tone text=movement_text(movement) /> }
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
            <td>{movement}</td>
            <td><StatusPill status=object.status /></td>
            <td class="full">{why}</td>
        </tr>
    }
}

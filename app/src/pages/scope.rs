use std::collections::HashMap;

use domain::{
    access::Role,
    scope::{Nesting, ScopeContainer},
};
use leptos::prelude::*;

use super::{
    ConfigurationTab, configuration_frame, filter_editor::filter_editor, refused::refused,
    scope_tree::scope_tree,
};
use crate::{
    components::{Card, Choice, Copyable, Empty, LinkButton, Notice, Pill, Select, Table, TextArea, Tone},
    format::{counted, number},
    frame::frame,
    islands::LiveForm,
    view::{ConfigurationDetail, ScopeDraft, ScopeView},
};

/// Which objects of the domain are taken.
pub fn scope(detail: &ConfigurationDetail, view: ScopeView) -> impl IntoView + use<> {
    let base = detail.summary.href();
    let inside = view! {
        <div class="stack">
            {in_scope(detail)}
            {frame().may(Role::Administrator).then(|| form(&base, view))}
        </div>
    };
    configuration_frame(detail, ConfigurationTab::Scope, inside.into_any())
}

fn in_scope(detail: &ConfigurationDetail) -> AnyView {
    let scope = &detail.configuration.plan.scope;
    let filters = filters(scope.filters.len());
    if scope.is_everything() {
        let domain = detail.summary.names.domain.clone();
        return view! {
            <Card title="In scope">
                <Empty icon="tree" title="The whole domain">
                    <p>"Every user, group and contact of " {domain} " that the service account may read."</p>
                    {filters}
                </Empty>
            </Card>
        }
        .into_any();
    }
    let units = (!scope.organizational_units.is_empty()).then(|| {
        let title =
            counted(scope.organizational_units.len() as u64, "organisational unit", "organisational units");
        parts("Organisational units in scope", title, &scope.organizational_units, &detail.state.containers)
    });
    let groups = (!scope.groups.is_empty()).then(|| {
        let title = counted(scope.groups.len() as u64, "group", "groups");
        parts("Groups in scope", title, &scope.groups, &detail.state.memory.groups)
    });
    let followed = (!scope.groups.is_empty()).then(|| {
        view! { <p class="soft">{nesting_text(scope.nested_groups)} "."</p> }
    });
    view! { {missing(detail)} {units} {groups} {followed} {filters} }.into_any()
}

fn filters(count: usize) -> Option<impl IntoView + use<>> {
    (count > 0).then(|| {
        let text = counted(count as u64, "attribute filter narrows", "attribute filters narrow");
        view! { <p class="soft">{text} " which people are taken."</p> }
    })
}

/// What is gone at the source is told before the lists: its objects are on their way out.
fn missing(detail: &ConfigurationDetail) -> Option<impl IntoView + use<>> {
    let scope = &detail.configuration.plan.scope;
    let gone = |chosen: &[String], known: &[ScopeContainer]| {
        let known = by_name(known);
        let gone =
            |dn: &&String| known.get(&dn.to_ascii_lowercase()).is_some_and(|part| part.current_dn.is_empty());
        chosen.iter().filter(gone).count()
    };
    let count = gone(&scope.organizational_units, &detail.state.containers)
        + gone(&scope.groups, &detail.state.memory.groups);
    (count > 0).then(|| {
        let title = counted(count as u64, "part of the scope is", "parts of the scope are");
        view! {
            <Notice tone=Tone::Warn title=format!("{title} gone from the directory")>
                "Whoever was taken because of it leaves the scope; the accidental-delete guard counts them. Take it out of the scope, or restore it in the directory."
            </Notice>
        }
    })
}

/// Rows of a list at most: a scope may name thousands. The text field below holds all of them.
const MOST_ROWS: usize = 50;

/// What is known of each part of the scope, by the name under which it was chosen.
fn by_name(known: &[ScopeContainer]) -> HashMap<String, &ScopeContainer> {
    known.iter().map(|part| (part.chosen_dn.to_ascii_lowercase(), part)).collect()
}

/// What a reader wants to see first: what is gone, then what moved, then what was not looked up.
fn urgency(dn: &str, known: Option<&ScopeContainer>) -> u8 {
    match known {
        Some(part) if part.current_dn.is_empty() => 0,
        Some(part) if !part.current_dn.eq_ignore_ascii_case(dn) => 1,
        None => 2,
        Some(_) => 3,
    }
}

/// Containers or groups, as they were chosen and as they are.
fn parts(
    label: &'static str,
    title: String,
    chosen: &[String],
    known: &[ScopeContainer],
) -> impl IntoView + use<> {
    let known = by_name(known);
    let mut all: Vec<_> =
        chosen.iter().map(|dn| (dn, known.get(&dn.to_ascii_lowercase()).copied())).collect();
    all.sort_by_key(|(dn, known)| urgency(dn, *known));
    let more = all.len().saturating_sub(MOST_ROWS);
    let rest = (more > 0).then(|| {
        let text =
            format!("{MOST_ROWS} of {}, those that are gone or moved first.", number(all.len() as u64));
        view! { <div class="card-foot"><p class="soft">{text}</p></div> }
    });
    let rows = all
        .into_iter()
        .take(MOST_ROWS)
        .map(|(dn, known)| {
            let known = known.cloned();
            let (state, now) = match &known {
                None => (view! { <Pill tone=Tone::Calm text="Not looked up yet" icon="clock" /> }, None),
                Some(part) if part.current_dn.is_empty() => {
                    (view! { <Pill tone=Tone::Bad text="Missing" /> }, Some("deleted".to_owned()))
                }
                Some(part) if part.current_dn.eq_ignore_ascii_case(dn) => {
                    (view! { <Pill tone=Tone::Ok text="Found" /> }, None)
                }
                Some(part) => (
                    view! { <Pill tone=Tone::Warn text="Renamed or moved" /> },
                    Some(part.current_dn.clone()),
                ),
            };
            view! {
                <tr>
                    <th scope="row" class="full dn">{dn.clone()}</th>
                    <td class="full dn">
                        {match now {
                            Some(dn) => dn.into_any(),
                            None => view! { <span class="faint">"as chosen"</span> }.into_any(),
                        }}
                    </td>
                    <td>{state}</td>
                    <td class="narrow-hide">
                        {known.map(|c| view! { <Copyable text=c.object_id what="object id" /> })}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title=format!("In scope: {title}")>
            <Table label stacked=true inert=true>
                <thead>
                    <tr>
                        <th scope="col">"Chosen as"</th>
                        <th scope="col">"Now"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Object id"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            {rest}
        </Card>
    }
}

pub(super) const fn nesting_text(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Off => "Only direct members of the groups are taken",
        Nesting::OneLevel => "Direct members, and members of groups among them",
        Nesting::All => "Members at any depth are taken",
    }
}

fn form(base: &str, view: ScopeView) -> impl IntoView + use<> {
    let action = format!("{base}/scope");
    let base = base.to_owned();
    let ScopeView { draft, errors, tree } = view;
    let tree = scope_tree(&action, &tree);
    let rows = errors.0.keys().filter(|key| key.starts_with("filters.")).cloned().collect::<Vec<_>>();
    let shown: Vec<&str> =
        ScopeDraft::FIELDS.iter().copied().chain(rows.iter().map(String::as_str)).collect();
    let refused = refused(&errors, &shown);
    let editor = filter_editor(&action, &draft.filters, &errors);
    let nesting = Nesting::ALL.iter().map(|way| (way.to_string(), nesting_text(*way).to_owned())).collect();
    let nested = if draft.nested_groups.is_empty() { Nesting::All.to_string() } else { draft.nested_groups };
    view! {
        <Card title="Change the scope">
            <form method="post" action=action class="form wide card-body" id="scope-form">
                // The first button of a form is the one that the Enter key presses.
                <button class="visually-hidden" tabindex="-1" aria-hidden="true" name="edit" value="enter">
                    "Save scope"
                </button>
                {refused}
                <fieldset class="field">
                    <legend>"Objects to take"</legend>
                    <div class="choices">
                        <Choice
                            id="scope-all"
                            name="scope"
                            value="all"
                            label="The whole domain"
                            checked=draft.everything
                            kind="radio"
                        />
                        <Choice
                            id="scope-ous"
                            name="scope"
                            value="ous"
                            label="Only these organisational units and groups"
                            checked=!draft.everything
                            kind="radio"
                        />
                    </div>
                </fieldset>
                {tree}
                <TextArea
                    id="organizationalUnits"
                    label="Organisational units"
                    value=draft.organizational_units
                    rows=5
                    class="code"
                    hint="One distinguished name a line. Everything beneath each is taken. They are followed by their object id, so a rename does not lose anybody."
                    error=errors.of("organizationalUnits")
                />
                <TextArea
                    id="groups"
                    label="Groups"
                    value=draft.groups
                    rows=3
                    class="code"
                    hint="One distinguished name a line. Each group and its members are taken, wherever they lie."
                    error=errors.of("groups")
                />
                <Select
                    id="nestedGroups"
                    label="Groups among the members"
                    value=nested
                    options=nesting
                    error=errors.of("nestedGroups")
                />
                {editor}
                <Notice tone=Tone::Info title="What leaves the scope is handled as set in Properties">
                    "The accidental-delete guard stops a cycle that would remove too many objects."
                </Notice>
                <div class="actions">
                    <button class="button primary" name="edit" value="preview">"Preview who enters and leaves"</button>
                    <button class="button">"Save scope"</button>
                    <LinkButton href=base text="Cancel" class="quiet" />
                </div>
            </form>
            <LiveForm form="scope-form".to_owned() />
        </Card>
    }
}

use domain::{ObjectKind, access::Role};
use leptos::prelude::*;

use super::log_row::kind_icon;
use crate::{
    components::{Empty, Icon, LinkButton, PageHead, Pager, Pill, SearchField, Table, Tone, When},
    format::{capitalised, counted},
    frame::frame,
    islands::LiveFilter,
    view::{DirectoryEntry, DirectoryList, query},
};

/// Users, contacts or groups of the built-in directory.
pub fn directory_list(view: DirectoryList) -> impl IntoView {
    let kind = view.kind;
    let title = capitalised(kind.plural());
    let path = if kind == ObjectKind::Group { "/groups" } else { "/users" };
    let lead = format!("{} in the built-in directory.", counted(view.total, kind.as_str(), kind.plural()));
    let text = view.text.clone();
    let configurations = view
        .configurations
        .iter()
        .map(|(id, name, _)| {
            view! { <option value=id.to_string() selected=view.configuration == Some(*id)>{name.clone()}</option> }
        })
        .collect_view();
    let people = (kind != ObjectKind::Group).then(|| {
        view! {
            <select class="input" name="type" aria-label="Object type">
                <option value="">"Users"</option>
                <option value="contact" selected=kind == ObjectKind::Contact>"Contacts"</option>
            </select>
        }
    });
    let accounts = (kind == ObjectKind::User).then(|| {
        view! {
            <select class="input" name="account" aria-label="Account state">
                <option value="">"Any account state"</option>
                <option value="enabled" selected=view.enabled == Some(true)>"Enabled"</option>
                <option value="disabled" selected=view.enabled == Some(false)>"Disabled"</option>
            </select>
        }
    });
    view! {
        <PageHead title lead=view! { {lead} }.into_any() />
        <form class="filter" id="filter" action=path>
            <SearchField
                value=text
                label="Search names, user names, mail addresses and anchors"
                placeholder="Name, user name, mail or anchor"
            />
            {people} {accounts}
            <select class="input" name="configuration" aria-label="Configuration">
                <option value="">"Any configuration"</option>
                {configurations}
            </select>
            <button class="button without-script">"Apply"</button>
        </form>
        <section class="card" aria-label="Results" id="results" data-swap=true>{results(view, path)}</section>
        <LiveFilter form="filter".to_owned() />
    }
}

fn results(view: DirectoryList, path: &'static str) -> AnyView {
    let narrow = !view.text.is_empty() || view.configuration.is_some() || view.enabled.is_some();
    if view.rows.is_empty() {
        return if narrow {
            view! {
                <Empty icon="search" title="Nobody matches">
                    <p>"Search for less of the name, or take a filter away."</p>
                    <LinkButton href=path text="Clear all filters" />
                </Empty>
            }
            .into_any()
        } else {
            let create = frame().may(Role::Administrator).then(|| {
                view! { <LinkButton href="/configurations" text="Go to the configurations" class="primary" /> }
            });
            view! {
                <Empty icon=kind_icon(view.kind) title=format!("No {} yet", view.kind.plural())>
                    <p>"They appear here once a configuration with the built-in directory as its target has run."</p>
                    {create}
                </Empty>
            }
            .into_any()
        };
    }
    let address = |after: Option<String>| {
        query::href(
            path,
            &[
                ("q", view.text.clone()),
                ("type", if view.kind == ObjectKind::Contact { "contact".to_owned() } else { String::new() }),
                ("configuration", view.configuration.map(|id| id.to_string()).unwrap_or_default()),
                (
                    "account",
                    view.enabled
                        .map(|e| if e { "enabled" } else { "disabled" }.to_owned())
                        .unwrap_or_default(),
                ),
                ("after", after.unwrap_or_default()),
            ],
        )
    };
    let first = view.later.then(|| address(None));
    let next = view.next.clone().map(|after| address(Some(after)));
    let summary = format!("{} shown, by name", view.rows.len());
    let group = view.kind == ObjectKind::Group;
    let rows = view.rows.iter().map(|entry| row(entry, &view)).collect_view();
    let heads = if group {
        view! { <th scope="col">"Description"</th> }.into_any()
    } else {
        view! {
            <th scope="col">"User name"</th>
            <th scope="col">"Department"</th>
        }
        .into_any()
    };
    view! {
        <Table label="Objects" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    {heads}
                    <th scope="col">"Source domain"</th>
                    {(view.kind == ObjectKind::User).then(|| view! { <th scope="col">"Account"</th> })}
                    <th scope="col">"Last synchronised"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first next />
    }
    .into_any()
}

fn attribute(entry: &DirectoryEntry, name: &str) -> String {
    entry
        .attributes
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .and_then(|(_, values)| values.first().cloned())
        .unwrap_or_default()
}

fn row(entry: &DirectoryEntry, view: &DirectoryList) -> impl IntoView + use<> {
    let middle = if entry.kind == ObjectKind::Group {
        view! { <td class="full soft"><span class="clip">{attribute(entry, "description")}</span></td> }
            .into_any()
    } else {
        let name = entry.user_principal_name.clone().or_else(|| entry.mail.clone()).unwrap_or_default();
        view! {
            <td class="full"><span class="clip">{name}</span></td>
            <td class="narrow-hide soft">{attribute(entry, "department")}</td>
        }
        .into_any()
    };
    let account =
        (entry.kind == ObjectKind::User).then(|| view! { <td>{account_pill(entry.account_enabled)}</td> });
    view! {
        <tr>
            <th scope="row" class="full third">
                <span class="identity">
                    <Icon name=kind_icon(entry.kind) />
                    <a class="row-link" href=entry.href()>{entry.display_name.clone()}</a>
                </span>
            </th>
            {middle}
            <td>{view.domain_of(entry.configuration_id).to_owned()}</td>
            {account}
            <td class="full nowrap"><When at=entry.updated_at /></td>
        </tr>
    }
}

/// Whether the account may be used.
pub fn account_pill(enabled: Option<bool>) -> AnyView {
    match enabled {
        Some(false) => view! { <Pill tone=Tone::Calm text="Disabled" icon="lock" /> }.into_any(),
        // Most are: a loud badge on every row would hide the few that are not.
        _ => view! { <span class="soft">"Enabled"</span> }.into_any(),
    }
}

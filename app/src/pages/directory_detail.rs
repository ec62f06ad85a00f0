use domain::ObjectKind;
use leptos::prelude::*;

use super::{directory::account_pill, log_row::kind_icon};
use crate::{
    components::{Card, Copyable, Empty, Fact, Facts, Icon, LinkButton, PageHead, Pager, Table, When},
    format::{counted, number},
    view::{DirectoryDetail, DirectoryEntry, LogFilter, object_href},
};

/// One object of the built-in directory: what it holds and where it came from.
pub fn directory_detail(view: DirectoryDetail) -> impl IntoView {
    let entry = view.entry.clone();
    let group = entry.kind == ObjectKind::Group;
    let crumb = if group { ("/groups", "Groups") } else { ("/users", "Users") };
    let beside =
        if entry.kind == ObjectKind::User { account_pill(entry.account_enabled) } else { ().into_any() };
    let under = entry.user_principal_name.clone().or_else(|| entry.mail.clone()).unwrap_or_default();
    let logs = LogFilter { text: entry.change_id.to_string(), ..LogFilter::default() }.href();
    let history = LogFilter { text: entry.id.clone(), ..LogFilter::default() }.href();
    let why = view.source_object.clone().map(|id| {
        view! { <LinkButton href=object_href(&id) text="Why, and its history" icon="search" class="primary" /> }
    });
    let actions = view! { <LinkButton href=history text="View logs" icon="history" /> {why} }.into_any();
    let manager = view.manager.clone().map(|(name, href)| {
        view! { <Fact label="Manager"><a href=href>{name}</a></Fact> }
    });
    let members = group.then(|| members(&view));
    let attributes = attributes(&entry, view.manager.clone());
    let member_of = member_of(&view);
    let DirectoryDetail { domain, configuration, .. } = view;
    let configuration_href = format!("/configurations/{}", entry.configuration_id);
    view! {
        <PageHead
            title=entry.display_name
            crumbs=vec![(crumb.0.to_owned(), crumb.1.to_owned())]
            beside
            lead=view! { {under} }.into_any()
            actions
        />
        <div class="columns">
            <div class="stack">
                {members}
                <Card title="Attributes">{attributes}</Card>
            </div>
            <div class="stack">
                <Card title="Where it comes from">
                    <div class="card-body">
                        <Facts>
                            <Fact label="Source domain">{domain}</Fact>
                            <Fact label="Configuration">
                                <a href=configuration_href>{configuration}</a>
                            </Fact>
                            <Fact label="Anchor"><Copyable text=entry.anchor what="anchor" /></Fact>
                            <Fact label="Object id"><Copyable text=entry.id what="object id" /></Fact>
                            {manager}
                            <Fact label="Last synchronised"><When at=entry.updated_at /></Fact>
                            <Fact label="Created"><When at=entry.created_at /></Fact>
                            <Fact label="Last change"><a href=logs>"Its provisioning record"</a></Fact>
                        </Facts>
                    </div>
                </Card>
                {member_of}
            </div>
        </div>
    }
}

fn attributes(entry: &DirectoryEntry, manager: Option<(String, String)>) -> impl IntoView + use<> {
    let rows = entry
        .attributes
        .iter()
        .map(|(name, values)| {
            if let Some((person, href)) = manager.clone().filter(|_| name == "manager") {
                return view! {
                    <tr>
                        <th scope="row" class="mono full">{name.clone()}</th>
                        <td class="full"><a href=href>{person}</a></td>
                    </tr>
                }
                .into_any();
            }
            let values = values
                .iter()
                .map(|value| view! { <span class="value">{value.clone()}</span> })
                .collect_view();
            view! { <tr><th scope="row" class="mono full">{name.clone()}</th><td class="full">{values}</td></tr> }.into_any()
        })
        .collect_view();
    view! {
        <Table label="Attributes" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Attribute"</th>
                    <th scope="col">"Value"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

fn member_of(view: &DirectoryDetail) -> impl IntoView + use<> {
    let body = if view.member_of.is_empty() {
        view! { <p class="card-body faint">"No group"</p> }.into_any()
    } else {
        let groups = view
            .member_of
            .iter()
            .map(|g| view! { <li><a href=g.href()>{g.display_name.clone()}</a><Icon name="groups" /></li> })
            .collect_view();
        view! { <ul class="feed">{groups}</ul> }.into_any()
    };
    view! { <Card title="Member of">{body}</Card> }
}

fn members(view: &DirectoryDetail) -> impl IntoView + use<> {
    let title = counted(view.member_count, "member", "members");
    if view.members.is_empty() {
        return view! {
            <Card title>
                <Empty icon="users" title="No members">
                    <p>"The group has no member in the source, or none that is in scope."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let rows = view
        .members
        .iter()
        .map(|m| {
            let name = m.user_principal_name.clone().or_else(|| m.mail.clone()).unwrap_or_default();
            view! {
                <tr>
                    <th scope="row" class="full">
                        <span class="identity">
                            <Icon name=kind_icon(m.kind) />
                            <a class="row-link" href=m.href()>{m.display_name.clone()}</a>
                        </span>
                    </th>
                    <td class="full"><span class="clip">{name}</span></td>
                </tr>
            }
        })
        .collect_view();
    let base = view.entry.href();
    let next = view.members_next.clone().map(|after| format!("{base}?after={after}"));
    let summary = format!("{} of {}", number(view.members.len() as u64), number(view.member_count));
    view! {
        <Card title>
            <Table label="Members" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"User name"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <Pager summary first=None next />
        </Card>
    }
    .into_any()
}

use domain::access::Role;
use leptos::prelude::*;

use crate::{
    components::{Empty, LinkButton, PageHead, Tab, Table, Tabs},
    frame::frame,
};

/// The parts of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsTab {
    General,
    Domains,
    Targets,
    Access,
}

/// What stands around each part of the settings.
pub fn settings_frame(
    tab: SettingsTab,
    lead: &'static str,
    actions: Option<AnyView>,
    body: AnyView,
) -> impl IntoView {
    let mut parts = vec![
        (SettingsTab::General, "General", "/settings"),
        (SettingsTab::Domains, "Source domains", "/settings/domains"),
        (SettingsTab::Targets, "Targets", "/settings/targets"),
    ];
    if frame().may(Role::Administrator) {
        parts.push((SettingsTab::Access, "Access", "/settings/access"));
    }
    let tabs = parts
        .into_iter()
        .map(|(part, text, href)| Tab { text, href: href.to_owned(), current: part == tab, count: None })
        .collect();
    let actions = actions.unwrap_or_else(|| ().into_any());
    view! {
        <PageHead title="Settings" lead=view! { {lead} }.into_any() actions />
        <Tabs label="Settings" tabs />
        {body}
    }
}

/// What a part of the settings that is a list says and offers.
pub struct SettingsList {
    pub tab: SettingsTab,
    pub lead: &'static str,
    /// Where a new one is made, and the button's text.
    pub new: (&'static str, &'static str),
    pub label: &'static str,
    pub heads: [&'static str; 4],
    /// Instead of the table, and for whom it is to make the first one.
    pub empty: (&'static str, &'static str),
}

/// A part of the settings that is a list.
pub fn settings_list(list: SettingsList, rows: Vec<AnyView>) -> impl IntoView {
    let administrator = frame().may(Role::Administrator);
    let (href, text) = list.new;
    let add =
        administrator.then(|| view! { <LinkButton href text icon="plus" class="primary" /> }.into_any());
    let body = if rows.is_empty() {
        let (title, hint) = list.empty;
        let hint = if administrator { hint } else { "An administrator can add one." };
        view! {
            <div class="card">
                <Empty icon="server" title>
                    <p>{hint}</p>
                </Empty>
            </div>
        }
        .into_any()
    } else {
        let heads = list.heads.map(|head| view! { <th scope="col">{head}</th> }).collect_view();
        view! {
            <section class="card" aria-label=list.label>
                <Table label=list.label stacked=true>
                    <thead>
                        <tr>{heads}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </section>
        }
        .into_any()
    };
    settings_frame(list.tab, list.lead, add, body)
}

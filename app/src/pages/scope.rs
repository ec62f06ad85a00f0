use domain::access::Role;
use leptos::prelude::*;

use super::{ConfigurationTab, configuration_frame};
use crate::{
    components::{Card, Choice, Copyable, Empty, LinkButton, Notice, Pill, Table, TextArea, Tone},
    frame::frame,
    view::{ConfigurationDetail, ScopeView},
};

/// Which objects of the domain are taken.
pub fn scope(detail: &ConfigurationDetail, view: ScopeView) -> impl IntoView + use<> {
    let base = detail.summary.href();
    let inside = view! {
        <div class="stack">
            {containers(detail)}
            {frame().may(Role::Administrator).then(|| form(&base, view))}
        </div>
    };
    configuration_frame(detail, ConfigurationTab::Scope, inside.into_any())
}

fn containers(detail: &ConfigurationDetail) -> AnyView {
    let chosen = &detail.configuration.plan.scope.organizational_units;
    if chosen.is_empty() {
        let domain = detail.summary.names.domain.clone();
        return view! {
            <Card title="In scope">
                <Empty icon="tree" title="The whole domain">
                    <p>"Every user, group and contact of " {domain} " that the service account may read."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let rows = chosen
        .iter()
        .map(|dn| {
            let known =
                detail.state.containers.iter().find(|c| c.chosen_dn.eq_ignore_ascii_case(dn)).cloned();
            let (state, now) = match &known {
                Some(c) if c.current_dn.eq_ignore_ascii_case(dn) => {
                    (view! { <Pill tone=Tone::Ok text="Found" /> }.into_any(), None)
                }
                Some(c) => (
                    view! { <Pill tone=Tone::Warn text="Renamed or moved" /> }.into_any(),
                    Some(c.current_dn.clone()),
                ),
                None => (
                    view! { <Pill tone=Tone::Calm text="Not looked up yet" icon="clock" /> }.into_any(),
                    None,
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
    let count = chosen.len();
    view! {
        <Card title=format!("In scope: {count} organisational {}", if count == 1 { "unit" } else { "units" })>
            <Table label="Organisational units in scope" stacked=true>
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
        </Card>
    }
    .into_any()
}

fn form(base: &str, view: ScopeView) -> impl IntoView + use<> {
    let action = format!("{base}/scope");
    let base = base.to_owned();
    let others: Vec<String> = view.errors.others(&["organizationalUnits"]).cloned().collect();
    view! {
        <Card title="Change the scope">
            <form method="post" action=action class="form card-body">
                {(!others.is_empty())
                    .then(|| view! { <Notice tone=Tone::Bad title="Not saved">{others.join(" ")}</Notice> })}
                <fieldset class="field">
                    <legend>"Objects to take"</legend>
                    <div class="choices">
                        <Choice
                            id="scope-all"
                            name="scope"
                            value="all"
                            label="The whole domain"
                            checked=view.everything
                            kind="radio"
                        />
                        <Choice
                            id="scope-ous"
                            name="scope"
                            value="ous"
                            label="Only these organisational units"
                            checked=!view.everything
                            kind="radio"
                        />
                    </div>
                </fieldset>
                <TextArea
                    id="organizationalUnits"
                    label="Organisational units"
                    value=view.text
                    rows=5
                    class="code"
                    hint="One distinguished name a line. Everything beneath each is taken. They are followed by their object id, so a rename does not lose anybody."
                    error=view.errors.of("organizationalUnits")
                />
                <Notice tone=Tone::Info title="What leaves the scope is handled as set in Properties">
                    "The accidental-delete guard stops a cycle that would remove too many objects."
                </Notice>
                <div class="actions">
                    <button class="button primary">"Save scope"</button>
                    <LinkButton href=base text="Cancel" class="quiet" />
                </div>
            </form>
        </Card>
    }
}

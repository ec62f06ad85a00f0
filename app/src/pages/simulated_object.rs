use domain::{
    record::{Identity, Status},
    simulation::SimulatedObject,
};
use leptos::prelude::*;

use super::{ConfigurationTab, configuration_frame, simulated_list::name_of};
use crate::{
    components::{
        ActionLabel, Card, Copyable, Diff, Empty, Fact, Facts, LinkButton, Notice, StatusPill, Steps, Tone,
    },
    format::capitalised,
    view::{ConfigurationDetail, LogFilter},
};

/// What would be done to one object, and the steps that lead there.
pub fn simulated_object(detail: &ConfigurationDetail, object: SimulatedObject) -> impl IntoView + use<> {
    let back = format!("{}/simulate", detail.summary.href());
    let error = object.error.clone().map(|error| {
        let tone = if object.status == Status::Failure { Tone::Bad } else { Tone::Warn };
        view! {
            <Notice tone title=error.error_code>
                <p>{error.reason}</p>
                <p class="soft">{error.recommended_action}</p>
            </Notice>
        }
    });
    let modified = if object.modified.is_empty() {
        view! {
            <Card title="Before and after">
                <Empty icon="edit" title="No attribute would change">
                    <p>"The steps say why."</p>
                </Empty>
            </Card>
        }
        .into_any()
    } else {
        let properties = object.modified.clone();
        view! { <Card title="Before and after"><Diff properties /></Card> }.into_any()
    };
    let aside = view! {
        <ActionLabel action=object.action />
        <StatusPill status=object.status />
    }
    .into_any();
    let facts = facts(&object);
    let name = name_of(&object);
    let steps = if object.steps.is_empty() {
        view! { <Empty icon="logs" title="No steps"><p>"The object would be removed with those that left."</p></Empty> }
            .into_any()
    } else {
        view! { <div class="card-body"><Steps steps=object.steps /></div> }.into_any()
    };
    let inside = view! {
        <div class="stack">
            <div class="actions">
                <LinkButton href=back text="Back to the simulation" icon="left" class="small" />
            </div>
            {error}
            <div class="columns">
                <div class="stack">
                    {modified}
                    <Card title="Steps">{steps}</Card>
                </div>
                <Card title=name aside>{facts}</Card>
            </div>
        </div>
    };
    configuration_frame(detail, ConfigurationTab::Simulate, inside.into_any())
}

fn facts(object: &SimulatedObject) -> impl IntoView + use<> {
    let history = LogFilter { object: Some(object.source.id.clone()), ..LogFilter::default() }.href();
    let has_history = !object.source.id.is_empty();
    let named = |identity: &Identity| {
        if identity.name.is_empty() { identity.display_name.clone() } else { identity.name.clone() }
    };
    let (source, target) = (named(&object.source), named(&object.target));
    let kind = capitalised(object.kind.as_str());
    let (source_id, target_id) = (object.source.id.clone(), object.target.id.clone());
    view! {
        <div class="card-body">
            <Facts>
                <Fact label="Object type">{kind}</Fact>
                <Fact label="Source"><span class="dn">{source}</span></Fact>
                {(!source_id.is_empty())
                    .then(|| view! { <Fact label="Source id"><Copyable text=source_id what="source id" /></Fact> })}
                <Fact label="Target"><span class="dn">{target}</span></Fact>
                {(!target_id.is_empty())
                    .then(|| view! { <Fact label="Target id"><Copyable text=target_id what="target id" /></Fact> })}
                {has_history
                    .then(|| view! { <Fact label="So far"><a href=history>"Provisioning log of this object"</a></Fact> })}
            </Facts>
        </div>
    }
}

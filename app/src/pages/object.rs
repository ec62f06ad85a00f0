use domain::{ProvisioningRecord, access::Role};
use leptos::prelude::*;
use service::history::{ObjectHistory, Place, Sentence, Weight};

use super::log_row::kind_icon;
use crate::{
    components::{
        ActionLabel, AttributeTable, Card, Copyable, Diff, Empty, Fact, Facts, Icon, LinkButton, PageHead,
        Pager, StatusPill, Tone, When,
    },
    format::counted,
    frame::frame,
    view::{LogFilter, ObjectView, object_href, query},
};

/// What people call the object.
pub fn object_title(history: &ObjectHistory) -> String {
    [&history.display_name, &history.dn, &history.object_id]
        .into_iter()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_default()
}

/// One object across all configurations: why it is as it is, both sides of it, and all that was done to it.
pub fn object(view: ObjectView) -> impl IntoView {
    let history = &view.history;
    let base = object_href(&history.object_id);
    let logs = LogFilter { object: Some(history.object_id.clone()), ..LogFilter::default() }.href();
    let lead = view! {
        <span class="flow">
            <Icon name=kind_icon(history.kind) />
            <span class="dn">{history.dn.clone()}</span>
        </span>
    }
    .into_any();
    let actions = view! {
        <LinkButton href=logs text="Search its records" icon="logs" />
        <LinkButton href=base.clone() text="Ask again" icon="restart" />
    }
    .into_any();
    let why = (!view.later).then(|| {
        let cards = view.places(frame().now).into_iter().map(|(place, said)| why(place, said));
        let cards = cards.collect_view();
        view! { {cards} {sides(&view)} }
    });
    let (id, dn, kind) = (history.object_id.clone(), history.dn.clone(), history.kind);
    let title = object_title(history);
    let records = records(&base, &view);
    view! {
        <PageHead
            title
            crumbs=vec![("/logs".to_owned(), "Provisioning logs".to_owned())]
            lead
            actions
        />
        <div class="stack">
            {why}
            {records}
            <Card title="Identity">
                <div class="card-body">
                    <Facts>
                        <Fact label="Object id">
                            <Copyable text=id what="object id" />
                        </Fact>
                        <Fact label="Object type">{kind.to_string()}</Fact>
                        <Fact label="Last known name"><span class="dn">{dn}</span></Fact>
                    </Facts>
                </div>
            </Card>
        </div>
    }
}

/// Why the object is as it is in one configuration.
fn why(place: &Place, said: Vec<Sentence>) -> impl IntoView + use<> {
    let href = format!("/configurations/{}", place.configuration_id);
    let lines = said.into_iter().map(sentence).collect_view();
    let test = (frame().may(Role::Operator) && place.knows()).then(|| {
        let href = format!("{href}/test");
        view! { <LinkButton href text="Test or provision it" icon="play" class="small" /> }
    });
    let failing = place.escrow.is_some().then(|| {
        let href = format!("{href}/failing");
        view! { <LinkButton href text="All that fails here" icon="alert" class="small" /> }
    });
    let aside = view! {
        <span class="note flow push">{place.domain.clone()} <Icon name="right" /> {place.target.clone()}</span>
    }
    .into_any();
    let configuration = place.configuration.clone();
    view! {
        <Card title=format!("Why, in {}", place.configuration) aside>
            <ul class="sentences card-body">{lines}</ul>
            <div class="card-foot">
                <LinkButton
                    href
                    text=format!("Open {configuration}")
                    icon="configurations"
                    class="small"
                />
                {test}
                {failing}
            </div>
        </Card>
    }
}

fn sentence(said: Sentence) -> impl IntoView {
    let (tone, word) = match said.weight {
        Weight::Good => (Tone::Ok, "Good"),
        Weight::Plain => (Tone::Info, "Note"),
        Weight::Warning => (Tone::Warn, "Warning"),
        Weight::Bad => (Tone::Bad, "Problem"),
    };
    let advice =
        (!said.advice.is_empty()).then(|| view! { <p class="soft">"What to do: " {said.advice.clone()}</p> });
    view! {
        <li>
            <span class=format!("mark {}", tone.class())><Icon name=tone.icon() /></span>
            <div>
                <p><span class="visually-hidden">{word} ": "</span>{said.text}</p>
                {advice}
            </div>
        </li>
    }
}

/// The source beside its targets.
fn sides(view: &ObjectView) -> impl IntoView + use<> {
    let source = match view.source() {
        Some((domain, attributes)) => view! {
            <Card title=format!("In the source, {domain}")><AttributeTable label="Source attributes" attributes /></Card>
        }
        .into_any(),
        None => view! {
            <Card title="In the source">
                <Empty icon="search" title="Nothing was read">
                    <p>"The directory could not be asked just now, or no longer has the object. The sentences above say which."</p>
                </Empty>
            </Card>
        }
        .into_any(),
    };
    let targets = view.targets();
    let targets = if targets.is_empty() {
        view! {
            <Card title="In the target">
                <Empty icon="export" title="No object of a target belongs to it">
                    <p>"It was never provisioned, or was removed."</p>
                </Empty>
            </Card>
        }
        .into_any()
    } else {
        targets
            .into_iter()
            .map(|(place, attributes)| {
                let title = if place.held.is_some() {
                    format!("In the target, {}", place.target)
                } else {
                    format!("In the target, {}, as last exported", place.target)
                };
                let link = place.held.as_ref().map(|held| {
                    let href = crate::view::directory_href(held.kind, &held.id);
                    view! { <a class="push" href=href>"Open"</a> }
                });
                let aside = link.into_any();
                let label = format!("Attributes in {}", place.configuration);
                view! { <Card title aside><AttributeTable label attributes /></Card> }
            })
            .collect_view()
            .into_any()
    };
    view! {
        <div class="columns even">
            <div class="stack">{source}</div>
            <div class="stack">{targets}</div>
        </div>
    }
}

fn records(base: &str, view: &ObjectView) -> impl IntoView + use<> {
    let page = &view.history.records;
    if page.items.is_empty() {
        return view! {
            <Card title="What was done to it">
                <Empty icon="history" title="The log has no record of it">
                    <p>"Records are kept for as long as the retention says; older ones are gone."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let rows = page.items.iter().cloned().map(record).collect_view();
    let next = page.next.clone().map(|after| query::href(base, &[("after", after)]));
    let first = view.later.then(|| base.to_owned());
    let summary = counted(page.items.len() as u64, "record", "records");
    view! {
        <Card title="What was done to it">
            <ol class="records">{rows}</ol>
            <Pager summary first next first_text="Newest" next_text="Older" />
        </Card>
    }
    .into_any()
}

fn record(record: ProvisioningRecord) -> impl IntoView {
    let href = format!("/logs/{}", record.id);
    let error = record.error.as_ref().map(|error| {
        view! { <p>{error.reason.clone()} " " <code>{error.error_code.clone()}</code></p> }
    });
    let who = record.initiated_by.as_ref().map(|name| format!(", asked for by {name}"));
    let flow = format!("{} to {}", record.source_system, record.target_system);
    let diff = (!record.modified.is_empty()).then(|| {
        let count = counted(record.modified.len() as u64, "attribute", "attributes");
        let properties = record.modified.clone();
        view! {
            <details class="disclosure">
                <summary>{count}</summary>
                <Diff properties />
            </details>
        }
    });
    view! {
        <li>
            <div class="top">
                <ActionLabel action=record.action />
                <StatusPill status=record.status />
                <a class="push" href=href>
                    <span class="visually-hidden">{format!("Record {}, ", record.id)}</span>
                    <When at=record.at />
                </a>
            </div>
            <p class="soft">{flow} {who}</p>
            {error}
            {diff}
        </li>
    }
}

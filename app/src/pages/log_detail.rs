use domain::{
    ProvisioningRecord,
    record::{ErrorInfo, Identity, Status},
};
use leptos::prelude::*;

use super::log_row::{history_row, kind_icon, target_text};
use crate::{
    components::{
        ActionLabel, Card, Copyable, Diff, Empty, Fact, Facts, Icon, Lasted, LinkButton, Notice, PageHead,
        StatusPill, Steps, Tab, Table, Tabs, Tone, When, action_text,
    },
    format::capitalised,
    view::{LogDetail, LogFilter, LogTab, object_href},
};

/// One record: what happened to one object, why, and what to do about it.
pub fn log_detail(view: LogDetail) -> impl IntoView {
    let record = view.record.clone();
    let tab = view.tab;
    let base = format!("/logs/{}", record.id);
    let tabs = [
        (LogTab::Steps, "Steps", Some(record.steps.len())),
        (LogTab::Modified, "Modified properties", Some(record.modified.len())),
        (LogTab::Troubleshooting, "Troubleshooting", None),
        (LogTab::Summary, "Summary", None),
    ]
    .into_iter()
    .map(|(of, text, count)| Tab {
        text,
        href: if of == LogTab::Steps { base.clone() } else { format!("{base}?tab={of}") },
        current: of == tab,
        count: count.map(|n| n as u64),
    })
    .collect();
    let why = (!record.source.id.is_empty()).then(|| {
        let href = object_href(&record.source.id);
        view! { <LinkButton href text="Why, and what now" icon="search" class="primary" /> }.into_any()
    });
    let beside = view! { <StatusPill status=record.status large=true /> }.into_any();
    let lead = view! {
        <span class="flow">
            <Icon name=kind_icon(record.kind) />
            {format!("{} of a {} at ", action_text(record.action), record.kind)}
            <When at=record.at />
        </span>
    }
    .into_any();
    let error = record.error.clone().filter(|_| tab != LogTab::Troubleshooting).map(|error| {
        view! {
            <Notice tone=tone(record.status) title=error.error_code>
                <p>{error.reason}</p>
                <p class="soft">{error.recommended_action}</p>
            </Notice>
        }
    });
    let part = match tab {
        LogTab::Steps => steps(&record),
        LogTab::Modified => modified(&record),
        LogTab::Troubleshooting => troubleshooting(&record),
        LogTab::Summary => summary(&record),
    };
    view! {
        <PageHead
            title=target_text(&record)
            crumbs=vec![("/logs".to_owned(), "Provisioning logs".to_owned())]
            beside
            lead
            actions=why.unwrap_or_else(|| ().into_any())
        />
        {error}
        <Tabs label="Parts of the record" tabs />
        <div class="columns">
            <div class="stack">{part} {history(&view)}</div>
            {links(&view)}
        </div>
    }
}

const fn tone(status: Status) -> Tone {
    match status {
        Status::Failure => Tone::Bad,
        Status::Warning => Tone::Warn,
        Status::Success | Status::Skipped => Tone::Info,
    }
}

fn steps(record: &ProvisioningRecord) -> AnyView {
    if record.steps.is_empty() {
        return view! {
            <Card title="Steps">
                <Empty icon="logs" title="No steps were recorded">
                    <p>"The summary says what is known."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let steps = record.steps.clone();
    view! { <Card title="Steps"><div class="card-body"><Steps steps /></div></Card> }.into_any()
}

fn modified(record: &ProvisioningRecord) -> AnyView {
    if record.modified.is_empty() {
        return view! {
            <Card title="Modified properties">
                <Empty icon="edit" title="No property was modified">
                    <p>"The operation did not get that far, or had nothing to change."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let properties = record.modified.clone();
    view! { <Card title="Modified properties"><Diff properties /></Card> }.into_any()
}

fn troubleshooting(record: &ProvisioningRecord) -> AnyView {
    let Some(error) = record.error.clone() else {
        return view! {
            <Card title="Troubleshooting">
                <Empty icon="check" title="Nothing to mend">
                    <p>"The target accepted the change."</p>
                </Empty>
            </Card>
        }
        .into_any();
    };
    let ErrorInfo { error_code, error_category, reason, recommended_action } = error;
    let meaning = domain::catalogue::find(&error_code).map(|entry| entry.meaning);
    let same = LogFilter { error_code: Some(error_code.clone()), ..LogFilter::default() }.href();
    view! {
        <Card title="Troubleshooting">
            <div class="card-body">
                <Facts>
                    <Fact label="Code"><code>{error_code}</code></Fact>
                    {meaning.map(|text| view! { <Fact label="What it means">{text}</Fact> })}
                    <Fact label="Reason">{reason}</Fact>
                    <Fact label="What to do"><strong>{recommended_action}</strong></Fact>
                    <Fact label="Category">{error_category.to_string()}</Fact>
                </Facts>
                <div class="actions">
                    <LinkButton href=same text="Other objects with this error" icon="search" class="small" />
                </div>
            </div>
        </Card>
    }
    .into_any()
}

fn summary(record: &ProvisioningRecord) -> AnyView {
    let ProvisioningRecord { action, status, kind, at, duration_ms, change_id, cycle_id, id, .. } =
        record.clone();
    view! {
        <Card title="Summary">
            <div class="card-body">
                <Facts>
                    <Fact label="Action"><ActionLabel action /></Fact>
                    <Fact label="Status"><StatusPill status /></Fact>
                    <Fact label="Object type">{capitalised(kind.as_str())}</Fact>
                    <Fact label="Time"><When at /></Fact>
                    <Fact label="Took"><Lasted ms=u64::from(duration_ms) /></Fact>
                    <Fact label="Change id"><Copyable text=change_id.to_string() what="change id" /></Fact>
                    <Fact label="Cycle id"><Copyable text=cycle_id.to_string() what="cycle id" /></Fact>
                    <Fact label="Record">{id.to_string()}</Fact>
                </Facts>
            </div>
        </Card>
    }
    .into_any()
}

fn identity(
    title: &'static str,
    system: &str,
    identity: &Identity,
    href: Option<String>,
) -> impl IntoView + use<> {
    let name = if identity.name.is_empty() { identity.display_name.clone() } else { identity.name.clone() };
    let name = match href {
        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
        None => view! { <span class="dn">{name}</span> }.into_any(),
    };
    let id = identity.id.clone();
    let system = system.to_owned();
    view! {
        <Card title=title>
            <div class="card-body">
                <Facts>
                    <Fact label="System">{system}</Fact>
                    <Fact label="Object">{name}</Fact>
                    {(!id.is_empty())
                        .then(|| view! { <Fact label="Id"><Copyable text=id what=format!("{} id", title.to_lowercase()) /></Fact> })}
                </Facts>
            </div>
        </Card>
    }
}

fn links(view: &LogDetail) -> impl IntoView + use<> {
    let record = &view.record;
    let configuration = match &view.configuration {
        Some(name) => {
            let href = format!("/configurations/{}", record.configuration_id);
            view! { <a href=href>{name.clone()}</a> }.into_any()
        }
        None => view! { <span class="faint">"deleted"</span> }.into_any(),
    };
    let cycle = LogFilter { cycle: Some(record.cycle_id), ..LogFilter::default() }.href();
    view! {
        <div class="stack">
            {identity("Source", &record.source_system, &record.source, None)}
            {identity("Target", &record.target_system, &record.target, view.target_href.clone())}
            <Card title="Belongs to">
                <div class="card-body">
                    <Facts>
                        <Fact label="Configuration">{configuration}</Fact>
                        <Fact label="Cycle"><a href=cycle>"All records of this cycle"</a></Fact>
                    </Facts>
                </div>
            </Card>
        </div>
    }
}

fn history(view: &LogDetail) -> Option<impl IntoView + use<>> {
    if view.history.len() < 2 {
        return None;
    }
    let this = view.record.id;
    let all = object_href(&view.record.source.id);
    let rows = view.history.iter().cloned().map(|r| {
        let current = r.id == this;
        history_row(r, current)
    });
    let rows = rows.collect_view();
    let aside = view! { <a class="push" href=all>"All"</a> }.into_any();
    Some(view! {
        <Card title="History of this object" aside>
            <Table label="History of this object" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Action"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Error"</th>
                        <th scope="col">"Record"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    })
}

use std::collections::BTreeMap;

use chrono::{TimeDelta, Timelike};
use domain::{
    ProvisioningRecord, Time,
    alert::AlertState,
    record::{Action, Status},
};
use leptos::prelude::*;

use super::{agents::warnings, alerts::SeverityPill, log_row::target_text};
use crate::{
    components::{
        ActionLabel, Bars, Card, CycleProgress, Empty, Icon, LinkButton, Series, StackedBars, StatePill,
        StatusPill, Tone, When,
    },
    format::{counted, number},
    frame::frame,
    islands::LivePage,
    view::{
        AlertGlance, ChartBy, ConfigurationSummary, HourFigure, LogFilter, Overview, alert_href,
        counted_alerts,
    },
};

const SHOWN_HOURS: i64 = 24;

/// Is everything in sync, and what changed lately.
pub fn overview(view: Overview) -> impl IntoView {
    let now = frame().now;
    let (tone, truth) = view.truth(now);
    let failing = view.failing_objects();
    let nothing = view.configurations.is_empty();
    let under = if nothing {
        view! { "A configuration joins a source domain to a target. Create the first one to begin." }
            .into_any()
    } else {
        let figures = format!(
            "{}, {} and {} in the directory. ",
            counted(view.directory.users, "user", "users"),
            counted(view.directory.groups, "group", "groups"),
            counted(view.directory.contacts, "contact", "contacts"),
        );
        let failures = LogFilter { statuses: vec![Status::Failure], ..LogFilter::default() }.href();
        let objects = counted(failing, "object", "objects");
        let tail = (failing > 0).then(|| view! { <a href=failures>{objects} " failing"</a> "." });
        view! { {figures} {tail} }.into_any()
    };
    let tiles = view.configurations.into_iter().map(tile).collect_view();
    let chart = chart(&view.hours, view.by, now);
    let segment = |by: ChartBy, text: &'static str| {
        let href = if by == ChartBy::Action { "/".to_owned() } else { format!("/?by={by}") };
        view! { <a href=href aria-current=(by == view.by).then_some("true")>{text}</a> }
    };
    let choice = view! {
        <div class="segments push" role="group" aria-label="Split the columns by">
            {segment(ChartBy::Action, "Action")} {segment(ChartBy::Outcome, "Outcome")}
        </div>
    }
    .into_any();
    let warnings = warnings(&view.agents, &view.alerts);
    let alerts = (!nothing).then(|| open_alerts(view.alerts));
    let recent = view.recent;
    let lists = (!nothing).then(|| {
        view! {
            <div class="columns">
            <Card title="Operations, last 24 hours" aside=choice>
                <div class="card-body" id="operations" data-swap=true>{chart}</div>
            </Card>
            <Card title="Changed lately" aside=view! { <a class="push" href="/logs">"All"</a> }.into_any()>
                <div id="recent" data-swap=true>{feed(recent)}</div>
            </Card>
        </div>
        }
    });
    view! {
        <section class="truth" id="truth" data-swap=true>
            <span class=format!("mark {}", tone.class())>
                <Icon name=if tone == Tone::Calm { "configurations" } else { tone.icon() } />
            </span>
            <div class="says">
                <h1>{truth}</h1>
                <p>{under}</p>
            </div>
            {nothing
                .then(|| {
                    view! {
                        <LinkButton href="/configurations/new" text="New configuration" icon="plus" class="primary" />
                    }
                })}
        </section>
        <div class="stack" id="warnings" data-swap=true>{warnings}</div>
        <div id="alerts" data-swap=true>{alerts}</div>
        <div class="tiles" id="tiles" data-swap=true>{tiles}</div>
        {lists}
        <LivePage about=String::new() />
    }
}

/// The gravest open alerts, and the way to all of them.
fn open_alerts(glance: AlertGlance) -> AnyView {
    let open = counted_alerts(&glance.counts, AlertState::Open);
    let acknowledged = counted_alerts(&glance.counts, AlertState::Acknowledged);
    let seen = (acknowledged > 0).then(|| format!("{} acknowledged", number(acknowledged)));
    if open == 0 {
        let text =
            seen.map_or_else(|| "No alert is open.".to_owned(), |seen| format!("No alert is open, {seen}."));
        return view! { <p class="soft flow"><Icon name="bell" /> <span>{text} " " <a href="/alerts">"Alerts"</a></span></p> }
            .into_any();
    }
    let rows = glance
        .rows
        .into_iter()
        .map(|alert| {
            let href = alert_href(&alert);
            view! {
                <li>
                    <a href=href>{alert.wording.title}</a>
                    <SeverityPill severity=alert.severity />
                    <span class="sub">
                        <span>{alert.kind.name()}</span>
                        <span>"since " <When at=alert.since /></span>
                    </span>
                </li>
            }
        })
        .collect_view();
    let title = format!("{} open", counted(open, "alert", "alerts"));
    let aside = view! {
        {seen.map(|seen| view! { <span class="note">{seen}</span> })}
        <a class="push" href="/alerts">"All alerts"</a>
    }
    .into_any();
    view! { <Card title aside><ul class="feed">{rows}</ul></Card> }.into_any()
}

fn tile(configuration: ConfigurationSummary) -> impl IntoView {
    let href = configuration.href();
    let last = match (&configuration.last, configuration.next_due) {
        (Some(cycle), _) => {
            let changes = cycle.counts.changes();
            let failing = configuration.failing;
            let text = match changes {
                _ if configuration.is_failing() => "Last cycle failed".to_owned(),
                0 => "No changes".to_owned(),
                _ => counted(changes, "change", "changes"),
            };
            let failures = (failing > 0).then(|| {
                let href = format!("{}/failing", configuration.href());
                view! { ", " <a class="alarming" href=href>{number(failing)} " failing"</a> }
            });
            let at = cycle.ended_at.or(cycle.started_at).unwrap_or(cycle.due_at);
            view! { <span>{text} {failures}</span> <span><When at /></span> }.into_any()
        }
        (None, Some(at)) => view! { <span>"First cycle"</span> <span><When at /></span> }.into_any(),
        (None, None) => view! { <span>"No cycle yet"</span> }.into_any(),
    };
    let linked: u64 = configuration.linked.iter().map(|(_, n)| n).sum();
    let middle = if let Some(cycle) = configuration.running.clone() {
        view! { <CycleProgress phase=cycle.phase done=cycle.done expected=cycle.expected /> }.into_any()
    } else if let Some(reason) = configuration.reason.clone() {
        view! { <p class="reason">{reason}</p> }.into_any()
    } else {
        view! { <p class="reason">{counted(linked, "object", "objects")} " linked"</p> }.into_any()
    };
    let (status, running) = (configuration.status, configuration.running.is_some());
    let failing = configuration.is_failing();
    view! {
        <article class="card tile">
            <div class="top">
                <h2><a href=href>{configuration.name}</a></h2>
                <StatePill status running failing />
            </div>
            <p class="flow">
                {configuration.names.domain} <Icon name="right" /> {configuration.names.target}
            </p>
            {middle}
            <div class="bottom">{last}</div>
        </article>
    }
}

fn chart(hours: &[HourFigure], by: ChartBy, now: Time) -> AnyView {
    if hours.iter().all(|h| h.count == 0) {
        return view! {
            <Empty icon="activity" title="No operations in the last 24 hours">
                <p>"Nothing had to change, or nothing has run."</p>
            </Empty>
        }
        .into_any();
    }
    let series: Vec<Series> = match by {
        ChartBy::Action => vec![
            Series { key: "create", text: "Create" },
            Series { key: "update", text: "Update" },
            Series { key: "disable", text: "Disable" },
            Series { key: "delete", text: "Delete" },
            Series { key: "other", text: "Other" },
        ],
        ChartBy::Outcome => vec![
            Series { key: "success", text: "Success" },
            Series { key: "warning", text: "Warning" },
            Series { key: "skipped", text: "Skipped" },
            Series { key: "failure", text: "Failure" },
        ],
    };
    let slot = |figure: &HourFigure| match by {
        ChartBy::Action => match figure.action {
            Action::Create => 0,
            Action::Update => 1,
            Action::Disable => 2,
            Action::Delete | Action::StagedDelete => 3,
            Action::Other => 4,
        },
        ChartBy::Outcome => match figure.status {
            Status::Success => 0,
            Status::Warning => 1,
            Status::Skipped => 2,
            Status::Failure => 3,
        },
    };
    let mut sums: BTreeMap<Time, Vec<u64>> = BTreeMap::new();
    let this_hour = start_of_hour(now);
    for back in (0..SHOWN_HOURS).rev() {
        sums.insert(this_hour - TimeDelta::hours(back), vec![0; series.len()]);
    }
    for figure in hours {
        if let Some(values) = sums.get_mut(&start_of_hour(figure.hour)) {
            values[slot(figure)] += figure.count;
        }
    }
    let bars = sums
        .into_iter()
        .map(|(hour, values)| Bars {
            tick: if hour.hour().is_multiple_of(3) {
                hour.format("%H:%M").to_string()
            } else {
                String::new()
            },
            name: hour.format("%Y-%m-%d %H:%M").to_string(),
            values,
            href: LogFilter {
                from: Some(hour),
                until: Some(hour + TimeDelta::hours(1)),
                ..LogFilter::default()
            }
            .href(),
        })
        .collect();
    view! { <StackedBars label="Operations by hour" series bars /> }.into_any()
}

fn start_of_hour(at: Time) -> Time {
    at - TimeDelta::seconds(at.timestamp().rem_euclid(3600))
        - TimeDelta::nanoseconds(i64::from(at.nanosecond()))
}

fn feed(records: Vec<ProvisioningRecord>) -> AnyView {
    if records.is_empty() {
        return view! {
            <Empty icon="logs" title="Nothing yet">
                <p>"The first cycle fills this list."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = records
        .into_iter()
        .map(|record| {
            let marked = record.status != Status::Success;
            view! {
                <li>
                    <a href=format!("/logs/{}", record.id)>{target_text(&record)}</a>
                    <ActionLabel action=record.action />
                    <span class="sub">
                        <span>{record.source_system.clone()}</span>
                        <span><When at=record.at /></span>
                        {marked.then(|| view! { <StatusPill status=record.status /> })}
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="feed">{rows}</ul> }.into_any()
}

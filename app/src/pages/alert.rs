use domain::{
    access::Role,
    alert::{Alert, AlertEvent, AlertEventKind, AlertState},
};
use leptos::prelude::*;
use service::AlertHistory;

use super::alerts::{AlertStatePill, SeverityPill};
use crate::{
    components::{Card, Fact, Facts, Icon, Notice, PageHead, Table, TextArea, Tone, When},
    format::counted,
    frame::frame,
    islands::LivePage,
    view::{Errors, alert_href, query},
};

/// One alert: what is wrong, what to do, what became of it.
pub fn alert(view: AlertHistory, note: String, errors: &Errors) -> impl IntoView + use<> {
    let AlertHistory { alert, events } = view;
    let beside = view! {
        <span id="alert-state" data-swap=true class="flow">
            <SeverityPill severity=alert.severity over=alert.state == AlertState::Resolved />
            <AlertStatePill state=alert.state />
        </span>
    }
    .into_any();
    let mails = query::href("/mail", &[("q", alert.wording.title.clone())]);
    let told = events.iter().any(|event| !event.told.is_empty());
    let mails = told.then(|| view! { <a class="push" href=mails>"Its mails"</a> }.into_any());
    let form = (alert.state == AlertState::Open && frame().may(Role::Operator))
        .then(|| acknowledge(&alert, note, errors));
    let what = what(&alert);
    let rows = events.into_iter().map(event).collect_view();
    view! {
        <PageHead
            title=alert.wording.title.clone()
            crumbs=vec![("/alerts".to_owned(), "Alerts".to_owned())]
            beside=beside
        />
        <div class="stack">
            <div id="alert" data-swap=true>{what}</div>
            {form}
            <Card title="History" aside=mails.unwrap_or_else(|| ().into_any()) swap="alert-history">
                <Table label="History" stacked=true inert=true>
                    <thead>
                        <tr>
                            <th scope="col">"Event"</th>
                            <th scope="col">"By"</th>
                            <th scope="col">"Note"</th>
                            <th scope="col">"Told by mail"</th>
                            <th scope="col">"Time"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Card>
        </div>
        <LivePage about="alerts".to_owned() />
    }
}

fn what(alert: &Alert) -> impl IntoView + use<> {
    let over = alert.state == AlertState::Resolved;
    let advice = (!over && !alert.wording.advice.is_empty()).then(|| {
        let text = alert.wording.advice.clone();
        view! { <Notice tone=Tone::Info title="What to do"><p>{text}</p></Notice> }
    });
    let (path, name) = (alert.wording.path.clone(), alert.subject.name.clone());
    let ended = alert.resolved_at.map(|at| view! { <Fact label="Over since"><When at=at /></Fact> });
    let openings = (alert.openings > 1).then(|| {
        let text = format!("{} in all", counted(u64::from(alert.openings), "time", "times"));
        view! { " · " {text} }
    });
    let (kind, text, since, opened_at) =
        (alert.kind, alert.wording.text.clone(), alert.since, alert.opened_at);
    view! {
        <Card title=kind.name()>
            <div class="card-body">
                <p>{text}</p>
                {advice}
                <Facts>
                    <Fact label="About"><a href=path>{name}</a></Fact>
                    <Fact label="Since"><When at=since /></Fact>
                    <Fact label="Opened"><When at=opened_at /> {openings}</Fact>
                    {ended}
                    <Fact label="Rule">
                        <span class="prose">
                            {kind.meaning()} " " <a href="/alerts/rules">"Rules and thresholds"</a>
                        </span>
                    </Fact>
                </Facts>
            </div>
        </Card>
    }
}

fn acknowledge(alert: &Alert, note: String, errors: &Errors) -> impl IntoView + use<> {
    let action = format!("{}/acknowledge", alert_href(alert));
    let back = alert_href(alert);
    let error = errors.of("note");
    view! {
        <form method="post" action=action class="card">
            <div class="card-head"><h2>"Acknowledge"</h2></div>
            <div class="card-body">
                <input type="hidden" name="return" value=back />
                <TextArea
                    id="note"
                    label="Note"
                    value=note
                    rows=2
                    hint="Who sees to it, or why it may stay. Others see it here and in the audit log."
                    error=error
                />
            </div>
            <div class="card-foot">
                <button class="button primary">
                    <Icon name="check" />
                    "Acknowledge"
                </button>
            </div>
        </form>
    }
}

fn event(event: AlertEvent) -> impl IntoView {
    let text = match event.kind {
        AlertEventKind::Opened => "Opened",
        AlertEventKind::Reopened => "Opened again",
        AlertEventKind::Acknowledged => "Acknowledged",
        AlertEventKind::Resolved => "Resolved",
    };
    view! {
        <tr>
            <th scope="row">{text}</th>
            <td data-label="By">{event.by.unwrap_or_else(|| "Skybridge".to_owned())}</td>
            <td class="full break">{event.note}</td>
            <td class="full break" data-label="Told">{if event.told.is_empty() { "nobody".to_owned() } else { event.told.join(", ") }}</td>
            <td class="full"><When at=event.at stacked=true /></td>
        </tr>
    }
}

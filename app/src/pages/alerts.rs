use domain::{
    access::Role,
    alert::{Alert, AlertKind, AlertSeverity, AlertState},
};
use leptos::prelude::*;

use crate::{
    components::{Empty, LinkButton, PageHead, Pager, Pill, SearchField, Tab, Table, Tabs, Tone, When},
    format::counted,
    frame::frame,
    islands::{LiveFilter, LivePage},
    view::{AlertList, AlertsQuery, AlertsShown, alert_href, counted_alerts},
};

const BASE: &str = "/alerts";

/// What deserves attention, and what did.
pub fn alerts(view: AlertList) -> impl IntoView {
    let rules = view! { <LinkButton href="/alerts/rules" text="Rules" icon="settings" /> }.into_any();
    let tabs = tabs(&view);
    let filter = filter(&view.filter);
    view! {
        <PageHead
            title="Alerts"
            lead=view! { "What deserves attention, since when, and what to do. An alert ends by itself when its reason is gone." }
                .into_any()
            actions=rules
        />
        <div class="stack">
            <div id="alert-tabs" data-swap=true>{tabs}</div>
            {filter}
            <section class="card" aria-label="Alerts" id="results" data-swap=true>
                {results(view)}
            </section>
        </div>
        <LiveFilter form="filter".to_owned() />
        <LivePage about="alerts".to_owned() />
    }
}

fn tabs(view: &AlertList) -> impl IntoView + use<> {
    let open = counted_alerts(&view.counts, AlertState::Open);
    let live = open + counted_alerts(&view.counts, AlertState::Acknowledged);
    let tab = |shown: AlertsShown, text, count| Tab {
        text,
        href: AlertsQuery { shown, ..view.filter.first_page() }.href(),
        current: view.filter.shown == shown,
        count,
    };
    let tabs = vec![
        tab(AlertsShown::Live, "Open", Some(live)),
        tab(AlertsShown::Resolved, "Resolved", None),
        tab(AlertsShown::All, "All", None),
    ];
    view! { <Tabs label="Which alerts" tabs /> }
}

fn filter(filter: &AlertsQuery) -> impl IntoView + use<> {
    let severities = AlertSeverity::ALL
        .iter()
        .map(|severity| {
            let selected = filter.severity == Some(*severity);
            view! { <option value=severity.as_str() selected=selected>{severity.name()}</option> }
        })
        .collect_view();
    let kinds = AlertKind::ALL
        .iter()
        .map(|kind| {
            let selected = filter.kind == Some(*kind);
            view! { <option value=kind.as_str() selected=selected>{kind.name()}</option> }
        })
        .collect_view();
    let shown = (filter.shown != AlertsShown::Live)
        .then(|| view! { <input type="hidden" name="state" value=filter.shown.as_str() /> });
    view! {
        <form class="filter" id="filter" action=BASE>
            {shown}
            <SearchField
                value=filter.text.clone()
                label="Search alerts"
                placeholder="Title, configuration, domain, machine"
            />
            <select class="input" name="severity" aria-label="Severity">
                <option value="">"Any severity"</option>
                {severities}
            </select>
            <select class="input" name="kind" aria-label="Kind">
                <option value="">"Any kind"</option>
                {kinds}
            </select>
            <button class="button without-script">"Apply"</button>
        </form>
    }
}

fn results(view: AlertList) -> AnyView {
    if view.rows.is_empty() {
        return nothing(&view);
    }
    let operator = frame().may(Role::Operator);
    let back = view.filter.href();
    let first = view.filter.after.is_some().then(|| view.filter.first_page().href());
    let next = view.next.map(|after| AlertsQuery { after: Some(after), ..view.filter.clone() }.href());
    let summary = format!("{}, the last opened first", counted(view.rows.len() as u64, "alert", "alerts"));
    let rows = view.rows.into_iter().map(|alert| row(alert, operator, &back)).collect_view();
    view! {
        <Table label="Alerts" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Alert"</th>
                    <th scope="col">"Severity"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"About"</th>
                    <th scope="col">"Since"</th>
                    {operator.then(|| view! { <th scope="col"><span class="visually-hidden">"Acknowledge"</span></th> })}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first next first_text="Newest" next_text="Older" />
    }
    .into_any()
}

fn nothing(view: &AlertList) -> AnyView {
    if view.filter.is_narrow() || view.filter.after.is_some() {
        let all = AlertsQuery { shown: view.filter.shown, ..AlertsQuery::default() }.href();
        return view! {
            <Empty icon="search" title="Nothing matches">
                <p>"No alert has all of this."</p>
                <LinkButton href=all text="Clear all filters" />
            </Empty>
        }
        .into_any();
    }
    if view.filter.shown == AlertsShown::Live {
        return view! {
            <Empty icon="check" title="Nothing needs attention">
                <p>
                    "Configurations, directories, targets, agents and the disk are looked at every few seconds. What is wrong stands here, and people are told by mail."
                </p>
                <LinkButton href="/alerts/rules" text="See what is looked at" />
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty icon="bell" title="No alert yet">
            <p>"Alerts that are over are kept here for 90 days."</p>
        </Empty>
    }
    .into_any()
}

fn row(alert: Alert, operator: bool, back: &str) -> impl IntoView + use<> {
    let href = alert_href(&alert);
    let button = operator.then(|| acknowledge(&alert, back));
    let ended = alert.resolved_at.map(|at| view! { <span class="sub">"Over " <When at=at /></span> });
    let wording = alert.wording;
    view! {
        <tr>
            <th scope="row" class="full main">
                <a class="row-link" href=href>{wording.title}</a>
                <span class="sub">{wording.text}</span>
                {(!wording.advice.is_empty())
                    .then(|| view! { <span class="sub"><strong>"What to do: "</strong> {wording.advice}</span> })}
            </th>
            <td><SeverityPill severity=alert.severity over=alert.state == AlertState::Resolved /></td>
            <td>
                <AlertStatePill state=alert.state />
                {alert.acknowledged_by.map(|by| view! { <span class="sub">{format!("by {by}")}</span> })}
            </td>
            <td class="full" data-label="About"><a href=wording.path>{alert.subject.name}</a></td>
            <td class="full" data-label="Since"><When at=alert.since stacked=true /> {ended}</td>
            {button.map(|button| view! { <td class="nowrap">{button}</td> })}
        </tr>
    }
}

/// The button for those who see to it.
fn acknowledge(alert: &Alert, back: &str) -> AnyView {
    if alert.state != AlertState::Open {
        return ().into_any();
    }
    let (action, back) = (format!("{}/acknowledge", alert_href(alert)), back.to_owned());
    let label = format!("Acknowledge: {}", alert.wording.title);
    view! {
        <form method="post" action=action>
            <input type="hidden" name="return" value=back />
            <button class="button small" aria-label=label>"Acknowledge"</button>
        </form>
    }
    .into_any()
}

/// How bad an alert is; calm once it is over.
#[component]
pub fn SeverityPill(severity: AlertSeverity, #[prop(optional)] over: bool) -> impl IntoView {
    let tone = match (over, severity) {
        (true, _) => Tone::Calm,
        (false, AlertSeverity::Critical) => Tone::Bad,
        (false, AlertSeverity::Warning) => Tone::Warn,
    };
    view! { <Pill tone text=severity.name() /> }
}

/// Where an alert stands.
#[component]
pub fn AlertStatePill(state: AlertState) -> impl IntoView {
    let (tone, icon, text) = match state {
        AlertState::Open => (Tone::Warn, "bell", "Open"),
        AlertState::Acknowledged => (Tone::Info, "user", "Acknowledged"),
        AlertState::Resolved => (Tone::Ok, "check", "Resolved"),
    };
    view! { <Pill tone text icon /> }
}

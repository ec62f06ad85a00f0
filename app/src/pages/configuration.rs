use domain::{Cycle, access::Role, status::StatusCode};
use leptos::prelude::*;

use super::configuration_state::{failing_fact, following, notices};
use crate::{
    components::{
        ActionLabel, Card, CyclePill, CycleProgress, Empty, Fact, Facts, Icon, Lasted, LinkButton, PageHead,
        Pager, PostButton, Stat, StatePill, Stats, Tab, Table, Tabs, When,
    },
    format::{counted, duration, elapsed_ms, number},
    frame::frame,
    islands::LivePage,
    view::{ConfigurationDetail, ConfigurationSummary, Cycles, LogFilter},
};

domain::words!(
    /// The parts of a configuration, each a page.
    ConfigurationTab {
        Overview = "overview",
        Scope = "scope",
        Mapping = "mapping",
        Test = "test",
        Simulate = "simulate",
        Failing = "failing",
        Unmatched = "unmatched",
        Properties = "properties",
        /// A page of its own that is reached by a button.
        Aside = "aside",
    }
);

/// Heading, actions and tabs around each part.
pub fn configuration_frame(
    detail: &ConfigurationDetail,
    tab: ConfigurationTab,
    inside: AnyView,
) -> impl IntoView + use<> {
    let summary = &detail.summary;
    let base = summary.href();
    let tabs = [
        (ConfigurationTab::Overview, "Overview", base.clone()),
        (ConfigurationTab::Scope, "Scope", format!("{base}/scope")),
        (ConfigurationTab::Mapping, "Mapping", format!("{base}/mapping")),
        (ConfigurationTab::Test, "Test", format!("{base}/test")),
        (ConfigurationTab::Simulate, "Simulate", format!("{base}/simulate")),
        (ConfigurationTab::Failing, "Failing", format!("{base}/failing")),
        (ConfigurationTab::Unmatched, "Unmatched", format!("{base}/unmatched")),
        (ConfigurationTab::Properties, "Properties", format!("{base}/properties")),
    ]
    .into_iter()
    .filter(|(of, ..)| *of != ConfigurationTab::Test || frame().may(Role::Operator))
    .map(|(of, text, href)| {
        let failing = (of == ConfigurationTab::Failing && summary.failing > 0).then_some(summary.failing);
        Tab { text, href, current: of == tab, count: failing }
    })
    .collect();
    let status = summary.status;
    let (running, failing) = (summary.running.is_some(), summary.is_failing());
    let beside = view! {
        <span id="state" data-swap=true><StatePill status running failing large=true /></span>
    }
    .into_any();
    let lead = view! {
        <span class="flow">
            {summary.names.domain.clone()} <Icon name="right" /> {summary.names.target.clone()}
        </span>
    }
    .into_any();
    let actions = if frame().may(Role::Operator) { actions(summary) } else { ().into_any() };
    view! {
        <PageHead
            title=summary.name.clone()
            crumbs=vec![("/configurations".to_owned(), "Configurations".to_owned())]
            beside
            lead
            actions
        />
        <Tabs label="Parts of the configuration" tabs />
        {inside}
    }
}

fn actions(summary: &ConfigurationSummary) -> AnyView {
    let base = summary.href();
    let restart = view! { <LinkButton href=format!("{base}/restart") text="Restart" icon="restart" /> };
    let everything =
        view! { <PostButton action=format!("{base}/run-full") text="Run full" icon="history" /> };
    match summary.status {
        StatusCode::Disabled | StatusCode::NotConfigured => view! {
            <PostButton action=format!("{base}/enable") text="Enable" icon="play" class="primary" />
        }
        .into_any(),
        StatusCode::Paused => view! {
            {restart}
            <PostButton action=format!("{base}/start") text="Resume" icon="play" class="primary" />
        }
        .into_any(),
        StatusCode::Quarantine => view! {
            <PostButton action=format!("{base}/pause") text="Pause" icon="pause" />
            {restart}
            <PostButton action=format!("{base}/clear-quarantine") text="Clear quarantine" icon="play" class="primary" />
        }
        .into_any(),
        StatusCode::NotRun | StatusCode::Active => view! {
            <PostButton action=format!("{base}/pause") text="Pause" icon="pause" />
            {restart}
            {everything}
            <PostButton action=format!("{base}/start") text="Run now" icon="play" class="primary" />
        }
        .into_any(),
    }
}

/// State, running cycle, last cycles.
pub fn configuration_overview(detail: &ConfigurationDetail, cycles: Cycles) -> impl IntoView + use<> {
    let summary = detail.summary.clone();
    let about = summary.id.to_string();
    let notices = notices(detail);
    let running = summary.running.clone().map(|cycle| running(cycle, &summary));
    let last = last(&summary);
    let plan = plan(detail);
    let history = history(&summary, cycles);
    let inside = view! {
        <div class="stack" id="situation" data-swap=true>
            {notices} {running} <div class="columns">{last} {plan}</div> {history}
        </div>
        <LivePage about />
    };
    configuration_frame(detail, ConfigurationTab::Overview, inside.into_any())
}

fn plan(detail: &ConfigurationDetail) -> impl IntoView + use<> {
    let (summary, schedule) = (&detail.summary, detail.configuration.plan.schedule);
    let (following, failing) = (following(detail), failing_fact(summary));
    let next = match summary.next_due {
        Some(at) => view! { <When at /> }.into_any(),
        None => view! { <span class="faint">"Not scheduled"</span> }.into_any(),
    };
    let linked = summary
        .linked
        .iter()
        .map(|(kind, count)| {
            let (label, count) = (format!("Linked {}", kind.plural()), number(*count));
            view! { <Fact label>{count}</Fact> }
        })
        .collect_view();
    view! {
        <Card title="Schedule and objects">
            <div class="card-body">
                <Facts>
                    <Fact label="Runs">
                        "Every " {duration(u64::from(schedule.seconds()) * 1000)} " "
                        <span class="faint mono">{schedule.to_string()}</span>
                    </Fact>
                    <Fact label="Next run">{next}</Fact>
                    {following}
                    {linked}
                    {failing}
                </Facts>
            </div>
        </Card>
    }
}

fn running(cycle: Cycle, summary: &ConfigurationSummary) -> impl IntoView + use<> {
    let since = cycle.started_at.unwrap_or(cycle.due_at);
    let aside = view! { <span class="note push">"since " <When at=since /></span> }.into_any();
    let counts = counts(&cycle, summary);
    view! {
        <Card title="Cycle running now" aside>
            <div class="card-body"><CycleProgress phase=cycle.phase done=cycle.done expected=cycle.expected /></div>
            {counts}
        </Card>
    }
}

fn last(summary: &ConfigurationSummary) -> impl IntoView + use<> {
    let Some(cycle) = summary.last.clone() else {
        return view! {
            <Card title="Last cycle">
                <Empty icon="play" title="No cycle has ended yet">
                    <p>"The first cycle reads the whole domain and creates what is missing in the target."</p>
                </Empty>
            </Card>
        }
        .into_any();
    };
    let at = cycle.ended_at.unwrap_or(cycle.due_at);
    let aside = view! {
        <CyclePill state=cycle.state />
        <span class="note push"><When at /></span>
    }
    .into_any();
    let inside = view! { {counts(&cycle, summary)} {notes(&cycle)} };
    view! { <Card title="Last cycle" aside>{inside}</Card> }.into_any()
}

fn notes(cycle: &Cycle) -> Option<impl IntoView + use<>> {
    (!cycle.notes.is_empty()).then(|| {
        let lines = cycle.notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect_view();
        view! {
            <div class="card-foot">
                <details class="disclosure">
                    <summary>"Noticed on the way"</summary>
                    <ul class="clauses soft">{lines}</ul>
                </details>
            </div>
        }
    })
}

fn counts(cycle: &Cycle, summary: &ConfigurationSummary) -> impl IntoView + use<> {
    use domain::record::{Action, Status};
    let of = |actions: Vec<Action>, statuses: Vec<Status>| {
        LogFilter {
            cycle: Some(cycle.id),
            configuration: Some(summary.id),
            actions,
            statuses,
            ..LogFilter::default()
        }
        .href()
    };
    let done = |action| of(vec![action], vec![Status::Success]);
    let (created, updated) = (done(Action::Create), done(Action::Update));
    let (disabled, deleted) = (done(Action::Disable), done(Action::Delete));
    let failed = of(Vec::new(), vec![Status::Failure]);
    let c = cycle.counts;
    view! {
        <Stats>
            <Stat label="Read" value=c.imported />
            <Stat label="Created" value=c.created href=created />
            <Stat label="Updated" value=c.updated href=updated />
            <Stat label="Disabled" value=c.disabled href=disabled />
            <Stat label="Deleted" value=c.deleted href=deleted />
            <Stat label="Unchanged" value=c.unchanged />
            <Stat label="Failed" value=c.failed href=failed alarming=true />
            <Stat label="Waiting" value=c.escrowed alarming=true />
        </Stats>
    }
}

fn history(summary: &ConfigurationSummary, cycles: Cycles) -> impl IntoView + use<> {
    let base = summary.href();
    let logs = LogFilter { configuration: Some(summary.id), ..LogFilter::default() }.href();
    let aside =
        view! { <div class="actions"><LinkButton href=logs text="View logs" icon="logs" class="small quiet" /></div> }
            .into_any();
    if cycles.items.is_empty() {
        return view! {
            <Card title="Cycles" aside>
                <Empty icon="history" title="No cycle yet">
                    <p>"Run the configuration now, or wait for its schedule."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let summary_line = format!("{}, newest first", counted(cycles.items.len() as u64, "cycle", "cycles"));
    let next = cycles.next.map(|after| format!("{base}?after={after}"));
    let rows = cycles.items.into_iter().map(|cycle| cycle_row(cycle, summary)).collect_view();
    view! {
        <Card title="Cycles" aside>
            <Table label="Cycles" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Started (UTC)"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="number">"Duration"</th>
                        <th scope="col" class="number">"Read"</th>
                        <th scope="col" class="number"><ActionLabel action=domain::record::Action::Create /></th>
                        <th scope="col" class="number"><ActionLabel action=domain::record::Action::Update /></th>
                        <th scope="col" class="number"><ActionLabel action=domain::record::Action::Disable /></th>
                        <th scope="col" class="number"><ActionLabel action=domain::record::Action::Delete /></th>
                        <th scope="col" class="number">"Failed"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <Pager
                summary=summary_line
                first=cycles.later.then_some(base)
                next
                first_text="Newest"
                next_text="Older"
            />
        </Card>
    }
    .into_any()
}

fn cycle_row(cycle: Cycle, summary: &ConfigurationSummary) -> impl IntoView + use<> {
    let href =
        LogFilter { cycle: Some(cycle.id), configuration: Some(summary.id), ..LogFilter::default() }.href();
    let at = cycle.started_at.unwrap_or(cycle.due_at);
    let lasted = cycle.started_at.zip(cycle.ended_at).map(|(from, to)| elapsed_ms(from, to));
    let c = cycle.counts;
    let figure = |label: &'static str, value: u64| {
        let class = if value == 0 { "number zero" } else { "number" };
        view! { <td class=class data-label=label>{number(value)}</td> }
    };
    view! {
        <tr>
            <th scope="row" class="full"><a class="row-link" href=href><When at /></a></th>
            <td>
                <CyclePill state=cycle.state />
                " "
                {cycle.problem.map(|problem| view! { <span class="sub">{problem.code}</span> })}
            </td>
            <td class="number" data-label="Took">{lasted.map(|ms| view! { <Lasted ms /> })}</td>
            {figure("Read", c.imported)} {figure("Created", c.created)} {figure("Updated", c.updated)}
            {figure("Disabled", c.disabled)} {figure("Deleted", c.deleted)} {figure("Failed", c.failed)}
        </tr>
    }
}

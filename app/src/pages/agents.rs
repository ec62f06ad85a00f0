use domain::{
    access::Role,
    agent::{AgentState, CheckOutcome},
    alert::AlertKind,
    enrolment::Enrolment,
};
use leptos::prelude::*;
use service::agents::{AgentSummary, AgentView, DomainAgents, DomainVerdict, FEWEST_AGENTS};

use crate::{
    components::{
        AgentPill, Card, Empty, Icon, LinkButton, Notice, PageHead, Pager, Pill, PostButton, SearchField,
        Table, Tone, When, agent_state_text,
    },
    format::{counted, escape},
    frame::frame,
    islands::{LiveFilter, LivePage},
    view::{AgentList, AgentsQuery, AlertGlance, agent_href},
};

/// Who reads the directories that the portal does not reach itself.
pub fn agents(view: AgentList) -> impl IntoView {
    let may = frame().may(Role::Administrator);
    let add = may.then(|| {
        view! { <LinkButton href="/agents/new" text="Add agent" icon="plus" class="primary" /> }.into_any()
    });
    let warnings = view.summary.domains.iter().filter_map(warning).collect_view();
    let tokens = (!view.tokens.is_empty()).then(|| tokens(view.tokens.clone()));
    let any = view.summary.total() > 0 || view.filter.is_narrow() || view.filter.after.is_some();
    let list = if any {
        let filter = filter(&view.filter, &view.summary);
        view! {
            {filter}
            <section class="card" aria-label="Agents" id="results" data-swap=true>
                {rows(view)}
            </section>
            <LiveFilter form="filter".to_owned() />
        }
        .into_any()
    } else {
        view! {
            <div class="card" id="results" data-swap=true>
                <Empty icon="server" title="No agent yet">
                    <p>
                        "An agent runs inside a network that the portal does not reach. It dials out to the portal, and the portal reads the directory through it."
                    </p>
                    {may
                        .then(|| {
                            view! { <LinkButton href="/agents/new" text="Add the first agent" icon="plus" class="primary" /> }
                        })}
                </Empty>
            </div>
        }
        .into_any()
    };
    view! {
        <PageHead
            title="Agents"
            lead=view! { "Programs inside private networks that read directories for the portal." }.into_any()
            actions=add.unwrap_or_else(|| ().into_any())
        />
        <div class="stack">
            <div class="stack" id="warnings" data-swap=true>{warnings}</div>
            {list}
            {tokens}
        </div>
        <LivePage about="agent".to_owned() />
    }
}

/// What is wrong with how a domain is served; the overview shows the same.
pub fn warning(domain: &DomainAgents) -> Option<AnyView> {
    let name = &domain.name;
    let (tone, title, text) = match domain.verdict() {
        DomainVerdict::Direct | DomainVerdict::Fine => return None,
        DomainVerdict::Unserved => (
            Tone::Bad,
            format!("No agent serves {name}: its configurations wait"),
            if domain.agents == 0 {
                "The portal has no connection to this domain. Add an agent for it, or give it a connection."
                    .to_owned()
            } else {
                format!(
                    "{} known, none of them healthy. Start one, or look at what its page says.",
                    counted(domain.agents, "agent is", "agents are")
                )
            },
        ),
        DomainVerdict::Few => (
            Tone::Warn,
            format!("{name} has {}", counted(domain.healthy, "healthy agent", "healthy agents")),
            format!("{FEWEST_AGENTS} are recommended, so that one can fail while another is updated."),
        ),
    };
    let href = AgentsQuery { domain: name.clone(), ..AgentsQuery::default() }.href();
    Some(view! { <Notice tone title><p>{text} " " <a href=href>"Its agents"</a></p></Notice> }.into_any())
}

fn filter(filter: &AgentsQuery, summary: &AgentSummary) -> impl IntoView + use<> {
    let states = summary
        .states
        .iter()
        .map(|(state, count)| (*state, *count))
        .chain(filter.state.filter(|state| summary.count(*state) == 0).map(|state| (state, 0)))
        .map(|(state, count)| {
            let text = format!("{} ({count})", agent_state_text(state));
            view! { <option value=state.as_str() selected=filter.state == Some(state)>{text}</option> }
        })
        .collect_view();
    let domains = summary
        .domains
        .iter()
        .map(|domain| {
            let (value, selected) = (domain.name.clone(), domain.name == filter.domain);
            view! { <option value=value.clone() selected=selected inner_html=escape(&value)></option> }
        })
        .collect_view();
    view! {
        <form class="filter" id="filter" action="/agents">
            <SearchField
                value=filter.text.clone()
                label="Search machines"
                placeholder="Machine"
            />
            <select class="input" name="state" aria-label="State">
                <option value="">"Any state"</option>
                {states}
            </select>
            <select class="input" name="domain" aria-label="Domain">
                <option value="">"Any domain"</option>
                {domains}
            </select>
            <span class="choice">
                <input type="checkbox" id="hidden" name="hidden" value="1" checked=filter.hidden />
                <label for="hidden">"Long gone too"</label>
            </span>
            <button class="button without-script">"Apply"</button>
        </form>
    }
}

fn rows(view: AgentList) -> AnyView {
    if view.rows.is_empty() {
        return view! {
            <Empty icon="search" title="No agent matches">
                <p>"Agents that were retired, or silent for ten days, are left out unless asked for."</p>
                <LinkButton href="/agents" text="Clear all filters" />
            </Empty>
        }
        .into_any();
    }
    let first = view.filter.after.is_some().then(|| view.filter.first_page().href());
    let next = view.next.map(|after| AgentsQuery { after: Some(after), ..view.filter.clone() }.href());
    let summary = counted(view.rows.len() as u64, "agent", "agents");
    let rows = view.rows.into_iter().map(row).collect_view();
    view! {
        <Table label="Agents" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Machine"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Last heartbeat"</th>
                    <th scope="col">"Domains"</th>
                    <th scope="col">"Checks"</th>
                    <th scope="col">"Version"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first next />
    }
    .into_any()
}

fn row(view: AgentView) -> impl IntoView {
    let heard = match view.agent.heard.last() {
        Some((at, channel)) => {
            let over = match channel {
                domain::agent::BeatChannel::Main => "over the main port",
                domain::agent::BeatChannel::Status => "over the status port",
            };
            view! { <When at stacked=true /> " " <span class="sub">{over}</span> }.into_any()
        }
        None => view! { <span class="faint">"never"</span> }.into_any(),
    };
    let alarmed =
        (!view.alarms.is_empty()).then(|| view! { <Pill tone=Tone::Bad text="Alarm" icon="alert" /> " " });
    let checks = checks(&view);
    let domains = view.agent.domains.join(", ");
    let version = view.version().unwrap_or("unknown").to_owned();
    let address = view.agent.external_address.clone();
    view! {
        <tr>
            <th scope="row" class="full main">
                <span class="identity">
                    <Icon name="server" />
                    <span>
                        <a class="row-link" href=agent_href(view.agent.id)>{view.agent.machine.clone()}</a>
                        " "
                        {alarmed}
                        <span class="sub clip">{address}</span>
                    </span>
                </span>
            </th>
            <td><AgentPill state=view.state /></td>
            <td class="full">{heard}</td>
            <td class="full" data-label="Domains"><span class="clip">{domains}</span></td>
            <td data-label="Checks">{checks}</td>
            <td class="narrow-hide">{version}</td>
        </tr>
    }
}

fn checks(view: &AgentView) -> AnyView {
    if view.agent.readiness.is_empty() {
        return view! { <span class="faint">"none yet"</span> }.into_any();
    }
    let failed = view.checks(CheckOutcome::Failed).count() as u64;
    let warned = view.checks(CheckOutcome::Warning).count() as u64;
    match (failed, warned) {
        (0, 0) => view! { <Pill tone=Tone::Ok text="Passed" /> }.into_any(),
        (0, warned) => {
            view! { <Pill tone=Tone::Warn text=counted(warned, "warning", "warnings") /> }.into_any()
        }
        (failed, _) => view! { <Pill tone=Tone::Bad text=format!("{failed} failed") /> }.into_any(),
    }
}

fn tokens(list: Vec<Enrolment>) -> impl IntoView {
    let rows = list
        .into_iter()
        .map(|token| {
            let action = format!("/agents/tokens/{}/withdraw", token.id);
            view! {
                <tr>
                    <th scope="row" class="full">{token.domains.join(", ")}</th>
                    <td data-label="Made by">{token.created_by}</td>
                    <td class="full" data-label="Good until"><When at=token.expires_at stacked=true /></td>
                    <td class="nowrap"><PostButton action text="Take back" class="small" /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title="Tokens that wait for their agent">
            <Table label="Enrolment tokens" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Domains"</th>
                        <th scope="col">"Made by"</th>
                        <th scope="col">"Good until"</th>
                        <th scope="col"><span class="visually-hidden">"Take back"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
}

/// What of the agents deserves attention and no alert says yet, for the overview: a sentence a kind of trouble, not one a
/// domain.
pub fn warnings(summary: &AgentSummary, alerts: &AlertGlance) -> Vec<AnyView> {
    let of = |verdict| {
        let domains = summary.domains.iter().filter(move |domain| domain.verdict() == verdict);
        domains.map(|domain| domain.name.clone()).collect::<Vec<_>>()
    };
    let notice = |tone, title: String, text: &'static str| {
        view! {
            <Notice tone title>
                <p>{text} " " <a href="/agents">"To the agents"</a></p>
            </Notice>
        }
        .into_any()
    };
    let mut found = Vec::new();
    if summary.alarmed > 0 && !alerts.has(AlertKind::AgentAlarm) {
        let title = format!("{} an alarm", counted(summary.alarmed, "agent has", "agents have"));
        found.push(notice(Tone::Bad, title, "A token or a key may be in wrong hands."));
    }
    let unserved = of(DomainVerdict::Unserved);
    if !unserved.is_empty() && !alerts.has(AlertKind::NoAgents) {
        let title = format!("No healthy agent serves {}", unserved.join(", "));
        found.push(notice(Tone::Bad, title, "The configurations of these domains wait."));
    }
    let troubled: Vec<String> = [AgentState::Inactive, AgentState::StatusOnly, AgentState::Degraded]
        .into_iter()
        .filter(|state| summary.count(*state) > 0)
        .map(|state| format!("{} {}", summary.count(state), agent_state_text(state).to_lowercase()))
        .collect();
    if !troubled.is_empty()
        && !alerts.has(AlertKind::AgentInactive)
        && !alerts.has(AlertKind::AgentStatusOnly)
    {
        let title = format!("Agents in trouble: {}", troubled.join(", "));
        found.push(notice(Tone::Warn, title, "Cycles run through the others meanwhile."));
    }
    let few = of(DomainVerdict::Few);
    if !few.is_empty() && !alerts.has(AlertKind::FewAgents) {
        let title = format!("Fewer than {FEWEST_AGENTS} healthy agents serve {}", few.join(", "));
        found.push(notice(Tone::Warn, title, "One more failure can stop their cycles."));
    }
    found
}

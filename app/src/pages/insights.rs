//! Figures over time, each as a chart, a table and a file.

use chrono::TimeDelta;
use domain::{
    ConfigurationId, ObjectKind, Time,
    record::{Action, Status},
};
use leptos::prelude::*;
use service::insights::{Insights, LinkState};

use crate::{
    components::{
        Bars, Card, CyclePill, Empty, Lasted, Line, Lines, LinkButton, Moment, Notice, PageHead, Series,
        StackedBars, Tab, Table, Tabs, Tone, When, action_text, status_text,
    },
    format::{capitalised, duration, elapsed_ms, number},
    view::{InsightTable, InsightsQuery, InsightsView, LogFilter, Span, sums},
};

const BASE: &str = "/insights";

/// What was done over time, how long it took, who was there, and what fails most.
pub fn insights(view: InsightsView) -> impl IntoView {
    let lead = "Sums of the provisioning log by the hour or the day, in UTC. What retention deletes is no part of them.";
    let filter = filter(&view);
    let body = match view.insights {
        Err(problem) => {
            view! { <Notice tone=Tone::Bad title="There are no such figures">{problem}</Notice> }.into_any()
        }
        Ok(insights) => {
            let shown = Shown { query: view.query, configurations: view.configurations, insights };
            view! {
                {operations(&shown, InsightTable::Actions)}
                {operations(&shown, InsightTable::Outcomes)}
                {cycles(&shown)}
                {agents(&shown)}
                {errors(&shown)}
                {objects(&shown)}
            }
            .into_any()
        }
    };
    view! {
        <PageHead title="Insights" lead=view! { {lead} }.into_any() />
        <div class="stack">{filter} {body}</div>
    }
}

/// What is drawn, and for which address.
struct Shown {
    query: InsightsQuery,
    configurations: Vec<(ConfigurationId, String)>,
    insights: Insights,
}

impl Shown {
    /// The way to a table's file.
    fn file(&self, table: InsightTable) -> AnyView {
        let href = self.query.address(&format!("{BASE}/{table}.csv"));
        view! { <span class="push"><LinkButton href text="Save as CSV" icon="export" class="small" /></span> }
            .into_any()
    }

    fn by_the_hour(&self) -> bool {
        self.insights.period.slot < TimeDelta::days(1)
    }

    /// The head of a table's first column.
    fn when(&self) -> &'static str {
        if self.by_the_hour() { "Hour (UTC)" } else { "Day (UTC)" }
    }

    fn name(&self, at: Time) -> String {
        at.format(if self.by_the_hour() { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d" }).to_string()
    }

    /// So many ticks that they do not meet.
    fn tick(&self, index: usize, at: Time) -> String {
        let every = self.insights.slots.len().div_ceil(12).max(1);
        if !index.is_multiple_of(every) {
            return String::new();
        }
        at.format(if self.by_the_hour() { "%H:%M" } else { "%d %b" }).to_string()
    }
}

fn filter(view: &InsightsView) -> impl IntoView + use<> {
    let query = view.query.clone();
    let own = query.is_own();
    let chosen = query.span.unwrap_or(Span::Day);
    let spans = InsightsQuery::SPANS
        .map(|span| {
            let other = InsightsQuery {
                span: Some(span),
                configuration: query.configuration,
                ..InsightsQuery::default()
            };
            let current = !own && span == chosen;
            Tab { text: span.text(), href: other.address("/insights"), current, count: None }
        })
        .to_vec();
    let configurations = view
        .configurations
        .iter()
        .map(|(id, name)| {
            let selected = query.configuration == Some(*id);
            view! { <option value=id.to_string() selected=selected>{name.clone()}</option> }
        })
        .collect_view();
    view! {
        <form class="card card-body insight-filter" aria-label="Range and configuration">
            <Tabs label="Range" tabs=spans inner=true />
            // For another configuration over the same range; days go before it.
            <input type="hidden" name="range" value=chosen.to_string() />
            <div class="field">
                <label for="from">"From day"</label>
                <input class="input" type="date" id="from" name="from" value=query.from />
            </div>
            <div class="field">
                <label for="to">"To day"</label>
                <input class="input" type="date" id="to" name="to" value=query.to />
            </div>
            <div class="field">
                <label for="configuration">"Configuration"</label>
                <select class="input" name="configuration" id="configuration">
                    <option value="">"All"</option>
                    {configurations}
                </select>
            </div>
            <div class="actions">
                <button class="button primary">"Show"</button>
            </div>
        </form>
    }
}

/// Operations by slot, split by action or by outcome; each column leads to its records.
fn operations(shown: &Shown, table: InsightTable) -> impl IntoView + use<> {
    let insights = &shown.insights;
    let (title, series, sums) = if table == InsightTable::Actions {
        let series: Vec<Series> = Action::ALL
            .iter()
            .map(|action| Series { key: action.as_str(), text: action_text(*action) })
            .collect();
        ("Operations by action", series, sums(insights, Action::ALL, |action, _| action))
    } else {
        let series: Vec<Series> = Status::ALL
            .iter()
            .map(|status| Series { key: status.as_str(), text: status_text(*status) })
            .collect();
        ("Operations by outcome", series, sums(insights, Status::ALL, |_, status| status))
    };
    let chart = if sums.iter().flatten().all(|count| *count == 0) {
        view! {
            <Empty icon="activity" title="No operations in this range">
                <p>"Nothing had to change, or nothing has run. Choose a longer range, or run a configuration."</p>
                <LinkButton href="/configurations" text="Configurations" />
            </Empty>
        }
        .into_any()
    } else {
        let slot = insights.period.slot;
        let bars = insights
            .slots
            .iter()
            .zip(sums)
            .enumerate()
            .map(|(index, (at, values))| Bars {
                tick: shown.tick(index, *at),
                name: shown.name(*at),
                values,
                href: LogFilter {
                    configuration: shown.query.configuration,
                    from: Some(*at),
                    until: Some(*at + slot),
                    ..LogFilter::default()
                }
                .href(),
            })
            .collect();
        let when = shown.when();
        view! { <div class="card-body stack tight"><StackedBars label=title series bars when /></div> }
            .into_any()
    };
    view! { <Card title aside=shown.file(table)>{chart}</Card> }
}

/// How long cycles took. The mean and the longest are told apart: one slow cycle hides in a mean.
fn cycles(shown: &Shown) -> impl IntoView + use<> {
    let insights = &shown.insights;
    let body = if insights.cycles.is_empty() {
        view! {
            <Empty icon="clock" title="No cycle ended in this range">
                <p>"A configuration that is enabled runs by its schedule."</p>
                <LinkButton href="/configurations" text="Configurations" />
            </Empty>
        }
        .into_any()
    } else {
        let (cycles, failed) = insights
            .cycles
            .iter()
            .fold((0, 0), |(cycles, failed), slot| (cycles + slot.cycles, failed + slot.failed));
        let moments = insights
            .slots
            .iter()
            .enumerate()
            .map(|(index, at)| {
                let slot = insights.cycles.iter().find(|slot| slot.at == *at);
                Moment {
                    tick: shown.tick(index, *at),
                    name: shown.name(*at),
                    values: vec![
                        slot.map(|slot| slot.total_ms / slot.cycles.max(1)),
                        slot.map(|slot| slot.longest_ms),
                    ],
                }
            })
            .collect();
        let lines = vec![Line { key: "create", text: "Mean" }, Line { key: "disable", text: "Longest" }];
        let when = shown.when();
        let text =
            format!("{} cycles, {} of them did not come to their end well.", number(cycles), number(failed));
        view! {
            <div class="card-body stack tight">
                <p class="soft">{text}</p>
                <Lines label="Duration of cycles" lines moments when text=duration />
                <p class="soft">"These took longest:"</p>
            </div>
            {longest(shown)}
        }
        .into_any()
    };
    view! { <Card title="Duration of cycles" aside=shown.file(InsightTable::Cycles)>{body}</Card> }
}

/// The cycles that took longest, each with the way to what it did.
fn longest(shown: &Shown) -> impl IntoView + use<> {
    let rows = shown
        .insights
        .longest
        .iter()
        .filter_map(|cycle| {
            let (began, ended) = cycle.started_at.zip(cycle.ended_at)?;
            let id = cycle.configuration_id;
            let filter =
                LogFilter { cycle: Some(cycle.id), configuration: Some(id), ..LogFilter::default() };
            let name = shown.configurations.iter().find(|(known, _)| *known == id);
            let name = name.map_or_else(|| "a deleted configuration".to_owned(), |(_, name)| name.clone());
            let counts = &cycle.counts;
            Some(view! {
                <tr>
                    <th scope="row" class="full"><a class="row-link" href=filter.href()><When at=began /></a></th>
                    <td class="full"><span class="clip">{name}</span></td>
                    <td><CyclePill state=cycle.state /></td>
                    <td class="number" data-label="Took"><Lasted ms=elapsed_ms(began, ended) /></td>
                    <td class="number" data-label="Read">{number(counts.imported)}</td>
                    <td class="number" data-label="Failed">{number(counts.failed)}</td>
                </tr>
            })
        })
        .collect_view();
    view! {
        <Table label="Cycles that took longest" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Began"</th>
                    <th scope="col">"Configuration"</th>
                    <th scope="col">"State"</th>
                    <th scope="col" class="number">"Took"</th>
                    <th scope="col" class="number">"Read"</th>
                    <th scope="col" class="number">"Failed"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

/// How many agents were heard, of all configurations.
fn agents(shown: &Shown) -> impl IntoView + use<> {
    let insights = &shown.insights;
    let body = if insights.agents.is_empty() {
        view! {
            <Empty icon="server" title="No agent was heard in this range">
                <p>"Directories without a connection of their own are read by agents."</p>
                <LinkButton href="/agents" text="Agents" />
            </Empty>
        }
        .into_any()
    } else {
        let hourly = shown.by_the_hour();
        let moments = insights
            .slots
            .iter()
            .enumerate()
            .map(|(index, at)| {
                let slot = insights.agents.iter().find(|slot| slot.at == *at);
                let most = slot.map(|slot| slot.most);
                let values = if hourly { vec![most] } else { vec![slot.map(|slot| slot.fewest), most] };
                Moment { tick: shown.tick(index, *at), name: shown.name(*at), values }
            })
            .collect();
        let lines = if hourly {
            vec![Line { key: "create", text: "Heard in the hour" }]
        } else {
            vec![
                Line { key: "create", text: "Fewest in an hour" },
                Line { key: "update", text: "Most in an hour" },
            ]
        };
        let when = shown.when();
        view! {
            <div class="card-body stack tight">
                <Lines label="Agents online" lines moments when text=number />
            </div>
        }
        .into_any()
    };
    view! { <Card title="Agents online" aside=shown.file(InsightTable::Agents)>{body}</Card> }
}

fn errors(shown: &Shown) -> impl IntoView + use<> {
    let insights = &shown.insights;
    let body = if insights.errors.is_empty() {
        view! {
            <Empty icon="check" title="Nothing failed in this range">
                <p>"No operation ended with an error."</p>
            </Empty>
        }
        .into_any()
    } else {
        let highest = insights.errors.first().map_or(1, |(_, count)| *count).max(1);
        let rows = insights
            .errors
            .iter()
            .map(|(code, count)| {
                let href = LogFilter {
                    configuration: shown.query.configuration,
                    error_code: Some(code.clone()),
                    from: Some(insights.period.since),
                    until: Some(insights.period.until),
                    ..LogFilter::default()
                }
                .href();
                let advice = domain::catalogue::find(code).map(|entry| entry.advice);
                let share = (count * 100 / highest).max(1);
                view! {
                    <tr>
                        <th scope="row"><a href=href><code>{code.clone()}</code></a></th>
                        <td class="number">{number(*count)}</td>
                        <td class="narrow-hide">
                            <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                                <rect class="series-failure" x="0" y="0" width=share.to_string() height="8"></rect>
                            </svg>
                        </td>
                        <td class="full soft">{advice}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <Table label="Most frequent errors" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Error"</th>
                        <th scope="col" class="number">"Operations"</th>
                        <th scope="col" class="narrow-hide">"Share"</th>
                        <th scope="col">"What to do"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! { <Card title="Most frequent errors" aside=shown.file(InsightTable::Errors)>{body}</Card> }
}

/// A state's name, and how many objects of each kind are in it.
type StateRow = (&'static str, Vec<u64>);

/// Objects as they are now, by state; the range does not count.
fn objects(shown: &Shown) -> impl IntoView + use<> {
    let states = &shown.insights.states;
    let of_state = |state: LinkState| {
        ObjectKind::ALL
            .iter()
            .map(|kind| {
                let found = states.links.iter().filter(|(known, of, _)| known == kind && *of == state);
                found.map(|(.., count)| *count).sum()
            })
            .collect::<Vec<u64>>()
    };
    let failing = ObjectKind::ALL
        .iter()
        .map(|kind| states.escrows.iter().filter(|(known, _)| known == kind).map(|(_, count)| *count).sum())
        .collect();
    let rows: [StateRow; 4] = [
        ("Provisioned", of_state(LinkState::Active)),
        ("Leaving, held back", of_state(LinkState::Leaving)),
        ("Disabled, left the scope", of_state(LinkState::Disabled)),
        ("Failing, provisioned or not", failing),
    ];
    let body = if rows.iter().all(|(_, counts)| counts.iter().all(|count| *count == 0)) {
        view! {
            <Empty icon="users" title="No object is provisioned yet">
                <p>"The first cycle of an enabled configuration links them."</p>
                <LinkButton href="/configurations" text="Configurations" />
            </Empty>
        }
        .into_any()
    } else {
        let heads = ObjectKind::ALL
            .iter()
            .map(|kind| view! { <th scope="col" class="number">{capitalised(kind.plural())}</th> })
            .collect_view();
        let rows = rows
            .into_iter()
            .map(|(name, counts)| {
                let cells = counts
                    .into_iter()
                    .map(|count| {
                        let class = if count == 0 { "number zero" } else { "number" };
                        view! { <td class=class>{number(count)}</td> }
                    })
                    .collect_view();
                view! { <tr><th scope="row">{name}</th>{cells}</tr> }
            })
            .collect_view();
        view! {
            <Table label="Objects by state, now" inert=true>
                <thead>
                    <tr>
                        <th scope="col">"State"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! { <Card title="Objects by state, now" aside=shown.file(InsightTable::Objects)>{body}</Card> }
}

use domain::access::Role;
use leptos::prelude::*;

use crate::{
    components::{Card, CyclePill, Empty, Icon, Lasted, LinkButton, PageHead, StatePill, Table, When},
    format::{counted, elapsed_ms, number},
    frame::frame,
    islands::LivePage,
    view::ConfigurationSummary,
};

/// All configurations.
pub fn configurations(list: Vec<ConfigurationSummary>) -> impl IntoView {
    let create = frame().may(Role::Administrator).then(|| {
        view! { <LinkButton href="/configurations/new" text="New configuration" icon="plus" class="primary" /> }
            .into_any()
    });
    let summary = counted(list.len() as u64, "configuration", "configurations");
    let body = if list.is_empty() {
        view! {
            <div class="card">
                <Empty icon="configurations" title="No configuration yet">
                    <p>
                        "A configuration keeps a target equal to a source domain: which objects, which attributes, how often."
                    </p>
                    {frame()
                        .may(Role::Administrator)
                        .then(|| {
                            view! {
                                <LinkButton
                                    href="/configurations/new"
                                    text="Create the first configuration"
                                    icon="plus"
                                    class="primary"
                                />
                            }
                        })}
                </Empty>
            </div>
        }
        .into_any()
    } else {
        let rows = list.into_iter().map(row).collect_view();
        view! {
            <Card title=summary>
                <Table label="Configurations" stacked=true>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Last cycle"</th>
                            <th scope="col" class="number">"Duration"</th>
                            <th scope="col" class="number">"Changes"</th>
                            <th scope="col" class="number">"Failing"</th>
                            <th scope="col" class="number">"Linked"</th>
                            <th scope="col">"Next run"</th>
                        </tr>
                    </thead>
                    <tbody id="configurations" data-swap=true>{rows}</tbody>
                </Table>
            </Card>
            <LivePage about=String::new() />
        }
        .into_any()
    };
    view! {
        <PageHead
            title="Configurations"
            lead=view! { "Which source domain is kept equal in which target." }.into_any()
            actions=create.unwrap_or_else(|| ().into_any())
        />
        {body}
    }
}

fn row(c: ConfigurationSummary) -> impl IntoView {
    let href = c.href();
    let linked: u64 = c.linked.iter().map(|(_, n)| n).sum();
    let failing = c.failing;
    let last = c.last.as_ref();
    let counts = last.map(|cycle| cycle.counts).unwrap_or_default();
    let outcome = last.map(|cycle| {
        let at = cycle.ended_at.unwrap_or(cycle.due_at);
        view! { <CyclePill state=cycle.state /> <span class="sub"><When at /></span> }
    });
    let lasted = last.and_then(|cycle| Some(elapsed_ms(cycle.started_at?, cycle.ended_at?)));
    let class = |n: u64| if n == 0 { "number zero" } else { "number" };
    let came_to_nothing = c.is_failing();
    view! {
        <tr>
            <th scope="row" class="full">
                <a class="row-link" href=href>{c.name}</a>
                <span class="sub flow">{c.names.domain} <Icon name="right" /> {c.names.target}</span>
            </th>
            <td><StatePill status=c.status running=c.running.is_some() failing=came_to_nothing /></td>
            <td class="full">{outcome}</td>
            <td class="number narrow-hide">{lasted.map(|ms| view! { <Lasted ms /> })}</td>
            <td class=class(counts.changes()) data-label="Changes">{number(counts.changes())}</td>
            <td class=class(failing) data-label="Failing">{number(failing)}</td>
            <td class=class(linked) data-label="Linked">{number(linked)}</td>
            <td class="full" data-label="Next">{c.next_due.map(|at| view! { <When at stacked=true /> })}</td>
        </tr>
    }
}

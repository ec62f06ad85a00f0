use domain::access::Role;
use leptos::prelude::*;
use service::Escrow;

use super::{ConfigurationTab, configuration_frame, log_row::kind_icon};
use crate::{
    components::{Card, Empty, Icon, Pager, PostButton, Table, When},
    format::counted,
    frame::frame,
    islands::LivePage,
    view::{ConfigurationDetail, FailingList, object_href, query},
};

/// Objects that fail and wait for their next attempt.
pub fn failing(detail: &ConfigurationDetail, list: FailingList) -> impl IntoView + use<> {
    let about = detail.summary.id.to_string();
    let base = format!("{}/failing", detail.summary.href());
    let inside = view! {
        <div class="stack" id="failing" data-swap=true>
            {content(&base, detail.summary.failing, list)}
        </div>
        <LivePage about />
    };
    configuration_frame(detail, ConfigurationTab::Failing, inside.into_any())
}

fn content(base: &str, total: u64, list: FailingList) -> AnyView {
    if list.rows.is_empty() {
        let first = list.later.then(|| view! { <a href=base.to_owned()>"To the first page"</a> });
        return view! {
            <Card title="Objects that fail">
                <Empty icon="check" title="No object fails">
                    <p>
                        "An object that the target refuses, or whose mapping cannot be evaluated, waits here for its next attempt. The others go on."
                    </p>
                    {first}
                </Empty>
            </Card>
        }
        .into_any();
    }
    let operator = frame().may(Role::Operator);
    let aside = operator.then(|| {
        view! {
            <div class="actions">
                <PostButton action=format!("{base}/retry") text="Retry all now" icon="restart" class="small" />
            </div>
        }
        .into_any()
    });
    let rows = list.rows.into_iter().map(|escrow| row(base, escrow, operator)).collect_view();
    let next = list.next.map(|after| query::href(base, &[("after", after)]));
    let first = list.later.then(|| base.to_owned());
    let pager = (first.is_some() || next.is_some()).then(|| {
        view! { <Pager summary=String::new() first next /> }
    });
    let title = format!("{} and wait", counted(total, "object fails", "objects fail"));
    view! {
        <Card title=title aside=aside.unwrap_or_else(|| ().into_any())>
            <Table label="Objects that fail" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Object"</th>
                        <th scope="col">"Why, and what to do"</th>
                        <th scope="col" class="number">"Attempts"</th>
                        <th scope="col">"Fails since"</th>
                        <th scope="col">"Next attempt"</th>
                        {operator.then(|| view! { <th scope="col"><span class="visually-hidden">"Retry"</span></th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            {pager}
        </Card>
    }
    .into_any()
}

fn row(base: &str, escrow: Escrow, operator: bool) -> impl IntoView + use<> {
    let Escrow {
        kind,
        object_id,
        display_name,
        code,
        reason,
        attempts,
        first_failed_at,
        next_attempt_at,
        ..
    } = escrow;
    let history = object_href(&object_id);
    let advice = domain::catalogue::find(&code).map(|entry| entry.advice);
    let name = if display_name.is_empty() { object_id.clone() } else { display_name };
    let retry = operator.then(|| {
        let (action, object) = (format!("{base}/retry"), format!("{kind}:{object_id}"));
        let label = format!("Retry now: {name}");
        view! {
            <td class="nowrap">
                <form method="post" action=action>
                    <input type="hidden" name="object" value=object />
                    <button class="button small" aria-label=label>"Retry now"</button>
                </form>
            </td>
        }
    });
    view! {
        <tr>
            <th scope="row" class="full">
                <span class="flow">
                    <Icon name=kind_icon(kind) />
                    <a href=history>{name}</a>
                </span>
            </th>
            <td class="full">
                <code>{code}</code>
                <p>{reason}</p>
                {advice.map(|text| view! { <p class="soft">{text}</p> })}
            </td>
            <td class="number" data-label="Attempts">{attempts}</td>
            <td class="full" data-label="Since"><When at=first_failed_at stacked=true /></td>
            <td class="full" data-label="Next"><When at=next_attempt_at stacked=true /></td>
            {retry}
        </tr>
    }
}

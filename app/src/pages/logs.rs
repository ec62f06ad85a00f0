use domain::{
    ProvisioningRecord,
    record::{Action, Status},
};
use leptos::prelude::*;

use super::{
    log_row::{kind_icon, target_text},
    log_tools,
};
use crate::{
    components::{
        ActionLabel, Choice, Empty, Icon, Lasted, LinkButton, PageHead, Pager, SearchField, StatusPill,
        Table, When, action_text, status_text,
    },
    format::{capitalised, short_time},
    frame::frame,
    islands::{LiveFilter, LivePage},
    view::{Capped, LogFilter, LogList, Span},
};

/// The provisioning log: search, facets, rows.
pub fn logs(view: LogList) -> impl IntoView {
    let live = view.filter.is_beginning() && !view.filter.paused;
    let (actions, saved) = (log_tools::actions(&view), log_tools::saved(&view));
    let facets = facets(&view);
    let chips = chips(&view);
    let clear = view.filter.is_narrow().then(|| view! { <a href="/logs">"Clear all"</a> });
    let text = view.filter.text.clone();
    let span = view.filter.span;
    let oldest = view.filter.oldest_first;
    let spans = Span::ALL
        .iter()
        .map(|s| view! { <option value=s.as_str() selected=span == Some(*s)>{s.text()}</option> })
        .collect_view();
    view! {
        <PageHead
            title="Provisioning logs"
            lead=view! { "Everything that was done to an object, with the steps that led there." }.into_any()
            actions=actions.into_any()
        />
        {saved}
        <form class="with-facets" id="filter" action="/logs">
            <div class="facet-column">{facets}</div>
            <div class="stack tight">
                <div class="filter">
                    <SearchField
                        value=text
                        label="Search names, DNs, ids, change ids and error texts"
                        placeholder="Name, DN, id, change id, error text"
                    />
                    <select class="input" name="since" aria-label="Period">
                        <option value="">"Any time"</option>
                        {spans}
                    </select>
                    <select class="input" name="order" aria-label="Order">
                        <option value="">"Newest first"</option>
                        <option value="oldest" selected=oldest>"Oldest first"</option>
                    </select>
                    <button class="button without-script">"Apply"</button>
                </div>
                <div class="facets" id="chips" data-swap=true>{chips} {clear}</div>
                <section class="card" aria-label="Records" id="results" data-swap=true>
                    {results(view)}
                </section>
            </div>
        </form>
        <LiveFilter form="filter".to_owned() />
        {live.then(|| view! { <LivePage about="cycle".to_owned() /> })}
    }
}

fn results(view: LogList) -> AnyView {
    if view.rows.is_empty() {
        return if view.filter.is_narrow() {
            view! {
                <Empty icon="search" title="Nothing matches">
                    <p>"No record has all of this. Take a filter away, or search for less of the name."</p>
                    <LinkButton href="/logs" text="Clear all filters" />
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty icon="logs" title="No operation yet">
                    <p>"The first cycle of a configuration fills this list."</p>
                    <LinkButton href="/configurations" text="Go to the configurations" class="primary" />
                </Empty>
            }
            .into_any()
        };
    }
    let first = (!view.filter.is_beginning()).then(|| view.filter.first_page().href());
    let page = |after, before| LogFilter { after, before, ..view.filter.clone() }.href();
    let next = view.next.clone().map(|after| page(Some(after), None));
    let previous = view.previous.clone().map(|before| page(None, Some(before)));
    let order = if view.filter.oldest_first { "oldest first" } else { "newest first" };
    let summary = format!("{} records, {order}", view.rows.len());
    let newer = if view.filter.oldest_first { "Older" } else { "Newer" };
    let older = if view.filter.oldest_first { "Newer" } else { "Older" };
    let newest = if view.filter.oldest_first { "Oldest" } else { "Newest" };
    let rows = view.rows.iter().map(|record| row(record, &view)).collect_view();
    view! {
        <Table label="Provisioning records" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Identity"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Configuration"</th>
                    <th scope="col" class="wide-only">"Source and target"</th>
                    <th scope="col">"Time"</th>
                    <th scope="col" class="number">"Took"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first previous next first_text=newest previous_text=newer next_text=older />
    }
    .into_any()
}

fn row(record: &ProvisioningRecord, view: &LogList) -> impl IntoView + use<> {
    let name = view.configuration_name(record.configuration_id).to_owned();
    let configuration = format!("/configurations/{}", record.configuration_id);
    let under = record.error.as_ref().map_or_else(
        || record.source.name.clone(),
        |error| format!("{}: {}", error.error_code, error.reason),
    );
    view! {
        <tr>
            <th scope="row" class="full main">
                <span class="identity">
                    <Icon name=kind_icon(record.kind) />
                    <span>
                        <a class="row-link" href=format!("/logs/{}", record.id)>{target_text(record)}</a>
                        <span class="sub clip">{under}</span>
                    </span>
                </span>
            </th>
            <td><ActionLabel action=record.action /></td>
            <td><StatusPill status=record.status /></td>
            <td class="narrow-hide nowrap"><a href=configuration>{name}</a></td>
            <td class="narrow-hide wide-only soft">
                <span class="flow">{record.source_system.clone()} <Icon name="right" /> {record.target_system.clone()}</span>
            </td>
            <td class="full"><When at=record.at stacked=true /></td>
            <td class="number narrow-hide"><Lasted ms=u64::from(record.duration_ms) /></td>
        </tr>
    }
}

/// A count beside a choice. It carries an id so that it can be renewed while the reader keeps the focus on the box.
fn count(id: String, value: Capped) -> impl IntoView {
    let shown = value.to_string();
    view! { <span class="facet-count" id=id data-swap=true>{shown}</span> }
}

fn facets(view: &LogList) -> impl IntoView + use<> {
    let filter = &view.filter;
    let actions = Action::ALL
        .iter()
        .map(|action| {
            let value = view.facets.of_action(*action);
            let id = format!("action-{action}");
            view! {
                <div class="facet-row">
                    <Choice
                        id=id.clone()
                        name="action"
                        value=action.to_string()
                        label=action_text(*action)
                        checked=filter.actions.contains(action)
                    />
                    {count(format!("count-{id}"), value)}
                </div>
            }
        })
        .collect_view();
    let statuses = Status::ALL
        .iter()
        .map(|status| {
            let value = view.facets.of_status(*status);
            let id = format!("status-{status}");
            view! {
                <div class="facet-row">
                    <Choice
                        id=id.clone()
                        name="status"
                        value=status.to_string()
                        label=status_text(*status)
                        checked=filter.statuses.contains(status)
                    />
                    {count(format!("count-{id}"), value)}
                </div>
            }
        })
        .collect_view();
    let kinds = domain::ObjectKind::ALL
        .iter()
        .map(|kind| {
            let value = view.facets.of_kind(*kind);
            let text = format!("{} ({value})", capitalised(kind.plural()));
            view! { <option value=kind.to_string() selected=filter.kind == Some(*kind)>{text}</option> }
        })
        .collect_view();
    let configurations = view
        .configurations
        .iter()
        .map(|(id, name)| {
            view! { <option value=id.to_string() selected=filter.configuration == Some(*id)>{name.clone()}</option> }
        })
        .collect_view();
    let errors = (!view.facets.error_codes.is_empty() || filter.error_code.is_some()).then(|| {
        let mut codes = view.facets.error_codes.clone();
        if let Some(code) = filter.error_code.as_ref().filter(|c| !codes.iter().any(|(k, _)| k == *c)) {
            codes.push((code.clone(), view.facets.other));
        }
        let options = codes
            .into_iter()
            .map(|(code, n)| {
                let selected = filter.error_code.as_deref() == Some(code.as_str());
                view! { <option value=code.clone() selected=selected>{format!("{code} ({n})")}</option> }
            })
            .collect_view();
        view! {
            <div class="field">
                <label for="error">"Error"</label>
                <select class="input" name="error" id="error">
                    <option value="">"Any"</option>
                    {options}
                </select>
            </div>
        }
    });
    let hidden = [
        ("cycle", filter.cycle.map(|c| c.to_string())),
        ("object", filter.object.clone()),
        ("live", filter.paused.then(|| "off".to_owned())),
        ("from", filter.from.map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))),
        ("until", filter.until.map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|value| view! { <input type="hidden" name=name value=value /> }))
    .collect_view();
    view! {
        {hidden}
        <details class="facet-box">
            <summary>"Filters"</summary>
            <fieldset class="field">
                <legend>"Status"</legend>
                {statuses}
            </fieldset>
            <fieldset class="field">
                <legend>"Action"</legend>
                {actions}
            </fieldset>
            <div class="field">
                <label for="configuration">"Configuration"</label>
                <select class="input" name="configuration" id="configuration">
                    <option value="">"Any"</option>
                    {configurations}
                </select>
            </div>
            <div class="field">
                <label for="type">"Object type"</label>
                <select class="input" name="type" id="type">
                    <option value="">"Any"</option>
                    {kinds}
                </select>
            </div>
            {errors}
        </details>
    }
}

/// What narrows the search, each with a way to take it away.
fn chips(view: &LogList) -> impl IntoView + use<> {
    let f = view.filter.first_page();
    let now = frame().now;
    let mut chips: Vec<(String, LogFilter)> = Vec::new();
    if !f.text.is_empty() {
        chips.push((format!("“{}”", f.text), LogFilter { text: String::new(), ..f.clone() }));
    }
    for action in &f.actions {
        let rest = f.actions.iter().copied().filter(|a| a != action).collect();
        chips.push((action_text(*action).to_owned(), LogFilter { actions: rest, ..f.clone() }));
    }
    for status in &f.statuses {
        let rest = f.statuses.iter().copied().filter(|s| s != status).collect();
        chips.push((status_text(*status).to_owned(), LogFilter { statuses: rest, ..f.clone() }));
    }
    if let Some(id) = f.configuration {
        let name = view.configuration_name(id).to_owned();
        chips.push((name, LogFilter { configuration: None, ..f.clone() }));
    }
    if f.cycle.is_some() {
        chips.push(("One cycle".to_owned(), LogFilter { cycle: None, ..f.clone() }));
    }
    if let Some(kind) = f.kind {
        chips.push((capitalised(kind.plural()), LogFilter { kind: None, ..f.clone() }));
    }
    if let Some(code) = &f.error_code {
        chips.push((code.clone(), LogFilter { error_code: None, ..f.clone() }));
    }
    if let Some(span) = f.span {
        chips.push((span.text().to_owned(), LogFilter { span: None, ..f.clone() }));
    }
    if let Some(from) = f.from {
        let until = f.until.map(|u| format!(" to {}", short_time(u, now))).unwrap_or_default();
        let text = format!("{}{until}", short_time(from, now));
        chips.push((text, LogFilter { from: None, until: None, ..f.clone() }));
    }
    if f.object.is_some() {
        chips.push(("One source object".to_owned(), LogFilter { object: None, ..f.clone() }));
    }
    chips
        .into_iter()
        .map(|(text, without)| {
            let label = format!("Remove the filter {text}");
            view! {
                <a class="facet" href=without.href() aria-label=label>
                    {text}
                    <Icon name="cross" />
                </a>
            }
        })
        .collect_view()
}

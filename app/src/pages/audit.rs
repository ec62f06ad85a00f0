use domain::access::{Role, Via};
use domain::audit::AuditIntegrity;
use leptos::prelude::*;
use service::StoredAudit;

use crate::{
    components::{
        Card, Diff, Empty, Fact, Facts, LinkButton, Notice, PageHead, Pager, Pill, PostButton, SearchField,
        Table, Tone, When,
    },
    format::{counted, full_time, number},
    frame::frame,
    islands::LiveFilter,
    view::{AuditAbout, AuditDetail, AuditList, AuditQuery, Span},
};

const BASE: &str = "/audit";

/// The audit log: whether it is whole, and who did what.
pub fn audit(view: AuditList) -> impl IntoView {
    let everything = frame().may(Role::Administrator);
    let lead = if everything {
        "Who changed what in the portal, through the API and on the command line, and who came in."
    } else {
        "Who changed what in the portal, through the API and on the command line. Sign-ins, accounts and addresses are shown to administrators."
    };
    let integrity = integrity(view.integrity.as_ref());
    let filter = filter(&view.filter, everything);
    view! {
        <PageHead title="Audit log" lead=view! { {lead} }.into_any() />
        <div class="stack">
            {integrity}
            {filter}
            <section class="card" aria-label="Audit entries" id="results" data-swap=true>
                {results(view)}
            </section>
        </div>
        <LiveFilter form="filter".to_owned() />
    }
}

fn integrity(found: Option<&AuditIntegrity>) -> AnyView {
    let button = || view! { <PostButton action="/audit/check".to_owned() text="Check now" icon="lock" class="small" /> };
    let Some(found) = found else {
        let aside = view! {
            <span class="push"></span>
            <div class="actions">{button()}</div>
        }
        .into_any();
        return view! {
            <Card title="Integrity" aside>
                <div class="card-body">
                    <p class="soft">"The log was not checked since this server started."</p>
                </div>
            </Card>
        }
        .into_any();
    };
    let (tone, text) = if found.damage.is_none() { (Tone::Ok, "Whole") } else { (Tone::Bad, "Damaged") };
    let aside = view! {
        <Pill tone text />
        <span class="note push">"Checked " <When at=found.checked_at /></span>
        <div class="actions">{button()}</div>
    }
    .into_any();
    let body = match found.damage {
        Some((damage, place)) => {
            let sentence = crate::format::capitalised(&damage.sentence(place)) + ".";
            view! {
                <Notice tone=Tone::Bad title=sentence>
                    <p>
                        "Somebody changed the database or the file of checkpoints past Skybridge. Keep both as they are, compare them with a backup and with the checkpoints in the server's own log, and find out who had access."
                    </p>
                </Notice>
            }
            .into_any()
        }
        None => {
            let last = found.last_checkpoint.clone().map(|last| {
                view! { ", the last one of entry " {last.sequence} ", " <When at=last.at /> }
            });
            let (entries, checkpoints, hash) =
                (number(found.entries), number(found.checkpoints), found.hash.clone());
            view! {
                <Facts>
                    <Fact label="Entries">{entries}</Fact>
                    <Fact label="Checkpoints">{checkpoints} {last}</Fact>
                    <Fact label="End of the chain"><code class="break">{hash}</code></Fact>
                </Facts>
            }
            .into_any()
        }
    };
    view! {
        <Card title="Integrity" aside>
            <div class="card-body">{body}</div>
        </Card>
    }
    .into_any()
}

fn filter(filter: &AuditQuery, everything: bool) -> impl IntoView + use<> {
    let abouts = AuditAbout::ALL
        .iter()
        .filter(|about| everything || !about.is_access())
        .map(|about| {
            let selected = filter.about == Some(*about);
            view! { <option value=about.as_str() selected=selected>{about.text()}</option> }
        })
        .collect_view();
    let vias = Via::ALL
        .iter()
        .map(|via| {
            let selected = filter.via == Some(*via);
            view! { <option value=via.as_str() selected=selected>{via_text(via.as_str())}</option> }
        })
        .collect_view();
    let spans = Span::ALL
        .iter()
        .map(|span| {
            view! { <option value=span.as_str() selected=filter.span == Some(*span)>{span.text()}</option> }
        })
        .collect_view();
    let first = filter.first_page();
    let (csv, json) = (first.href("/audit/csv"), first.href("/audit/json"));
    view! {
        <form class="filter" id="filter">
            <SearchField
                value=filter.text.clone()
                label="Search who, what and why in the audit log"
                placeholder="Who, what, why"
            />
            <select class="input" name="about" aria-label="About">
                <option value="">"Everything"</option>
                {abouts}
            </select>
            <select class="input" name="via" aria-label="Way">
                <option value="">"Any way"</option>
                {vias}
            </select>
            <select class="input" name="since" aria-label="Period">
                <option value="">"Any time"</option>
                {spans}
            </select>
            <button class="button without-script">"Apply"</button>
            <span class="actions" id="save" data-swap=true>
                <LinkButton href=csv text="Save as CSV" icon="export" />
                <LinkButton href=json text="Save as JSON" icon="export" />
            </span>
        </form>
    }
}

fn via_text(via: &str) -> &'static str {
    match via {
        "session" => "Portal",
        "token" => "API",
        _ => "Skybridge",
    }
}

fn results(view: AuditList) -> AnyView {
    if view.rows.is_empty() {
        if view.filter.is_narrow() {
            return view! {
                <Empty icon="search" title="Nothing matches">
                    <p>"No entry has all of this."</p>
                    <LinkButton href=BASE text="Clear all filters" />
                </Empty>
            }
            .into_any();
        }
        return view! {
            <Empty icon="history" title="Nothing was changed yet">
                <p>"Whoever changes a configuration, a target or a setting stands here afterwards."</p>
                <LinkButton href="/configurations" text="Go to the configurations" class="primary" />
            </Empty>
        }
        .into_any();
    }
    let first = view.filter.after.is_some().then(|| view.filter.first_page().href(BASE));
    let next = view.next.map(|after| AuditQuery { after: Some(after), ..view.filter.clone() }.href(BASE));
    let summary = format!("{}, newest first", counted(view.rows.len() as u64, "entry", "entries"));
    let rows = view.rows.into_iter().map(row).collect_view();
    view! {
        <Table label="Audit entries" stacked=true>
            <thead>
                <tr>
                    <th scope="col">"Activity"</th>
                    <th scope="col">"On"</th>
                    <th scope="col">"By"</th>
                    <th scope="col">"From"</th>
                    <th scope="col">"Time"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first next first_text="Newest" next_text="Older" />
    }
    .into_any()
}

fn row(stored: StoredAudit) -> impl IntoView {
    let StoredAudit { sequence, entry } = stored;
    let reason = entry.reason.map(|reason| view! { <span class="sub clip">"“" {reason} "”"</span> });
    view! {
        <tr>
            <th scope="row" class="full main">
                <a class="row-link" href=format!("{BASE}/{sequence}")>{entry.activity}</a>
                {reason}
            </th>
            <td class="full" data-label="On">{entry.subject}</td>
            <td data-label="By">{entry.actor} " " <span class="sub">{via_text(&entry.via)}</span></td>
            <td data-label="From">{entry.from}</td>
            <td class="full"><When at=entry.at stacked=true /></td>
        </tr>
    }
}

/// One entry: who, when, from where, why, and what was before and after.
pub fn audit_detail(view: AuditDetail) -> impl IntoView {
    let StoredAudit { sequence, entry } = view.stored;
    let title = format!("{} · {}", entry.activity, entry.subject);
    let others = view
        .others
        .into_iter()
        .map(|(name, value)| {
            view! { <Fact label=name>{value}</Fact> }
        })
        .collect_view();
    let changes = (!view.changes.is_empty()).then(|| {
        view! {
            <Card title="Before and after">
                <Diff properties=view.changes />
            </Card>
        }
    });
    view! {
        <PageHead title=title crumbs=vec![(BASE.to_owned(), "Audit log".to_owned())] />
        <div class="stack">
            <Card title=format!("Entry {}", number(sequence.unsigned_abs()))>
                <div class="card-body">
                    <Facts>
                        <Fact label="Time">{full_time(entry.at)}</Fact>
                        <Fact label="By">{entry.actor} " (" {via_text(&entry.via)} ")"</Fact>
                        {entry.from.map(|from| view! { <Fact label="From">{from}</Fact> })}
                        <Fact label="On">{entry.subject}</Fact>
                        {entry.reason.map(|reason| view! { <Fact label="Reason">{reason}</Fact> })}
                        {others}
                    </Facts>
                </div>
            </Card>
            {changes}
        </div>
    }
}

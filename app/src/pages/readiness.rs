use domain::{
    access::Role,
    readiness::{Check, ObjectFinding, QUOTAS, ReadinessScan},
    unmatched::ScanState,
};
use leptos::prelude::*;

use super::log_row::kind_icon;
use crate::{
    components::{
        Card, Empty, Fact, Facts, Icon, LinkButton, Notice, PageHead, Pager, Pill, PostButton, SearchField,
        Table, Tone, When,
    },
    format::{counted, number},
    frame::frame,
    islands::{LiveFilter, LivePage},
    view::{ReadinessQuery, ReadinessView},
};

const BASE: &str = "/readiness";

/// What targets would refuse, found in the directories.
pub fn readiness(view: ReadinessView) -> impl IntoView {
    let situation = situation(&view);
    let list = view.scan.is_some().then(|| {
        view! {
            {filter(&view)}
            <section class="card" aria-label="Findings" id="results" data-swap=true>
                {results(&view)}
            </section>
            <LiveFilter form="filter".to_owned() />
        }
    });
    view! {
        <PageHead
            title="Directory readiness"
            lead=view! { "Values in the directories that cloud targets refuse, by the rules of IdFix, across all forests." }
                .into_any()
        />
        <div class="stack">
            <div class="stack" id="scan" data-swap=true>{situation}</div>
            {list}
        </div>
        <LivePage about="readiness".to_owned() />
    }
}

fn situation(view: &ReadinessView) -> AnyView {
    let operator = frame().may(Role::Operator);
    let button = |text: &'static str, class: &'static str| {
        operator.then(|| view! { <PostButton action=BASE.to_owned() text icon="search" class /> })
    };
    let Some(scan) = view.scan.clone() else {
        let hint = (!operator).then(|| view! { <p>"An operator can start the look."</p> });
        let start = button("Look through the directories", "primary");
        return view! {
            <Card title="Readiness">
                <Empty icon="check" title="The directories were not looked through yet">
                    <p>"Every user, group and contact is read and held against the rules. Nothing is changed."</p>
                    {hint}
                    {start}
                </Empty>
            </Card>
        }
        .into_any();
    };
    let (tone, text) = match scan.state {
        ScanState::Running => (Tone::Info, "Running"),
        ScanState::Succeeded => (Tone::Ok, "Done"),
        ScanState::Failed => (Tone::Bad, "Failed"),
        ScanState::Interrupted => (Tone::Warn, "Interrupted"),
    };
    let running = view.is_running();
    let again = (!running).then(|| button("Look again", "small"));
    let (who, at) = (scan.requested_by.clone(), scan.started_at);
    let aside = view! {
        <Pill tone text spinning=running />
        <span class="note push">"Asked for by " {who} ", " <When at /></span>
        <div class="actions">
            <span class="without-script">
                <LinkButton href=BASE text="Refresh" class="small" />
            </span>
            {again}
        </div>
    }
    .into_any();
    let problems = scan
        .domains
        .iter()
        .filter_map(|domain| {
            let problem = domain.problem.clone()?;
            let title = format!("{} was not read to its end", domain.name);
            Some(view! { <Notice tone=Tone::Bad title><p>{problem.message} " (" {problem.code} ")"</p></Notice> })
        })
        .collect_view();
    let domains = scan.domains.iter().map(|domain| {
        let counts = [
            counted(domain.users, "user", "users"),
            counted(domain.groups, "group", "groups"),
            counted(domain.contacts, "contact", "contacts"),
        ];
        let (label, text) =
            (domain.name.clone(), format!("{}, {} passed over", counts.join(", "), number(domain.skipped)));
        view! { <Fact label>{text}</Fact> }
    });
    let domains = domains.collect_view();
    let verified = if scan.verified_domains.is_empty() {
        view! { "None named: suffixes of user names were not checked. " <a href="/settings">"Name them in the settings"</a> "." }
            .into_any()
    } else {
        let names = scan.verified_domains.join(", ");
        view! { {names} }.into_any()
    };
    let kept: u64 = view.counts.attributes.iter().map(|(_, count)| count).sum();
    let findings = if kept < scan.findings && !running {
        format!("{}, of which the first {} are kept and listed", number(scan.findings), number(kept))
    } else {
        number(scan.findings)
    };
    let quota = quota(&scan);
    view! {
        <Card title="Last look" aside>
            <div class="card-body">
                {problems}
                <Facts>
                    {domains}
                    <Fact label="Objects for a target">{quota}</Fact>
                    <Fact label="Verified domains"><span class="break">{verified}</span></Fact>
                    <Fact label="Findings">{findings}</Fact>
                </Facts>
            </div>
        </Card>
    }
    .into_any()
}

/// The objects against what a tenant of Entra holds.
fn quota(scan: &ReadinessScan) -> String {
    let objects = scan.objects();
    let [unverified, usual, most] = QUOTAS;
    let means = if objects <= unverified {
        format!("within the {} that a new tenant of Entra holds", number(unverified))
    } else if objects <= usual {
        format!("more than {}: the tenant needs a verified domain", number(unverified))
    } else if objects <= most {
        format!("more than {}: Microsoft's support has to raise the tenant's quota", number(usual))
    } else {
        format!("more than {}: the tenant needs a licence that lifts the quota", number(most))
    };
    format!("{}, {means}", number(objects))
}

const fn check_text(check: Check) -> &'static str {
    match check {
        Check::Character => "Character",
        Check::Format => "Format",
        Check::TopLevelDomain => "Top-level domain",
        Check::DomainPart => "Domain part",
        Check::LocalPart => "Local part",
        Check::Length => "Length",
        Check::Duplicate => "Duplicate",
        Check::Blank => "Blank",
        Check::Suffix => "Suffix not verified",
    }
}

fn filter(view: &ReadinessView) -> impl IntoView + use<> {
    let asked = &view.filter;
    let checks = Check::ALL
        .iter()
        .map(|check| {
            let count =
                view.counts.checks.iter().find(|(known, _)| known == check).map_or(0, |(_, count)| *count);
            let text = format!("{} ({})", check_text(*check), number(count));
            view! { <option value=check.as_str() selected=asked.check == Some(*check)>{text}</option> }
        })
        .collect_view();
    let attributes = view
        .counts
        .attributes
        .iter()
        .map(|(name, count)| {
            let text = format!("{name} ({})", number(*count));
            let selected = asked.attribute.as_ref() == Some(name);
            view! { <option value=name.clone() selected=selected>{text}</option> }
        })
        .collect_view();
    let domains = view
        .scan
        .iter()
        .flat_map(|scan| &scan.domains)
        .map(|domain| {
            let selected = asked.domain.as_ref() == Some(&domain.name);
            view! { <option value=domain.name.clone() selected=selected>{domain.name.clone()}</option> }
        })
        .collect_view();
    view! {
        <form class="filter" id="filter" action=BASE>
            <SearchField
                value=asked.text.clone()
                label="Search names, DNs, ids and values"
                placeholder="Name, DN, id, value"
            />
            <select class="input" name="check" aria-label="Error">
                <option value="">"Any error"</option>
                {checks}
            </select>
            <select class="input" name="attribute" aria-label="Attribute">
                <option value="">"Any attribute"</option>
                {attributes}
            </select>
            <select class="input" name="domain" aria-label="Domain">
                <option value="">"Any domain"</option>
                {domains}
            </select>
            <button class="button without-script">"Apply"</button>
        </form>
    }
}

fn results(view: &ReadinessView) -> AnyView {
    if view.rows.is_empty() {
        let (title, text) = if view.filter.is_narrow() {
            ("Nothing matches", "No finding has all of this.")
        } else if view.is_running() {
            ("Nothing found so far", "What is found stands here at once.")
        } else {
            ("Nothing is wrong", "No value that was read breaks a rule.")
        };
        let clear =
            view.filter.is_narrow().then(|| view! { <LinkButton href=BASE text="Clear all filters" /> });
        return view! { <Empty icon="check" title><p>{text}</p>{clear}</Empty> }.into_any();
    }
    let first = view.filter.after.is_some().then(|| view.filter.first_page().href(BASE));
    let next = view
        .next
        .clone()
        .map(|after| ReadinessQuery { after: Some(after), ..view.filter.clone() }.href(BASE));
    let summary = counted(view.rows.len() as u64, "finding", "findings");
    let rows = view.rows.iter().map(row).collect_view();
    let file = view.filter.first_page();
    let [csv, changes, undo] =
        ["findings.csv", "changes.ldif", "undo.ldif"].map(|name| file.href(&format!("{BASE}/{name}")));
    view! {
        <div class="card-head">
            <h2>"Findings"</h2>
            <div class="actions">
                <LinkButton href=csv text="CSV" icon="export" class="small" />
                <LinkButton href=changes text="LDIF of the changes" icon="export" class="small" />
                <LinkButton href=undo text="LDIF of their undo" icon="export" class="small" />
            </div>
        </div>
        <div class="card-body">
            <p class="soft">
                "Save the undo before you look again: it is made from these findings. Choose a domain for files of one directory."
            </p>
        </div>
        <Table label="Findings" stacked=true inert=true>
            <thead>
                <tr>
                    <th scope="col">"Object"</th>
                    <th scope="col">"Attribute"</th>
                    <th scope="col">"Error"</th>
                    <th scope="col">"Value"</th>
                    <th scope="col">"Suggestion"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first next />
    }
    .into_any()
}

fn row(found: &ObjectFinding) -> impl IntoView + use<> {
    let checks: Vec<_> = found.finding.checks.iter().map(|check| check_text(*check)).collect();
    let name = if found.display_name.is_empty() { found.dn.clone() } else { found.display_name.clone() };
    let value = found.finding.value.clone();
    let value = if value.is_empty() { "(none)".to_owned() } else { value };
    let suggestion = match &found.finding.suggestion {
        Some(text) if text.is_empty() => view! { <span class="soft">"Remove it"</span> }.into_any(),
        Some(text) => view! { <code class="break">{text.clone()}</code> }.into_any(),
        None => view! { <span class="soft">"A person has to decide"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="full main">
                <span class="identity">
                    <Icon name=kind_icon(found.kind) />
                    <span>{name} <span class="sub break">{found.dn.clone()}</span></span>
                </span>
            </th>
            <td data-label="Attribute">{found.finding.attribute.clone()}</td>
            <td data-label="Error">{checks.join(", ")}</td>
            <td class="full break" data-label="Value"><code class="break">{value}</code></td>
            <td class="full break" data-label="Suggestion">{suggestion}</td>
        </tr>
    }
}

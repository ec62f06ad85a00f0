use domain::{
    ObjectKind, TargetKind,
    access::Role,
    unmatched::{ScanState, UnmatchedObject, UnmatchedScan},
};
use leptos::prelude::*;

use super::{ConfigurationTab, configuration_frame, log_row::kind_icon};
use crate::{
    components::{
        Card, Empty, Icon, LinkButton, Notice, Pager, Pill, PostButton, SearchField, Stat, Stats, Table,
        Tone, When,
    },
    format::{capitalised, counted, number},
    frame::frame,
    islands::{LiveFilter, LivePage},
    view::{ConfigurationDetail, UnmatchedQuery, UnmatchedView, directory_href},
};

/// Objects of the target that no source object is linked to.
pub fn unmatched(detail: &ConfigurationDetail, view: UnmatchedView) -> impl IntoView + use<> {
    let about = detail.summary.id.to_string();
    let base = format!("{}/unmatched", detail.summary.href());
    let situation = situation(&base, view.scan.as_ref());
    let list = view.scan.is_some().then(|| {
        view! {
            {filter(&base, &view.filter)}
            <section class="card" aria-label="Unmatched objects" id="results" data-swap=true>
                {rows(&base, detail.summary.names.target_kind, view)}
            </section>
            <LiveFilter form="filter".to_owned() />
        }
    });
    let inside = view! {
        <div class="stack">
            <div class="stack" id="scan" data-swap=true>{situation}</div>
            {list}
        </div>
        <LivePage about />
    };
    configuration_frame(detail, ConfigurationTab::Unmatched, inside.into_any())
}

fn situation(base: &str, scan: Option<&UnmatchedScan>) -> AnyView {
    let operator = frame().may(Role::Operator);
    let button = |text: &'static str, class: &'static str| {
        operator.then(|| view! { <PostButton action=base.to_owned() text icon="search" class /> })
    };
    let Some(scan) = scan else {
        let button = button("Search the target", "primary");
        let hint = (!operator).then(|| view! { <p>"An operator can start the search."</p> });
        return view! {
            <Card title="Unmatched objects">
                <Empty icon="match" title="The target was not looked through yet">
                    <p>
                        "The search lists the target and shows what no configuration with this target is linked to. Nothing is done to what is found."
                    </p>
                    {hint}
                    {button}
                </Empty>
            </Card>
        }
        .into_any();
    };
    let (tone, text) = match scan.state {
        ScanState::Running => (Tone::Info, "Searching"),
        ScanState::Succeeded => (Tone::Ok, "Complete"),
        ScanState::Failed => (Tone::Bad, "Failed"),
        ScanState::Interrupted => (Tone::Warn, "Interrupted"),
    };
    let running = scan.state == ScanState::Running;
    let at = scan.ended_at.unwrap_or(scan.started_at);
    let again = if running { None } else { button("Search again", "small") };
    let aside = view! {
        <Pill tone text spinning=running icon=if running { "running" } else { tone.icon() } />
        <span class="note push"><When at /></span>
        <div class="actions">{again}</div>
    }
    .into_any();
    let by = format!("Asked for by {}.", scan.requested_by);
    let (listed, found) = (scan.listed, scan.unmatched);
    view! {
        {problem(scan)}
        <Card title="Search through the target" aside>
            <Stats>
                <Stat label="Listed" value=listed />
                <Stat label="Linked" value=listed.saturating_sub(found) />
                <Stat label="Unmatched" value=found alarming=true />
            </Stats>
            <div class="card-foot"><p class="soft">{by}</p></div>
        </Card>
        {(found > 0).then(advice)}
    }
    .into_any()
}

fn problem(scan: &UnmatchedScan) -> Option<AnyView> {
    if scan.state == ScanState::Interrupted {
        let title = "Skybridge was stopped before the search ended: start it again";
        return Some(view! { <Notice tone=Tone::Info title /> }.into_any());
    }
    let problem = scan.problem.clone()?;
    let advice = domain::catalogue::find(&problem.code).map(|entry| entry.advice);
    Some(
        view! {
            <Notice tone=Tone::Bad title="The target could not be looked through">
                <p>{problem.message}</p>
                <p class="soft">
                    <code>{problem.code}</code>
                    " "
                    {advice}
                </p>
            </Notice>
        }
        .into_any(),
    )
}

fn advice() -> impl IntoView {
    view! {
        <Card title="What you can do">
            <div class="card-body">
                <p>
                    "Skybridge never changes or removes these objects: it did not make them, or no longer knows that it did. For each of them, one of these is usually right:"
                </p>
                <ul class="clauses">
                    <li>
                        <strong>"It belongs to somebody of the source. "</strong>
                        "Give it the same anchor, user name or primary mail address as the source object, and look at matching in Properties: the next full cycle then takes it over."
                    </li>
                    <li>
                        <strong>"Its source object is out of scope. "</strong>
                        "Widen the scope, or keep the object as it is."
                    </li>
                    <li>
                        <strong>"It was made in the target on purpose"</strong>
                        ", such as an administrator or a service account: leave it. Administrators of the target are never taken over."
                    </li>
                    <li>
                        <strong>"Nobody needs it. "</strong>
                        "Remove it in the target itself, then search again."
                    </li>
                </ul>
            </div>
        </Card>
    }
}

fn filter(base: &str, filter: &UnmatchedQuery) -> impl IntoView + use<> {
    let kinds = ObjectKind::ALL
        .iter()
        .map(|kind| {
            let selected = filter.kind == Some(*kind);
            view! { <option value=kind.as_str() selected=selected>{capitalised(kind.plural())}</option> }
        })
        .collect_view();
    let csv = filter.first_page().href(&format!("{base}/csv"));
    view! {
        <form class="filter" id="filter">
            <SearchField
                value=filter.text.clone()
                label="Search names, ids and anchors of unmatched objects"
                placeholder="Name, id, anchor"
            />
            <select class="input" name="type" aria-label="Object type">
                <option value="">"Any type"</option>
                {kinds}
            </select>
            <button class="button without-script">"Apply"</button>
            <span id="save" data-swap=true>
                <LinkButton href=csv text="Save as CSV" icon="export" />
            </span>
        </form>
    }
}

fn rows(base: &str, target: TargetKind, view: UnmatchedView) -> AnyView {
    if view.rows.is_empty() {
        if view.filter.is_narrow() {
            let href = base.to_owned();
            return view! {
                <Empty icon="search" title="Nothing matches">
                    <p>"No unmatched object has all of this."</p>
                    <LinkButton href text="Clear all filters" />
                </Empty>
            }
            .into_any();
        }
        let (title, text) = match view.scan.as_ref().map(|scan| scan.state) {
            Some(ScanState::Running) => {
                ("Nothing found so far", "Objects are listed as soon as they are found.")
            }
            Some(ScanState::Succeeded) => {
                ("Everything is linked", "Every object of the target belongs to an object of a source.")
            }
            _ => ("Nothing found", "The search did not go to its end."),
        };
        return view! { <Empty icon="check" title=title><p>{text}</p></Empty> }.into_any();
    }
    let first = view.filter.after.is_some().then(|| view.filter.first_page().href(base));
    let next = view.next.map(|after| UnmatchedQuery { after: Some(after), ..view.filter.clone() }.href(base));
    let shown = counted(view.rows.len() as u64, "object", "objects");
    let total = view.scan.as_ref().map_or(0, |scan| scan.unmatched);
    let summary = if view.filter.is_narrow() { shown } else { format!("{shown} of {}", number(total)) };
    let rows = view.rows.into_iter().map(|object| row(target, object)).collect_view();
    view! {
        <Table label="Unmatched objects" stacked=true inert=target != TargetKind::BuiltIn>
            <thead>
                <tr>
                    <th scope="col">"Object"</th>
                    <th scope="col">"Target id"</th>
                    <th scope="col">"Anchor"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first next />
    }
    .into_any()
}

fn row(target: TargetKind, object: UnmatchedObject) -> impl IntoView + use<> {
    let UnmatchedObject { kind, id, anchor, display_name, name, administrator } = object;
    let shown =
        [&display_name, &name, &id].into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_default();
    let shown = if target == TargetKind::BuiltIn {
        view! { <a class="row-link" href=directory_href(kind, &id)>{shown}</a> }.into_any()
    } else {
        shown.into_any()
    };
    let role = administrator.then(|| view! { <Pill tone=Tone::Warn text="Administrator" icon="key" /> });
    let anchor = if anchor.is_empty() {
        view! { <span class="faint">"None: nothing ever linked it"</span> }.into_any()
    } else {
        view! { <span class="dn">{anchor}</span> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" class="full main">
                <span class="identity">
                    <Icon name=kind_icon(kind) />
                    <span>
                        {shown} " " {role}
                        <span class="sub clip">{name}</span>
                    </span>
                </span>
            </th>
            <td class="full dn" data-label="Target id">{id}</td>
            <td class="full" data-label="Anchor">{anchor}</td>
        </tr>
    }
}

use domain::access::Role;
use leptos::prelude::*;

use super::alerts::SeverityPill;
use crate::{
    components::{Card, LinkButton, Notice, PageHead, Table, Tone, field_error},
    frame::frame,
    view::{AlertRulesDraft, Errors, RuleDraft, alert_field},
};

/// When alerts open and end, and of which people are told.
pub fn alert_rules(draft: AlertRulesDraft, errors: &Errors) -> impl IntoView + use<> {
    let may = frame().may(Role::Administrator);
    let wrong = (!errors.is_empty())
        .then(|| view! { <Notice tone=Tone::Bad title="Not saved: correct what is marked" /> });
    let reopen = number(&Number {
        name: "reopenWithinHours".to_owned(),
        label: "Hours within which an alert that comes back is opened again".to_owned(),
        value: draft.reopen_within.clone(),
        unit: "hours",
        error: errors.of("reopenWithinHours"),
        may,
    });
    let rows = draft.rules.into_iter().map(|rule| row(rule, errors, may)).collect_view();
    let foot = may.then(|| {
        view! {
            <div class="card-foot">
                <button class="button primary">"Save rules"</button>
                <button class="button" name="defaults" value="1" formnovalidate>"Set all to their defaults"</button>
                <LinkButton href="/alerts" text="Cancel" class="quiet" />
            </div>
        }
    });
    let hint = (!may).then(|| view! { <p class="soft">"Administrators change these rules."</p> });
    view! {
        <PageHead
            title="Alert rules"
            crumbs=vec![("/alerts".to_owned(), "Alerts".to_owned())]
            lead=view! {
                "A reason must hold for a while before its alert opens, and be gone for a while before it ends, so that nothing flaps. Only time in which Skybridge was running counts."
            }
                .into_any()
        />
        <form method="post" action="/alerts/rules" class="stack">
            {wrong}
            {hint}
            <Card title="What is looked at">
                <Table label="Alert rules" class="rules" stacked=true inert=!may>
                    <thead>
                        <tr>
                            <th scope="col">"Alert"</th>
                            <th scope="col">"On"</th>
                            <th scope="col">"Threshold"</th>
                            <th scope="col">"Opens after"</th>
                            <th scope="col">"Ends after"</th>
                            <th scope="col">"Mail"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </Card>
            <Card title="Alerts that come back">
                <div class="card-body">
                    <p class="soft">
                        "Within this time of its end an alert is opened again and keeps its history; later it is a new one."
                    </p>
                    {reopen}
                </div>
                {foot}
            </Card>
        </form>
    }
}

fn row(rule: RuleDraft, errors: &Errors, may: bool) -> impl IntoView + use<> {
    let kind = rule.kind;
    let cell = |member: &'static str, what: &str, value: String, unit: &'static str| {
        let name = alert_field(member, kind);
        let label = format!("{}: {what}", kind.name());
        number(&Number { error: errors.of(&name), name, label, value, unit, may })
    };
    let threshold = match kind.measure() {
        Some(measure) => cell("threshold", "threshold", rule.threshold, measure.unit),
        None => view! { <span class="faint">"none"</span> }.into_any(),
    };
    let opens = cell("openAfterMinutes", "opens after, minutes", rule.open_after, "min");
    let ends = cell("resolveAfterMinutes", "ends after, minutes", rule.resolve_after, "min");
    let enabled = tick(alert_field("enabled", kind), format!("{}: on", kind.name()), rule.enabled, may);
    let mail = if kind.has_own_mail() {
        view! { <span class="faint">"told anyway"</span> }.into_any()
    } else {
        tick(alert_field("mail", kind), format!("{}: mail", kind.name()), rule.mail, may)
    };
    view! {
        <tr>
            <th scope="row" class="full main">
                {kind.name()} " " <SeverityPill severity=kind.severity() />
                <span class="sub">{kind.meaning()}</span>
            </th>
            <td data-label="On">{enabled}</td>
            <td class="full" data-label="Threshold">{threshold}</td>
            <td class="full" data-label="Opens after">{opens}</td>
            <td class="full" data-label="Ends after">{ends}</td>
            <td data-label="Mail">{mail}</td>
        </tr>
    }
}

struct Number {
    name: String,
    label: String,
    value: String,
    unit: &'static str,
    error: Option<String>,
    may: bool,
}

fn number(field: &Number) -> AnyView {
    let Number { name, label, value, unit, error, may } = field;
    if !may {
        return view! { {value.clone()} " " {*unit} }.into_any();
    }
    let describedby = error.is_some().then(|| format!("{name}-error"));
    let shown = error.clone().map(|text| field_error(name, text));
    view! {
        <span class="figure">
            <input
                class="input"
                id=name.clone()
                name=name.clone()
                value=value.clone()
                inputmode="numeric"
                size="6"
                autocomplete="off"
                aria-label=label.clone()
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=describedby
            />
            <span class="faint">{*unit}</span>
        </span>
        {shown}
    }
    .into_any()
}

fn tick(name: String, label: String, checked: bool, may: bool) -> AnyView {
    if !may {
        return view! { {if checked { "yes" } else { "no" }} }.into_any();
    }
    view! {
        <span class="choice">
            <input type="checkbox" id=name.clone() name=name value="1" checked=checked aria-label=label />
        </span>
    }
    .into_any()
}

use domain::{
    ObjectKind, Value,
    access::Role,
    mapping::{Apply, Mapping, MappingKind},
};
use editor::{Gives, Looked};
use leptos::prelude::*;
use service::trial::Given;

use super::{
    ConfigurationTab, configuration_frame,
    test::{NOBODY, unasked},
};
use crate::{
    components::{
        AttributeTable, Card, Dialog, Empty, LinkButton, Module, Notice, Select, Tab, Table, Tabs, TextArea,
        TextInput, Tone,
    },
    format::capitalised,
    frame::frame,
    view::{Candidates, ConfigurationDetail, MappingEditor, MappingTrial, MappingView, query},
};

/// How target attributes get their values.
pub fn mapping(detail: &ConfigurationDetail, view: MappingView) -> impl IntoView + use<> {
    let base = format!("{}/mapping", detail.summary.href());
    let kind = view.kind;
    let tabs = detail
        .configuration
        .plan
        .objects
        .iter()
        .map(|of| Tab {
            text: plural_title(*of),
            href: query::href(&base, &[("type", of.to_string())]),
            current: *of == kind,
            count: None,
        })
        .collect();
    let may = frame().may(Role::Administrator);
    let list = list(&base, &view, may);
    let editor = view.editing.map(|editing| editor(&base, kind, editing));
    let inside = view! {
        <div class="stack">
            <div><Tabs label="Object types" tabs inner=true /></div>
            {editor}
            {list}
        </div>
    };
    configuration_frame(detail, ConfigurationTab::Mapping, inside.into_any())
}

pub(super) const fn plural_title(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "Users",
        ObjectKind::Group => "Groups",
        ObjectKind::Contact => "Contacts",
    }
}

fn kind_text(kind: MappingKind) -> &'static str {
    match kind {
        MappingKind::Direct => "Direct",
        MappingKind::Constant => "Constant",
        MappingKind::Expression => "Expression",
        MappingKind::None => "None",
    }
}

const fn apply_text(apply: Apply) -> &'static str {
    match apply {
        Apply::Always => "Always",
        Apply::OnCreate => "When created",
    }
}

fn list(base: &str, view: &MappingView, may: bool) -> impl IntoView + use<> {
    let kind = view.kind;
    let add = query::href(base, &[("type", kind.to_string()), ("edit", "+".to_owned())]);
    let reset = format!("{base}/reset");
    let aside = may
        .then(|| {
            view! {
                {(!view.defaults)
                    .then(|| {
                        view! {
                            <Dialog
                                id="reset"
                                button="Reset to default"
                                icon="restart"
                                class="small quiet"
                                title="Reset these mappings"
                            >
                                <form method="post" action=reset class="stack">
                                    <p>"Your mappings of this object type are replaced by the defaults of its source and target."</p>
                                    <input type="hidden" name="type" value=kind.to_string() />
                                    <div class="actions">
                                        <button type="button" class="button" popovertarget="reset">"Cancel"</button>
                                        <button class="button danger">"Reset"</button>
                                    </div>
                                </form>
                            </Dialog>
                        }
                    })}
                <LinkButton href=add text="Add mapping" icon="plus" class="small" />
            }
            .into_any()
        })
        .map(|buttons| view! { <div class="actions">{buttons}</div> });
    let note = if view.defaults { "defaults" } else { "changed here" };
    let aside = view! { <span class="note">{note}</span> {aside} }.into_any();
    let title = format!("{} attributes", view.mappings.len());
    if view.mappings.is_empty() {
        return view! {
            <Card title aside>
                <Empty icon="mapping" title="Nothing is mapped">
                    <p>"Objects of this type would be created without any attribute. Add a mapping or reset to the defaults."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let rows = view.mappings.iter().map(|m| row(base, kind, m, may)).collect_view();
    view! {
        <Card title aside>
            <Table label="Attribute mappings" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Target attribute"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Source or expression"</th>
                        <th scope="col">"Default"</th>
                        <th scope="col">"Applied"</th>
                        <th scope="col">"Matching"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

fn row(base: &str, kind: ObjectKind, m: &Mapping, may: bool) -> impl IntoView + use<> {
    let name = if may {
        let href = query::href(base, &[("type", kind.to_string()), ("edit", m.target.clone())]);
        view! { <a class="row-link mono" href=href>{m.target.clone()}</a> }.into_any()
    } else {
        view! { <span class="mono">{m.target.clone()}</span> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td><span class="tag">{kind_text(m.kind)}</span></td>
            <td class="full"><code>{m.origin().to_owned()}</code></td>
            <td class="narrow-hide">{m.default.clone().map(|d| view! { <code>{d}</code> })}</td>
            <td class="narrow-hide nowrap">{apply_text(m.apply)}</td>
            <td class="narrow-hide">
                {(m.matching_precedence > 0)
                    .then(|| view! { <span class="tag">"Precedence " {m.matching_precedence}</span> })}
            </td>
        </tr>
    }
}

/// What the mapping gives, kept up to date while it is written.
fn help(trial: &MappingTrial, attributes: Vec<String>) -> impl IntoView + use<> {
    let gives = trial.tried.as_ref().map_or_else(
        || Gives::new("info", "Name an object below to see what this gives."),
        |tried| given(&tried.given),
    );
    let object = trial.tried.as_ref().map(|tried| {
        let parameters = tried.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let looked = Looked {
            known: tried.known.clone(),
            attributes: tried.attributes.clone(),
            parameters: parameters.collect(),
        };
        serde_urlencoded::to_string(looked.pairs()).unwrap_or_default()
    });
    let class = gives.class();
    view! {
        <div id="expression-help" data-object=object data-attributes=attributes.join(" ")>
            <ul id="completions" class="completions" role="listbox" aria-label="Completions" hidden></ul>
            <output id="given" for="origin" class=class>{gives.text}</output>
        </div>
        <Module name="editor" />
    }
}

fn given(given: &Given) -> Gives {
    let listed = |values: &[Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match given {
        Given::Value(value) => Gives::new("ok", format!("Gives: {value}")),
        Given::Redacted => Gives::new("ok", "Gives a value that is not shown: [Redact]"),
        Given::Nothing { default: None } => Gives::new("info", "Gives nothing."),
        Given::Nothing { default: Some(text) } => {
            Gives::new("info", format!("Gives nothing; when the object is created, the default: {text}"))
        }
        Given::Kept => Gives::new("info", "Leaves the target's value as it is."),
        Given::FirstFree(values) => {
            Gives::new("ok", format!("Gives the first of these that nobody has: {}", listed(values)))
        }
        Given::Names { some, all } => {
            let more = all.saturating_sub(some.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            Gives::new("ok", format!("Refers to what became of: {}{more}", some.join("; ")))
        }
        Given::Failure(reason) => Gives::new("bad", format!("Fails: {reason}")),
    }
}

/// The object that the mapping is tried on, and what was read of it.
fn object(trial: MappingTrial, error: Option<String>) -> impl IntoView + use<> {
    let found = trial.candidates.map(|Candidates { found, unasked: reason }| {
        let notice = reason.map(unasked);
        if found.is_empty() {
            return view! {
                {notice}
                <p class="soft">{NOBODY}</p>
            }
            .into_any();
        }
        let buttons = found.into_iter().map(|candidate| {
            let label = format!("Try {}, {}", candidate.display_name, candidate.dn);
            view! {
                <li class="flow">
                    <button class="button small" name="try" value=candidate.object_id aria-label=label>
                        "Try "
                        {candidate.display_name}
                    </button>
                    <span class="dn">{candidate.dn}</span>
                </li>
            }
        });
        view! {
            {notice}
            <ul class="clauses">{buttons.collect_view()}</ul>
        }
        .into_any()
    });
    let read = trial.tried.map(|tried| {
        let of = |value: &Value| value.each().iter().map(ToString::to_string).collect();
        let attributes = tried.attributes.iter().map(|(name, value)| (name.clone(), of(value))).collect();
        view! {
            <details>
                <summary>"What was read of the object"</summary>
                <AttributeTable label="Attributes of the object" attributes />
            </details>
        }
    });
    view! {
        <div class="with-button">
            <TextInput
                id="object"
                label="Try it on"
                value=trial.typed
                class="mono"
                hint="A distinguished name, an object id, or a name. Nothing is written."
                error
            />
            <button class="button" name="try" value="1">"Try"</button>
        </div>
        {found} {read}
    }
}

fn editor(base: &str, kind: ObjectKind, editing: MappingEditor) -> impl IntoView + use<> {
    let MappingEditor { draft, errors, trial, attributes } = editing;
    let action = base.to_owned();
    let fresh = draft.original.is_empty();
    let title = if fresh { "Add a mapping".to_owned() } else { format!("Mapping of {}", draft.original) };
    let kinds = MappingKind::ALL.iter().map(|k| (k.to_string(), kind_text(*k).to_owned())).collect();
    let applies = Apply::ALL.iter().map(|a| (a.to_string(), apply_text(*a).to_owned())).collect();
    let back = query::href(base, &[("type", kind.to_string())]);
    let others: Vec<String> = errors
        .others(&["target", "kind", "origin", "default", "apply", "precedence", "object"])
        .cloned()
        .collect();
    let original = draft.original.clone();
    let note = view! { <span class="note">{capitalised(kind.as_str())}</span> }.into_any();
    view! {
        <Card title aside=note>
            <form method="post" action=action class="form card-body" id="mapping">
                {(!others.is_empty())
                    .then(|| view! { <Notice tone=Tone::Bad title="It was not done">{others.join(" ")}</Notice> })}
                <input type="hidden" name="type" value=kind.to_string() />
                <input type="hidden" name="original" value=original />
                <div class="pair">
                    <TextInput
                        id="target"
                        label="Target attribute"
                        value=draft.target
                        required=true
                        class="mono"
                        error=errors.of("target")
                    />
                    <Select id="kind" label="Kind" value=draft.kind options=kinds error=errors.of("kind") />
                </div>
                <TextArea
                    id="origin"
                    label="Source attribute, constant or expression"
                    value=draft.origin
                    rows=3
                    class="code"
                    hint="Direct: the source attribute, such as givenName. Expression: such as IIF(IsPresent([displayName]), [displayName], [cn])."
                    error=errors.of("origin")
                />
                {help(&trial, attributes)}
                {object(trial, errors.of("object"))}
                <div class="pair">
                    <TextInput
                        id="default"
                        label="Default"
                        value=draft.default
                        hint="Used on creation when the mapping gives nothing."
                        error=errors.of("default")
                    />
                    <Select id="apply" label="Applied" value=draft.apply options=applies error=errors.of("apply") />
                    <TextInput
                        id="precedence"
                        label="Matching precedence"
                        kind="number"
                        value=draft.precedence
                        hint="0: not a matching attribute."
                        error=errors.of("precedence")
                    />
                </div>
                <div class="actions">
                    <button class="button primary">"Save mapping"</button>
                    <LinkButton href=back text="Cancel" class="quiet" />
                    {(!fresh)
                        .then(|| {
                            view! {
                                <button class="button danger push" name="delete" value="1" formnovalidate=true>
                                    "Remove mapping"
                                </button>
                            }
                        })}
                </div>
            </form>
        </Card>
    }
}

use domain::configuration::OutOfScope;
use leptos::prelude::*;

use super::refused::refused;
use crate::{
    components::{Card, Choice, Empty, LinkButton, Options, PageHead, Select, TextArea, TextInput},
    format::capitalised,
    view::{ConfigurationDraft, Errors},
};

/// Names to choose from.
#[derive(Debug, Clone, Default)]
pub struct FormChoices {
    pub domains: Vec<String>,
    pub targets: Vec<String>,
}

/// The form of a new configuration.
pub fn new_configuration(draft: ConfigurationDraft, errors: Errors, choices: FormChoices) -> impl IntoView {
    let head = view! {
        <PageHead
            title="New configuration"
            crumbs=vec![("/configurations".to_owned(), "Configurations".to_owned())]
            lead=view! { "Saved disabled, so that you can look at scope and mapping before anything is written." }
                .into_any()
        />
    };
    if choices.domains.is_empty() || choices.targets.is_empty() {
        return view! { {head} {nothing_to_join()} }.into_any();
    }
    let (objects, behaviour) = (objects(&draft, &errors), behaviour(&draft, &errors));
    let matching = matching(&draft);
    let refused = refused(&errors, ConfigurationDraft::FIELDS);
    let units_error = errors.of("organizationalUnits");
    let enabled = draft.enabled;
    let units = draft.organizational_units.clone();
    view! {
        {head}
        <form method="post" action="/configurations/new" class="form">
            {refused}
            <Card title="What is joined">
                <div class="card-body">
                    <TextInput
                        id="name"
                        label="Name"
                        value=draft.name
                        required=true
                        autofocus=true
                        hint="Such as: lab01 to directory"
                        error=errors.of("name")
                    />
                    <div class="pair">
                        <Select
                            id="domain"
                            label="Source domain"
                            value=draft.domain
                            options=same(choices.domains)
                            error=errors.of("domain")
                        />
                        <Select
                            id="target"
                            label="Target"
                            value=draft.target
                            options=same(choices.targets)
                            error=errors.of("target")
                        />
                    </div>
                </div>
            </Card>
            <Card title="Which objects">
                <div class="card-body">
                    {objects}
                    <TextArea
                        id="organizationalUnits"
                        label="Organisational units"
                        value=units
                        rows=3
                        class="code"
                        hint="One distinguished name a line. Empty: the whole domain."
                        error=units_error
                    />
                </div>
            </Card>
            <Card title="How">
                <div class="card-body">
                    {behaviour}
                    {matching}
                    <Choice
                        id="enabled"
                        name="enabled"
                        value="1"
                        label="Enable at once"
                        checked=enabled
                        hint="The first cycle starts as soon as it is saved."
                    />
                </div>
            </Card>
            <div class="actions">
                <button class="button primary">"Create configuration"</button>
                <LinkButton href="/configurations" text="Cancel" class="quiet" />
            </div>
        </form>
    }
    .into_any()
}

fn nothing_to_join() -> impl IntoView {
    view! {
        <div class="card">
            <Empty icon="server" title="First tell Skybridge about a domain and a target">
                <p>"Name what is read and what is written to; then come back here."</p>
                <div class="actions">
                    <LinkButton href="/settings/domains/new" text="New domain" class="primary" />
                    <LinkButton href="/settings/targets/new" text="New target" />
                </div>
            </Empty>
        </div>
    }
}

fn same(names: Vec<String>) -> Options {
    names.into_iter().map(|name| (name.clone(), name)).collect()
}

/// Boxes for users, groups, contacts.
pub fn objects(draft: &ConfigurationDraft, errors: &Errors) -> impl IntoView + use<> {
    let boxes = domain::ObjectKind::ALL
        .iter()
        .map(|kind| {
            let value = kind.to_string();
            let checked = draft.objects.contains(&value);
            view! {
                <Choice
                    id=format!("objects-{kind}")
                    name="objects"
                    value
                    label=capitalised(kind.plural())
                    checked
                />
            }
        })
        .collect_view();
    let error = errors.of("objects").map(|text| crate::components::field_error("objects", text));
    view! {
        <fieldset class="field">
            <legend>"Object types"</legend>
            <div class="choices">{boxes}</div>
            {error}
        </fieldset>
    }
}

/// Schedule, out of scope, guard, notification.
pub fn behaviour(draft: &ConfigurationDraft, errors: &Errors) -> impl IntoView + use<> {
    let ways = OutOfScope::ALL
        .iter()
        .map(|way| {
            let text = match way {
                OutOfScope::Disable => "Disable users, delete groups and contacts",
                OutOfScope::Delete => "Delete",
                OutOfScope::Ignore => "Leave as it is",
            };
            (way.to_string(), text.to_owned())
        })
        .collect();
    view! {
        <div class="pair">
            <TextInput
                id="schedule"
                label="Runs every"
                value=draft.schedule.clone()
                required=true
                class="mono"
                hint="ISO 8601, such as PT2M, PT1H or P1D."
                error=errors.of("schedule")
            />
            <Select
                id="outOfScope"
                label="What leaves the source or the scope"
                value=draft.out_of_scope.clone()
                options=ways
                error=errors.of("outOfScope")
            />
        </div>
        <fieldset class="field">
            <legend>"Accidental deletes"</legend>
            <Choice
                id="guard"
                name="guard"
                value="1"
                label="Stop a cycle that would remove too many objects"
                checked=draft.guard
            />
        </fieldset>
        <div class="pair">
            <TextInput
                id="threshold"
                label="At most this many removals"
                kind="number"
                value=draft.threshold.clone()
                error=errors.of("threshold")
            />
            <TextInput
                id="percent"
                label="And at most this share, in percent"
                kind="number"
                value=draft.percent.clone()
                hint="Empty: more than 20 at once are held back when they are more than half of all."
                error=errors.of("percent")
            />
            <TextInput
                id="memberships"
                label="And at most this many members out of groups"
                kind="number"
                value=draft.memberships.clone()
                hint="Empty: ten times the removals."
                error=errors.of("memberships")
            />
        </div>
        <TextArea
            id="emails"
            label="Notify"
            value=draft.emails.clone()
            rows=2
            hint="One e-mail address a line."
            error=errors.of("emails")
        />
    }
}

/// How existing objects of the target may be found.
pub fn matching(draft: &ConfigurationDraft) -> impl IntoView + use<> {
    view! {
        <fieldset class="field">
            <legend>"Objects that are already in the target"</legend>
            <Choice
                id="hardMatch"
                name="hardMatch"
                value="1"
                label="Hard match: take over an object with the same anchor"
                checked=draft.hard_match
                hint="Off: an object that somebody else made with this anchor is a failure."
            />
            <Choice
                id="softMatch"
                name="softMatch"
                value="1"
                label="Soft match: take over an object that agrees in one of these"
                checked=draft.soft_match
                hint="Never an administrator, and never an object that has another anchor."
            />
            <div class="choices indented">
                <Choice
                    id="softMatchUserPrincipalName"
                    name="softMatchUserPrincipalName"
                    value="1"
                    label="the user principal name"
                    checked=draft.soft_match_by_name
                />
                <Choice
                    id="softMatchMail"
                    name="softMatchMail"
                    value="1"
                    label="the primary mail address"
                    checked=draft.soft_match_by_mail
                />
            </div>
        </fieldset>
    }
}

/// How often everything is read, and when failures hold the whole configuration back.
pub fn endurance(draft: &ConfigurationDraft, errors: &Errors) -> impl IntoView + use<> {
    let quarantine = draft.quarantine.clone();
    view! {
        <TextInput
            id="fullSchedule"
            label="Everything is read and compared every"
            value=draft.full_schedule.clone()
            class="mono"
            hint="ISO 8601, such as P1D or P7D. Between two of these only changes are read. What was changed in the target behind our back is mended then."
            error=errors.of("fullSchedule")
        />
        <fieldset class="field">
            <legend>"Quarantine"</legend>
            <span class="hint">
                "When so many objects fail that the configuration itself must be at fault, it is held back and tried again after 6, 12 and 24 hours, then daily."
            </span>
            <div class="pair">
                <TextInput
                    id="quarantine-minimum"
                    label="Never below this many failing objects"
                    kind="number"
                    value=quarantine.minimum
                    error=errors.of("quarantine-minimum")
                />
                <TextInput
                    id="quarantine-percent"
                    label="From there on above this share, in percent"
                    kind="number"
                    value=quarantine.percent
                    error=errors.of("quarantine-percent")
                />
                <TextInput
                    id="quarantine-base"
                    label="Always above this many, without references"
                    kind="number"
                    value=quarantine.base
                    error=errors.of("quarantine-base")
                />
                <TextInput
                    id="quarantine-total"
                    label="Always above this many, with references"
                    kind="number"
                    value=quarantine.total
                    error=errors.of("quarantine-total")
                />
                <TextInput
                    id="quarantine-disableAfterDays"
                    label="Disabled after this many days in quarantine"
                    kind="number"
                    value=quarantine.disable_after_days
                    error=errors.of("quarantine-disableAfterDays")
                />
            </div>
        </fieldset>
    }
}

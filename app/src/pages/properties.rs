use domain::{Configuration, access::Role};
use leptos::prelude::*;

use super::{
    ConfigurationTab,
    configuration_form::{behaviour, endurance, matching, objects},
    configuration_frame,
    refused::refused,
};
use crate::{
    components::{Card, Choice, Confirm, Copyable, Fact, Facts, LinkButton, TextInput, When},
    frame::frame,
    view::{ConfigurationDetail, ConfigurationDraft, Errors},
};

/// Schedule, guard, behaviour; renaming and deleting.
pub fn properties(
    detail: &ConfigurationDetail,
    draft: ConfigurationDraft,
    errors: &Errors,
) -> impl IntoView + use<> {
    let may = frame().may(Role::Administrator);
    let base = detail.summary.href();
    let action = format!("{base}/properties");
    let about = about(detail);
    let delete = may.then(|| delete(&base, &detail.summary.name));
    let refused = refused(errors, ConfigurationDraft::FIELDS);
    let rest = view! {
        {objects(&draft, errors)} {behaviour(&draft, errors)} {matching(&draft)} {endurance(&draft, errors)}
    };
    let name_error = errors.of("name");
    let save = may.then(|| {
        view! {
            <div class="card-foot">
                <button class="button primary">"Save properties"</button>
                <LinkButton href=base text="Cancel" class="quiet" />
            </div>
        }
    });
    let inside = view! {
        <div class="columns">
            <form method="post" action=action class="form">
                {refused}
                <Card title="Properties">
                    <fieldset class="card-body" disabled=!may>
                        <TextInput
                            id="name"
                            label="Name"
                            value=draft.name
                            required=true
                            error=name_error
                        />
                        <Choice
                            id="enabled"
                            name="enabled"
                            value="1"
                            label="Enabled"
                            checked=draft.enabled
                            hint="A disabled configuration keeps everything it knows and does nothing."
                        />
                        {rest}
                    </fieldset>
                    {save}
                </Card>
            </form>
            <div class="stack">
                {about}
                {delete}
            </div>
        </div>
    };
    configuration_frame(detail, ConfigurationTab::Properties, inside.into_any())
}

fn about(detail: &ConfigurationDetail) -> impl IntoView + use<> {
    let Configuration { id, created_at, updated_at, .. } = detail.configuration.clone();
    let names = detail.summary.names.clone();
    view! {
        <Card title="About">
            <div class="card-body">
                <Facts>
                    <Fact label="Configuration id"><Copyable text=id.to_string() what="configuration id" /></Fact>
                    <Fact label="Source domain">{names.domain}</Fact>
                    <Fact label="Target">{names.target}</Fact>
                    <Fact label="Created"><When at=created_at /></Fact>
                    <Fact label="Changed"><When at=updated_at /></Fact>
                </Facts>
            </div>
        </Card>
    }
}

fn delete(base: &str, name: &str) -> impl IntoView + use<> {
    let action = format!("{base}/delete");
    let text = format!(
        "“{name}” stops synchronising and forgets its links. What it has written stays in the target; its provisioning logs stay here."
    );
    view! {
        <Card title="Delete">
            <div class="card-body">
                <p class="soft">"Objects in the target are not touched."</p>
                <div class="actions">
                    <Confirm id="delete" button="Delete configuration" title="Delete this configuration?" text action verb="Delete" />
                </div>
            </div>
        </Card>
    }
}

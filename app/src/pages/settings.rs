use domain::{access::Role, document::RetentionEntry};
use leptos::prelude::*;

use super::{
    refused::refused,
    settings_frame::{SettingsTab, settings_frame},
};
use crate::{
    components::{Card, Fact, Facts, LinkButton, TextArea, TextInput},
    format::counted,
    frame::frame,
    view::{Errors, SettingsDraft},
};

/// Settings of the installation.
pub fn settings(draft: SettingsDraft, errors: &Errors) -> impl IntoView + use<> {
    let body = if frame().may(Role::Administrator) {
        form(draft, errors).into_any()
    } else {
        shown(&draft).into_any()
    };
    settings_frame(SettingsTab::General, "What holds for the whole installation.", None, body)
}

fn form(draft: SettingsDraft, errors: &Errors) -> impl IntoView + use<> {
    let wrong = refused(errors, &["verifiedDomains", "provisioningLogDays"]);
    let (days, names) = (errors.of("provisioningLogDays"), errors.of("verifiedDomains"));
    let hint = format!(
        "1 to {} days. Older records are deleted within the hour, a few thousand at a time.",
        RetentionEntry::MOST_DAYS
    );
    view! {
        <form method="post" action="/settings" class="form">
            {wrong}
            <Card title="Provisioning logs">
                <div class="card-body">
                    <TextInput
                        id="provisioningLogDays"
                        label="Days for which records are kept"
                        value=draft.log_days
                        kind="number"
                        hint
                        error=days
                        required=true
                    />
                </div>
            </Card>
            <Card title="Verified domains">
                <div class="card-body">
                    <TextArea
                        id="verifiedDomains"
                        label="Domains"
                        value=draft.verified_domains
                        hint="One a line, such as example.org: the suffixes of user names that the targets accept."
                        error=names
                    />
                </div>
            </Card>
            <div class="actions">
                <button class="button primary">"Save"</button>
                <LinkButton href="/mail/server" text="Mail server" icon="mail" />
                <LinkButton href="/settings/password" text="My password" icon="key" />
            </div>
        </form>
    }
}

fn shown(draft: &SettingsDraft) -> impl IntoView + use<> {
    let days = draft.log_days.parse().unwrap_or_default();
    let names = draft.verified_domains.lines().collect::<Vec<_>>().join(", ");
    let names = if names.is_empty() { "None named".to_owned() } else { names };
    view! {
        <Card title="Settings">
            <div class="card-body">
                <Facts>
                    <Fact label="Provisioning records are kept">{counted(days, "day", "days")}</Fact>
                    <Fact label="Verified domains"><span class="break">{names}</span></Fact>
                </Facts>
                <p class="soft">"An administrator can change them."</p>
                <div class="actions">
                    <LinkButton href="/settings/password" text="My password" icon="key" />
                </div>
            </div>
        </Card>
    }
}

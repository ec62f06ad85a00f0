use domain::access::Role;
use leptos::prelude::*;

use super::{ConfigurationTab, configuration_frame};
use crate::{
    components::{Card, Choice, LinkButton, Notice, TextInput, Tone, field_error},
    frame::frame,
    view::{ConfigurationDetail, RestartDraft},
};

/// What a restart may forget: Graph's words, and what each means here.
#[derive(Debug)]
pub struct RestartLevel {
    /// What the form sends.
    pub value: &'static str,
    /// Graph's resetScope.
    pub reset_scope: &'static str,
    pub title: &'static str,
    pub text: &'static str,
    /// Asks for a tick before it is done.
    pub grave: bool,
    pub role: Role,
}

const fn level(value: &'static str, title: &'static str, text: &'static str) -> RestartLevel {
    RestartLevel { value, reset_scope: value, title, text, grave: false, role: Role::Operator }
}

/// The levels, the usual one first.
pub const RESTART_LEVELS: &[RestartLevel] = &[
    RestartLevel {
        value: "usual",
        reset_scope: "Escrows,Watermark,QuarantineState",
        title: "Restart sync",
        text: "What is usually wanted: lifts the quarantine, tries every failing object at once, reads everything and compares it with the target.",
        grave: false,
        role: Role::Operator,
    },
    level("None", "None: go on", "Forgets nothing. Ends a pause and runs from where the last cycle stopped."),
    level(
        "Escrows",
        "Escrows: failing objects",
        "Forgets which objects fail: each is tried again at once and its attempts count from one.",
    ),
    level(
        "Watermark",
        "Watermark: position in the directory's changes",
        "Forgets up to where changes were taken: the next cycle reads everything and compares it with the target.",
    ),
    level(
        "QuarantineState",
        "Quarantine state",
        "Forgets the quarantine, its series and its ladder of attempts. The cursor stays: the next cycle takes what changed.",
    ),
    RestartLevel {
        grave: true,
        ..level(
            "ConnectorDataStore",
            "Connector data store: links",
            "Forgets which source object became which target object. The next cycle finds them again by their anchors; what has left the source meanwhile is no longer known and stays in the target.",
        )
    },
    RestartLevel {
        grave: true,
        ..level(
            "Full",
            "Full: all of these",
            "Failing objects, watermark, quarantine and links are forgotten: as if the configuration ran for the first time. It does not allow deletes.",
        )
    },
    RestartLevel {
        grave: true,
        role: Role::Administrator,
        ..level(
            "ForceDeletes",
            "Force deletes",
            "The next complete cycle may remove more than the accidental-delete threshold allows.",
        )
    },
];

/// Choosing what is forgotten.
pub fn restart(detail: &ConfigurationDetail, draft: RestartDraft) -> impl IntoView + use<> {
    let base = detail.summary.href();
    let action = format!("{base}/restart");
    let levels = RESTART_LEVELS
        .iter()
        .filter(|level| frame().may(level.role))
        .map(|level| {
            let title = if level.grave {
                format!("{} (needs the tick below)", level.title)
            } else {
                level.title.to_owned()
            };
            view! {
                <Choice
                    id=format!("level-{}", level.value)
                    name="level"
                    value=level.value
                    label=title
                    checked=draft.level == level.value
                    kind="radio"
                    hint=level.text
                />
            }
        })
        .collect_view();
    let error = draft.errors.of("confirm").map(|text| field_error("confirm", text));
    let wrong = draft.errors.of("level").map(|text| view! { <Notice tone=Tone::Bad title=text /> });
    let inside = view! {
        <form method="post" action=action class="form">
            {wrong}
            <Card title="Restart: what shall be forgotten?">
                <div class="card-body">
                    <fieldset class="field">
                        <legend class="visually-hidden">"What is reset"</legend>
                        <div class="choices spacious">{levels}</div>
                    </fieldset>
                    <TextInput
                        id="reason"
                        label="Reason"
                        value=draft.reason.clone()
                        hint="For the audit log, such as a ticket. May stay empty."
                        error=draft.errors.of("reason")
                    />
                    <div class="field">
                        <Choice
                            id="confirm"
                            name="confirm"
                            value="1"
                            label="I know what links or deletes this concerns"
                            checked=false
                            hint="Only for the levels that say so."
                        />
                        {error}
                    </div>
                    <p class="soft">
                        "Every restart ends a pause and runs the configuration at once. It is written into the audit log. Unless deletes are forced, the accidental-delete guard still counts what it would remove."
                    </p>
                </div>
                <div class="card-foot">
                    <button class="button primary">"Restart"</button>
                    <LinkButton href=base text="Cancel" class="quiet" />
                </div>
            </Card>
        </form>
    };
    configuration_frame(detail, ConfigurationTab::Aside, inside.into_any())
}

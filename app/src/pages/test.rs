use domain::record::{Action, Status};
use leptos::prelude::*;
use service::on_demand::OnDemandResult;

use super::{
    ConfigurationTab, configuration_frame,
    log_row::{kind_icon, target_text},
};
use crate::{
    components::{
        ActionLabel, Card, Diff, Empty, Icon, Lasted, LinkButton, Notice, StatusPill, Steps, Table,
        TextInput, Tone,
    },
    format::elapsed_ms,
    view::{Candidates, ConfigurationDetail, TestView},
};

/// One object through the four steps, at once.
pub fn test(detail: &ConfigurationDetail, view: TestView) -> impl IntoView + use<> {
    let action = format!("{}/test", detail.summary.href());
    let refused = view
        .errors
        .of("")
        .map(|text| view! { <Notice tone=Tone::Bad title="It could not be found out">{text}</Notice> });
    let candidates = view.candidates.map(|found| candidates(&action, found));
    let href = view.record_href;
    let result = view.result.map(|done| result(&action, done, href));
    let inside = view! {
        <div class="stack">
            {refused}
            <Card title="Test one object">
                <form method="post" action=action.clone() class="form card-body">
                    <TextInput
                        id="object"
                        label="Which object"
                        value=view.typed
                        class="mono"
                        hint="Its distinguished name, its object id, or a name. This is a dry run: nothing is written, neither to the target nor to the log."
                        error=view.errors.of("object")
                    />
                    <div class="actions">
                        <button class="button primary">"Test"</button>
                    </div>
                </form>
            </Card>
            {candidates} {result}
        </div>
    };
    configuration_frame(detail, ConfigurationTab::Test, inside.into_any())
}

/// Who may be meant, where a text is no name of one object.
pub(super) const NOBODY: &str = "Neither the log nor the directory knows this name. In Active Directory it is the beginning of a \
                                 display name, of a first or last name, of a logon name or of a mail address.";

pub(super) fn unasked(reason: String) -> impl IntoView {
    view! {
        <Notice tone=Tone::Warn title="The directory could not be asked">
            {reason} " Only those whom the log knows are found meanwhile."
        </Notice>
    }
}

fn candidates(action: &str, offered: Candidates) -> AnyView {
    let Candidates { found, unasked: reason } = offered;
    let notice = reason.map(unasked);
    if found.is_empty() {
        return view! {
            {notice}
            <Card title="Which one?">
                <Empty icon="search" title="Nobody of this name">
                    <p>{NOBODY}</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let rows = found
        .into_iter()
        .map(|candidate| {
            let label = format!("Test {}", candidate.display_name);
            let action = action.to_owned();
            view! {
                <tr>
                    <th scope="row" class="full">
                        <span class="flow">
                            <Icon name=kind_icon(candidate.kind) />
                            {candidate.display_name}
                        </span>
                    </th>
                    <td class="full dn">{candidate.dn}</td>
                    <td class="nowrap">
                        <form method="post" action=action>
                            <input type="hidden" name="object" value=candidate.object_id />
                            <button class="button small" aria-label=label>"Test"</button>
                        </form>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        {notice}
        <Card title="Which one?">
            <Table label="Objects of this name" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Distinguished name"</th>
                        <th scope="col"><span class="visually-hidden">"Test"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

fn result(action: &str, done: OnDemandResult, href: Option<String>) -> impl IntoView + use<> {
    let record = done.record;
    let name = target_text(&record);
    let took = elapsed_ms(done.began, done.ended);
    let tone = match record.status {
        Status::Success => Tone::Ok,
        Status::Failure => Tone::Bad,
        Status::Warning => Tone::Warn,
        Status::Skipped => Tone::Info,
    };
    let says = verdict(record.action, record.status, done.dry_run);
    let error = record.error.clone().map(|error| {
        view! {
            <p>{error.reason}</p>
            <p class="soft">{error.recommended_action}</p>
        }
    });
    let notes = (!done.notes.is_empty()).then(|| {
        let lines = done.notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view();
        view! { <ul class="clauses soft">{lines}</ul> }
    });
    let write = (done.dry_run && record.status == Status::Success).then(|| {
        let (action, object) = (action.to_owned(), record.source.id.clone());
        view! {
            <form method="post" action=action>
                <input type="hidden" name="object" value=object />
                <input type="hidden" name="write" value="1" />
                <button class="button primary">"Provision it"</button>
            </form>
        }
    });
    let log = href.map(|href| view! { <LinkButton href text="Show the record" icon="logs" /> });
    let related = (!done.related.is_empty()).then(|| {
        let lines = done
            .related
            .iter()
            .map(|record| {
                view! {
                    <li class="flow">
                        <ActionLabel action=record.action />
                        {target_text(record)}
                        <StatusPill status=record.status />
                    </li>
                }
            })
            .collect_view();
        view! { <Card title="Groups that this concerns"><ul class="clauses card-body">{lines}</ul></Card> }
    });
    let modified = if record.modified.is_empty() {
        view! {
            <Card title="Attributes">
                <Empty icon="edit" title="No attribute differs">
                    <p>"The steps say why."</p>
                </Empty>
            </Card>
        }
        .into_any()
    } else {
        let properties = record.modified;
        view! { <Card title="Attributes"><Diff properties /></Card> }.into_any()
    };
    let aside = view! { <span class="note push">"took " <Lasted ms=took /></span> }.into_any();
    view! {
        <Notice tone title=format!("{name}: {says}")>
            {error} {notes}
            <div class="actions">{write} {log}</div>
        </Notice>
        <div class="columns">
            <Card title="Steps" aside>
                <div class="card-body"><Steps steps=record.steps /></div>
            </Card>
            <div class="stack">{modified} {related}</div>
        </div>
    }
}

/// What happened, or what would, in a few words.
const fn verdict(action: Action, status: Status, dry: bool) -> &'static str {
    match (status, action, dry) {
        (Status::Failure, _, true) => "would fail",
        (Status::Failure, ..) => "failed",
        (Status::Skipped, ..) => "nothing is done",
        (_, Action::Create, true) => "would be created",
        (_, Action::Create, false) => "was created",
        (_, Action::Update, true) => "would be updated",
        (_, Action::Update, false) => "was updated",
        (_, Action::Disable, true) => "would be disabled",
        (_, Action::Disable, false) => "was disabled",
        (_, Action::Delete, true) => "would be deleted",
        (_, Action::Delete, false) => "was deleted",
        (_, Action::StagedDelete, _) => "its removal is held back",
        (_, Action::Other, true) => "would be linked",
        (_, Action::Other, false) => "was linked",
    }
}

use domain::{ObjectKind, configuration::OutOfScope, record::Action};
use leptos::prelude::*;

use super::{ConfigurationTab, configuration_frame, configuration_state::staged_text, log_row::kind_icon};
use crate::{
    components::{Card, Choice, Empty, Icon, LinkButton, Notice, Table, TextInput, Tone, field_error},
    view::{ConfigurationDetail, LogFilter, StagedView},
};

/// What will be removed, before an administrator agrees to it.
pub fn allow_deletes(detail: &ConfigurationDetail, view: StagedView) -> impl IntoView + use<> {
    let inside = content(detail, view);
    configuration_frame(detail, ConfigurationTab::Aside, inside)
}

fn content(detail: &ConfigurationDetail, view: StagedView) -> AnyView {
    let base = detail.summary.href();
    let staged = view.staged;
    if staged.objects + staged.memberships == 0 {
        return view! {
            <Card title="Allow deletes">
                <Empty icon="check" title="Nothing is held back">
                    <p>"There is no removal that waits for an administrator."</p>
                    <LinkButton href=base text="Back to the configuration" />
                </Empty>
            </Card>
        }
        .into_any();
    }
    let action = format!("{base}/allow-deletes");
    let records = LogFilter {
        configuration: Some(detail.summary.id),
        actions: vec![Action::StagedDelete],
        ..LogFilter::default()
    }
    .href();
    let changed = view.errors.of("figures").map(|text| {
        view! { <Notice tone=Tone::Bad title="Nothing was allowed">{text}</Notice> }
    });
    let error = view.errors.of("confirm").map(|text| field_error("confirm", text));
    let reason_error = view.errors.of("reason");
    let held = format!("Held back: {}", staged_text(staged));
    let agree = format!("Remove {} from {}", staged_text(staged), detail.summary.names.target);
    let more = staged.objects.saturating_sub(view.objects.len() as u64);
    let rows = view
        .objects
        .into_iter()
        .map(|object| {
            let history = LogFilter { object: Some(object.object_id), ..LogFilter::default() }.href();
            view! {
                <tr>
                    <th scope="row" class="full">
                        <span class="flow">
                            <Icon name=kind_icon(object.kind) />
                            <a href=history>{object.display_name}</a>
                        </span>
                    </th>
                    <td class="full dn">{object.source_dn}</td>
                    <td>{fate(object.kind, detail.configuration.plan.out_of_scope)}</td>
                </tr>
            }
        })
        .collect_view();
    let table = (staged.objects > 0).then(|| {
        view! {
            <Table label="Objects that wait to be removed" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Object"</th>
                        <th scope="col">"Where it was"</th>
                        <th scope="col">"What happens"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
    });
    let rest = (more > 0).then(|| {
        view! { <p class="soft">"And " {crate::format::number(more)} " more; the log has all of them."</p> }
    });
    view! {
        <div class="stack">
            {changed}
            <form method="post" action=action class="stack">
                <Card title=held>
                    {table}
                    <div class="card-body">
                        {rest}
                        <p class="soft">
                            "If this is not meant, mend the source or the scope and restart the configuration: what is back in scope is then not removed."
                        </p>
                        <input type="hidden" name="objects" value=staged.objects.to_string() />
                        <input type="hidden" name="memberships" value=staged.memberships.to_string() />
                        <TextInput
                            id="reason"
                            label="Reason"
                            value=view.reason
                            hint="For the audit log, such as a ticket. May stay empty."
                            error=reason_error
                        />
                        <div class="field">
                            <Choice id="confirm" name="confirm" value="1" label=agree checked=false />
                            {error}
                        </div>
                    </div>
                    <div class="card-foot">
                        <button class="button danger">"Allow deletes and run"</button>
                        <LinkButton href=records text="Staged delete records" icon="logs" />
                        <LinkButton href=base text="Cancel" class="quiet" />
                    </div>
                </Card>
            </form>
        </div>
    }
    .into_any()
}

/// Groups and contacts have no account that could be disabled.
const fn fate(kind: ObjectKind, way: OutOfScope) -> &'static str {
    match (way, kind) {
        (OutOfScope::Disable, ObjectKind::User) => "Disabled",
        (OutOfScope::Ignore, _) => "Left as it is",
        (OutOfScope::Disable | OutOfScope::Delete, _) => "Deleted",
    }
}

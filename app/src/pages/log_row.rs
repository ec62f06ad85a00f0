//! What the lists of records have in common.

use domain::{ObjectKind, ProvisioningRecord};
use leptos::prelude::*;

use crate::components::{ActionLabel, StatusPill, When};

/// The name under which people know the object of a record.
pub fn target_text(record: &ProvisioningRecord) -> String {
    [&record.source.display_name, &record.target.display_name, &record.source.name, &record.source.id]
        .into_iter()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_else(|| "(no name)".to_owned())
}

pub const fn kind_icon(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "user",
        ObjectKind::Group => "groups",
        ObjectKind::Contact => "contact",
    }
}

/// One record in the history of an object: no names, they are all the same.
pub fn history_row(record: ProvisioningRecord, current: bool) -> impl IntoView {
    let link = if current {
        view! { <strong>"This one"</strong> }.into_any()
    } else {
        view! { <a class="row-link" href=format!("/logs/{}", record.id)>"Open"</a> }.into_any()
    };
    let what = record.error.as_ref().map(|e| e.error_code.clone());
    view! {
        <tr aria-current=current.then_some("true")>
            <td class="full"><When at=record.at /></td>
            <td><ActionLabel action=record.action /></td>
            <td><StatusPill status=record.status /></td>
            <td class="full"><span class="clip">{what}</span></td>
            <td class="nowrap">{link}</td>
        </tr>
    }
}

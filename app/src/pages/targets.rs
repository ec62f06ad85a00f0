use domain::access::Role;
use domain::scim::{BooleanForm, MemberRemoval, PatchUse};
use domain::{TargetKind, TargetSettings, TargetSystem};
use leptos::prelude::*;

use super::{
    domains::used,
    refused::refused,
    settings_frame::{SettingsList, SettingsTab, settings_list},
};
use crate::{
    components::{
        Card, Choice, Confirm, LinkButton, Options, PageHead, PostButton, Select, TextArea, TextInput,
    },
    frame::frame,
    view::{Errors, TargetDraft, TargetPage, TargetRow, target_href},
};

const BASE: &str = "/settings/targets";

/// Everything that is written to.
pub fn targets(rows: Vec<TargetRow>) -> impl IntoView {
    let list = SettingsList {
        tab: SettingsTab::Targets,
        lead: "What is kept equal to the directories.",
        new: ("/settings/targets/new", "New target"),
        label: "Targets",
        heads: ["Target", "Kind", "Address", "Written by"],
        empty: (
            "Nothing is written to yet",
            "Name the first one: a SCIM 2.0 service, or the directory that is built in.",
        ),
    };
    settings_list(list, rows.into_iter().map(|target| row(target).into_any()).collect())
}

const fn kind_text(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::BuiltIn => "Built-in directory",
        TargetKind::Scim => "SCIM 2.0 service",
    }
}

fn address(target: &TargetSystem) -> String {
    match &target.settings {
        TargetSettings::BuiltIn => "In this portal".to_owned(),
        TargetSettings::Scim { url, .. } => url.clone(),
    }
}

fn row(row: TargetRow) -> impl IntoView {
    let (href, name) = (target_href(row.target.id), row.target.name.clone());
    view! {
        <tr>
            <th scope="row" class="full main"><a href=href>{name}</a></th>
            <td data-label="Kind">{kind_text(row.target.kind())}</td>
            <td class="full break" data-label="Address">{address(&row.target)}</td>
            <td class="full" data-label="Written by">{used(&row.configurations)}</td>
        </tr>
    }
}

/// One target with its form.
pub fn target_form(page: TargetPage) -> impl IntoView {
    let TargetPage { stored, draft, errors } = page;
    let title = stored.as_ref().map_or_else(|| "New target".to_owned(), |row| row.target.name.clone());
    let crumbs =
        vec![("/settings".to_owned(), "Settings".to_owned()), (BASE.to_owned(), "Targets".to_owned())];
    let test = stored.as_ref().filter(|_| frame().may(Role::Operator)).map(|row| {
        let action = format!("{}/test", target_href(row.target.id));
        view! { <PostButton action text="Test connection" icon="check" /> }.into_any()
    });
    let lead = match &stored {
        Some(row) => {
            let kind = kind_text(row.target.kind());
            format!("{kind}: {}. Written by: {}.", address(&row.target), used(&row.configurations))
        }
        None => "A service that is kept equal to a directory.".to_owned(),
    };
    let actions = test.unwrap_or_else(|| ().into_any());
    let body = if frame().may(Role::Administrator) {
        let delete = stored.as_ref().map(delete);
        view! { {form(stored.as_ref(), draft, &errors)} {delete} }.into_any()
    } else {
        view! { <p class="soft">"An administrator can change it."</p> }.into_any()
    };
    view! {
        <PageHead title crumbs lead=view! { <span class="break">{lead}</span> }.into_any() actions />
        <div class="stack">{body}</div>
    }
}

fn form(stored: Option<&TargetRow>, draft: TargetDraft, errors: &Errors) -> impl IntoView + use<> {
    let action = stored.map_or_else(|| format!("{BASE}/new"), |row| target_href(row.target.id));
    let wrong = refused(errors, TargetDraft::FIELDS);
    let has_token = stored.is_some_and(|row| row.target.kind() == TargetKind::Scim);
    let of = |field: &str| errors.of(field);
    let (name, kind_error, built_in) = (of("name"), of("kind"), draft.built_in);
    let kinds = [
        (TargetKind::Scim, "Such as an application's user management, or another identity provider."),
        (TargetKind::BuiltIn, "Users and groups stand in this portal. What is below is not used then."),
    ];
    let kinds = kinds
        .into_iter()
        .map(|(kind, hint)| {
            let checked = built_in == (kind == TargetKind::BuiltIn);
            view! {
                <Choice id=format!("kind-{kind}") name="kind" value=kind.to_string() kind="radio" label=kind_text(kind) checked hint />
            }
        })
        .collect_view();
    let kind_error = kind_error.map(|text| crate::components::field_error("kind", text));
    let service = service(&draft, errors, has_token);
    let dialect = dialect(&draft, errors);
    view! {
        <form method="post" action=action class="form">
            {wrong}
            <Card title="Target">
                <div class="card-body">
                    <TextInput id="name" label="Name" value=draft.name error=name required=true />
                    <fieldset>
                        <legend>"Kind"</legend>
                        {kinds}
                        {kind_error}
                    </fieldset>
                </div>
            </Card>
            {service}
            <Card title="Dialect">
                {dialect}
                <div class="card-foot">
                    <button class="button primary">"Save and test"</button>
                    <LinkButton href=BASE text="Cancel" class="quiet" />
                </div>
            </Card>
        </form>
    }
}

fn service(draft: &TargetDraft, errors: &Errors, has_token: bool) -> impl IntoView + use<> {
    let hint = if has_token {
        "Leave it empty to keep the stored one. A new address needs it again."
    } else {
        "Kept encrypted. The service's administrator makes it."
    };
    let of = |field: &str| errors.of(field);
    let (url, token, certificates) = (of("url"), of("token"), of("caPem"));
    let (address, pem) = (draft.url.clone(), draft.ca_pem.clone());
    view! {
        <Card title="Service">
            <div class="card-body">
                <TextInput id="url" label="Base address" value=address hint="Such as https://app.example.org/scim/v2." error=url />
                <TextInput id="token" label="Bearer token" value="" kind="password" autocomplete="new-password" hint error=token />
                <TextArea id="caPem" label="Trusted certificates" value=pem rows=3 hint="PEM. Empty: those that the system trusts." error=certificates />
            </div>
        </Card>
    }
}

/// What a service may do differently from the book. Left alone, it is found out.
fn dialect(draft: &TargetDraft, errors: &Errors) -> impl IntoView + use<> {
    let found_out = || (String::new(), "Found out".to_owned());
    let patch: Options = PatchUse::ALL
        .iter()
        .map(|way| {
            let text = match way {
                PatchUse::Auto => "Found out",
                PatchUse::Patch => "PATCH: what changed",
                PatchUse::Put => "PUT: the whole object",
            };
            (way.to_string(), text.to_owned())
        })
        .collect();
    let active = BooleanForm::ALL.iter().map(|form| {
        let text = match form {
            BooleanForm::Boolean => "true and false",
            BooleanForm::Text => "The texts “True” and “False”",
        };
        (form.to_string(), text.to_owned())
    });
    let active: Options = std::iter::once(found_out()).chain(active).collect();
    let removal = MemberRemoval::ALL.iter().map(|way| {
        let text = match way {
            MemberRemoval::PathFilter => "By a path with a filter",
            MemberRemoval::ValueList => "By a list of values",
        };
        (way.to_string(), text.to_owned())
    });
    let removal: Options = std::iter::once(found_out()).chain(removal).collect();
    let of = |field: &str| errors.of(field);
    let (members, page, rate) = (of("membersPerRequest"), of("pageSize"), of("requestsPerSecond"));
    let draft = draft.clone();
    view! {
        <div class="card-body">
            <p class="soft">"Where the service differs from the standard and does not say so itself. Leave it alone unless something fails."</p>
            <Select id="patch" label="Objects are changed with" value=draft.patch options=patch />
            <Select id="activeAs" label="“active” is written as" value=draft.active_as options=active />
            <Select id="removeMembersBy" label="Members leave a group" value=draft.remove_members_by options=removal />
            <TextInput id="membersPerRequest" label="Most members in one request" value=draft.members_per_request kind="number" hint="1 to 10,000." error=members />
            <TextInput id="pageSize" label="Objects on one page of a list" value=draft.page_size kind="number" hint="1 to 10,000. Empty: as the service says." error=page />
            <TextInput id="requestsPerSecond" label="Requests a second" value=draft.requests_per_second kind="number" hint="1 to 10,000. Empty: learnt from its answers." error=rate />
        </div>
    }
}

fn delete(row: &TargetRow) -> AnyView {
    if !row.configurations.is_empty() {
        return view! {
            <p class="soft">"It can be deleted when no configuration writes to it any more: " {row.configurations.join(", ")} "."</p>
        }
        .into_any();
    }
    let action = format!("{}/delete", target_href(row.target.id));
    view! {
        <div class="actions">
            <Confirm id="delete" button="Delete target" title="Delete this target?" text="Its address and token are forgotten. What was written to it stays there." action verb="Delete" />
        </div>
    }
    .into_any()
}

use domain::{DirectoryKind, access::Role};
use leptos::prelude::*;

use super::{
    refused::refused,
    settings_frame::{SettingsList, SettingsTab, settings_list},
};
use crate::{
    components::{Card, Choice, Confirm, LinkButton, PageHead, PostButton, Select, TextArea, TextInput},
    format::counted,
    frame::frame,
    view::{DomainDraft, DomainPage, DomainRow, Errors, domain_href, query},
};

const BASE: &str = "/settings/domains";

/// Every directory that is read.
pub fn domains(rows: Vec<DomainRow>) -> impl IntoView {
    let list = SettingsList {
        tab: SettingsTab::Domains,
        lead: "The directories that are read, and how they are reached.",
        new: ("/settings/domains/new", "New domain"),
        label: "Source domains",
        heads: ["Domain", "Kind", "Reached", "Read by"],
        empty: (
            "No directory is known yet",
            "Name the first one: Active Directory or another LDAP directory, reached by the portal or by agents.",
        ),
    };
    settings_list(list, rows.into_iter().map(|domain| row(domain).into_any()).collect())
}

const fn kind_text(kind: DirectoryKind) -> &'static str {
    match kind {
        DirectoryKind::ActiveDirectory => "Active Directory",
        DirectoryKind::Ldap => "LDAP directory",
        DirectoryKind::Auto => "Found out when connected",
    }
}

fn row(row: DomainRow) -> impl IntoView {
    let (href, name) = (domain_href(row.domain.id), row.domain.name.clone());
    let reached = reached(&row);
    let used = used(&row.configurations);
    view! {
        <tr>
            <th scope="row" class="full main"><a href=href>{name}</a></th>
            <td data-label="Kind">{kind_text(row.domain.kind)}</td>
            <td class="full break" data-label="Reached">{reached}</td>
            <td class="full" data-label="Read by">{used}</td>
        </tr>
    }
}

fn reached(row: &DomainRow) -> String {
    match &row.domain.connection {
        Some(connection) => connection.url.clone(),
        None if row.agents == 0 => "By agents; none is enrolled yet".to_owned(),
        None => format!("By {}, {} healthy", counted(row.agents, "agent", "agents"), row.healthy),
    }
}

/// Configurations by name, or that there is none.
pub fn used(configurations: &[String]) -> String {
    match configurations {
        [] => "No configuration yet".to_owned(),
        names => names.join(", "),
    }
}

/// One domain with its form.
pub fn domain_form(page: DomainPage) -> impl IntoView {
    let DomainPage { stored, draft, errors } = page;
    let title = stored.as_ref().map_or_else(|| "New domain".to_owned(), |row| row.domain.name.clone());
    let crumbs =
        vec![("/settings".to_owned(), "Settings".to_owned()), (BASE.to_owned(), "Source domains".to_owned())];
    let test = stored.as_ref().filter(|_| frame().may(Role::Operator)).map(|row| {
        let action = format!("{}/test", domain_href(row.domain.id));
        view! { <PostButton action text="Test connection" icon="check" /> }.into_any()
    });
    let lead = match &stored {
        Some(row) => format!("Reached: {}. Read by: {}.", reached(row), used(&row.configurations)),
        None => "A directory that is read. Nothing is written to it, ever.".to_owned(),
    };
    let agents = stored.as_ref().filter(|row| row.domain.connection.is_none()).map(|row| {
        let href = query::href("/agents", &[("domain", row.domain.name.clone())]);
        view! { <LinkButton href text="Its agents" /> }
    });
    let actions = view! { {test} {agents} }.into_any();
    let body = if frame().may(Role::Administrator) {
        let delete = stored.as_ref().map(delete);
        let action = stored.as_ref().map_or_else(|| format!("{BASE}/new"), |row| domain_href(row.domain.id));
        let has_password = stored.as_ref().is_some_and(|row| row.domain.connection.is_some());
        view! { {form(action, draft, &errors, has_password)} {delete} }.into_any()
    } else {
        view! { <p class="soft">"An administrator can change it."</p> }.into_any()
    };
    view! {
        <PageHead title crumbs lead=view! { <span class="break">{lead}</span> }.into_any() actions />
        <div class="stack">{body}</div>
    }
}

fn form(action: String, draft: DomainDraft, errors: &Errors, has_password: bool) -> impl IntoView + use<> {
    let wrong = refused(errors, DomainDraft::FIELDS);
    let kinds =
        DirectoryKind::ALL.iter().map(|kind| (kind.to_string(), kind_text(*kind).to_owned())).collect();
    let of = |field: &str| errors.of(field);
    let (name, url, bind, password) = (of("name"), of("url"), of("bindDn"), of("bindPassword"));
    let (start_tls, certificates, base) = (of("startTls"), of("caPem"), of("baseDn"));
    let start_tls = start_tls.map(|text| crate::components::field_error("startTls", text));
    let hint = if has_password {
        "Leave it empty to keep the stored one. A new address needs it again."
    } else {
        "Kept encrypted."
    };
    view! {
        <form method="post" action=action class="form">
            {wrong}
            <Card title="Directory">
                <div class="card-body">
                    <TextInput id="name" label="Name" value=draft.name hint="Its DNS name, such as corp.example.org." error=name required=true />
                    <Select id="kind" label="Kind" value=draft.kind options=kinds />
                    <fieldset>
                        <legend>"Reached"</legend>
                        <Choice
                            id="reached-server"
                            name="reached"
                            value="server"
                            kind="radio"
                            label="By this portal"
                            checked=!draft.by_agents
                            hint="The directory's port must be open from here."
                        />
                        <Choice
                            id="reached-agents"
                            name="reached"
                            value="agents"
                            kind="radio"
                            label="By agents in its network"
                            checked=draft.by_agents
                            hint="They dial out and keep the directory's password to themselves. What is below is not used then."
                        />
                    </fieldset>
                </div>
            </Card>
            <Card title="Connection of this portal">
                <div class="card-body">
                    <TextInput id="url" label="Address" value=draft.url hint="ldaps://dc1.corp.example.org, or ldap:// with StartTLS." error=url />
                    <Choice id="startTls" name="startTls" value="1" label="StartTLS" checked=draft.start_tls hint="With ldap:// only: encrypts before signing in." />
                    {start_tls}
                    <TextInput
                        id="bindDn"
                        label="Service account"
                        value=draft.bind_dn
                        autocomplete="off"
                        hint="A distinguished name; Active Directory also takes user@domain and DOMAIN\\user. It needs to read, nothing more."
                        error=bind
                    />
                    <TextInput id="bindPassword" label="Password" value="" kind="password" autocomplete="new-password" hint error=password />
                    <TextInput id="baseDn" label="Base DN" value=draft.base_dn hint="Empty: the whole naming context." error=base />
                    <TextArea id="caPem" label="Trusted certificates" value=draft.ca_pem rows=3 hint="PEM. Empty: those that the system trusts." error=certificates />
                    <Choice
                        id="allowPlaintext"
                        name="allowPlaintext"
                        value="1"
                        label="Allow a connection without encryption"
                        checked=draft.allow_plaintext
                        hint="The password and every value travel in the clear then."
                    />
                </div>
                <div class="card-foot">
                    <button class="button primary">"Save and test"</button>
                    <LinkButton href=BASE text="Cancel" class="quiet" />
                </div>
            </Card>
        </form>
    }
}

fn delete(row: &DomainRow) -> AnyView {
    if !row.configurations.is_empty() {
        return view! {
            <p class="soft">"It can be deleted when no configuration reads it any more: " {row.configurations.join(", ")} "."</p>
        }
        .into_any();
    }
    let action = format!("{}/delete", domain_href(row.domain.id));
    view! {
        <div class="actions">
            <Confirm id="delete" button="Delete domain" title="Delete this domain?" text="Its connection and password are forgotten. The directory itself is not touched." action verb="Delete" />
        </div>
    }
    .into_any()
}

use domain::access::{Account, ApiToken, Role};
use domain::document::SignInEntry;
use leptos::prelude::*;

use super::{
    refused::refused,
    settings_frame::{SettingsTab, settings_frame},
};
use crate::{
    components::{
        Card, Confirm, Copyable, Empty, Fact, Facts, LinkButton, Notice, Options, Pill, Select, Table,
        TextInput, Tone, When,
    },
    frame::frame,
    view::AccessView,
};

/// Accounts and API tokens.
pub fn access(view: AccessView) -> impl IntoView {
    let made = view.made.as_ref().map(made);
    let accounts = accounts(&view);
    let tokens = tokens(&view);
    let provider = provider(view.provider.clone());
    let body = view! { <div class="stack">{made} {accounts} {provider} {tokens}</div> }.into_any();
    settings_frame(
        SettingsTab::Access,
        "Who signs in to this portal, and which programs may call its API.",
        None,
        body,
    )
}

const fn role_text(role: Role) -> &'static str {
    match role {
        Role::Reader => "Reader: looks",
        Role::Operator => "Operator: runs, pauses, acknowledges",
        Role::Administrator => "Administrator: everything",
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Reader => "Reader",
        Role::Operator => "Operator",
        Role::Administrator => "Administrator",
    }
}

pub(super) fn roles() -> Options {
    let all = [Role::Reader, Role::Operator, Role::Administrator];
    all.into_iter().map(|role| (role.to_string(), role_text(role).to_owned())).collect()
}

/// The first values of a list.
fn named(values: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = values.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    match values.len() {
        0 => "Nobody".to_owned(),
        all if all > SHOWN => format!("{shown}; and {} more", all - SHOWN),
        _ => shown,
    }
}

/// The provider, or that there is none.
fn provider(entry: Option<SignInEntry>) -> AnyView {
    let inside = match entry {
        None => view! {
            <p class="soft">
                "Nobody signs in with a company account yet. Any OpenID Connect provider will do: Entra ID, Keycloak, AD FS, Okta."
            </p>
            <div class="actions">
                <LinkButton href="/settings/access/provider" text="Set up a provider" icon="plus" />
            </div>
        }
        .into_any(),
        Some(entry) => {
            let (tone, state) = if entry.enabled { (Tone::Ok, "In use") } else { (Tone::Calm, "Switched off") };
            let values = [
                ("Administrators", &entry.administrators),
                ("Operators", &entry.operators),
                ("Readers", &entry.readers),
            ];
            let roles = values
                .into_iter()
                .map(|(label, values)| {
                    let text = named(values);
                    view! { <Fact label><span class="break">{text}</span></Fact> }.into_any()
                })
                .collect_view();
            view! {
                <Facts>
                    <Fact label="State"><Pill tone text=state /></Fact>
                    <Fact label="Issuer"><span class="break">{entry.issuer.clone()}</span></Fact>
                    <Fact label="Claim"><span class="break">{entry.role_claim.clone()}</span></Fact>
                    {roles}
                </Facts>
                <form method="post" action="/settings/access/provider/check" class="actions">
                    <LinkButton href="/settings/access/provider" text="Edit provider" icon="edit" />
                    <button class="button">"Check provider"</button>
                </form>
            }
            .into_any()
        }
    };
    view! {
        <Card title="Sign-in provider">
            <div class="card-body">{inside}</div>
        </Card>
    }
    .into_any()
}

fn accounts(view: &AccessView) -> AnyView {
    let me = frame().principal.map(|principal| principal.name).unwrap_or_default();
    let rows = view.accounts.iter().map(|account| account_row(account, &me)).collect_view();
    let errors = &view.account_errors;
    let (name, password) = (errors.of("username"), errors.of("password"));
    let wrong = refused(errors, &["username", "password"]);
    let role = view.account_role.unwrap_or(Role::Reader).to_string();
    let username = view.username.clone();
    view! {
        <Card title="Accounts">
            <Table label="Accounts" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"User name"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Signs in with"</th>
                        <th scope="col">"Since"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <form method="post" action="/settings/access/accounts" class="form card-body" id="new-account">
                <h3>"New account"</h3>
                {wrong}
                <TextInput id="username" label="User name" value=username autocomplete="off" hint="Letters, digits and . - _ @" error=name required=true />
                <Select id="account-role" label="Role" value=role options=roles() />
                <TextInput
                    id="password"
                    label="Password"
                    value=""
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 12 characters. Whoever gets it should change it."
                    error=password
                    required=true
                />
                <div class="actions"><button class="button">"Add account"</button></div>
            </form>
        </Card>
    }
    .into_any()
}

fn account_row(account: &Account, me: &str) -> impl IntoView + use<> {
    let own = account.username.eq_ignore_ascii_case(me);
    let provider = account.identity.is_some();
    let with = match (provider, account.password_hash.is_some()) {
        (true, _) => "Provider",
        (false, true) => "Password",
        (false, false) => "One-time link only",
    };
    let this = own.then(|| view! { <span class="sub">"You"</span> });
    let action = format!("/settings/access/accounts/{}/delete", account.id);
    let name = account.username.clone();
    let set = format!("Set the password of {name}");
    let password = format!("/settings/access/accounts/{}/password", account.id);
    let change = (!provider).then(|| {
        view! { <a class="button small" href=password aria-label=set>"Password"</a> }
    });
    let role = (!provider && !own).then(|| {
        let label = format!("Change the role of {}", account.username);
        let href = format!("/settings/access/accounts/{}/role", account.id);
        view! { <a class="button small" href=href aria-label=label>"Role"</a> }
    });
    // One's own account stays: who deletes it by mistake could not undo it.
    let delete = (!own).then(|| {
        let title = format!("Delete the account {name}?");
        let text = "Whoever is signed in with it is signed out. What they did stays in the audit log.";
        let label = format!("Delete the account {name}");
        view! { <Confirm id=account.id.to_string() button="Delete" label small=true title text action verb="Delete" /> }
    });
    view! {
        <tr>
            <th scope="row" class="full main">{account.username.clone()} {this}</th>
            <td data-label="Role">{role_name(account.role)}</td>
            <td data-label="Signs in with">{with}</td>
            <td class="full" data-label="Since"><When at=account.created_at /></td>
            <td class="full">
                <div class="actions">
                    {change} {role} {delete}
                </div>
            </td>
        </tr>
    }
}

fn made((token, secret): &(ApiToken, domain::Secret)) -> impl IntoView + use<> {
    let title = format!("The token “{}” was made. It is shown here once, and nowhere else", token.name);
    let text = secret.expose().to_owned();
    view! {
        <Notice tone=Tone::Ok title>
            <p class="command"><Copyable text what="token" /></p>
        </Notice>
    }
}

fn tokens(view: &AccessView) -> AnyView {
    let list = if view.tokens.is_empty() {
        view! {
            <Empty icon="key" title="No program has a token">
                <p>"Scripts, monitoring and pipelines call the API with a token of their own."</p>
            </Empty>
        }
        .into_any()
    } else {
        let rows = view.tokens.iter().map(token_row).collect_view();
        view! {
            <Table label="API tokens" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"Token"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Made"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    let (name, error) = (view.token_name.clone(), view.token_errors.of("name"));
    let wrong = refused(&view.token_errors, &["name"]);
    let role = view.token_role.unwrap_or(Role::Reader).to_string();
    view! {
        <Card title="API tokens">
            {list}
            <form method="post" action="/settings/access/tokens" class="form card-body">
                <h3>"New token"</h3>
                {wrong}
                <TextInput id="name" label="What it is for" value=name error required=true />
                <Select id="token-role" label="Role" value=role options=roles() />
                <div class="actions"><button class="button">"Make a token"</button></div>
            </form>
        </Card>
    }
    .into_any()
}

fn token_row(token: &ApiToken) -> impl IntoView + use<> {
    let used = match token.last_used_at {
        Some(at) => view! { <When at=at /> }.into_any(),
        None => view! { "Never" }.into_any(),
    };
    let action = format!("/settings/access/tokens/{}/delete", token.id);
    let label = format!("Delete the token {}", token.name);
    let text = "Whatever calls the API with it is refused from now on.";
    let (id, title) = (token.id.to_string(), format!("{label}?"));
    view! {
        <tr>
            <th scope="row" class="full main">{token.name.clone()}</th>
            <td data-label="Role">{role_name(token.role)}</td>
            <td class="full" data-label="Made"><When at=token.created_at /></td>
            <td class="full" data-label="Last used">{used}</td>
            <td>
                <Confirm id button="Delete" label small=true title text action verb="Delete" />
            </td>
        </tr>
    }
}

use domain::access::{Account, Role};
use leptos::prelude::*;

use super::access::roles;
use super::refused::refused;
use crate::{
    components::{Card, LinkButton, PageHead, Select},
    view::Errors,
};

/// Another role for an account.
pub fn role(account: &Account, chosen: Role, errors: &Errors) -> impl IntoView + use<> {
    let crumbs = vec![
        ("/settings".to_owned(), "Settings".to_owned()),
        ("/settings/access".to_owned(), "Access".to_owned()),
    ];
    let action = format!("/settings/access/accounts/{}/role", account.id);
    let wrong = refused(errors, &[]);
    view! {
        <PageHead title=format!("Role of {}", account.username) crumbs />
        <form method="post" action=action class="form">
            {wrong}
            <Card title="What this account may do">
                <div class="card-body">
                    <Select id="role" label="Role" value=chosen.to_string() options=roles() />
                    <p class="soft">"It holds at once, also where the account is signed in."</p>
                </div>
                <div class="card-foot">
                    <button class="button primary">"Save role"</button>
                    <LinkButton href="/settings/access" text="Cancel" class="quiet" />
                </div>
            </Card>
        </form>
    }
}

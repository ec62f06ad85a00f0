use leptos::prelude::*;

use crate::{
    components::{Card, LinkButton, PageHead, TextInput},
    view::Errors,
};

/// A new password for an account.
pub fn password(username: String, action: String, errors: &Errors) -> impl IntoView + use<> {
    let crumbs = vec![("/settings".to_owned(), "Settings".to_owned())];
    let (first, again) = (errors.of("password"), errors.of("again"));
    let name = username.clone();
    view! {
        <PageHead title=format!("Password of {username}") crumbs />
        <form method="post" action=action class="form">
            <Card title="New password">
                <div class="card-body">
                    // For password managers: whose it is.
                    <input type="hidden" name="username" value=name autocomplete="username" />
                    <TextInput id="password" label="New password" value="" kind="password" autocomplete="new-password" hint="At least 12 characters." error=first required=true />
                    <TextInput id="again" label="Once more" value="" kind="password" autocomplete="new-password" error=again required=true />
                </div>
                <div class="card-foot">
                    <button class="button primary">"Set password"</button>
                    <LinkButton href="/settings" text="Cancel" class="quiet" />
                </div>
            </Card>
        </form>
    }
}

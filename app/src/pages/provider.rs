use leptos::prelude::*;

use super::refused::refused;
use crate::{
    components::{Card, Choice, Copyable, LinkButton, PageHead, TextArea, TextInput},
    view::{Errors, ProviderDraft},
};

const BASE: &str = "/settings/access";

/// The OpenID Connect provider at which people may sign in.
pub fn provider(draft: ProviderDraft, errors: &Errors) -> impl IntoView + use<> {
    const FIELDS: &[&str] = &[
        "issuer",
        "clientId",
        "clientSecret",
        "label",
        "scopes",
        "roleClaim",
        "administrators",
        "operators",
        "readers",
        "caPem",
    ];
    let wrong = refused(errors, FIELDS);
    let of = |field: &str| errors.of(field);
    let (issuer, client, secret, label) = (of("issuer"), of("clientId"), of("clientSecret"), of("label"));
    let (scopes, claim, certificates) = (of("scopes"), of("roleClaim"), of("caPem"));
    let (administrators, operators, readers) = (of("administrators"), of("operators"), of("readers"));
    let kept = if draft.is_set {
        "Leave it empty to keep the stored one. Another issuer needs it again."
    } else {
        "Kept encrypted. Empty for a public client."
    };
    view! {
        <PageHead
            title="Sign-in provider"
            lead=view! { "People sign in with their company account, and the provider's groups say who may do what." }.into_any()
            crumbs=vec![("/settings".to_owned(), "Settings".to_owned()), (BASE.to_owned(), "Access".to_owned())]
        />
        <form method="post" action="/settings/access/provider" class="form">
            {wrong}
            <Card title="Provider">
                <div class="card-body">
                    <Choice
                        id="enabled"
                        name="enabled"
                        value="1"
                        label="People may sign in with it"
                        checked=draft.enabled
                        hint="Local accounts go on working beside it: they are the way in when the provider is down."
                    />
                    <TextInput
                        id="issuer"
                        label="Issuer"
                        value=draft.issuer
                        hint="https://login.microsoftonline.com/TENANT/v2.0, https://id.example.org/realms/company: what comes before /.well-known/openid-configuration."
                        error=issuer
                        required=true
                    />
                    <TextInput id="clientId" label="Client id" value=draft.client_id autocomplete="off" error=client required=true />
                    <TextInput
                        id="clientSecret"
                        label="Client secret"
                        value=""
                        kind="password"
                        autocomplete="new-password"
                        hint=kept
                        error=secret
                    />
                    <p class="soft">"Enter this address at the provider, as the one to which people return:"</p>
                    <p class="command"><Copyable text=draft.comes_back_to what="address" /></p>
                    <TextInput
                        id="label"
                        label="Name on the sign-in page"
                        value=draft.label
                        hint="Such as “Contoso”. Empty: the provider's host name."
                        error=label
                    />
                    <TextArea
                        id="caPem"
                        label="Trusted certificates"
                        value=draft.ca_pem
                        rows=3
                        hint="PEM. Empty: those that the system trusts."
                        error=certificates
                    />
                </div>
            </Card>
            <Card title="Roles">
                <div class="card-body">
                    <p class="soft">
                        "Somebody gets the highest role whose list holds one of the values of their claim. Nobody gets in without one."
                    </p>
                    <TextInput
                        id="roleClaim"
                        label="Claim"
                        value=draft.role_claim
                        hint="Often groups or roles; Keycloak: realm_access.roles; Entra: roles, with app roles, since it leaves groups out for whoever has more than 200."
                        error=claim
                        required=true
                    />
                    <TextInput
                        id="scopes"
                        label="Scopes beside openid"
                        value=draft.scopes
                        hint="With spaces between them. Some providers want groups here before they tell them."
                        error=scopes
                    />
                    <TextArea
                        id="administrators"
                        label="Administrators"
                        value=draft.administrators
                        rows=3
                        hint="One value a line, as the claim has it: a group's name or its id."
                        error=administrators
                    />
                    <TextArea id="operators" label="Operators" value=draft.operators rows=3 error=operators />
                    <TextArea id="readers" label="Readers" value=draft.readers rows=3 error=readers />
                </div>
                <div class="card-foot">
                    <button class="button primary">"Save provider"</button>
                    <LinkButton href=BASE text="Cancel" class="quiet" />
                </div>
            </Card>
        </form>
    }
}

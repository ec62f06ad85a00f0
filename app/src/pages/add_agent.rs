use leptos::prelude::*;

use crate::{
    components::{Card, Choice, Copyable, LinkButton, Notice, PageHead, TextInput, Tone, When, field_error},
    view::{AddAgent, MadeToken},
};

/// A one-time token for a new agent, and the commands that use it.
pub fn add_agent(view: AddAgent) -> impl IntoView {
    let made = view.made.clone();
    let body = match made {
        Some(made) => commands(&made).into_any(),
        None => form(view).into_any(),
    };
    view! {
        <PageHead
            title="Add agent"
            crumbs=vec![("/agents".to_owned(), "Agents".to_owned())]
            lead=view! { "A token that lets one machine in, once." }.into_any()
        />
        <div class="stack">{body}</div>
    }
}

fn form(view: AddAgent) -> AnyView {
    if view.domains.is_empty() {
        return view! {
            <Notice tone=Tone::Info title="There is no source domain yet">
                <p>
                    <a href="/settings/domains/new">"Create a domain"</a>
                    " that is reached by agents first; its agents are added here."
                </p>
            </Notice>
        }
        .into_any();
    }
    let error = view.errors.of("domains").map(|text| field_error("domains", text));
    let domains = view
        .domains
        .into_iter()
        .enumerate()
        .map(|(place, (name, checked))| {
            view! {
                <Choice id=format!("domain-{place}") name="domain" value=name.clone() label=name checked />
            }
        })
        .collect_view();
    view! {
        <Card title="Which domains may it read?">
            <form method="post" action="/agents/new" class="form card-body">
                <fieldset>
                    <legend class="visually-hidden">"Domains"</legend>
                    {domains}
                    {error}
                </fieldset>
                <TextInput
                    id="minutes"
                    label="Good for (minutes)"
                    value=view.minutes
                    hint="1 to 10080. After that, or after its first use, the token is worth nothing."
                    error=view.errors.of("minutes")
                />
                <div class="actions">
                    <button class="button primary">"Make a token"</button>
                    <LinkButton href="/agents" text="Cancel" class="quiet" />
                </div>
            </form>
        </Card>
    }
    .into_any()
}

fn commands(made: &MadeToken) -> impl IntoView + use<> {
    let (server, token) = (&made.server, made.token.expose());
    let enrol = format!("enroll --server {server} --token {token}");
    let linux = format!("sudo skybridge-agent {enrol}");
    let windows = format!(".\\skybridge-agent.exe {enrol}");
    let connect = made
        .enrolment
        .domains
        .iter()
        .map(|domain| {
            let text = format!(
                "sudo skybridge-agent connect {domain} --bind-dn 'CN=sync,CN=Users,{}'",
                naming_context(domain)
            );
            let what = format!("command that connects {domain}");
            view! { <p class="command"><Copyable text what /></p> }
        })
        .collect_view();
    let domains = made.enrolment.domains.join(", ");
    let until = made.enrolment.expires_at;
    let plain = server.starts_with("http://").then(|| {
        view! {
            <Notice tone=Tone::Warn title="This portal is not reached over HTTPS here">
                <p>
                    "Agents accept a plain connection to this very machine only. Open the portal under its HTTPS address, or put that address in place of the one below."
                </p>
            </Notice>
        }
    });
    view! {
        {plain}
        <Notice tone=Tone::Ok title="The token was made. It is shown here once, and nowhere else">
            <p>"For " {domains} ". Good for one machine, until " <When at=until /> "."</p>
        </Notice>
        <Card title="1. On the machine, as its administrator">
            <div class="card-body stack tight">
                <h3>"Linux"</h3>
                <p class="command"><Copyable text=linux what="command for Linux" /></p>
                <h3>"Windows"</h3>
                <p class="command"><Copyable text=windows what="command for Windows" /></p>
            </div>
        </Card>
        <Card title="2. Tell it how to sign in to the directory">
            <div class="card-body stack tight">
                <p class="soft">
                    "Put the account in. It asks for the password, which stays on that machine, sealed. The domain's controllers are found by their service records; name one of them, or a directory that has none, with "
                    <code>"--url ldaps://…"</code> "."
                </p>
                {connect}
            </div>
        </Card>
        <Card title="3. Check the machine, then start">
            <div class="card-body stack tight">
                <p class="command"><Copyable text="sudo skybridge-agent check" what="command that checks the machine" /></p>
                <p class="command"><Copyable text="sudo skybridge-agent run" what="command that starts the agent" /></p>
                <p class="soft">"The README describes the service that starts it with the machine."</p>
            </div>
        </Card>
        <div class="actions">
            <LinkButton href="/agents" text="To the agents" class="primary" />
            <LinkButton href="/agents/new" text="Another token" />
        </div>
    }
}

/// The naming context that a domain of this DNS name most likely has (RFC 2247).
fn naming_context(domain: &str) -> String {
    domain.split('.').map(|part| format!("DC={part}")).collect::<Vec<_>>().join(",")
}

use domain::access::Role;
use domain::mail::{Delivery, DeliveryState};
use leptos::prelude::*;

use super::refused::refused;
use crate::{
    components::{
        Card, Choice, Empty, Fact, Facts, Icon, LinkButton, PageHead, Pager, Pill, SearchField, Table,
        TextArea, TextInput, Tone, When,
    },
    format::counted,
    frame::frame,
    islands::LiveFilter,
    view::{Errors, MailDraft, MailList, MailQuery},
};

const BASE: &str = "/mail";

/// Mail: through which server, and what was sent to whom.
pub fn mail(view: MailList) -> impl IntoView {
    let administrator = frame().may(Role::Administrator);
    let server = server(&view, administrator);
    let filter = filter(&view.filter);
    view! {
        <PageHead
            title="Mail"
            lead=view! {
                "Who was told of quarantines, held back deletes, disabled configurations and failing objects, and what the mail server answered."
            }
                .into_any()
        />
        <div class="stack">
            {server}
            {filter}
            <section class="card" aria-label="Messages" id="results" data-swap=true>
                {results(view, administrator)}
            </section>
        </div>
        <LiveFilter form="filter".to_owned() />
    }
}

fn server(view: &MailList, administrator: bool) -> AnyView {
    let Some(entry) = view.server.clone() else {
        let button = administrator.then(|| {
            view! { <LinkButton href="/mail/server" text="Set a mail server" icon="settings" class="primary" /> }
        });
        let hint = (!administrator).then(|| view! { <p>"An administrator can set one."</p> });
        return view! {
            <Card title="Mail server">
                <Empty icon="mail" title="Nobody is told by mail">
                    <p>
                        "With a mail server, people hear of a quarantine, of deletes that wait for approval, and once a day of what fails."
                    </p>
                    {hint}
                    {button}
                </Empty>
            </Card>
        }
        .into_any();
    };
    let aside = administrator.then(|| {
        view! {
            <span class="push"></span>
            <div class="actions">
                <LinkButton href="/mail/server" text="Change" icon="edit" class="small" />
            </div>
        }
        .into_any()
    });
    let told = if entry.recipients.is_empty() {
        "Only those whom a configuration names".to_owned()
    } else {
        entry.recipients.join(", ")
    };
    let digest = format!("{:02}:00 UTC", entry.digest_hour.unwrap_or(6));
    let (to, error) = (view.to.clone(), view.errors.of("to"));
    let test = administrator.then(|| {
        view! {
            <form method="post" action="/mail/test" class="card-foot">
                <TextInput id="to" label="Send a test message to" value=to kind="email" error=error />
                <button class="button">
                    <Icon name="mail" />
                    "Send"
                </button>
            </form>
        }
    });
    let sign_in = entry.username.unwrap_or_else(|| "Without".to_owned());
    let aside = aside.unwrap_or_else(|| ().into_any());
    view! {
        <Card title="Mail server" aside>
            <div class="card-body">
                <Facts>
                    <Fact label="Address"><code class="break">{entry.smtp_url}</code></Fact>
                    <Fact label="Sign-in">{sign_in}</Fact>
                    <Fact label="Sender">{entry.from}</Fact>
                    <Fact label="Told of everything">{told}</Fact>
                    <Fact label="Daily digest">{digest}</Fact>
                </Facts>
            </div>
            {test}
        </Card>
    }
    .into_any()
}

const fn state_text(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "Waiting",
        DeliveryState::Sending => "Sending",
        DeliveryState::Sent => "Sent",
        DeliveryState::Refused => "Refused",
        DeliveryState::GivenUp => "Given up",
    }
}

const fn state_tone(state: DeliveryState) -> Tone {
    match state {
        DeliveryState::Waiting => Tone::Warn,
        DeliveryState::Sending => Tone::Info,
        DeliveryState::Sent => Tone::Ok,
        DeliveryState::Refused | DeliveryState::GivenUp => Tone::Bad,
    }
}

fn filter(filter: &MailQuery) -> impl IntoView + use<> {
    let states = DeliveryState::ALL
        .iter()
        .map(|state| {
            let selected = filter.state == Some(*state);
            view! { <option value=state.as_str() selected=selected>{state_text(*state)}</option> }
        })
        .collect_view();
    view! {
        <form class="filter" id="filter">
            <SearchField
                value=filter.text.clone()
                label="Search recipients and subjects"
                placeholder="Recipient, subject"
            />
            <select class="input" name="state" aria-label="State">
                <option value="">"Any state"</option>
                {states}
            </select>
            <button class="button without-script">"Apply"</button>
        </form>
    }
}

fn results(view: MailList, administrator: bool) -> AnyView {
    if view.rows.is_empty() {
        if view.filter.is_narrow() {
            return view! {
                <Empty icon="search" title="Nothing matches">
                    <p>"No message has all of this."</p>
                    <LinkButton href=BASE text="Clear all filters" />
                </Empty>
            }
            .into_any();
        }
        let hint = if administrator && view.server.is_some() {
            "Send a test message to see whether mail arrives."
        } else {
            "Messages stand here as soon as there is something to tell."
        };
        return view! { <Empty icon="mail" title="No message yet"><p>{hint}</p></Empty> }.into_any();
    }
    let first = view.filter.after.is_some().then(|| view.filter.first_page().href());
    let next = view.next.map(|after| MailQuery { after: Some(after), ..view.filter.clone() }.href());
    let summary = format!("{}, newest first", counted(view.rows.len() as u64, "message", "messages"));
    let rows = view.rows.into_iter().map(row).collect_view();
    view! {
        <Table label="Messages" stacked=true inert=true>
            <thead>
                <tr>
                    <th scope="col">"Message"</th>
                    <th scope="col">"To"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Answer of the mail server"</th>
                    <th scope="col">"Time"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager summary first next first_text="Newest" next_text="Older" />
    }
    .into_any()
}

fn row(delivery: Delivery) -> impl IntoView {
    let state = delivery.state;
    let attempts = (delivery.attempts > 1).then(|| {
        view! { <span class="sub">{counted(u64::from(delivery.attempts), "attempt", "attempts")}</span> }
    });
    let next = delivery.next_attempt_at.map(|at| view! { <span class="sub">"Next " <When at=at /></span> });
    let doubt = delivery.uncertain.then(|| {
        view! { <span class="sub">"An attempt got no answer after the message: it may have arrived twice."</span> }
    });
    view! {
        <tr>
            <th scope="row" class="full main">{delivery.subject}</th>
            <td class="full break" data-label="To">{delivery.recipient}</td>
            <td><Pill tone=state_tone(state) text=state_text(state) spinning=state == DeliveryState::Sending /> {attempts}</td>
            <td class="full break" data-label="Answer">{delivery.answer} {next} {doubt}</td>
            <td class="full"><When at=delivery.created_at stacked=true /></td>
        </tr>
    }
}

/// The form of the mail server.
pub fn mail_server(draft: MailDraft, errors: &Errors) -> impl IntoView + use<> {
    const FIELDS: &[&str] = &["smtpUrl", "from", "username", "password", "caPem", "recipients", "digestHour"];
    let wrong = refused(errors, FIELDS);
    let password =
        if draft.has_password { "Leave it empty to keep the stored one." } else { "Kept encrypted." };
    let of = |field: &str| errors.of(field);
    let (address, user, secret, certificates) = (of("smtpUrl"), of("username"), of("password"), of("caPem"));
    let (sender, people, hour) = (of("from"), of("recipients"), of("digestHour"));
    view! {
        <PageHead title="Mail server" crumbs=vec![(BASE.to_owned(), "Mail".to_owned())] />
        <form method="post" action="/mail/server" class="form">
            {wrong}
            <Card title="Server">
                <div class="card-body">
                    <TextInput
                        id="smtpUrl"
                        label="Address"
                        value=draft.smtp_url
                        hint="smtp://mail.example.org:587 with STARTTLS, or smtps://mail.example.org with TLS from the start."
                        error=address
                        required=true
                    />
                    <TextInput id="username" label="User name" value=draft.username autocomplete="off" hint="Empty: without signing in." error=user />
                    <TextInput
                        id="password"
                        label="Password"
                        value=""
                        kind="password"
                        autocomplete="new-password"
                        hint=password
                        error=secret
                    />
                    <TextArea
                        id="caPem"
                        label="Trusted certificates"
                        value=draft.ca_pem
                        rows=3
                        hint="PEM. Empty: those that the system trusts."
                        error=certificates
                    />
                    <Choice
                        id="allowPlaintext"
                        name="allowPlaintext"
                        value="1"
                        label="Send even when the server offers no encryption"
                        checked=draft.allow_plaintext
                        hint="For networks that you trust. A password is never sent that way to another machine."
                    />
                </div>
            </Card>
            <Card title="Messages">
                <div class="card-body">
                    <TextInput id="from" label="Sender" value=draft.from kind="email" error=sender required=true />
                    <TextArea
                        id="recipients"
                        label="Told of every configuration"
                        value=draft.recipients
                        rows=3
                        hint="One address a line. Each configuration can name more in its properties."
                        error=people
                    />
                    <TextInput
                        id="digestHour"
                        label="Hour of the daily digest, UTC"
                        value=draft.digest_hour
                        hint="0 to 23. It tells what fails, and is not sent when nothing does."
                        error=hour
                    />
                </div>
                <div class="card-foot">
                    <button class="button primary">"Save mail server"</button>
                    <LinkButton href=BASE text="Cancel" class="quiet" />
                </div>
            </Card>
        </form>
    }
}

use leptos::prelude::*;

use crate::{
    components::{Notice, TextInput, Tone},
    view::query,
};

/// Why one is (still) here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInProblem {
    /// Wrong name or password; never says which.
    Refused,
    /// Too many attempts; when the next one counts.
    Throttled { seconds: u64 },
    /// The one-time link was used, or is too old.
    LinkSpent,
    /// Something of ours failed.
    Unavailable,
    /// The provider knows them, and they may do nothing here.
    NoRole { username: String, claim: String },
    /// Somebody else's account has the name that the provider gave.
    NameTaken { username: String },
    /// What came back from the provider was not begun in this browser, or too long ago.
    Strayed,
    /// The provider, or the person at it, said no.
    Declined { said: String },
    /// The provider could not be asked, or not be believed. Why is for the log: nobody is signed in here.
    Provider,
}

/// The sign-in page.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    pub username: String,
    pub problem: Option<SignInProblem>,
    /// Where to go afterwards.
    pub next: String,
    /// What the provider is called at which people may sign in.
    pub provider: Option<String>,
}

/// Name and password.
pub fn sign_in(view: SignIn) -> impl IntoView {
    let problem = view.problem.map(|problem| {
        let (tone, title, text) = match problem {
            SignInProblem::Refused => (
                Tone::Bad,
                "User name or password is wrong",
                "Check both and try again. Capital letters matter in passwords.".to_owned(),
            ),
            SignInProblem::Throttled { seconds } => (
                Tone::Warn,
                "Too many attempts",
                format!("Wait {} and try again.", crate::format::duration(seconds * 1000)),
            ),
            SignInProblem::LinkSpent => (
                Tone::Warn,
                "This sign-in link no longer works",
                "A link works once and for a short time. Sign in with a password, or restart the server for a new link."
                    .to_owned(),
            ),
            SignInProblem::Unavailable => (
                Tone::Bad,
                "Signing in did not work",
                "The server could not check who you are. Try again; if it persists, look in the server's log.".to_owned(),
            ),
            SignInProblem::NoRole { username, claim } => (
                Tone::Bad,
                "You may not use this portal",
                format!(
                    "The provider knows you as {username}, and nothing in its claim “{claim}” gives you a role here. Ask an administrator of this portal for one."
                ),
            ),
            SignInProblem::NameTaken { username } => (
                Tone::Bad,
                "Your name is taken",
                format!(
                    "Another account here is called {username}. An administrator can delete it under Settings, Access; then sign in again."
                ),
            ),
            SignInProblem::Strayed => (
                Tone::Warn,
                "This sign-in cannot be finished",
                "It was not begun in this browser, or more than ten minutes ago. Begin again.".to_owned(),
            ),
            SignInProblem::Declined { said } => (
                Tone::Bad,
                "The provider did not sign you in",
                format!("It said: {said}. Try again; if it persists, tell an administrator, or use a local account."),
            ),
            SignInProblem::Provider => (
                Tone::Bad,
                "The provider could not be asked",
                "It does not answer as it should. Try again; if it persists, tell an administrator, who sees why under Settings, Access, Check provider, or use a local account."
                    .to_owned(),
            ),
        };
        view! { <Notice tone title>{text}</Notice> }
    });
    let provider = view.provider.map(|name| {
        let href = query::href("/sign-in/openid", &[("next", view.next.clone())]);
        view! {
            <a class="button primary wide" href=href>{format!("Sign in with {name}")}</a>
            <p class="soft">"Or with a local account:"</p>
        }
    });
    let own = if provider.is_some() { "button wide" } else { "button primary wide" };
    let known = !view.username.is_empty();
    view! {
        <div class="card sign-in">
            <form class="form" method="post" action="/sign-in">
                <h1>"Sign in"</h1>
                {problem}
                {provider}
                <input type="hidden" name="next" value=view.next />
                <TextInput
                    id="username"
                    label="User name"
                    value=view.username
                    autocomplete="username"
                    required=true
                    autofocus=!known
                />
                <TextInput
                    id="password"
                    label="Password"
                    kind="password"
                    value=""
                    autocomplete="current-password"
                    required=true
                    autofocus=known
                />
                <button class=own>"Sign in"</button>
            </form>
        </div>
    }
}

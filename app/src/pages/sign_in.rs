use leptos::prelude::*;

use crate::components::{Notice, TextInput, Tone};

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
}

/// The sign-in page.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    pub username: String,
    pub problem: Option<SignInProblem>,
    /// Where to go afterwards.
    pub next: String,
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
                "The server could not check the password. Try again; if it persists, look in the server's log.".to_owned(),
            ),
        };
        view! { <Notice tone title>{text}</Notice> }
    });
    let known = !view.username.is_empty();
    view! {
        <div class="card sign-in">
            <form class="form" method="post" action="/sign-in">
                <h1>"Sign in"</h1>
                {problem}
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
                <button class="button primary wide">"Sign in"</button>
            </form>
        </div>
    }
}

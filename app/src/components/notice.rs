use leptos::prelude::*;

use super::Icon;

/// How good or bad something is. Never told by colour alone: each tone has its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Info,
    Warn,
    Bad,
    Calm,
}

impl Tone {
    pub const fn class(self) -> &'static str {
        match self {
            Self::Ok => "tone-ok",
            Self::Info => "tone-info",
            Self::Warn => "tone-warn",
            Self::Bad => "tone-bad",
            Self::Calm => "tone-calm",
        }
    }

    pub const fn icon(self) -> &'static str {
        match self {
            Self::Ok => "check",
            Self::Info => "info",
            Self::Warn => "alert",
            Self::Bad => "stop",
            Self::Calm => "minus",
        }
    }
}

/// A box that says one thing: an error with what to do, a warning, a result.
#[component]
pub fn Notice(
    tone: Tone,
    #[prop(into)] title: String,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    view! {
        <div class=format!("notice {} {class}", tone.class()) role=role>
            <Icon name=tone.icon() />
            <div class="text">
                <p class="title">{title}</p>
                {children.map(|children| view! { <div class="body">{children()}</div> })}
            </div>
        </div>
    }
}

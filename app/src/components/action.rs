use leptos::prelude::*;

use super::Icon;

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(into)] text: String,
    #[prop(optional)] icon: Option<&'static str>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    view! {
        <a class=format!("button {class}") href=href>
            {icon.map(|name| view! { <Icon name /> })}
            {text}
        </a>
    }
}

/// A form of one button: the plain way to change something.
#[component]
pub fn PostButton(
    #[prop(into)] action: String,
    #[prop(into)] text: String,
    #[prop(optional)] icon: Option<&'static str>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <button class=format!("button {class}")>
                {icon.map(|name| view! { <Icon name /> })}
                {text}
            </button>
        </form>
    }
}

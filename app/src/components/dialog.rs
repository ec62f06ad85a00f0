use leptos::prelude::*;

use super::Icon;

/// A button and the box that it opens. A native popover: opens, closes and keeps the focus without a script.
#[component]
pub fn Dialog(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] button: String,
    #[prop(optional)] icon: Option<&'static str>,
    #[prop(optional)] class: &'static str,
    #[prop(into)] title: String,
    /// What the button is called where its text alone does not say.
    #[prop(optional, into)]
    label: Option<String>,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelledby = title_id.clone();
    view! {
        <button
            type="button"
            class=format!("button {class}")
            popovertarget=id.clone()
            aria-haspopup="dialog"
            aria-label=label
        >
            {icon.map(|name| view! { <Icon name /> })}
            {button}
        </button>
        <div class="dialog" id=id popover="auto" role="dialog" aria-labelledby=labelledby>
            <div>
                <h2 id=title_id>{title}</h2>
                {children()}
            </div>
        </div>
    }
}

/// A button for what cannot be taken back: it asks first, and then posts to an address.
#[component]
pub fn Confirm(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] button: String,
    /// Within a row of a table.
    #[prop(optional)]
    small: bool,
    /// What the button is called where its text alone does not say.
    #[prop(optional, into)]
    label: Option<String>,
    /// The question.
    #[prop(into)]
    title: String,
    /// What happens, one or two sentences.
    #[prop(into)]
    text: String,
    #[prop(into)] action: String,
    /// On the button that does it.
    verb: &'static str,
) -> impl IntoView {
    let target = id.clone();
    let body = view! {
        <form method="post" action=action class="stack">
            <p>{text}</p>
            <div class="actions">
                <button type="button" class="button" popovertarget=target>"Cancel"</button>
                <button class="button danger">{verb}</button>
            </div>
        </form>
    };
    let class = if small { "small danger" } else { "danger" };
    match label {
        Some(label) => view! { <Dialog id button class title label>{body}</Dialog> }.into_any(),
        None => view! { <Dialog id button class title>{body}</Dialog> }.into_any(),
    }
}

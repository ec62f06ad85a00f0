use leptos::prelude::*;

use super::Icon;

/// A button and the box that it opens. A native popover: opens, closes and keeps the focus without a script.
#[component]
pub fn Dialog(
    /// Unique on the page.
    id: &'static str,
    #[prop(into)] button: String,
    #[prop(optional)] icon: Option<&'static str>,
    #[prop(optional)] class: &'static str,
    #[prop(into)] title: String,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelledby = title_id.clone();
    view! {
        <button type="button" class=format!("button {class}") popovertarget=id aria-haspopup="dialog">
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

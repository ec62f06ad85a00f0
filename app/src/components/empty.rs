use leptos::prelude::*;

use super::Icon;

/// What stands where a list would be: what to do first, with the button to do it.
#[component]
pub fn Empty(icon: &'static str, #[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            <h2>{title}</h2>
            {children()}
        </div>
    }
}

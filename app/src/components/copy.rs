use leptos::prelude::*;

use crate::islands::CopyButton;

/// A technical value with a button that copies it.
#[component]
pub fn Copyable(#[prop(into)] text: String, #[prop(into)] what: String) -> impl IntoView {
    let icon = crate::frame::frame().assets.url("icons.svg");
    view! {
        <span class="mono">{text.clone()}</span>
        " "
        <CopyButton text what icon />
    }
}

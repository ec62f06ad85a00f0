use leptos::prelude::*;

use crate::frame::frame;

/// A drawing from our sprite. It repeats what the text beside it says, so it is hidden from screen readers.
#[component]
pub fn Icon(name: &'static str, #[prop(optional)] class: &'static str) -> impl IntoView {
    let href = format!("{}#{name}", frame().assets.url("icons.svg"));
    view! {
        <svg class=format!("icon {class}") aria-hidden="true">
            <use href=href></use>
        </svg>
    }
}

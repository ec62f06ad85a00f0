use leptos::prelude::*;

use super::Icon;

/// The field of a list's filter in which text is searched.
#[component]
pub fn SearchField(
    #[prop(into)] value: String,
    label: &'static str,
    placeholder: &'static str,
) -> impl IntoView {
    view! {
        <div class="search">
            <Icon name="search" />
            <input
                type="search"
                name="q"
                id="q"
                value=value
                aria-label=label
                placeholder=placeholder
                autocomplete="off"
            />
        </div>
    }
}

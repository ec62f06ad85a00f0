use leptos::prelude::*;

/// A table that may be wider than the screen: it scrolls by itself and can be reached with the keyboard.
#[component]
pub fn Table(
    #[prop(into)] label: String,
    #[prop(optional)] class: &'static str,
    /// Rows become blocks on narrow screens instead of scrolling.
    #[prop(optional)]
    stacked: bool,
    children: Children,
) -> impl IntoView {
    let stacked_class = if stacked { "stacked" } else { "" };
    view! {
        <div class="table-wrap" role="region" aria-label=label tabindex="0">
            <table class=format!("table {class} {stacked_class}")>{children()}</table>
        </div>
    }
}

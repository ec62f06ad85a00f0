use leptos::prelude::*;

/// A table that scrolls by itself where it is wider than the screen.
#[component]
pub fn Table(
    #[prop(into)] label: String,
    #[prop(optional)] class: &'static str,
    /// Rows become blocks on narrow screens instead of scrolling.
    #[prop(optional)]
    stacked: bool,
    /// It holds no link: the frame itself takes the focus, or the keyboard could not scroll it.
    #[prop(optional)]
    inert: bool,
    children: Children,
) -> impl IntoView {
    let stacked_class = if stacked { "stacked" } else { "" };
    let region = inert.then(|| format!("{label}, scrollable"));
    view! {
        <div
            class="table-wrap"
            role=inert.then_some("region")
            aria-label=region
            tabindex=inert.then_some("0")
        >
            <table class=format!("table {class} {stacked_class}") aria-label=label>{children()}</table>
        </div>
    }
}

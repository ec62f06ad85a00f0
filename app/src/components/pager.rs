use leptos::prelude::*;

use super::LinkButton;

/// Ways to the neighbouring pages of a list. Lists are paged by key, so there are no page numbers.
#[component]
pub fn Pager(
    /// What the list says about itself.
    #[prop(into)]
    summary: String,
    /// Back to the beginning, when this is not it.
    first: Option<String>,
    next: Option<String>,
    /// The page before this one, where the list can be read backwards.
    #[prop(default = None)]
    previous: Option<String>,
    #[prop(default = "Previous page")] previous_text: &'static str,
    #[prop(default = "First page")] first_text: &'static str,
    #[prop(default = "Next page")] next_text: &'static str,
) -> impl IntoView {
    view! {
        <nav class="pages" aria-label="Pages">
            <span role="status">{summary}</span>
            <div class="actions">
                {first.map(|href| view! { <LinkButton href text=first_text icon="left" class="small" /> })}
                {previous.map(|href| view! { <LinkButton href text=previous_text icon="left" class="small" /> })}
                {next
                    .map(|href| view! { <LinkButton href text=next_text icon="right" class="small" /> })}
            </div>
        </nav>
    }
}

use leptos::prelude::*;

/// A section of a page with its heading.
#[component]
pub fn Card(
    #[prop(into)] title: String,
    /// What stands at the right of the heading.
    #[prop(optional, into)]
    aside: Option<AnyView>,
    /// The part that islands replace when news arrives.
    #[prop(optional)]
    swap: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card" id=swap data-swap=swap.is_some()>
            <div class="card-head">
                <h2>{title}</h2>
                {aside}
            </div>
            {children()}
        </section>
    }
}

use leptos::prelude::*;

/// A step on the way from the top to this page.
pub type Crumb = (String, String);

/// The heading of a page: where one is, what it shows, what one does here.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    #[prop(optional)] crumbs: Vec<Crumb>,
    /// Beside the title, such as a state.
    #[prop(optional, into)]
    beside: Option<AnyView>,
    /// One sentence below it.
    #[prop(optional, into)]
    lead: Option<AnyView>,
    #[prop(optional, into)] actions: Option<AnyView>,
) -> impl IntoView {
    let crumbs = (!crumbs.is_empty()).then(|| {
        view! {
            <nav class="crumbs" aria-label="Breadcrumb">
                <ol>
                    {crumbs
                        .into_iter()
                        .map(|(href, text)| view! { <li><a href=href>{text}</a></li> })
                        .collect_view()}
                </ol>
            </nav>
        }
    });
    view! {
        <header class="page-head">
            <div class="titles">
                {crumbs}
                <div class="name">
                    <h1>{title}</h1>
                    {beside}
                </div>
                {lead.map(|lead| view! { <div class="lead">{lead}</div> })}
            </div>
            {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
        </header>
    }
}

use leptos::prelude::*;

/// One of the tabs: a page of its own with its own address.
#[derive(Debug, Clone)]
pub struct Tab {
    pub text: &'static str,
    pub href: String,
    pub current: bool,
    pub count: Option<u64>,
}

/// Links between the parts of one object.
#[component]
pub fn Tabs(
    #[prop(into)] label: String,
    tabs: Vec<Tab>,
    /// Below other tabs.
    #[prop(optional)]
    inner: bool,
) -> impl IntoView {
    view! {
        <nav class=if inner { "segments" } else { "tabs" } aria-label=label>
            {tabs
                .into_iter()
                .map(|tab| {
                    view! {
                        <a href=tab.href aria-current=tab.current.then_some("page")>
                            {tab.text}
                            {tab.count.map(|n| view! { <span class="count">{crate::format::number(n)}</span> })}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

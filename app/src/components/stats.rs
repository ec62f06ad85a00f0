use leptos::prelude::*;

use crate::format::number;

/// Figures side by side.
#[component]
pub fn Stats(children: Children) -> impl IntoView {
    view! { <div class="stats-frame"><dl class="stats">{children()}</dl></div> }
}

/// One figure.
#[component]
pub fn Stat(
    #[prop(into)] label: String,
    value: u64,
    /// Where the objects behind the figure are listed.
    #[prop(optional, into)]
    href: Option<String>,
    /// Above zero it deserves attention.
    #[prop(optional)]
    alarming: bool,
) -> impl IntoView {
    let class = if alarming && value > 0 { "stat bad" } else { "stat" };
    let shown = match href.filter(|_| value > 0) {
        Some(href) => view! { <a href=href>{number(value)}</a> }.into_any(),
        None => number(value).into_any(),
    };
    view! {
        <div class=class>
            <dt>{label}</dt>
            <dd>{shown}</dd>
        </div>
    }
}

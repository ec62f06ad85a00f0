//! What stands around the list of records: following it, saved searches, the way to a download.

use leptos::prelude::*;
use service::SavedSearch;

use crate::{
    components::{Icon, LinkButton, Notice, Tone},
    view::{LogFilter, LogList},
};

/// Pause or resume, refresh, download.
pub fn actions(view: &LogList) -> impl IntoView + use<> {
    let filter = &view.filter;
    let download = filter.first_page().address("/logs/download");
    let follow = filter.is_beginning().then(|| {
        let toggled = LogFilter { paused: !filter.paused, ..filter.clone() }.href();
        let (text, icon) = if filter.paused { ("Follow", "play") } else { ("Pause", "pause") };
        let again = if filter.paused { "" } else { "without-script" };
        view! {
            <span class="needs-script">
                <LinkButton href=toggled text icon />
            </span>
            <span class=again>
                <LinkButton href=filter.href() text="Refresh" icon="restart" />
            </span>
        }
    });
    view! {
        <div class="actions" id="log-actions" data-swap=true>
            {follow}
            <LinkButton href=download text="Download" icon="export" />
        </div>
    }
}

/// The reader's own searches, and the form that keeps this one.
pub fn saved(view: &LogList) -> impl IntoView + use<> {
    let problem = view.problem.clone().map(|text| view! { <Notice tone=Tone::Bad title=text /> });
    let kept = view.saved.iter().map(|search| one(search, &view.filter)).collect_view();
    let label = (!view.saved.is_empty()).then(|| view! { <span>"Saved:"</span> });
    let keep = view.filter.is_narrow().then(|| {
        let query = view.filter.first_page().query();
        view! {
            <details class="save-search">
                <summary>"Save this search"</summary>
                <form method="post" action="/logs/saved" class="flow">
                    <input type="hidden" name="query" value=query />
                    <input class="input" name="name" aria-label="Name of the search" placeholder="Name" maxlength="60" required />
                    <button class="button small">"Save"</button>
                </form>
            </details>
        }
    });
    view! {
        <div class="facets" id="saved" data-swap=true>
            {problem}
            {label}
            {kept}
            {keep}
        </div>
    }
}

fn one(search: &SavedSearch, filter: &LogFilter) -> impl IntoView + use<> {
    let current = filter.first_page().query() == search.query;
    let delete = format!("Delete the saved search {}", search.name);
    view! {
        <span class="facet">
            <a href=format!("/logs?{}", search.query) aria-current=current.then_some("true")>{search.name.clone()}</a>
            <form method="post" action="/logs/saved/delete">
                <input type="hidden" name="name" value=search.name.clone() />
                <button aria-label=delete>
                    <Icon name="cross" />
                </button>
            </form>
        </span>
    }
}

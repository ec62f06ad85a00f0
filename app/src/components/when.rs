use domain::Time;
use leptos::prelude::*;

use crate::{
    format::{duration, full_time, relative, short_time},
    frame::frame,
};

/// A moment in UTC with the relative time beside it, or below it in tables.
#[component]
pub fn When(at: Time, #[prop(optional)] stacked: bool) -> impl IntoView {
    let now = frame().now;
    let class = if stacked { "sub" } else { "faint" };
    view! {
        <time datetime=at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true) title=full_time(at) class="nowrap">
            {short_time(at, now)}
        </time>
        {if stacked { " " } else { " · " }}
        <span class=format!("{class} nowrap")>{relative(at, now)}</span>
    }
}

/// How long something took.
#[component]
pub fn Lasted(ms: u64) -> impl IntoView {
    view! { <span class="nowrap">{duration(ms)}</span> }
}

use leptos::prelude::*;

/// Keeps a page current. The server's events are hints without content: at a hint the page is fetched again and its
/// parts marked `data-swap` replace the old ones.
#[island]
pub fn LivePage(
    /// Only hints that contain this text matter; empty for all of them.
    about: String,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| super::browser::follow_events("/events", about.clone()));
    #[cfg(not(feature = "hydrate"))]
    let _ = about;
}

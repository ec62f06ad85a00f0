use leptos::prelude::*;

/// `/` puts the cursor into the search box, wherever one is.
#[island]
pub fn SearchShortcut() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(|_| super::browser::focus_on_slash("search"));
}

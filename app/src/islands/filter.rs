use leptos::prelude::*;

/// Filters while the reader types: sends the page's form in the background and replaces the parts marked
/// `data-swap`. The address follows, so that it can be passed on.
#[island]
pub fn LiveFilter(
    /// Id of the form.
    form: String,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| super::browser::submit_while_typing(&form));
    #[cfg(not(feature = "hydrate"))]
    let _ = form;
}

use leptos::prelude::*;

/// Sends a form in the background when one of its `edit` buttons is pressed, and puts the form that comes back in its
/// place: the page neither jumps nor forgets where the keyboard was. In a tree the arrow keys go from branch to branch.
#[island]
pub fn LiveForm(
    /// Id of the form.
    form: String,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| super::browser::edit_in_place(&form));
    #[cfg(not(feature = "hydrate"))]
    let _ = form;
}

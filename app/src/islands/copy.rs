//! A button that copies a text.
use leptos::prelude::*;

/// Copies `text` to the clipboard.
#[island]
pub fn CopyButton(text: String) -> impl IntoView {
    let (done, set_done) = signal(0);
    view! {
        <button type="button" class="copy" data-text=text on:click=move |_| set_done.update(|d| *d += 1)>
            "Copy " {done}
        </button>
    }
}

use leptos::prelude::*;

/// Copies a text to the clipboard.
#[island]
pub fn CopyButton(
    text: String,
    /// What is copied, for screen readers.
    what: String,
    /// Address of the icon sprite.
    icon: String,
) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let on_click = move |_| {
        #[cfg(feature = "hydrate")]
        {
            super::browser::copy(&text);
            set_timeout(move || set_copied.set(false), std::time::Duration::from_secs(2));
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = &text;
        set_copied.set(true);
    };
    let mut label = what;
    label.insert_str(0, "Copy ");
    let href = move || format!("{icon}#{}", if copied.get() { "check" } else { "copy" });
    view! {
        <button type="button" class="copy" class:done=copied aria-label=label on:click=on_click>
            <svg class="icon" aria-hidden="true">
                <use href=href></use>
            </svg>
        </button>
    }
}

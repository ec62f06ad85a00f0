//! The portal: pages made whole on the server, with islands where something moves.
//!
//! Two builds of one crate. With `ssr` it is a library of the server: `routes` reads through the service, `view`
//! holds what was read, `pages` draws it and [`page`] makes a response of it. With `hydrate` it is the wasm module
//! that brings the islands to life; nothing else of the portal reaches the browser.
//!
//! To add a page: a struct in `view`, a function in `pages`, a handler in `routes`.

#[cfg_attr(
    feature = "ssr",
    expect(
        clippy::needless_pass_by_value,
        reason = "an island owns its properties: they cross to the browser"
    )
)]
pub mod islands;

#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
#[expect(clippy::needless_pass_by_value, reason = "what is drawn belongs to the page that draws it")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod format;
#[cfg(feature = "ssr")]
pub mod frame;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
#[expect(clippy::needless_pass_by_value, reason = "what is drawn belongs to the page that draws it")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod view;

/// Entry point of the browser part.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

//! The portal: pages made whole on the server, with islands where something moves.
//!
//! Two builds of one crate. With `ssr` it is a library of the server: [`page::render`] turns a page into a response,
//! `pages` draws what `view` describes, `routes` reads through the service and hands out the router. With `hydrate` it
//! is the wasm module that brings the islands to life; nothing else of the portal reaches the browser.
//!
//! To add a page: a struct in `view`, a component in `pages`, a handler in `routes`.

pub mod islands;

#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod shell;

/// Entry point of the browser part.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

//! What helps while a mapping is written: attributes and functions are completed, and the mapping is evaluated for a
//! chosen object with every key, in the browser, by the code that the engine runs.
//!
//! A wasm module of its own: only the page that edits a mapping loads it. What it does to the page is in `typing`;
//! everything else is plain and tested without a browser.

pub mod complete;
pub mod evaluate;
pub mod looked;
#[cfg(target_arch = "wasm32")]
mod typing;

pub use evaluate::Gives;
pub use looked::Looked;

//! What moves in the browser. Every page is complete without these.
mod copy;
pub use copy::*;

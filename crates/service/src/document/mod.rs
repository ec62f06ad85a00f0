//! The document of `apply` and `export`: read it with every problem listed, carry it out as a whole, write it.

pub mod apply;
pub mod export;
pub mod line;
pub mod parse;

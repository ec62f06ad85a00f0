//! The language, function by function. Every table has an expression and what it gives, written by `support::show`.

mod case;
mod convert;
mod dates;
mod defaults;
mod directory;
mod logic;
mod many;
#[path = "../../examples/reference/page.rs"]
mod page;
mod properties;
mod random;
#[cfg(feature = "regex")]
mod replace;
mod support;
mod syntax;
mod table;
mod text;

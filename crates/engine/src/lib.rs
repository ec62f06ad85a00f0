//! The sync engine: import, scope, map, match, plan, guard, export, record, advance.
//!
//! The engine knows no directory, no target and no database: it is given a [`ports::Source`], a [`ports::Target`]
//! and a [`storage::Storage`]. Time and ids come from a [`domain::Clock`].

pub mod connectors;
pub mod handle;

pub use connectors::{Connectors, TargetContext};
pub use handle::{EngineHandle, Hint};

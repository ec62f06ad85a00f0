//! The sync engine: import, scope, map, match, plan, guard, export, record, advance.
//!
//! The engine knows no directory, no target and no database: it is given a [`ports::Source`], a [`ports::Target`]
//! and a [`storage::Storage`]. Time and ids come from a [`domain::Clock`].
//!
//! Where to look: [`worker`] claims cycles, `cycle` is one cycle's path, `page` one page of it, `plan` one object's
//! decision, `export` what is sent and written down, `references` and `removals` what comes after the reading,
//! `recover` what comes after a crash.

mod anchor;
mod change;
mod conflicts;
pub mod connectors;
mod cycle;
mod delta;
mod digest;
mod ending;
mod escrow;
mod exchanges;
mod export;
mod full;
mod guard;
pub mod handle;
mod mapping;
mod newcomers;
mod observer;
pub mod on_demand;
mod page;
mod plan;
mod quarantine;
mod records;
mod recover;
mod references;
mod rehearsal;
mod removals;
mod renamed;
mod resolver;
mod run;
mod scope;
pub mod simulate;
mod start;
mod strangers;
pub mod trial;
pub mod unmatched;
pub mod worker;

pub use connectors::{Connectors, TargetContext};
pub use cycle::Surroundings;
pub use handle::{EngineHandle, Hint};
pub use worker::{Worker, WorkerOptions};

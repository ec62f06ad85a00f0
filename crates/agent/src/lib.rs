//! The agent: reads the directories of a private network for a portal that cannot reach them. It dials out, and keeps
//! nothing of what it reads.
//!
//! `commands` is the command line; `settings` the one file that an agent is set up with, with its secrets sealed;
//! `portal` the way to the portal; `session` one connection to it, and `run` one after the other; `rotation` changes the
//! agent's key; `controllers` finds those of a domain; `service` is the agent as a Windows service.

pub mod args;
mod clock;
mod commands;
mod controllers;
mod counter;
mod directories;
mod lock;
pub mod memory;
pub mod portal;
pub mod readiness;
mod rotation;
mod run;
mod sealed;
#[cfg(windows)]
mod service;
mod session;
mod settings;
mod status;
mod system;

pub use commands::{Failure, enroll, main, rotate};
pub use run::run;
pub use settings::{DomainSettings, Keys, Settings, SettingsError};

/// Version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

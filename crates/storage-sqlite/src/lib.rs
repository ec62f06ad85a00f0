//! SQLite behind the traits of `storage`: the database that needs nothing installed.
//!
//! One connection writes, several read. Every write is a transaction begun with `BEGIN IMMEDIATE`, so that it waits
//! for the lock once, at its start, and never fails in the middle because another one came first. Readers see the
//! last commit and wait for nobody (write-ahead log).
//!
//! Durability: with `synchronous=NORMAL` a commit survives the end of the process, `kill -9` included, but a power
//! loss may take the last ones back. What was promised to somebody outside — intents, page commits, the built-in
//! directory, accounts, configuration, audit — is written with `FULL` (see [`tx::Durability`]); leases, progress,
//! sessions and last-used marks with `NORMAL`.
//!
//! To add a repository: see `storage`. Row structs do not leave their module; a row that cannot be understood is
//! `StorageError::Corrupt`, never a panic.

mod access;
mod agent;
mod alert;
mod attributes;
mod audit;
mod bulk;
mod changes;
mod configuration;
mod cycle;
mod directory;
mod error;
mod escrows;
mod fields;
mod insight;
mod link;
mod mail;
mod migrations;
mod open;
mod page_commit;
mod pieces;
mod readiness;
mod record;
mod session;
mod settings;
mod simulation;
mod text;
mod tx;
mod unmatched;

pub use open::{OpenError, OpenOptions, SqliteStorage};

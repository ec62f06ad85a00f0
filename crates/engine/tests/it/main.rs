//! The engine between a real LDAP server (the sample forest), the SQLite backend and the built-in directory.
//! Wrappers stand in only for faults that the real ones cannot be made to show at a chosen moment.

mod delta;
mod escrow;
mod explained;
mod faults;
mod full_cycle;
mod limitations;
mod matching;
mod names;
mod on_demand;
mod pains;
mod quarantine;
mod recovery;
mod safety;
mod scheduling;
mod simulation;
mod unique;
mod unmatched;
mod worker;
mod world;

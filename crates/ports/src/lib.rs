//! The engine's ports: what it asks of a source directory and of a target system. A crate of its own, so that the
//! agent can carry a `Source` without carrying the engine (see `docs/adr/0001-ports-crate.md`).

pub mod source;
pub mod target;
pub mod written;

pub use source::{
    Browse, ChangePage, ChangeReader, ChangedObject, Changes, ChangesRequest, Container, KindRequest,
    Listing, MOST_CALLED, MOST_OBJECTS, MOST_PLACES, Members, PageReader, Place, ReadRequest, Source,
    SourceEntry, SourceError, SourceInfo, SourcePage, Which,
};
pub use target::{
    MatchProperty, Operation, Outcome, OutcomeKind, Target, TargetError, TargetInfo, TargetObject,
    TargetPage, Verb, WithinStore,
};
pub use written::{PageWriter, WrittenPages, write_entry};

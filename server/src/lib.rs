//! The composition root: command line, configuration, HTTP edge. The only crate that names a concrete database,
//! source or target.
//!
//! `cli` holds the commands, most of them clients of the REST API; `serve` puts the process together; `http` is what
//! it answers; `agents` holds the agents' connections; `tls` its port, where it speaks HTTPS itself. To add a REST resource: a file in `http::api` with its handlers, its lines in `http::api::routes`, its
//! schema in `http::api::schema`.

pub mod agents;
pub mod cli;
pub mod http;
pub mod serve;
pub mod status;
pub mod tls;

pub use cli::main;

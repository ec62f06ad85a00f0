//! The portal's own port over TLS (`--tls-certificate`, `--tls-key`), for installations without a reverse proxy: TLS 1.2
//! and 1.3.

mod identity;
mod listener;
mod renewal;

pub use identity::{Identity, TlsFiles};
pub use listener::{Shown, TlsListener, TlsPeer};
pub use renewal::{Marks, Renewal, warn_if_ill_timed};

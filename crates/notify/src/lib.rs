//! Mail: what messages look like, and one conversation with a mail server.
//!
//! Knows nothing of queues and events: `service` decides what is told to whom and when it is tried again. Nothing else
//! names lettre.

pub mod render;
pub mod server;
pub mod smtp;

pub use render::{Rendered, render};
pub use server::{MailServer, MailServerError, Security};
pub use smtp::{Conversation, Outcome, Patience};

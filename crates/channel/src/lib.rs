//! What travels between the portal and its agents. No sockets: the server and the agent bring their own.

pub mod enrolment;
pub mod key;
pub mod signature;

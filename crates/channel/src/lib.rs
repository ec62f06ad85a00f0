//! What travels between the portal and its agents. No sockets: the server and the agent bring their own.

pub mod certificate;
pub mod enrolment;
pub mod frame;
pub mod key;
pub mod link;
pub mod message;
pub mod remote;
pub mod serve;
pub mod signature;
pub mod status;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wire;
mod work;

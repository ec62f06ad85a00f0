//! The agents' connections: who is there, which of them is asked, and the sockets.

mod channel;
mod hub;
mod routes;

pub use channel::open;
pub use hub::Hub;
pub use routes::DomainRoutes;

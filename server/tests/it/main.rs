//! The HTTP edge as its callers meet it: the whole router over a real database in a scratch folder.

mod access;
mod agent_api;
mod agents;
mod app;
mod cli;
mod configuration;
mod document;
mod edge;
mod openapi;
mod secrets;
mod simulations;
mod status;

//! The HTTP edge as its callers meet it: the whole router over a real database in a scratch folder.

mod access;
mod agent_api;
mod agents;
mod alerts;
mod app;
mod cli;
mod configuration;
mod document;
mod edge;
mod insights;
mod mapping;
mod openapi;
mod portal;
mod proxy;
mod readiness;
mod rotation;
mod scope;
mod secrets;
mod settings_pages;
mod simulations;
mod status;
mod tls;

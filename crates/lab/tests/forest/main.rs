//! A client of another make against the sample forests.

mod changes;
mod client;
mod dirsync;
mod limits;
mod ranges;
mod samples;
mod searching;
mod signing_in;
mod transport;

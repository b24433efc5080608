//! The store simulator, asked over HTTP as a client would. Each test says which fact of the real thing it holds to.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod client;

mod costs;
mod faults;
mod products;
mod protocol;
mod seeds;
mod themes;

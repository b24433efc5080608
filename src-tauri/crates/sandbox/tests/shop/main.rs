//! The store simulator, asked over HTTP as a client would. Each test says which fact of the real thing it holds to.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod client;

mod collections;
mod content;
mod costs;
mod faults;
mod files;
mod meta;
mod products;
mod protocol;
mod seeds;
mod shapes;
mod themes;

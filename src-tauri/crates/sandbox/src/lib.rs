//! Simulated remote systems and content to try Slipway on: stores served over HTTP on loopback, the sample workspace,
//! and objects in any number for benches.
//!
//! Nothing here knows how environments are captured or deployed: the hosts register the folders that
//! [`sample::write_sample`] makes, and the stores that [`shop::Sandbox`] serves, like any others.

pub mod load;
pub mod sample;
pub mod shop;

//! Content to try Slipway on: the sample workspace, and objects in any number for benches.
//!
//! Nothing here talks to a remote system, and nothing here knows how environments are captured or deployed: the
//! hosts register the folders that [`sample::write_sample`] makes like any other folder.

pub mod load;
pub mod sample;

//! The adapters to the places that hold resources: each implements [`slipway_engine::Platform`] for one kind of place.
//!
//! Invariant: an adapter knows one kind of place and nothing of releases, reviews or plans.
//! Deliberately not here: order, journal, retries and rules. They are the engine's, and the same for every place.

mod folder;

pub use folder::Folder;

//! The adapters to the places that hold resources: each implements [`slipway_engine::Platform`] for one kind of place.
//!
//! Invariant: an adapter knows one kind of place and nothing of releases, reviews or plans.
//! Deliberately not here: order, journal, retries and rules. They are the engine's, and the same for every place.

mod folder;
mod shopify;
mod theme_content;

pub use folder::Folder;
pub use shopify::{NOT_CAPTURED, Shopify};

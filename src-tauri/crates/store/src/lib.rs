//! A workspace: one SQLite file that holds everything Slipway knows, for one product or client.
//!
//! Documents and snapshots are content-addressed and immutable; records and the journal are append-only; all else is
//! derived from them or is a working choice. One file here per table, SQL nowhere else.
//!
//! Invariant: one thread writes ([`Store::write`]), inside one transaction per closure; readers never wait for it.
//! Invariant: what a content digest names is checked when it is read.
//! Deliberately not here: decisions (`slipway-domain`), the order of use cases (`slipway-engine`), a clock, async.

mod blobs;
mod captures;
mod change_sets;
mod compare;
mod connection;
mod course;
mod drafts;
mod encoding;
mod error;
mod guard;
mod ingest;
mod integrity;
mod journal;
mod locks;
mod memory;
mod migrations;
mod overlay;
mod pack_cache;
mod packs;
mod pages;
mod projections;
mod promotions;
mod records;
mod schema;
mod settings;
mod snapshots;
mod stamps;
mod store;
mod transaction;
mod viewed;
mod writing;

#[cfg(test)]
mod tests;

pub use captures::{CaptureRow, CaptureRun, SnapshotHeader};
pub use connection::{Reader, Writer};
pub use drafts::PulledIn;
pub use error::{OpenError, StoreError};
pub use ingest::{Ingest, SnapshotEntry};
pub use journal::AttemptEnd;
pub use locks::{Fence, LockHolder};
pub use memory::{Fates, Image, Memory};
pub use packs::BLOB_LIMIT_BYTES;
pub use records::RecordFilter;
pub use snapshots::SnapshotInfo;
pub use stamps::Stamps;
pub use store::{Access, Store};

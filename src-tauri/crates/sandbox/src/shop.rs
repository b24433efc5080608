//! A store simulator: it speaks the vendor's Admin GraphQL API over HTTP on loopback so well that a client believes it.
//!
//! Every request is checked against the vendor's full schema, and every answer is shaped by it ([`graphql`]). The
//! content lives in memory ([`state`]): objects are bags of fields under the schema's names, references are global
//! ids. [`read`] computes what is not stored, [`write`] does the mutations. What is imitated is what the
//! vendor documents and what real stores were seen to do; texts of errors are theirs where they are known.
//!
//! Invariants: the server listens on 127.0.0.1 alone and asks nothing of any network; a mutation happens under the
//! shop's lock, whole or not at all; the same requests bring a shop to the same state, but for times.

mod answer;
mod api;
mod bucket;
mod bulk;
mod clock;
mod fault;
mod files;
mod gid;
mod graphql;
mod host;
mod persist;
mod read;
mod routes;
mod search;
mod seed;
mod server;
mod spec;
mod state;
mod table;
mod text;
mod theme_files;
mod types;
mod write;

pub use clock::Clock;
pub use fault::{Fault, FaultKind, When};
pub use graphql::ADMIN_SCHEMA;
pub use host::{Counters, ShopHandle};
pub use persist::FileError;
pub use server::{Sandbox, ShopAddress, StartError};
pub use spec::{ALL_SCOPES, Plan, Seed, ShopSpec, SpecError};

//! The GraphQL layer: the vendor's schema, requests checked against it, and responses shaped by it.
//!
//! Nothing here knows what a product is: values come from [`super::read`], changes go to [`super::write`].

mod arguments;
mod check;
mod connection;
mod cost;
mod error;
mod execute;
mod limits;
mod request;
mod schema;
mod variables;

pub(crate) use connection::{Items, Rows};
pub(crate) use error::Fail;
pub(crate) use execute::{Executor, Found};
pub(crate) use request::document;
pub(crate) use request::{CostReport, Prepared, Refused, prepare, run};
pub use schema::ADMIN_SCHEMA;
pub(crate) use schema::is_kind_of;

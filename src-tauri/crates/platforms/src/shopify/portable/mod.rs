//! The portable form of documents.
//!
//! A reference is `{"ref": "<resource key>"}`, to a variant also with its `options`. In texts (HTML, rich text, links) an
//! address of the store itself is `slipway://store/<path>`, one of its files `slipway://file/<name>`. Values of metafields
//! are JSON where their type says so, with references in the same form. Empty fields are left out.
//!
//! Invariant: what a document loses on the way out is told in a note; what it can't find on the way in is refused.

mod digits;
mod inward;
mod outward;
mod refs;
mod text;
mod value;

pub(super) use inward::{Found, Inward};
pub(super) use outward::{Outward, put, put_text};
pub(super) use refs::{references, targets, with_variants, without};

/// The field that makes an object a reference.
pub(super) const REF: &str = "ref";
/// What an address of the store itself begins with.
pub(super) const STORE_LINK: &str = "slipway://store/";
/// What an address of one of its files begins with.
pub(super) const FILE_LINK: &str = "slipway://file/";

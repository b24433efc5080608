//! Compares, merges and writes down differences: of texts, of JSON documents, and of any bytes as patches.
//!
//! Invariant: pure. No I/O, no clock, no randomness, no threads; the same input gives the same output on every machine.
//!
//! Invariant: no panic on input. Whatever the bytes are, there is an answer: a diff, or an error that says where and why.
//! Depth, length and work are limited, and where a limit is reached the result says so.
//!
//! Invariant: byte-exact. Lines keep their endings, lone carriage returns and bytes that are not UTF-8; what is shown differently
//! from what it is (hidden characters, cut lines) is only what [`rows`] paints.
//!
//! Deliberately not here: which documents to compare (the engine knows), how a row looks (the UI knows), and any knowledge of a
//! platform's formats, but for the notation of theme JSON.

pub mod canonical;
pub mod json;
pub mod kind;
pub mod merge;
pub mod patch;
pub mod rows;
pub mod text;

pub use canonical::{JsonError, canonical, theme_json};
pub use json::{FieldModel, JsonDiff};
pub use kind::ContentKind;
pub use merge::{merge_json, merge_text};
pub use patch::write_patch;
pub use rows::{RowModel, RowOptions, TextDiff, View};
pub use text::is_text;

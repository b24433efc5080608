//! Three-way merges: what two sides made of one base, put together.
//!
//! What one side changed is taken; what both changed alike is taken once; what they changed differently is a conflict. A merge
//! with conflicts still has a result, which holds the chosen side in each of those places, and the list of them.
//!
//! The sides are equal in rights: swapping them swaps the sides of the same conflicts, and nothing else but the order of lines
//! and elements that both put in one place.

mod json;
mod regions;
mod text;

use serde::{Deserialize, Serialize};

pub use json::{FieldConflict, JsonMerge, merge_json};
pub use text::{TextConflict, TextMerge, merge_text};

/// One of the two sides of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The first.
    Ours,
    /// The second.
    Theirs,
}

#[cfg(test)]
mod tests;

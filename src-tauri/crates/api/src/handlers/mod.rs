//! The bodies of the commands, a file per subject.

pub(crate) mod changes;
pub(crate) mod conversation;
pub(crate) mod deployment;
pub(crate) mod diffs;
pub(crate) mod environment;
pub(crate) mod patches;
pub(crate) mod plan;
mod promotion;
pub(crate) mod release;
pub(crate) mod rollback;
pub(crate) mod trail;
pub(crate) mod workspace;

use crate::wire::PAGE_LIMIT;

/// How many rows a page may hold, given what was asked for.
fn page(limit: u32) -> usize {
    limit.min(PAGE_LIMIT) as usize
}

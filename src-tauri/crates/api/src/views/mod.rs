//! What is shown of releases and environments: the state together with the latest captures.

pub(crate) mod conversation;
pub(crate) mod environment;
pub(crate) mod release;

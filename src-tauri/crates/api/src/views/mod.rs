//! What is shown of releases and environments: the state together with the latest captures.

pub(crate) mod environment;
pub(crate) mod release;

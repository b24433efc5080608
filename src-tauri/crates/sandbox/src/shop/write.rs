//! The mutations: what they refuse, and what they change.

use serde_json::{Map, Value};

use super::graphql::Fail;
use super::read::check_write;
use super::state::State;

/// Carries out a mutation and returns its payload.
///
/// # Errors
/// A missing right, or a mutation that the simulator does not know.
pub(crate) fn mutate(
    state: &mut State,
    name: &str,
    _given: &Map<String, Value>,
) -> Result<Value, Fail> {
    check_write(state, name)?;
    Err(Fail::not_modelled("Mutation", name))
}

//! Promotions to environments that are not there yet: `development` may be added before the `staging` that it promotes to.
//!
//! What waits is kept in the workspace beside the records: only the promotion itself is a decision.

use std::sync::Arc;

use slipway_domain::{Command, EnvironmentId, Person, State};
use slipway_engine::{Engine, EngineError};

use crate::wire::ApiError;

/// Notes that an environment promotes to one that is to come.
pub(crate) fn wait_for(engine: &Engine, id: &EnvironmentId, target: &str) -> Result<(), ApiError> {
    let (id, target) = (id.clone(), target.to_owned());
    let noted = engine
        .store()
        .write(move |writer| writer.await_promotion(&id, &target));
    Ok(noted.map_err(EngineError::from)?)
}

/// Sets the promotions that waited for an environment which was just added. One that would make a ring is left out: the
/// environments then stand beside each other, and people set it as they mean it.
pub(crate) fn arrive(
    engine: &Engine,
    actor: &Person,
    state: &Arc<State>,
    id: &EnvironmentId,
    name: &str,
) -> Result<Arc<State>, ApiError> {
    let mut state = state.clone();
    let waiting = engine.store().read(|reader| reader.awaiting(name));
    let waiting = waiting.map_err(EngineError::from)?;
    if waiting.is_empty() {
        return Ok(state);
    }
    for source in &waiting {
        let Some(known) = state.environments.get(source) else {
            continue;
        };
        let mut settings = known.settings.clone();
        settings.promotes_to = Some(id.clone());
        let change = Command::ChangeEnvironment {
            id: source.clone(),
            settings,
        };
        match engine.decide(actor, change) {
            Ok(changed) => state = changed,
            Err(EngineError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let name = name.to_owned();
    let forgotten = engine
        .store()
        .write(move |writer| writer.forget_awaiting(&name));
    forgotten.map_err(EngineError::from)?;
    Ok(state)
}

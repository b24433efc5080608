//! Promotions to environments that are not there yet: `development` may be added before the `staging` that it promotes to.
//!
//! What waits is kept in the workspace beside the records: only the promotion itself is a decision.

use std::sync::Arc;

use slipway_domain::{Command, EnvironmentId, Person, State};
use slipway_engine::Engine;

use crate::wire::ApiError;

/// Under which name the environments are kept that wait for one of this name.
fn key(target: &str) -> String {
    format!("promotes-to:{}", target.trim().to_lowercase())
}

/// Notes that an environment promotes to one that is to come.
pub(crate) fn wait_for(engine: &Engine, id: &EnvironmentId, target: &str) -> Result<(), ApiError> {
    let mut waiting = waiting(engine, target)?;
    waiting.push(id.clone());
    keep(engine, target, &waiting)
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
    let waiting = waiting(engine, name)?;
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
            Err(slipway_engine::EngineError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    keep(engine, name, &[])?;
    Ok(state)
}

fn waiting(engine: &Engine, target: &str) -> Result<Vec<EnvironmentId>, ApiError> {
    let key = key(target);
    let kept = engine.store().read(|reader| reader.setting(&key));
    let kept = kept.map_err(slipway_engine::EngineError::from)?;
    Ok(kept
        .and_then(|kept| serde_json::from_value(kept).ok())
        .unwrap_or_default())
}

fn keep(engine: &Engine, target: &str, waiting: &[EnvironmentId]) -> Result<(), ApiError> {
    let key = key(target);
    let value = serde_json::to_value(waiting).expect("BUG: identities are plain data");
    let kept = engine
        .store()
        .write(move |writer| writer.set_setting(&key, &value));
    Ok(kept.map_err(slipway_engine::EngineError::from)?)
}

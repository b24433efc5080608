//! How facts about environments change what is so.

use super::{Entry, Projected, State};
use crate::fact::Fact;

pub(super) fn evolve(state: &mut State, entry: Entry<'_>, touched: &mut Projected) {
    match entry.fact {
        Fact::EnvironmentAdded { environment } | Fact::EnvironmentChanged { environment } => {
            touched.environments.push(environment.id.clone());
            state
                .environments
                .insert(environment.id.clone(), environment.clone());
        }
        Fact::EnvironmentRemoved { environment } => {
            touched.environments.push(environment.clone());
            state.environments.remove(environment);
            for other in state.environments.values_mut() {
                if other.settings.promotes_to.as_ref() == Some(environment) {
                    other.settings.promotes_to = None;
                    touched.environments.push(other.id.clone());
                }
            }
        }
        other => unreachable!("BUG: {} is no fact about an environment", other.kind()),
    }
}

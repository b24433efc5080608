//! The gate: whether something may be done with a release in an environment, and if not, what is missing and who can give it.
//!
//! Invariant: nothing else says so. Start, resume, retry, rollback, promotion, every dry run, the exit code and the buttons of
//! the window render this one answer.
//! Deliberately not here: what can't be whoever agrees to it, such as a release that was cancelled (see [`crate::decide`]), a
//! resource that drifted (see [`crate::plan()`]) or a lock.

use serde::{Deserialize, Serialize};

use crate::approval::{Approval, approval};
use crate::deployment::{Deployment, StartReason};
use crate::environment::Environment;
use crate::ids::{DeploymentId, EffectDigest, PlanDigest};
use crate::person::Person;
use crate::refusal::{Refusal, RefusalKind};
use crate::release::{Life, Release};
use crate::state::State;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub enum Intent<'a> {
    /// Deploy the effect, to the release's target or, promoted, elsewhere.
    Deploy,
    /// Deploy it past the review, for a reason that stays in the trail.
    QuickDeploy,
    /// Execute a revert release.
    RollBack {
        /// Whether it writes over what was edited since the deployment, merged or not.
        edits: bool,
    },
    /// Take a deployment up again, or try again what failed of it.
    Resume {
        /// Which.
        deployment: &'a Deployment,
        /// The digest of the plan that lies in the workspace for it; `None`: it was not read.
        plan: Option<PlanDigest>,
    },
}

/// Something that has to be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Requirement {
    /// People approved this very effect.
    Approvals {
        /// How many have to.
        need: u32,
        /// Who did.
        by: Vec<Person>,
        /// Whose approvals do not count: anybody else can give them.
        not_by: Vec<Person>,
    },
    /// Nobody asks for changes in this very effect.
    ChangesRequested {
        /// Who does: they can take it back by another verdict, and anyone can dismiss theirs.
        by: Vec<Person>,
    },
    /// A newer Slipway decided something that this gate depends on, and that this one does not understand.
    NewerRules {
        /// What it calls that.
        kinds: Vec<String>,
    },
    /// What is executed is what was planned.
    SameAsPlanned {
        /// What of it.
        what: Planned,
    },
}

/// What a deployment was started with, and is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Planned {
    /// The sealed revision of the release.
    Revision,
    /// The operations.
    Plan,
    /// What the environment's rules leave out and keep.
    Rules,
    /// Where the environment is.
    Connection,
    /// What it has written so far: no part of that was rolled back.
    Written,
}

/// Something that a person should know, and that holds nobody back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// Verdicts were given on another effect; they do not count.
    OutdatedReviews {
        /// How many.
        count: u32,
    },
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Gate {
    /// What has to be so, and is.
    pub met: Vec<Requirement>,
    /// What has to be so, and is not. Empty: it may be done.
    pub missing: Vec<Requirement>,
    /// What to know besides.
    pub warnings: Vec<Warning>,
}

impl Gate {
    /// Whether it may be done.
    pub fn is_open(&self) -> bool {
        self.missing.is_empty()
    }

    /// Why it may not: what is missing first. `None` when it may.
    pub fn refusal(&self, release: &Release, environment: &Environment) -> Option<Refusal> {
        let (tag, name) = (&release.tag, &environment.settings.name);
        let refusal = |kind, message, hint: &str| Refusal {
            kind,
            message,
            hint: hint.to_owned(),
        };
        Some(match self.missing.first()? {
            Requirement::SameAsPlanned { what } => refusal(
                RefusalKind::Stale,
                match what {
                    Planned::Revision => format!("{tag} was edited since the deployment began"),
                    Planned::Plan => {
                        "The operations of the deployment are not those that it began with"
                            .to_owned()
                    }
                    Planned::Rules => {
                        format!("The rules of {name} were changed since the deployment began")
                    }
                    Planned::Connection => {
                        format!("{name} is at another place than when the deployment began")
                    }
                    Planned::Written => "A part of the deployment was rolled back".to_owned(),
                },
                match what {
                    Planned::Plan => {
                        "The workspace file was changed by something else: `slipway audit --verify` says what else is in doubt."
                    }
                    _ => {
                        "Roll back what was applied, or deploy the release again: that is planned anew."
                    }
                },
            ),
            Requirement::NewerRules { kinds } => refusal(
                RefusalKind::State,
                format!(
                    "A newer Slipway decided what this one does not understand: {}",
                    kinds.join(", ")
                ),
                "Install the newer version.",
            ),
            Requirement::ChangesRequested { by } => refusal(
                RefusalKind::Approval,
                format!("Changes to {tag} were requested by {}", names(by)),
                "Have them look again, or dismiss the request; quick deploy goes past it, with a reason.",
            ),
            Requirement::Approvals { need, by, .. } => refusal(
                RefusalKind::Approval,
                format!(
                    "{tag} needs {} to be deployed to {name}, and has {}",
                    count(u64::from(*need), "approval"),
                    by.len(),
                ),
                if self.warnings.is_empty() {
                    "Have it approved, or use quick deploy with a reason."
                } else {
                    "Earlier approvals were for another effect: look at what changed since, and approve again."
                },
            ),
        })
    }

    /// Takes in another answer.
    fn extend(&mut self, more: Self) {
        let Self {
            met,
            missing,
            warnings,
        } = more;
        self.met.extend(met);
        self.missing.extend(missing);
        self.warnings.extend(warnings);
    }

    fn ask(&mut self, is_met: bool, requirement: Requirement) {
        let list = if is_met {
            &mut self.met
        } else {
            &mut self.missing
        };
        list.push(requirement);
    }

    /// Asks for what an environment wants of the reviewers of a release's effect.
    fn ask_reviewers(
        &mut self,
        release: &Release,
        environment: &Environment,
        effect: &EffectDigest,
    ) {
        let not_by = if environment.approval_policy().author_counts {
            Vec::new()
        } else {
            release.authors().into_iter().cloned().collect()
        };
        self.ask_approvals(not_by, approval(release, environment, effect));
    }

    fn ask_approvals(&mut self, not_by: Vec<Person>, found: Approval) {
        let Approval {
            required,
            approved_by,
            changes_requested_by,
            outdated,
            satisfied: _, // It is what is answered here, for a deployment.
        } = found;
        if !changes_requested_by.is_empty() {
            let by = changes_requested_by;
            self.ask(false, Requirement::ChangesRequested { by });
        }
        if required > 0 {
            let (need, by) = (required, approved_by);
            let is_met = by.len() as u64 >= u64::from(need);
            self.ask(is_met, Requirement::Approvals { need, by, not_by });
        }
        if !outdated.is_empty() {
            let count = u32::try_from(outdated.len()).unwrap_or(u32::MAX);
            self.warnings.push(Warning::OutdatedReviews { count });
        }
    }
}

/// Whether something may be done with a release whose effect on an environment is this one.
///
/// A rollback that puts back exactly what was there before asks nobody: that was agreed on before. One that writes over an
/// edit asks for the approvals of a deployment. So does one that takes back a rollback, unless what it puts back is still
/// approved: it deploys again what somebody took out.
pub fn gate(
    state: &State,
    release: &Release,
    environment: &Environment,
    effect: &EffectDigest,
    intent: Intent<'_>,
) -> Gate {
    let mut gate = closed_by_newer(state);
    gate.extend(asked(state, release, environment, effect, intent));
    gate
}

/// What nobody can be sure of keeps the gate closed.
fn closed_by_newer(state: &State) -> Gate {
    let mut gate = Gate::default();
    if !state.unknown_gates.is_empty() {
        let kinds = state.unknown_gates.iter().cloned().collect();
        gate.ask(false, Requirement::NewerRules { kinds });
    }
    gate
}

fn asked(
    state: &State,
    release: &Release,
    environment: &Environment,
    effect: &EffectDigest,
    intent: Intent<'_>,
) -> Gate {
    let mut gate = Gate::default();
    match intent {
        Intent::QuickDeploy => {}
        Intent::Deploy => {
            gate.ask_reviewers(release, environment, effect);
        }
        Intent::RollBack { edits } => {
            let reverted = release
                .reverts
                .as_ref()
                .and_then(|id| state.deployments.get(id));
            let is_wanted_otherwise = !approval(release, environment, effect)
                .changes_requested_by
                .is_empty();
            if is_asked_of_nobody(state, reverted, environment, edits) && !is_wanted_otherwise {
                return gate;
            }
            gate.ask_reviewers(release, environment, effect);
        }
        Intent::Resume { deployment, plan } => {
            let same = [
                (
                    Planned::Revision,
                    release.revision().map(|sealed| sealed.number) == Some(deployment.revision),
                ),
                (
                    Planned::Plan,
                    // What an older program planned is written otherwise by now.
                    deployment.rules.is_none() || plan.is_none_or(|plan| plan == deployment.plan),
                ),
                (
                    Planned::Rules,
                    deployment
                        .rules
                        .is_none_or(|rules| rules == environment.rules_digest()),
                ),
                (
                    Planned::Connection,
                    deployment
                        .connection
                        .is_none_or(|connection| connection == environment.connection_digest()),
                ),
                (
                    Planned::Written,
                    state.partial_rollback(&deployment.id).is_none(),
                ),
            ];
            for (what, is_same) in same {
                gate.ask(is_same, Requirement::SameAsPlanned { what });
            }
            let started = match &deployment.start {
                StartReason::Approved => Intent::Deploy,
                StartReason::Quick { .. } => Intent::QuickDeploy,
                StartReason::Rollback { edits } => Intent::RollBack { edits: *edits },
            };
            gate.extend(asked(
                state,
                release,
                environment,
                &deployment.effect,
                started,
            ));
        }
    }
    gate
}

/// As [`gate`], of a rollback that somebody looks at: of its revert release where one waits, else of the one that executing it
/// would make. `effect` is what it would do.
pub fn rollback_gate(
    state: &State,
    reverted: &Deployment,
    environment: &Environment,
    edits: bool,
    actor: Option<&Person>,
    effect: impl FnOnce() -> EffectDigest,
) -> Gate {
    let mut closed = closed_by_newer(state);
    if is_asked_of_nobody(state, Some(reverted), environment, edits) {
        return closed;
    }
    let effect = effect();
    if let Some(waiting) = state.waiting_revert(&reverted.id, &effect) {
        let intent = Intent::RollBack { edits };
        return gate(state, waiting, environment, &effect, intent);
    }
    let policy = environment.approval_policy();
    let author = actor.filter(|_| !policy.author_counts);
    closed.ask_approvals(
        author.into_iter().cloned().collect(),
        Approval {
            required: policy.required,
            approved_by: Vec::new(),
            changes_requested_by: Vec::new(),
            outdated: Vec::new(),
            satisfied: false,
        },
    );
    closed
}

/// Whether a rollback puts back only what was agreed on before.
fn is_asked_of_nobody(
    state: &State,
    reverted: Option<&Deployment>,
    environment: &Environment,
    edits: bool,
) -> bool {
    let Some(again) = reverted.and_then(|deployment| redeployed(state, deployment)) else {
        return !edits;
    };
    let original = state.releases.get(&again.release);
    let is_agreed = original.is_some_and(|original| {
        let mut gate = Gate::default();
        gate.ask_reviewers(original, environment, &again.effect);
        original.life == Life::Open && gate.is_open()
    });
    // Where the rollback had written over an edit, taking it back brings that edit, which nobody agreed on.
    let brings_no_edit =
        reverted.is_some_and(|by| by.start == StartReason::Rollback { edits: false });
    is_agreed && brings_no_edit && !edits
}

/// The deployment whose content comes back when one is reverted that is itself a rollback; `None` where what comes back is
/// what was there before a deployment.
fn redeployed<'a>(state: &'a State, deployment: &'a Deployment) -> Option<&'a Deployment> {
    let reverted = |id: &Option<DeploymentId>| state.deployments.get(id.as_ref()?);
    let mut at = deployment;
    let mut is_again = false;
    // Bounded, since the records of a damaged workspace may revert in a ring.
    for _ in 0..state.deployments.len() {
        let Some(before) = state
            .releases
            .get(&at.release)
            .and_then(|of| reverted(&of.reverts))
        else {
            break;
        };
        at = before;
        is_again = !is_again;
    }
    is_again.then_some(at)
}

fn names(people: &[Person]) -> String {
    let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
    names.join(", ")
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests;

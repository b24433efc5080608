//! What people ask for.

use std::collections::BTreeMap;

use slipway_domain::{
    Command, Deployment, DeploymentId, DeploymentState, Edits, EnvironmentId, Life, Person,
    Release, ReleaseId, ReviewId, Rule, RuleAction, Rules, State, Verdict,
};
use slipway_engine::{
    Deletions, DeployRequest, Deploying, DraftRequest, Engine, EngineError, Job, Look,
    OnUnreadable, RollbackRequest, RollingBack,
};

use crate::chance::Chance;

/// One thing that a person asks for.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    Draft {
        tag: String,
        only: Option<String>,
    },
    Seal(ReleaseId),
    Refresh(ReleaseId),
    CancelRelease(ReleaseId),
    Review {
        release: ReleaseId,
        environment: EnvironmentId,
        verdict: Verdict,
    },
    Dismiss {
        release: ReleaseId,
        review: ReviewId,
    },
    Deploy {
        tag: String,
        environment: EnvironmentId,
        quick: bool,
    },
    Resume(DeploymentId),
    Cancel(DeploymentId),
    RollBack {
        deployment: DeploymentId,
        environment: EnvironmentId,
        only: Option<String>,
        edits: Edits,
        quick: bool,
    },
    Capture(EnvironmentId),
    Hold(EnvironmentId),
}

pub(crate) fn author() -> Person {
    "Mara Lund <mara@example.com>".parse().expect("a person")
}

fn reviewer() -> Person {
    "Jon Berg <jon@example.com>".parse().expect("a person")
}

/// What may be asked for as things are, each with its weight.
pub(crate) fn options(
    state: &State,
    live: &dyn Fn(&Deployment) -> DeploymentState,
    chance: &mut Chance,
) -> Vec<(u64, Move)> {
    let mut options = Vec::new();
    let only = |chance: &mut Chance| {
        chance
            .one_in(3)
            .then(|| format!("object/kind{}:*", chance.below(3)))
    };
    let ahead = state.releases.values().any(|release| {
        release.reverts.is_none() && release.life != Life::Closed && release.standings.is_empty()
    });
    if !ahead && state.releases.len() < 6 {
        let tag = format!("r{}", state.releases.len());
        options.push((
            3,
            Move::Draft {
                tag,
                only: only(chance),
            },
        ));
    }
    for release in state.releases.values() {
        of_release(state, release, chance, &mut options);
    }
    for deployment in state.deployments.values() {
        let (id, environment) = (deployment.id.clone(), deployment.environment.clone());
        match live(deployment) {
            DeploymentState::Running => options.push((3, Move::Cancel(id))),
            DeploymentState::Interrupted => {
                options.push((8, Move::Resume(id.clone())));
                options.push((2, Move::Cancel(id)));
            }
            found if deployment.rolled_back_by.is_none() => {
                if found == DeploymentState::Failed {
                    options.push((6, Move::Resume(id.clone())));
                }
                let edits = *chance.of(&[Edits::Keep, Edits::Keep, Edits::Overwrite, Edits::Merge]);
                let (only, quick) = (only(chance), chance.one_in(3));
                options.push((
                    2,
                    Move::RollBack {
                        deployment: id,
                        environment,
                        only,
                        edits,
                        quick,
                    },
                ));
            }
            _ => {}
        }
    }
    let environments: Vec<&EnvironmentId> = state.environments.keys().collect();
    options.push((1, Move::Capture((*chance.of(&environments)).clone())));
    options
}

fn of_release(
    state: &State,
    release: &Release,
    chance: &mut Chance,
    options: &mut Vec<(u64, Move)>,
) {
    let id = release.id.clone();
    if release.life == Life::Closed {
        return;
    }
    if release.is_editable() && release.reverts.is_none() {
        let weight = if release.life == Life::Draft { 8 } else { 1 };
        options.push((weight, Move::Seal(id.clone())));
        options.push((1, Move::Refresh(id.clone())));
    }
    if release.standings.is_empty() && chance.one_in(8) {
        options.push((1, Move::CancelRelease(id.clone())));
    }
    let quick = chance.one_in(6);
    let tag = release.tag.clone();
    if release.life == Life::Draft {
        if quick {
            let environment = release.target.clone();
            options.push((
                2,
                Move::Deploy {
                    tag,
                    environment,
                    quick,
                },
            ));
        }
        return;
    }
    let promoted = release
        .standings
        .values()
        .any(|standing| *standing == slipway_domain::Standing::Deployed);
    for environment in state.environments.keys() {
        let is_target = *environment == release.target;
        let is_next = environment.as_str() == "next" && promoted && release.reverts.is_none();
        if !is_target && !is_next {
            continue;
        }
        if state.environments[environment].approval_policy().required > 0 {
            let verdict = match chance.below(6) {
                0 => Verdict::RequestChanges,
                _ => Verdict::Approve,
            };
            let (release, environment) = (id.clone(), environment.clone());
            options.push((
                6,
                Move::Review {
                    release,
                    environment,
                    verdict,
                },
            ));
        }
        let (tag, environment) = (tag.clone(), environment.clone());
        options.push((
            8,
            Move::Deploy {
                tag,
                environment: environment.clone(),
                quick,
            },
        ));
        if chance.one_in(20) {
            options.push((2, Move::Hold(environment)));
        }
    }
    for review in release
        .reviews
        .iter()
        .filter(|review| review.dismissed.is_none())
    {
        let (release, review) = (id.clone(), review.id.clone());
        options.push((1, Move::Dismiss { release, review }));
    }
}

/// One of them, by their weights.
pub(crate) fn choose(options: &[(u64, Move)], chance: &mut Chance) -> Option<Move> {
    let all: u64 = options.iter().map(|(weight, _)| weight).sum();
    let mut at = chance.below(all.max(1));
    options
        .iter()
        .find_map(|(weight, option)| match at.checked_sub(*weight) {
            Some(left) => {
                at = left;
                None
            }
            None => Some(option.clone()),
        })
}

/// Does it, and waits for its end.
pub(crate) async fn perform(engine: Engine, asked: Move) -> Result<(), EngineError> {
    let state = engine.state()?;
    let (author, job) = (author(), Job::quiet());
    match asked {
        Move::Draft { tag, only } => {
            let request = DraftRequest {
                tag,
                notes: String::new(),
                kind: None,
                source: "source".to_owned(),
                target: "target".to_owned(),
                include: only.into_iter().collect(),
                exclude: Vec::new(),
                look: Look::Again,
                deletions: Deletions::Allow,
            };
            engine.draft(&author, request, &job).await?;
        }
        Move::Seal(id) => {
            let release = engine.release(&state, id.as_str())?;
            engine.seal(&author, &release)?;
        }
        Move::Refresh(id) => {
            let release = engine.release(&state, id.as_str())?;
            engine
                .refresh(&author, &release, Deletions::Allow, &job)
                .await?;
        }
        Move::CancelRelease(id) => {
            let reason = "Not wanted.".to_owned();
            engine.decide(&author, Command::CancelRelease { id, reason })?;
        }
        Move::Review {
            release,
            environment,
            verdict,
        } => {
            let found = engine.release(&state, release.as_str())?;
            let place = engine.environment(&state, environment.as_str())?;
            let effect = engine
                .plan(&found, &place, Look::Latest, &job)
                .await?
                .effect
                .digest;
            let review = ReviewId(engine.new_id("v-"));
            let command = Command::Review {
                id: release,
                review,
                environment,
                effect,
                verdict,
                message: "Looked at.".to_owned(),
            };
            engine.decide(&reviewer(), command)?;
        }
        Move::Dismiss { release, review } => {
            let reason = "Settled.".to_owned();
            let command = Command::DismissReview {
                id: release,
                review,
                reason,
            };
            engine.decide(&author, command)?;
        }
        Move::Deploy {
            tag,
            environment,
            quick,
        } => {
            let request = DeployRequest {
                release: tag,
                environment: Some(environment.as_str().to_owned()),
                plan: None,
                content: None,
                quick: quick.then(|| "It burns.".to_owned()),
            };
            follow(engine.deploy(&author, request, &job).await?).await?;
        }
        Move::Resume(id) => follow(engine.resume(&author, &id).await?).await?,
        Move::Cancel(id) => engine.cancel_deployment(&reviewer(), &id).await?,
        Move::RollBack {
            deployment,
            environment,
            only,
            edits,
            quick,
        } => {
            let request = RollbackRequest {
                environment: environment.as_str().to_owned(),
                deployment: Some(deployment),
                only: only.into_iter().collect(),
                edits,
                choices: BTreeMap::new(),
                plan: None,
                selection: Vec::new(),
                quick: quick.then(|| "It burns.".to_owned()),
            };
            match engine.rollback(&author, &request, &job).await? {
                RollingBack::Started { deploying, .. } => follow(deploying).await?,
                RollingBack::Waits { .. } => {}
            }
        }
        Move::Capture(id) => {
            let environment = engine.environment(&state, id.as_str())?;
            engine
                .capture(&environment, OnUnreadable::GoOn, &job)
                .await?;
        }
        Move::Hold(id) => {
            let environment = engine.environment(&state, id.as_str())?;
            let mut settings = environment.settings;
            settings.rules = Rules(vec![Rule {
                action: RuleAction::Hold,
                resources: "object/kind1:*".to_owned(),
                fields: Vec::new(),
                reason: "Legal has to look at it.".to_owned(),
            }]);
            engine.decide(&author, Command::ChangeEnvironment { id, settings })?;
        }
    }
    Ok(())
}

async fn follow(deploying: Deploying) -> Result<(), EngineError> {
    match deploying.task.await {
        Ok(ended) => ended.map(drop),
        Err(error) => std::panic::panic_any(format!("a deployment panicked: {error}")),
    }
}

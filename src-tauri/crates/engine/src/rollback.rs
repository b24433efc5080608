//! Rollback: what taking a deployment back would do, a dry run of it, and the revert release that does it.

use std::collections::{BTreeMap, HashMap};

use slipway_domain::{
    Candidates, Change, ChangeKind, Command, Deployment, DeploymentId, DeploymentState, Edits,
    Environment, Gate, Intent, KeyPatterns, OperationState, Person, Release, ReleaseId,
    ReleaseKind, ResourceKey, RollbackAction, RollbackDigest, RollbackItem, RollbackPlan,
    RollbackSelection, RollbackSource, SelectionStep, SnapshotId, StartReason, State, Touched,
    Verb, Version, effect_digest, gate, rollback_gate, rollback_plan,
};
use slipway_store::CaptureRow;

use crate::audit::refuse_damaged;
use crate::capture::{Around, CaptureNotes, look};
use crate::deploy::{Deploying, Deployments};
use crate::documents::{Documents, has_fields, merge_documents};
use crate::error::{EngineError, RollbackError};
use crate::job::Job;
use crate::planning::{Prepared, plan as plan_release};
use crate::platform::Semantics;
use crate::releases::{Look, change_set, seal};
use crate::runner::journal;
use crate::verify::is_published;

/// What is to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackRequest {
    /// The environment: identity or name.
    pub environment: String,
    /// The deployment; none: the latest that can be.
    pub deployment: Option<DeploymentId>,
    /// Globs of the resources; none: all.
    pub only: Vec<String>,
    /// What to do with resources that were edited since.
    pub edits: Edits,
    /// Other choices, resource by resource.
    pub choices: BTreeMap<ResourceKey, Edits>,
    /// The plan that a person looked at; another one is refused. None: whatever it is.
    pub plan: Option<RollbackDigest>,
    /// Which of the plan's resources are rolled back; no steps: all.
    pub selection: Vec<SelectionStep>,
    /// Goes past the approvals that it lacks, for this reason.
    pub quick: Option<String>,
}

/// What became of a rollback that was asked for.
#[derive(Debug)]
pub enum RollingBack {
    /// It is under way.
    Started {
        /// The revert release.
        release: Box<Release>,
        /// Its deployment.
        deploying: Deploying,
    },
    /// Its revert release is open, and waits for what the gate misses. Nothing was written.
    Waits {
        /// The revert release.
        release: Box<Release>,
        /// What is missing.
        gate: Gate,
    },
}

/// A rollback plan with what it was worked out from.
struct Worked {
    plan: RollbackPlan,
    deployment: Deployment,
    release: Release,
    environment: Environment,
    capture: CaptureRow,
}

/// Works out what taking a deployment back would do. Looks at what it touched first; writes nothing remote.
///
/// # Errors
/// When there is nothing to take back, or the environment can't be captured.
pub(crate) async fn preview(
    deployments: &Deployments,
    request: &RollbackRequest,
    job: &Job,
) -> Result<RollbackPlan, EngineError> {
    Ok(work_out(deployments, request, job).await?.plan)
}

/// As [`preview`], and the operations that would be sent for what is selected; none when there is nothing to
/// do.
///
/// # Errors
/// As [`preview`], and a conflict when the plan is another one than was looked at.
pub(crate) async fn dry_run(
    deployments: &Deployments,
    actor: Option<&Person>,
    request: &RollbackRequest,
    job: &Job,
) -> Result<(RollbackPlan, Option<(Prepared, Gate)>), EngineError> {
    let selection = selection(request)?;
    let worked = work_out(deployments, request, job).await?;
    check_pinned(request, &worked.plan)?;
    let selected = worked.plan.clone().selected(&selection);
    let changes = selected.changes();
    if changes.is_empty() {
        return Ok((worked.plan, None));
    }
    let Worked {
        plan,
        deployment,
        release,
        environment,
        capture,
    } = worked;
    let documents = &deployments.documents;
    let draft = unsaved_revert(
        documents,
        &deployment,
        &release,
        &environment,
        &capture,
        &changes,
    )?;
    // As it would be planned to be deployed: with what it has to fit looked at.
    let prepared = plan_release(documents, &draft, &environment, Look::Again, job).await?;
    let state = documents.ledger.state()?;
    let gate = rollback_gate(
        &state,
        &deployment,
        &environment,
        selected.writes_edits(),
        actor,
        || effect_digest(&changes),
    );
    Ok((plan, Some((prepared, gate))))
}

/// Takes a deployment back: makes the revert release and deploys it, or leaves it open where the gate misses something.
///
/// # Errors
/// Before anything is written: when there is nothing to take back, everything is refused, or the plan is another one than
/// was looked at.
pub(crate) async fn roll_back(
    deployments: &Deployments,
    actor: &Person,
    request: &RollbackRequest,
    job: &Job,
) -> Result<RollingBack, EngineError> {
    let selection = selection(request)?;
    let Worked {
        plan,
        deployment,
        release,
        environment,
        capture,
    } = work_out(deployments, request, job).await?;
    check_pinned(request, &plan)?;
    let could_write = plan.items.iter().any(RollbackItem::is_written);
    let plan = plan.selected(&selection);
    let changes = plan.changes();
    if changes.is_empty() && could_write {
        let environment = environment.settings.name;
        return Err(RollbackError::NothingSelected { environment }.into());
    }
    if changes.is_empty() {
        return Err(nothing_to_do(&plan, &environment).into());
    }
    let documents = &deployments.documents;
    let state = documents.ledger.state()?;
    let waiting = state
        .waiting_revert(&deployment.id, &effect_digest(&changes))
        .cloned();
    let has_waited = waiting.is_some();
    let revert = match waiting {
        Some(revert) => revert,
        None => make_revert(
            documents,
            actor,
            (&deployment, &release),
            &environment,
            &capture,
            &changes,
        )?,
    };
    let state = documents.ledger.state()?;
    let edits = plan.writes_edits();
    let start = match &request.quick {
        Some(reason) => StartReason::Quick {
            reason: reason.clone(),
        },
        None => {
            let intent = Intent::RollBack { edits };
            let effect = effect_digest(&changes);
            let gate = gate(&state, &revert, &environment, &effect, intent);
            if !gate.is_open() {
                return Ok(RollingBack::Waits {
                    release: Box::new(revert),
                    gate,
                });
            }
            StartReason::Rollback { edits }
        }
    };
    let started = deployments
        .start(actor, revert.clone(), environment, start, None, job)
        .await;
    match started {
        Ok(deploying) => Ok(RollingBack::Started {
            release: Box::new(revert),
            deploying,
        }),
        Err(error) => {
            // Nothing was written: what nobody asked for by name is not left open.
            if !has_waited {
                let cancel = Command::CancelRelease {
                    id: revert.id,
                    reason: "The rollback could not start.".to_owned(),
                };
                // Somebody else may have taken it up meanwhile: then it is theirs.
                documents.ledger.decide(actor, cancel).ok();
            }
            Err(error)
        }
    }
}

/// Makes the revert release, and seals it.
fn make_revert(
    documents: &Documents,
    actor: &Person,
    (deployment, release): (&Deployment, &Release),
    environment: &Environment,
    capture: &CaptureRow,
    changes: &[Change],
) -> Result<Release, EngineError> {
    let state = documents.ledger.state()?;
    let id = ReleaseId(documents.ledger.new_id("r-"));
    let tag = free_tag(&state, &release.tag);
    let candidates = Candidates {
        changes: effect_digest(changes),
        source: deployment.before,
        target: capture.snapshot,
        at: documents.ledger.now(),
    };
    let draft = Command::DraftRelease {
        id: id.clone(),
        tag,
        notes: format!(
            "Takes back {} in {}.",
            release.tag, environment.settings.name
        ),
        kind: release.kind,
        source: environment.id.clone(),
        target: environment.id.clone(),
        candidates,
        reverts: Some(deployment.id.clone()),
    };
    let set = changes.to_vec();
    let state = documents.ledger.decide_with(actor, draft, move |writer| {
        writer.put_change_set(&set).map(drop)
    })?;
    seal(documents, actor, &state.releases[&id])
}

/// Works out the rollback of the deployment that is named. Without a name it is the latest that left something: one that failed
/// before it wrote leads to the one before.
async fn work_out(
    deployments: &Deployments,
    request: &RollbackRequest,
    job: &Job,
) -> Result<Worked, EngineError> {
    if request.deployment.is_some() {
        return work_out_one(deployments, request, job).await;
    }
    let ledger = &deployments.documents.ledger;
    let state = ledger.state()?;
    let environment = ledger.environment(&state, &request.environment)?;
    let mut latest = None;
    for candidate in state.rollback_candidates(&environment.id) {
        let named = RollbackRequest {
            deployment: Some(candidate.id.clone()),
            ..request.clone()
        };
        let worked = work_out_one(deployments, &named, job).await;
        let left_something = worked.as_ref().is_ok_and(|worked| {
            let mut items = worked.plan.items.iter();
            items.any(|item| item.action != RollbackAction::Nothing)
        });
        if candidate.operations.applied > 0 || left_something {
            return worked;
        }
        latest.get_or_insert(worked);
    }
    match latest {
        Some(worked) => worked,
        None => work_out_one(deployments, request, job).await,
    }
}

async fn work_out_one(
    deployments: &Deployments,
    request: &RollbackRequest,
    job: &Job,
) -> Result<Worked, EngineError> {
    let documents = &deployments.documents;
    let only = KeyPatterns::new(&request.only)?;
    let state = documents.ledger.state()?;
    let environment = documents.ledger.environment(&state, &request.environment)?;
    let deployment = match &request.deployment {
        Some(id) => documents.ledger.deployment(&state, id)?,
        None => state
            .rollback_candidate(&environment.id)
            .cloned()
            .ok_or_else(|| RollbackError::NothingDeployed {
                environment: environment.settings.name.clone(),
                rollback: state
                    .latest_rollback(&environment.id)
                    .map(|rollback| rollback.id.clone()),
            })?,
    };
    check_deployment(deployments, &deployment, &environment)?;
    let release = documents
        .ledger
        .release(&state, deployment.release.as_str())?;
    refuse_damaged(&documents.ledger, Some(&deployment.id)).await?;
    let (held, of) = (documents.clone(), deployment.id.clone());
    let around = move |_: &CaptureRow| {
        let (plan, _) = journal(&held.ledger, &of)?;
        let touched = plan.operations.into_iter();
        let touched = touched.filter(|operation| operation.verb != Verb::Publish);
        Ok(Around {
            keys: touched.map(|operation| operation.resource).collect(),
            relies_on_rest: false,
        })
    };
    let capture = look(documents, &environment, around, job).await?;
    let (held, asked) = (documents.clone(), request.clone());
    let (place, of, at) = (environment.clone(), deployment.clone(), capture.snapshot);
    let unreadable = CaptureNotes::of(&capture).unreadable;
    let working_out = move || {
        let mut touched = touched(&held, &state, &place, &of, &at, &only, &asked)?;
        for place in unreadable {
            let found = touched
                .iter_mut()
                .find(|touched| Some(&touched.resource) == place.key.as_ref());
            if let Some(found) = found {
                found.unreadable = Some((place.message, place.hint));
            }
        }
        Ok::<_, EngineError>(touched)
    };
    let touched = documents.ledger.blocking(working_out).await?;
    let plan = rollback_plan(deployment.id.clone(), capture.snapshot, touched);
    if plan.items.is_empty() && !request.only.is_empty() {
        return Err(RollbackError::NothingMatches {
            tag: release.tag,
            patterns: request.only.join(", "),
        }
        .into());
    }
    Ok(Worked {
        plan,
        deployment,
        release,
        environment,
        capture,
    })
}

fn check_deployment(
    deployments: &Deployments,
    deployment: &Deployment,
    environment: &Environment,
) -> Result<(), EngineError> {
    let id = deployment.id.clone();
    let refused = if deployment.environment != environment.id {
        RollbackError::Elsewhere {
            deployment: id,
            environment: environment.settings.name.clone(),
        }
    } else if let Some(by) = deployment.rolled_back_by.clone() {
        RollbackError::RolledBack { deployment: id, by }
    } else if deployments.live(deployment)?.state == DeploymentState::Running {
        RollbackError::UnderWay { deployment: id }
    } else if deployment.state == DeploymentState::Running {
        RollbackError::Interrupted { deployment: id }
    } else {
        return Ok(());
    };
    Err(refused.into())
}

fn touched(
    documents: &Documents,
    state: &State,
    environment: &Environment,
    deployment: &Deployment,
    live: &SnapshotId,
    only: &KeyPatterns,
    request: &RollbackRequest,
) -> Result<Vec<Touched>, EngineError> {
    let remote = documents.remote(environment)?;
    let rules = environment.settings.rules.compile()?;
    let (plan, attempts) = journal(&documents.ledger, &deployment.id)?;
    // Per resource the first `before` and the last `after` that was reached: cycles are written in two passes.
    let mut by_resource: BTreeMap<ResourceKey, Touched> = BTreeMap::new();
    let mut kept: BTreeMap<ResourceKey, Vec<String>> = BTreeMap::new();
    let is_published = is_published(&plan, &attempts);
    for (operation, attempt) in plan.operations.iter().zip(&attempts) {
        let key = &operation.resource;
        if operation.verb == Verb::Publish || !only.is_empty() && !only.matches(key) {
            continue;
        }
        let irreversible = (!operation.reversible).then(|| {
            let mut reasons = operation.reasons.clone();
            let compensation = if reasons.len() > 1 {
                reasons.pop()
            } else {
                None
            };
            (
                reasons.join(" "),
                compensation.unwrap_or_else(|| "Mend it by hand, then capture again.".to_owned()),
            )
        });
        // What never began was never touched, whatever became of it: somebody else's edit stood in its way. Where a stage of
        // before held it already, publishing that has made it.
        let state = match attempt.attempts {
            0 if is_published && operation.staged && attempt.state == OperationState::Skipped => {
                OperationState::Applied
            }
            0 => OperationState::Skipped,
            _ => attempt.state,
        };
        kept.insert(key.clone(), operation.keeps.clone());
        let touched = by_resource.entry(key.clone()).or_insert_with(|| Touched {
            resource: key.clone(),
            before: operation.before,
            deployed: operation.after,
            live: None,
            state,
            source: None,
            irreversible: None,
            went_along: match operation.verb {
                Verb::Delete => operation.reasons.clone(),
                _ => Vec::new(),
            },
            edits: request.choices.get(key).copied().unwrap_or(request.edits),
            merged: None,
            changed_by: None,
            unreadable: None,
        });
        // Reverted counts as well: when the rollback itself is taken back, what was deployed stands again.
        if matches!(
            state,
            OperationState::Applied | OperationState::Unknown | OperationState::Reverted
        ) {
            touched.deployed = operation.after;
        }
        touched.irreversible = touched.irreversible.take().or(irreversible);
        // A resource counts as touched as soon as one of its operations was.
        if matches!(
            touched.state,
            OperationState::Pending | OperationState::Skipped
        ) {
            touched.state = state;
        }
    }
    let keys: Vec<ResourceKey> = by_resource.keys().cloned().collect();
    let found = documents
        .ledger
        .store()
        .read(|reader| reader.lookup(live, &keys))?;
    let mut touched: Vec<Touched> = by_resource.into_values().collect();
    let blobs: Vec<_> = touched
        .iter()
        .filter_map(|touched| touched.before.map(|v| v.blob))
        .collect();
    let mut present = documents
        .ledger
        .store()
        .read(|reader| reader.blobs_present(&blobs))?
        .into_iter();
    let same =
        |a: &Option<Version>, b: &Option<Version>| Version::same_content(a.as_ref(), b.as_ref());
    let mut edited = Vec::new();
    for touched in &mut touched {
        touched.live = found.get(&touched.resource).copied();
        let mut fields = kept[&touched.resource].clone();
        fields.extend(
            rules
                .kept_fields(&touched.resource)
                .into_iter()
                .map(str::to_owned),
        );
        keep_as_it_is(documents, remote.as_ref(), &fields, touched)?;
        touched.source = match touched.before {
            Some(_) => present
                .next()
                .unwrap_or(false)
                .then_some(RollbackSource::Backup),
            None => None,
        };
        if same(&touched.live, &touched.deployed) || same(&touched.live, &touched.before) {
            continue;
        }
        if is_own_half(documents, remote.as_ref(), touched)? {
            // It goes back as what was deployed does.
            touched.deployed = touched.live;
        } else {
            if touched.edits == Edits::Merge {
                touched.merged = Some(merge_edit(documents, remote.as_ref(), touched)?);
            }
            edited.push(touched);
        }
    }
    let later = state
        .deployments_to(&environment.id)
        .into_iter()
        .take_while(|other| other.id != deployment.id);
    name_changers(documents, later, edited)?;
    Ok(touched)
}

/// Takes the fields that the environment keeps, or kept when it was deployed to, as they are there now: another value is no edit, and stays. Where they can't be
/// kept, planning names it.
fn keep_as_it_is(
    documents: &Documents,
    semantics: &dyn Semantics,
    fields: &[String],
    touched: &mut Touched,
) -> Result<(), EngineError> {
    let key = &touched.resource;
    let Some(live) = touched
        .live
        .filter(|_| !fields.is_empty() && has_fields(key))
    else {
        return Ok(());
    };
    for version in [&mut touched.before, &mut touched.deployed] {
        let Some(held) = version.filter(|held| held.digest != live.digest) else {
            continue;
        };
        // A document that is lost is told of where it is needed.
        let has = documents
            .ledger
            .store()
            .read(|reader| reader.blobs_present(&[held.blob]))?;
        if has != [true] {
            continue;
        }
        if let Ok((kept, _)) = documents.with_kept(semantics, key, (held, live), fields)? {
            *version = Some(kept);
        }
    }
    Ok(())
}

/// Whether what is there is what the deployment itself left when an operation was cut off between two requests.
fn is_own_half(
    documents: &Documents,
    semantics: &dyn Semantics,
    touched: &Touched,
) -> Result<bool, EngineError> {
    let is_cut_off = matches!(
        touched.state,
        OperationState::Failed | OperationState::Unknown
    );
    let (true, Some(live)) = (is_cut_off, &touched.live) else {
        return Ok(false);
    };
    let bytes =
        |version: &Option<Version>| version.as_ref().map(|v| documents.document(v)).transpose();
    let (before, after) = (bytes(&touched.before)?, bytes(&touched.deployed)?);
    let live = documents.document(live)?;
    let key = &touched.resource;
    Ok(semantics.is_half_done(key, before.as_deref(), after.as_deref(), &live))
}

/// Notes of what was edited since which later release put there what is live, if one did; `later` come newest first.
fn name_changers<'d>(
    documents: &Documents,
    later: impl Iterator<Item = &'d Deployment>,
    edited: Vec<&mut Touched>,
) -> Result<(), EngineError> {
    let mut open: HashMap<ResourceKey, &mut Touched> = edited
        .into_iter()
        .map(|touched| (touched.resource.clone(), touched))
        .collect();
    for other in later {
        if open.is_empty() {
            break;
        }
        for change in change_set(documents, &other.effect)? {
            let is_it = open.get(&change.resource).is_some_and(|touched| {
                Version::same_content(change.after.as_ref(), touched.live.as_ref())
            });
            if is_it && let Some(touched) = open.remove(&change.resource) {
                touched.changed_by = Some(other.release.clone());
            }
        }
    }
    Ok(())
}

/// Takes back the deployment's part of a resource and keeps what was edited since: a three-way merge whose base is
/// what was deployed.
fn merge_edit(
    documents: &Documents,
    semantics: &dyn Semantics,
    touched: &Touched,
) -> Result<Result<Version, String>, EngineError> {
    let (Some(deployed), Some(live), Some(before)) =
        (touched.deployed, touched.live, touched.before)
    else {
        return Ok(Err(
            "It was created or deleted since: there is nothing to merge.".to_owned(),
        ));
    };
    let (base, ours, theirs) = (
        documents.document(&deployed)?,
        documents.document(&live)?,
        documents.document(&before)?,
    );
    let merged = match merge_documents(&touched.resource, &base, &ours, &theirs) {
        Ok(bytes) => bytes,
        Err(conflict) => return Ok(Err(conflict)),
    };
    let Ok(digest) = semantics.digest(&touched.resource, &merged) else {
        return Ok(Err(
            "The merge of both is no valid document; the edit is kept.".to_owned(),
        ));
    };
    let blob = documents
        .ledger
        .store()
        .write(move |writer| writer.put_blob(&merged))?;
    Ok(Ok(Version { digest, blob }))
}

/// The revert release as it would be, for a dry run: nothing of it is recorded.
fn unsaved_revert(
    documents: &Documents,
    deployment: &Deployment,
    release: &Release,
    environment: &Environment,
    capture: &CaptureRow,
    changes: &[Change],
) -> Result<Release, EngineError> {
    let set = changes.to_vec();
    let effect = documents
        .ledger
        .store()
        .write(move |writer| writer.put_change_set(&set))?;
    let count = |kind: ChangeKind| {
        changes
            .iter()
            .filter(|change| change.kind() == kind)
            .count() as u64
    };
    let mut revert = release.clone();
    revert.kind = ReleaseKind::Hybrid;
    revert.reviews = Vec::new();
    revert.target = environment.id.clone();
    revert.reverts = Some(deployment.id.clone());
    revert.candidates = Candidates {
        changes: effect,
        source: deployment.before,
        target: capture.snapshot,
        at: documents.ledger.now(),
    };
    revert.revisions = vec![slipway_domain::Revision {
        number: 1,
        effect,
        created: count(ChangeKind::Created),
        modified: count(ChangeKind::Modified),
        deleted: count(ChangeKind::Deleted),
        at: documents.ledger.now(),
        by: release.created_by.clone(),
    }];
    Ok(revert)
}

/// The selection of a request.
fn selection(request: &RollbackRequest) -> Result<RollbackSelection, EngineError> {
    Ok(RollbackSelection::new(&request.selection)?)
}

/// What is rolled back is the plan that a person looked at.
fn check_pinned(request: &RollbackRequest, plan: &RollbackPlan) -> Result<(), RollbackError> {
    match &request.plan {
        Some(seen) if *seen != plan.digest() => Err(RollbackError::OtherPlan),
        _ => Ok(()),
    }
}

fn nothing_to_do(plan: &RollbackPlan, environment: &Environment) -> RollbackError {
    let environment = environment.settings.name.clone();
    let first = |action| plan.items.iter().find(|item| item.action == action);
    match (first(RollbackAction::Refuse), first(RollbackAction::Keep)) {
        (Some(item), _) => RollbackError::Irreversible {
            first: item.resource.clone(),
            reason: item.message.clone(),
            compensation: item.hint.clone(),
        },
        (None, Some(_)) => RollbackError::EditsKept { environment },
        (None, None) => RollbackError::AsBefore { environment },
    }
}

/// `revert-<tag>`, with a number where that is taken, within the limit of a tag.
fn free_tag(state: &State, tag: &str) -> String {
    const ROOM: usize = 60;
    let short: String = tag.chars().take(ROOM).collect();
    let base = format!("revert-{short}");
    if state.release_tagged(&base).is_none() {
        return base;
    }
    (2u32..)
        .map(|number| format!("{base}-{number}"))
        .find(|tag| state.release_tagged(tag).is_none())
        .expect("BUG: fewer than 2^32 releases")
}

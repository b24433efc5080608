//! The trail of everything that was decided.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use slipway_domain::{DeploymentId, EnvironmentId, Fact, Person, Record, ReleaseId, State};
use slipway_engine::{Audit, Replace};
use slipway_store::RecordFilter;

use super::page;
use super::workspace::absolute;
use crate::sentences::{Names, sentence};
use crate::session::Api;
use crate::wire::{
    ApiError, AuditExport, AuditExported, AuditResult, Empty, ReleaseRef, Trail, TrailEntry,
    TrailGet,
};
use crate::workspace::Workspace;

/// How many records are read at a time.
const RECORD_PAGE: u64 = 1_000;

pub(crate) async fn list(api: &Api, request: TrailGet) -> Result<Trail, ApiError> {
    api.on_disk(move |workspace| {
        let TrailGet {
            kinds,
            release,
            environment,
            text,
            offset,
            limit,
        } = request;
        let state = workspace.state()?;
        let names = Known {
            workspace,
            state: &state,
            environments: RefCell::default(),
        };
        let filter = RecordFilter {
            kinds,
            release: release
                .map(|tag| workspace.engine.release(&state, &tag))
                .transpose()?
                .map(|release| release.id),
            environment: environment
                .map(|name| environment_id(workspace, &state, &name))
                .transpose()?,
        };
        let (offset, limit) = (u64::from(offset), page(limit) as u64);
        let text = text.trim().to_lowercase();
        let is_whole = filter == RecordFilter::default() && text.is_empty();
        if is_whole {
            let (found, total) = workspace.engine.store().read(|reader| {
                Ok((
                    reader.records_newest(&filter, limit, offset)?,
                    reader.last_position()?,
                ))
            })?;
            let entries = found
                .into_iter()
                .map(|(position, record)| entry(&names, position, record))
                .collect();
            return Ok(Trail {
                entries,
                total: u64::try_from(total).unwrap_or(0),
            });
        }
        // What people look for is what they read: the sentence, and who it is about. So each has to be said to be found.
        let (mut entries, mut total) = (Vec::new(), 0_u64);
        each_record(workspace, &filter, |position, record| {
            let entry = entry(&names, position, record);
            if text.is_empty() || holds(&entry, &text) {
                if total >= offset && (entries.len() as u64) < limit {
                    entries.push(entry);
                }
                total += 1;
            }
        })?;
        Ok(Trail { entries, total })
    })
    .await
}

/// The identity of an environment, also of one that was removed.
fn environment_id(
    workspace: &Workspace,
    state: &State,
    name: &str,
) -> Result<EnvironmentId, ApiError> {
    let unknown = match workspace.engine.environment(state, name) {
        Ok(environment) => return Ok(environment.id),
        Err(error) => error,
    };
    let filter = RecordFilter {
        kinds: vec!["environment_added".to_owned()],
        ..RecordFilter::default()
    };
    let mut found = None;
    each_record(workspace, &filter, |_, record| {
        if let Fact::EnvironmentAdded { environment } = record.fact
            && (environment.id.as_str() == name || environment.settings.name == name)
        {
            found.get_or_insert(environment.id);
        }
    })?;
    Ok(found.ok_or(unknown)?)
}

/// Reads records newest first, a page at a time.
fn each_record(
    workspace: &Workspace,
    filter: &RecordFilter,
    mut each: impl FnMut(u64, Record),
) -> Result<(), ApiError> {
    let mut offset = 0;
    loop {
        let page = workspace
            .engine
            .store()
            .read(|reader| reader.records_newest(filter, RECORD_PAGE, offset))?;
        let count = page.len() as u64;
        for (position, record) in page {
            each(u64::try_from(position).unwrap_or(0), record);
        }
        if count < RECORD_PAGE {
            return Ok(());
        }
        offset += count;
    }
}

fn holds(entry: &TrailEntry, text: &str) -> bool {
    let holds = |field: &str| field.to_lowercase().contains(text);
    holds(&entry.sentence)
        || holds(&entry.author.name)
        || holds(&entry.author.email)
        || holds(&said(&entry.fact))
}

/// What somebody wrote in their own words.
fn said(fact: &Fact) -> String {
    match fact {
        Fact::ReleaseDrafted { notes, .. } | Fact::ReleaseDescribed { notes, .. } => notes.clone(),
        Fact::ReleaseCancelled { reason, .. } | Fact::ReviewDismissed { reason, .. } => {
            reason.clone()
        }
        Fact::Reviewed { message, .. } => message.clone(),
        Fact::Commented { body, .. } => body.clone(),
        _ => String::new(),
    }
}

/// Names as the workspace knows them.
struct Known<'a> {
    workspace: &'a Workspace,
    state: &'a State,
    environments: RefCell<HashMap<EnvironmentId, String>>,
}

impl Names for Known<'_> {
    fn release(&self, id: &ReleaseId) -> String {
        self.state
            .releases
            .get(id)
            .map_or_else(|| id.to_string(), |release| release.tag.clone())
    }

    fn environment(&self, id: &EnvironmentId) -> String {
        let mut known = self.environments.borrow_mut();
        known
            .entry(id.clone())
            .or_insert_with(|| self.workspace.environment_name(self.state, id))
            .clone()
    }

    fn deployment(&self, id: &DeploymentId) -> (String, String) {
        match self.state.deployments.get(id) {
            Some(deployment) => (
                self.release(&deployment.release),
                self.environment(&deployment.environment),
            ),
            None => (id.to_string(), "an unknown environment".to_owned()),
        }
    }
}

fn entry(names: &Known<'_>, position: impl TryInto<u64>, record: Record) -> TrailEntry {
    let (release, environment) = about(&record.fact, names.state);
    let author = names
        .state
        .author(&record)
        .unwrap_or_else(|| stranger(&record));
    let Record { id, at, fact, .. } = record;
    TrailEntry {
        position: position.try_into().unwrap_or(0),
        id,
        author,
        at,
        sentence: sentence(&fact, names),
        release: release.map(|id| ReleaseRef {
            tag: names.release(&id),
            id,
        }),
        environment: environment.map(|id| names.environment(&id)),
        fact,
    }
}

/// Whoever signed a record and was not introduced when it was read.
fn stranger(record: &Record) -> Person {
    Person {
        name: format!("Device {:.8}", record.chain()),
        email: String::new(),
    }
}

/// The release and the environment that a fact is about.
fn about(fact: &Fact, state: &State) -> (Option<ReleaseId>, Option<EnvironmentId>) {
    let of_deployment = |id: &DeploymentId| match state.deployments.get(id) {
        Some(deployment) => (
            Some(deployment.release.clone()),
            Some(deployment.environment.clone()),
        ),
        None => (None, None),
    };
    let of_release = |id: &ReleaseId| {
        (
            Some(id.clone()),
            state.releases.get(id).map(|release| release.target.clone()),
        )
    };
    match fact {
        Fact::WorkspaceCreated { .. }
        | Fact::LedgerMigrated { .. }
        | Fact::PersonAdded { .. }
        | Fact::Unknown { .. } => (None, None),
        Fact::EnvironmentAdded { environment } | Fact::EnvironmentChanged { environment } => {
            (None, Some(environment.id.clone()))
        }
        Fact::EnvironmentRemoved { environment } => (None, Some(environment.clone())),
        Fact::ReleaseDrafted {
            release, target, ..
        } => (Some(release.clone()), Some(target.clone())),
        Fact::Reviewed {
            release,
            environment,
            ..
        }
        | Fact::DeploymentStarted {
            release,
            environment,
            ..
        } => (Some(release.clone()), Some(environment.clone())),
        Fact::ReleaseDescribed { release, .. }
        | Fact::ReleaseRefreshed { release, .. }
        | Fact::RevisionSealed { release, .. }
        | Fact::ReleaseCancelled { release, .. }
        | Fact::ReviewDismissed { release, .. }
        | Fact::Commented { release, .. }
        | Fact::CommentResolved { release, .. } => of_release(release),
        Fact::DeploymentResumed { deployment }
        | Fact::DeploymentEnded { deployment, .. }
        | Fact::RolledBack { deployment, .. } => of_deployment(deployment),
    }
}

pub(crate) async fn verify(api: &Api, Empty {}: Empty) -> Result<AuditResult, ApiError> {
    audit(api, Replace::No).await
}

pub(crate) async fn rebuild(api: &Api, Empty {}: Empty) -> Result<AuditResult, ApiError> {
    let rebuilt = audit(api, Replace::Yes).await?;
    let workspace = api.workspace()?;
    api.notify_all(&workspace);
    Ok(rebuilt)
}

async fn audit(api: &Api, replace: Replace) -> Result<AuditResult, ApiError> {
    api.on_disk(move |workspace| {
        let Audit {
            records,
            problem,
            projections_match,
        } = workspace.engine.audit(replace)?;
        Ok(AuditResult {
            records,
            intact: problem.is_none(),
            problem,
            projections_match,
        })
    })
    .await
}

pub(crate) async fn export(
    api: &Api,
    AuditExport { path }: AuditExport,
) -> Result<AuditExported, ApiError> {
    let path = absolute(&path)?;
    api.on_disk(move |workspace| {
        let refused = |error: &io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => ApiError::invalid(
                format!("{} exists already", path.display()),
                "Choose another file.",
            ),
            _ => ApiError::failed(
                format!("{} can't be written: {error}", path.display()),
                "Choose another place.",
            ),
        };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|error| refused(&error))?;
        match write_records(workspace, file) {
            Ok(records) => Ok(AuditExported {
                path: path.display().to_string(),
                records,
            }),
            Err(error) => {
                discard(&path);
                Err(match error {
                    Failed::Write(error) => refused(&error),
                    Failed::Read(error) => error,
                })
            }
        }
    })
    .await
}

/// Why the trail was not exported.
enum Failed {
    Read(ApiError),
    Write(io::Error),
}

/// Writes all records, oldest first, one JSON document a line: the bytes of a record have no line breaks. Returns how many.
fn write_records(workspace: &Workspace, file: File) -> Result<u64, Failed> {
    let mut out = BufWriter::new(file);
    let (mut after, mut count) = (0, 0);
    loop {
        let page = workspace
            .engine
            .store()
            .read(|reader| reader.records(after, RECORD_PAGE))
            .map_err(|error| Failed::Read(error.into()))?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, record) in &page {
            write_record(&mut out, record).map_err(Failed::Write)?;
            count += 1;
        }
    }
    let file = out
        .into_inner()
        .map_err(|error| Failed::Write(error.into_error()))?;
    file.sync_all().map_err(Failed::Write)?;
    Ok(count)
}

/// Writes a record as it is, with its identity and its signature: `{"id":…,"format":…,"record":…,"signature":…}`. Both are over
/// the bytes of `record`.
fn write_record(out: &mut impl Write, record: &Record) -> io::Result<()> {
    let (id, format) = (record.id, record.format().number());
    write!(out, r#"{{"id":"{id}","format":{format},"record":"#)?;
    // An unsigned one may have been made with line breaks, which stand between its parts alone.
    let line: Vec<u8> = record
        .bytes()
        .iter()
        .map(|byte| match byte {
            b'\n' | b'\r' => b' ',
            byte => *byte,
        })
        .collect();
    out.write_all(&line)?;
    out.write_all(br#","signature":"#)?;
    serde_json::to_writer(&mut *out, &record.signature())?;
    out.write_all(b"}\n")
}

/// Half an export would be taken for a whole one.
fn discard(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(file = %path.display(), %error, "what was written of the export can't be removed");
    }
}

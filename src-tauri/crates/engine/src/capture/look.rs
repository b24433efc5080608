//! A look at some resources of an environment: what it costs follows them, not the place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use slipway_domain::{Environment, ResourceKey, Version};
use slipway_store::CaptureRow;

use super::notes::{CaptureNotes, Part};
use super::session::{Collected, Order, collect};
use super::{Deployed, REPEATS, capture, header};
use crate::documents::Documents;
use crate::error::{CaptureError, EngineError};
use crate::job::Job;
use crate::platform::{OnUnreadable, Scope};

/// How old the last whole capture may be where something relies on what the rest of the place holds, in milliseconds: a day.
const WHOLE_FOR_MS: i64 = 24 * 60 * 60 * 1_000;

/// How often a look is begun again when another one ends beside it.
const RACES: usize = 32;

/// One in so many resources is much. They are read one by one, all of them in long lists.
const MUCH: u64 = 4;

/// What a look covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Around {
    /// The resources.
    pub(crate) keys: BTreeSet<ResourceKey>,
    /// Whether what is made of it relies on the rest as well, as a deletion does on what refers to what goes.
    pub(crate) relies_on_rest: bool,
}

impl Around {
    /// Whether so many resources are looked at that capturing all of the place costs no more.
    pub(crate) fn is_much(count: usize, base: &CaptureRow) -> bool {
        (count as u64).saturating_mul(MUCH) >= base.resources
    }
}

/// Looks at some resources as they are now, and makes that the latest capture: the rest it holds as the one before it does.
/// `around` says what to look at, from that one. Captures all of the place where there is none, or it was made under other
/// rules.
///
/// # Errors
/// As [`capture`].
pub(crate) async fn look(
    documents: &Documents,
    environment: &Environment,
    around: impl Fn(&CaptureRow) -> Result<Around, EngineError> + Send + Sync + 'static,
    job: &Job,
) -> Result<CaptureRow, EngineError> {
    let around = Arc::new(around);
    let (mut deployed, mut raced) = (0, 0);
    while deployed < REPEATS && raced < RACES {
        let before = Deployed::to(documents, environment)?;
        let whole = || capture(documents, environment, OnUnreadable::GoOn, job);
        let Some(base) = base(documents, environment)? else {
            return whole().await;
        };
        let (ask, of) = (around.clone(), base.clone());
        let Around {
            keys,
            relies_on_rest,
        } = documents.ledger.blocking(move || ask(&of)).await?;
        let age = documents.ledger.now().0 - CaptureNotes::of(&base).whole_at(&base).0;
        let is_old = relies_on_rest && !(0..=WHOLE_FOR_MS).contains(&age);
        if is_old || Around::is_much(keys.len(), &base) {
            return whole().await;
        }
        let asked: Vec<_> = keys.iter().cloned().collect();
        let store = documents.ledger.store();
        let held = store.read(|reader| reader.lookup(&base.snapshot, &asked))?;
        let expected = held.into_iter().map(|(key, version)| (key, Some(version)));
        let seen = see(documents, environment, keys, expected.collect(), job).await?;
        if before != Deployed::to(documents, environment)? {
            deployed += 1;
            continue;
        }
        if let Some(row) = seen.keep(documents, environment, base).await? {
            return Ok(row);
        }
        raced += 1;
    }
    let environment = environment.settings.name.clone();
    Err(match deployed == REPEATS {
        true => CaptureError::DeployedTo { environment },
        false => CaptureError::Crowded { environment },
    }
    .into())
}

/// As [`look`], right after these versions were written, for whoever holds the lock of the place. `beside` is looked at as well.
///
/// # Errors
/// As [`capture`].
pub(crate) async fn look_after(
    documents: &Documents,
    environment: &Environment,
    written: &BTreeMap<ResourceKey, Option<Version>>,
    beside: impl IntoIterator<Item = ResourceKey>,
    job: &Job,
) -> Result<CaptureRow, EngineError> {
    let mut keys: BTreeSet<ResourceKey> = written.keys().cloned().collect();
    keys.extend(beside);
    for _ in 0..RACES {
        let Some(base) = base(documents, environment)? else {
            break;
        };
        if Around::is_much(keys.len(), &base) {
            break;
        }
        let seen = see(documents, environment, keys.clone(), written.clone(), job).await?;
        if let Some(row) = seen.keep(documents, environment, base).await? {
            return Ok(row);
        }
    }
    super::capture_now(documents, environment, written.clone(), job).await
}

/// The capture that a look can be put onto.
fn base(
    documents: &Documents,
    environment: &Environment,
) -> Result<Option<CaptureRow>, EngineError> {
    let store = documents.ledger.store();
    let latest = store.read(|reader| reader.latest_capture(&environment.id))?;
    let rules = Some(&environment.settings.rules);
    Ok(latest.filter(|row| CaptureNotes::of(row).rules.as_ref() == rules))
}

/// What was seen, and is no capture yet.
struct Seen {
    keys: BTreeSet<ResourceKey>,
    collected: Collected,
}

async fn see(
    documents: &Documents,
    environment: &Environment,
    keys: BTreeSet<ResourceKey>,
    expected: BTreeMap<ResourceKey, Option<Version>>,
    job: &Job,
) -> Result<Seen, EngineError> {
    let order = Order {
        scope: Scope::Only(keys.iter().cloned().collect()),
        expected,
        on_unreadable: OnUnreadable::GoOn,
    };
    let collected = collect(documents, environment, order, job).await?;
    Ok(Seen { keys, collected })
}

impl Seen {
    /// Puts it onto the capture before; nothing when that is not the latest any more.
    async fn keep(
        self,
        documents: &Documents,
        environment: &Environment,
        base: CaptureRow,
    ) -> Result<Option<CaptureRow>, EngineError> {
        let Self { keys, collected } = self;
        let Collected {
            ingest,
            entries,
            unreadable,
            vocabulary,
            ..
        } = collected;
        let notes = CaptureNotes::of(&base);
        let part = Part {
            looked_at: keys.len() as u64,
            whole_at: notes.whole_at(&base),
        };
        let notes = notes.after(&keys, unreadable, vocabulary, part);
        let header = header(documents, environment, notes);
        let finishing = move || ingest.finish_onto(base, keys, entries, header);
        Ok(documents.ledger.blocking(finishing).await?)
    }
}

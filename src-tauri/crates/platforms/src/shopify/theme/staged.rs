//! Staging: the live theme is duplicated, the copy is written and verified, and published in one step.
//!
//! Invariant: the copy is known by its name, which holds a sign of the deployment's identity, so that a deployment that was
//! interrupted finds it again and a duplication whose answer was lost is not repeated.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use slipway_domain::DeploymentId;
use slipway_engine::{Memory, PlatformError};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::failure::{malformed, refused, unavailable};
use super::super::store::Store;
use super::files::{self, Checksums};
use super::staged_names::{expendable, former_name_of, name_of};
use super::{Theme, by_id, listed, named};

/// How long the store may take to duplicate a theme.
const COPY_LIMIT: Duration = Duration::from_secs(600);
/// How often it is asked about that, at first and at most.
const COPY_PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

/// How many copies of deployments that are over stay: taking the last ones back publishes what was live before.
const KEPT: usize = 3;
/// How many themes a store takes, and one of the largest plan: what users of the vendor's forum say, not the vendor.
const THEME_LIMIT: usize = 20;
const PLUS_THEME_LIMIT: usize = 100;

/// What becomes of files, by path.
pub(super) type Outcome = BTreeMap<String, Option<Vec<u8>>>;

/// Whether a theme holds what another one would after the outcome.
fn is_outcome(held: &Checksums, base: &Checksums, outcome: &Outcome) -> bool {
    let is_kept = |(path, checksum): (&String, &Option<[u8; 16]>)| {
        outcome.contains_key(path) || (checksum.is_some() && held.get(path) == Some(checksum))
    };
    let is_made = |(path, bytes): (&String, &Option<Vec<u8>>)| match (held.get(path), bytes) {
        (Some(Some(checksum)), Some(bytes)) => files::is_checksum_of(checksum, path, bytes),
        (None, None) => true,
        _ => false,
    };
    let is_known = |path: &String| base.contains_key(path) || outcome.contains_key(path);
    base.iter().all(is_kept) && outcome.iter().all(is_made) && held.keys().all(is_known)
}

/// The copy of one deployment.
pub(super) struct Staged {
    store: Arc<Store>,
    deployment: DeploymentId,
    introduced: OnceLock<Introduced>,
    /// Knows what the live theme held when the copy was made.
    memory: Arc<dyn Memory>,
    state: Mutex<State>,
}

/// What was said of the deployment.
#[derive(Default)]
struct Introduced {
    /// What people call its release.
    release: String,
    /// The other deployments that are over.
    ended: Vec<DeploymentId>,
}

#[derive(Default)]
struct State {
    is_looked_up: bool,
    copy: Option<Theme>,
    /// Whether the copy is a theme from before, which held the outcome already.
    is_former: bool,
    /// What the live theme held when the copy was made.
    base: Option<Base>,
}

/// A live theme, and what it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Base {
    theme: String,
    files: Checksums,
}

impl Staged {
    pub(super) fn new(
        store: Arc<Store>,
        deployment: &DeploymentId,
        memory: Arc<dyn Memory>,
    ) -> Self {
        Self {
            store,
            deployment: deployment.clone(),
            introduced: OnceLock::new(),
            memory,
            state: Mutex::default(),
        }
    }

    /// Told first: what the release is called, and which other deployments are over.
    pub(super) fn introduce(&self, release: &str, ended: &[DeploymentId]) {
        self.introduced.get_or_init(|| Introduced {
            release: release.to_owned(),
            ended: ended.to_vec(),
        });
    }

    fn introduced(&self) -> &Introduced {
        self.introduced.get_or_init(Introduced::default)
    }

    fn name(&self) -> String {
        name_of(&self.introduced().release, &self.deployment)
    }

    /// The copy, if it was made.
    pub(super) async fn copy(&self) -> Result<Option<Theme>, PlatformError> {
        let mut state = self.state.lock().await;
        self.look_up(&mut state).await?;
        Ok(state.copy.clone())
    }

    /// Looks for a theme from before that holds what the deployment is to make: taking a deployment back publishes the
    /// former theme again. `outcome` is what becomes of each file: its content as a document, or nothing.
    pub(super) async fn prepare(&self, outcome: &Outcome) -> Result<(), PlatformError> {
        let mut state = self.state.lock().await;
        self.look_up(&mut state).await?;
        if state.copy.is_some() || outcome.is_empty() {
            return Ok(());
        }
        let (live, base) = files::live(&self.store).await?;
        let mut themes = listed(&self.store, json!({})).await?;
        let count = themes.len();
        themes.retain(|theme| theme.role == "UNPUBLISHED");
        for theme in themes.iter().filter(|theme| !theme.processing) {
            let held = files::checksums(&self.store, &theme.id).await?;
            if is_outcome(&held, &base, outcome) {
                state.base = Some(Base {
                    theme: live.id,
                    files: base,
                });
                state.copy = Some(theme.clone());
                state.is_former = true;
                return Ok(());
            }
        }
        self.make_room(themes, count).await
    }

    /// Sees before anything is written that the store has room for a copy; copies that nobody needs make room.
    async fn make_room(&self, themes: Vec<Theme>, count: usize) -> Result<(), PlatformError> {
        let limit = match self.store.client.is_theme_only().await? {
            true => THEME_LIMIT,
            false if self.store.facts().await?.plan.contains("Plus") => PLUS_THEME_LIMIT,
            false => THEME_LIMIT,
        };
        let excess = (count + 1).saturating_sub(limit);
        let expendable = expendable(themes, KEPT, &self.introduced().ended);
        if excess > expendable.len() {
            return Err(refused(
                format!(
                    "{} has {count} themes, as many as it takes: there is no room for a copy of the live one.",
                    self.store.client.settings().store
                ),
                "Delete a theme there that nobody needs.",
            ));
        }
        for theme in expendable.into_iter().take(excess) {
            self.delete(&theme).await?;
        }
        Ok(())
    }

    /// Deletes what deployments that are over staged, but for the newest. What can't be deleted now is by the next deployment.
    pub(super) async fn clear_up(&self) {
        let pruned = async {
            let themes = listed(&self.store, json!({"roles": ["UNPUBLISHED"]})).await?;
            for theme in expendable(themes, KEPT, &self.introduced().ended) {
                self.delete(&theme).await?;
            }
            Ok::<_, PlatformError>(())
        };
        if let Err(error) = pruned.await {
            tracing::warn!(%error, "old copies of the theme stay");
        }
    }

    async fn delete(&self, theme: &Theme) -> Result<(), PlatformError> {
        let (client, variables) = (&self.store.client, json!({"id": theme.id}));
        let deleted = client.change_by(client.theme_way(), "DeleteTheme", variables);
        deleted.await.map(drop)
    }

    /// The copy, made now if it was not.
    pub(super) async fn ensure_copy(&self) -> Result<Theme, PlatformError> {
        let mut state = self.state.lock().await;
        self.look_up(&mut state).await?;
        if let Some(copy) = &state.copy {
            return Ok(copy.clone());
        }
        let (live, base) = files::live(&self.store).await?;
        let base = Base {
            theme: live.id.clone(),
            files: base,
        };
        // On the disk before the copy is there: whoever takes the deployment up again finds the copy, and compares with this.
        let kept = serde_json::to_vec(&base).expect("BUG: a list of files is plain data");
        self.memory.keep(kept).await?;
        state.base = Some(base);
        // Whatever becomes of the answer, the next look is at the store.
        state.is_looked_up = false;
        let payload = self
            .store
            .client
            .change_by(
                self.store.client.theme_way(),
                "DuplicateTheme",
                json!({"id": live.id, "name": self.name()}),
            )
            .await?;
        let made: Theme = serde_json::from_value(payload["newTheme"].clone())
            .map_err(|_| malformed("the copy of the theme"))?;
        let copy = self.finished(made).await?;
        state.copy = Some(copy.clone());
        state.is_looked_up = true;
        Ok(copy)
    }

    async fn look_up(&self, state: &mut State) -> Result<(), PlatformError> {
        if state.is_looked_up {
            return Ok(());
        }
        let mut found = named(&self.store, &self.name()).await?;
        if found.is_empty() {
            found = named(&self.store, &former_name_of(&self.deployment)).await?;
        }
        state.copy = match found.into_iter().next() {
            Some(copy) => Some(self.finished(copy).await?),
            None => None,
        };
        state.is_looked_up = true;
        Ok(())
    }

    /// Waits until the store has made the copy.
    async fn finished(&self, mut copy: Theme) -> Result<Theme, PlatformError> {
        let began = Instant::now();
        let (mut pause, longest) = COPY_PAUSE;
        loop {
            if copy.processing_failed {
                return Err(refused(
                    format!(
                        "{} could not duplicate the live theme.",
                        self.store.client.settings().store
                    ),
                    format!(
                        "Delete the theme “{}” there and see whether it holds too many themes.",
                        self.name()
                    ),
                ));
            }
            if !copy.processing {
                return Ok(copy);
            }
            if began.elapsed() > COPY_LIMIT {
                return Err(unavailable(
                    format!(
                        "{} is still duplicating the live theme.",
                        self.store.client.settings().store
                    ),
                    "Resume the deployment in a few minutes.",
                ));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
            copy = by_id(&self.store, &copy.id)
                .await?
                .ok_or_else(|| files::gone(&self.store))?;
        }
    }

    pub(super) async fn publish(&self) -> Result<(), PlatformError> {
        // A copy that is made only now would hold nothing of the deployment.
        let copy = self.copy().await?.ok_or_else(|| PlatformError::Changed {
            message: format!("The staged theme “{}” is not there any more.", self.name()),
        })?;
        self.check_base().await?;
        self.store
            .client
            .change_by(
                self.store.client.theme_way(),
                "PublishTheme",
                json!({"id": copy.id}),
            )
            .await?;
        // Another theme is the live one now.
        self.store.theme.forget().await;
        self.clear_up().await;
        Ok(())
    }

    /// What people changed in the live theme meanwhile would be lost by publishing the copy.
    async fn check_base(&self) -> Result<(), PlatformError> {
        let known = self.state.lock().await.base.clone();
        let base = match known {
            Some(base) => Some(base),
            None => {
                let kept = self.memory.recall().await?;
                kept.and_then(|kept| serde_json::from_slice(&kept).ok())
            }
        };
        let (now, held) = files::live(&self.store).await?;
        let now = Base {
            theme: now.id,
            files: held,
        };
        match base {
            Some(base) if base == now => Ok(()),
            Some(_) => Err(PlatformError::Changed {
                message: "The live theme was changed while its copy was being written; publishing the copy would undo that."
                    .to_owned(),
            }),
            None => Err(refused(
                "It is not known any more what the live theme held when its copy was made; publishing the copy could undo what was changed since.",
                "Cancel the deployment and deploy the release again.",
            )),
        }
    }

    /// Whether the copy is what customers see. Where nothing was staged there is nothing to publish.
    pub(super) async fn is_published(&self) -> Result<bool, PlatformError> {
        match self.copy().await? {
            // A copy that was made, or was about to be, and is gone was never published: what is live can't be deleted.
            None => Ok(self.memory.recall().await?.is_none()),
            Some(copy) => {
                let now = by_id(&self.store, &copy.id).await?;
                Ok(now.is_some_and(|theme| theme.is_live()))
            }
        }
    }

    pub(super) async fn abandon(&self) -> Result<(), PlatformError> {
        let Some(copy) = self.copy().await? else {
            return Ok(());
        };
        let is_former = self.state.lock().await.is_former;
        let now = by_id(&self.store, &copy.id).await?;
        if let Some(theme) = now.filter(|theme| !is_former && !theme.is_live()) {
            self.delete(&theme).await?;
        }
        *self.state.lock().await = State::default();
        Ok(())
    }
}

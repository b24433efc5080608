//! The layout `releases`: whole trees under `releases/`, and a link `current` that leads to one of them.
//!
//! A deployment stages a full copy of the current tree in `releases/.<deployment>.partial/tree`, writes in there, and
//! publishes it: synced, renamed to its digest, and `current` switched by one rename. Readers that resolve `current` see
//! the old release or the new one, whole.
//!
//! Invariant: a tree under its final name is never written to.
//! Invariant: before a tree gets its name, a link `releases/.<deployment>.release` says which name; it is what tells, after
//! an interruption, how far publishing came.
//! Deliberately not here: removing old releases. Each is what a rollback switches back to.

mod publish;
mod staging;

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};
use std::sync::Arc;

use async_trait::async_trait;
use rustix::io::Errno;
use slipway_domain::{DeploymentId, Operation, ResourceKey};
use slipway_engine::{PlatformError, Seen, Target};

use super::beneath;
use super::failure::{blocking, refused, told};
use super::settings::Settings;
use publish::Place;

/// The folder of the releases.
pub(super) const RELEASES: &str = "releases";
/// The link to the release that is in use.
pub(super) const CURRENT: &str = "current";

/// A release, by the name of its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    name: String,
}

impl Release {
    /// Its folder, relative to the environment's.
    pub(super) fn path(&self) -> String {
        format!("{RELEASES}/{}", self.name)
    }

    /// Opens its folder.
    pub(super) fn open(&self, root: &OwnedFd) -> Result<OwnedFd, PlatformError> {
        beneath::open_folder(root.as_fd(), &self.path()).map_err(|errno| match errno {
            Errno::NOENT => refused(
                format!(
                    "`{CURRENT}` leads to `{}`, which is not there.",
                    self.path()
                ),
                format!("Let `{CURRENT}` lead to a folder in `{RELEASES}`, or remove the link."),
            ),
            errno => told(&self.path(), "opened", errno),
        })
    }
}

/// As [`current`], for looking at what is there: no link, though there are releases, is an accident and no empty folder.
pub(super) fn current_in_use(
    root: &OwnedFd,
    path: &Path,
) -> Result<Option<Release>, PlatformError> {
    let current = current(root, path)?;
    if current.is_none() && holds_releases(path) {
        return Err(refused(
            format!("`{CURRENT}` is missing, though `{RELEASES}` holds releases."),
            format!("Let a link `{CURRENT}` lead to the one in `{RELEASES}` that is in use."),
        ));
    }
    Ok(current)
}

/// The release that `current` leads to; nothing if there is no such link. `path` is that of the opened `root`.
pub(super) fn current(root: &OwnedFd, path: &Path) -> Result<Option<Release>, PlatformError> {
    let target = match rustix::fs::readlinkat(root, CURRENT, Vec::new()) {
        Ok(target) => target.to_string_lossy().into_owned(),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::INVAL) => {
            return Err(refused(
                format!(
                    "`{CURRENT}` is a file or a folder; it has to be a link into `{RELEASES}`."
                ),
                format!("Move it to `{RELEASES}`, and let a link `{CURRENT}` lead there."),
            ));
        }
        Err(errno) => return Err(told(CURRENT, "read", errno)),
    };
    let relative = Path::new(&target)
        .strip_prefix(path)
        .unwrap_or(Path::new(&target));
    // Dots that change nothing are dropped by the components.
    let parts: Vec<_> = relative
        .components()
        .filter(|part| part.as_os_str() != ".")
        .collect();
    let name = match parts.as_slice() {
        [Component::Normal(folder), Component::Normal(name)] if *folder == RELEASES => {
            name.to_str()
        }
        _ => None,
    };
    match name.filter(|name| !name.starts_with('.')) {
        Some(name) => Ok(Some(Release {
            name: name.to_owned(),
        })),
        None => Err(refused(
            format!("`{CURRENT}` leads to `{target}`, which is no folder in `{RELEASES}`."),
            format!("Let `{CURRENT}` lead to a folder in `{RELEASES}`, or remove the link."),
        )),
    }
}

/// Whether there are releases; dot names are of deployments under way.
fn holds_releases(path: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(path.join(RELEASES)) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
}

/// Reads a link that holds the name of a release; nothing if it is not there.
fn noted(folder: &OwnedFd, link: &str) -> Result<Option<Release>, PlatformError> {
    let name = match rustix::fs::readlinkat(folder, link, Vec::new()) {
        Ok(name) => name.to_string_lossy().into_owned(),
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(told(&format!("{RELEASES}/{link}"), "read", errno)),
    };
    if name.contains('/') || name.starts_with('.') {
        return Err(refused(
            format!("`{RELEASES}/{link}` leads to `{name}`, which is no folder in `{RELEASES}`."),
            "Remove the link, cancel the deployment and start a new one.",
        ));
    }
    Ok(Some(Release { name }))
}

/// The staged copy of one deployment.
#[derive(Debug)]
pub(super) struct Staged {
    place: Arc<Place>,
}

impl Staged {
    /// Stages a copy of the current release, or takes up what an earlier try of the deployment has staged.
    pub(super) fn open(
        root: OwnedFd,
        settings: &Settings,
        deployment: &DeploymentId,
    ) -> Result<Self, PlatformError> {
        Ok(Self {
            place: Arc::new(Place::open(root, settings, deployment)?),
        })
    }
}

#[async_trait]
impl Target for Staged {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError> {
        let (place, key) = (Arc::clone(&self.place), key.clone());
        blocking(move || place.read(&key)).await
    }

    async fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        _expected: &Seen,
    ) -> Result<(), PlatformError> {
        let (place, operation, bytes) = (
            Arc::clone(&self.place),
            operation.clone(),
            bytes.map(<[u8]>::to_vec),
        );
        blocking(move || place.apply(&operation, bytes.as_deref())).await
    }

    async fn publish(&self) -> Result<(), PlatformError> {
        let place = Arc::clone(&self.place);
        blocking(move || place.publish()).await
    }

    async fn clear_up(&self) -> Result<(), PlatformError> {
        let place = Arc::clone(&self.place);
        blocking(move || place.clear_up()).await
    }

    async fn is_published(&self) -> Result<bool, PlatformError> {
        let place = Arc::clone(&self.place);
        blocking(move || place.is_published()).await
    }

    async fn abandon(&self) -> Result<(), PlatformError> {
        let place = Arc::clone(&self.place);
        blocking(move || place.abandon()).await
    }
}

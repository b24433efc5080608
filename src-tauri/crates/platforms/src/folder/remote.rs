//! A folder that was opened: what its documents mean, and how it is read.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use async_trait::async_trait;
use slipway_domain::{
    Assessment, Blocked, Change, ChangeKind, ContentDigest, DeploymentId, Layout, Reference,
    References, ResourceKey,
};
use slipway_engine::{
    CaptureSink, DocumentError, Memory, PlatformError, Remote, Scope, Semantics, Target,
    json_digest,
};

use super::failure::{blocking, told};
use super::in_place::InPlace;
use super::releases::{self, Staged};
use super::settings::{Holds, Settings};
use super::tree::Tree;
use super::{assess, capture, check, connect, detect, layer, names, references};
use crate::theme_content;

/// The resource that stands for the link `current`.
const PUBLISHED: &str = "folder/release:current";

/// An environment that is a folder.
#[derive(Debug)]
pub(super) struct FolderRemote {
    settings: Settings,
}

impl FolderRemote {
    /// Takes complete settings.
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

/// What the folder holds now, where that shows only in its current release.
fn holds(settings: &Settings) -> Result<Holds, PlatformError> {
    if let Some(holds) = settings.holds {
        return Ok(holds);
    }
    let root = connect::open(&settings.path)?;
    match releases::current(&root, &settings.path)? {
        Some(release) => holds_of(settings, &release.open(&root)?),
        None => Ok(Holds::Both),
    }
}

/// The tree in which readers look now; nothing where no release is in use.
fn tree(settings: &Settings) -> Result<Option<OwnedFd>, PlatformError> {
    let root = connect::open(&settings.path)?;
    if settings.layout != Layout::Releases {
        return Ok(Some(root));
    }
    let release = releases::current(&root, &settings.path)?;
    release.map(|release| release.open(&root)).transpose()
}

/// What an opened tree of the folder holds.
fn holds_of(settings: &Settings, tree: &OwnedFd) -> Result<Holds, PlatformError> {
    if let Some(holds) = settings.holds {
        return Ok(holds);
    }
    let detected = detect::detect(tree).map_err(|errno| told("the folder", "listed", errno))?;
    Ok(detected.map_or(Holds::Both, |detected| detected.holds))
}

impl Semantics for FolderRemote {
    fn references_policy(&self) -> References {
        References::Loose
    }

    fn layer(&self, key: &ResourceKey, _change: ChangeKind) -> u16 {
        layer::layer(key)
    }

    fn digest(&self, key: &ResourceKey, bytes: &[u8]) -> Result<ContentDigest, DocumentError> {
        match key.family() {
            "object" => json_digest(bytes, &mut Vec::new()),
            _ => Ok(theme_content::digest(key.name(), bytes)),
        }
    }

    fn references(&self, key: &ResourceKey, bytes: &[u8]) -> Vec<Reference> {
        references::references(key, bytes)
    }

    fn assess(
        &self,
        change: &Change,
        before: Option<&[u8]>,
        after: Option<&[u8]>,
        referrers: &[ResourceKey],
    ) -> Assessment {
        assess::assess(change, before, after, referrers)
    }

    fn published_resource(&self) -> Option<ResourceKey> {
        let key = || PUBLISHED.parse().expect("BUG: the key is well formed");
        (self.settings.layout == Layout::Releases).then(key)
    }
}

#[async_trait]
impl Remote for FolderRemote {
    fn check(&self, changes: &[Change], live: &[ResourceKey]) -> Vec<Blocked> {
        // A folder that can't be read now is told by the capture that comes before any plan.
        let holds = holds(&self.settings).unwrap_or(Holds::Both);
        let mut blocked = check::check(&self.settings.path, holds, changes, live);
        if let Ok(Some(tree)) = tree(&self.settings) {
            blocked.extend(check::check_disk(tree.as_fd(), holds, changes));
        }
        blocked
    }

    fn path_of(&self, key: &ResourceKey) -> Option<String> {
        let holds = holds(&self.settings).unwrap_or(Holds::Both);
        names::path_of(key, holds).ok()
    }

    fn attributes(&self, keys: &[ResourceKey]) -> BTreeMap<ResourceKey, String> {
        let opened = tree(&self.settings).ok().flatten();
        let Some(tree) = opened.and_then(|root| {
            let holds = holds_of(&self.settings, &root).ok()?;
            Some(Tree::new(root, holds))
        }) else {
            return BTreeMap::new();
        };
        let modes = |key: &ResourceKey| Some((key.clone(), tree.modes(key)?.to_string()));
        keys.iter().filter_map(modes).collect()
    }

    async fn capture(
        &self,
        scope: &Scope,
        sink: Arc<dyn CaptureSink>,
    ) -> Result<(), PlatformError> {
        let (settings, scope) = (self.settings.clone(), scope.clone());
        blocking(move || {
            let root = connect::open(&settings.path)?;
            if settings.layout != Layout::Releases {
                return capture::capture(&root, holds(&settings)?, &scope, sink.as_ref());
            }
            // Resolved once: a release that is published meanwhile is not mixed in.
            match releases::current_in_use(&root, &settings.path)? {
                Some(release) => {
                    let tree = release.open(&root)?;
                    let holds = holds_of(&settings, &tree)?;
                    capture::capture(&tree, holds, &scope, sink.as_ref())
                }
                None => {
                    sink.expect(0);
                    Ok(())
                }
            }
        })
        .await
    }

    /// What it has to know again lies in the folder itself.
    async fn target(
        &self,
        deployment: &DeploymentId,
        _memory: Arc<dyn Memory>,
    ) -> Result<Arc<dyn Target>, PlatformError> {
        let settings = self.settings.clone();
        let deployment = deployment.clone();
        blocking(move || {
            let root = connect::open(&settings.path)?;
            match settings.layout {
                Layout::Theme | Layout::Objects => {
                    let target = InPlace::open(root, holds(&settings)?)?;
                    Ok(Arc::new(target) as Arc<dyn Target>)
                }
                Layout::Releases => {
                    Ok(Arc::new(Staged::open(root, &settings, &deployment)?) as Arc<dyn Target>)
                }
            }
        })
        .await
    }
}

//! Staging: the copy of the current release that a deployment writes to.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use slipway_domain::DeploymentId;
use slipway_engine::PlatformError;

use super::{RELEASES, Release, current, noted};
use crate::folder::beneath;
use crate::folder::detect::detect;
use crate::folder::failure::{told, unavailable};
use crate::folder::modes::{NEW_FOLDER, PRIVATE_FOLDER};
use crate::folder::settings::{Holds, Settings};
use crate::folder::tree::Tree;
use crate::folder::tree_copy;

/// Below the partial folder: the staged tree, once it is a whole copy.
pub(super) const TREE: &str = "tree";
/// Below the partial folder: the staged tree while it is copied.
const COPYING: &str = "copying";
/// Below the partial folder: a link that names the release that was copied.
pub(super) const BASE: &str = "base";
/// Below the partial folder: a link that says what the copy held before it was written to.
pub(super) const BASE_CONTENT: &str = "base-content";

/// How far a deployment came.
#[derive(Debug)]
pub(super) enum Stage {
    /// A copy that is written to. Undecided: which content the folder holds shows from what is written.
    Open { tree: Tree, is_undecided: bool },
    /// A tree under its final name.
    Sealed { tree: Tree, release: Release },
}

/// The part of a file's name that stands for a deployment.
pub(super) fn file_name(deployment: &DeploymentId) -> String {
    let id = deployment.as_str();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !id.is_empty() && id.len() <= 64 && id.bytes().all(is_plain) {
        id.to_owned()
    } else {
        blake3::hash(id.as_bytes()).to_hex()[..32].to_owned()
    }
}

/// Making ready: what an environment and a deployment have to stage with.
pub(super) struct Staging<'a> {
    /// The environment's folder.
    pub(super) root: &'a OwnedFd,
    /// The folder of the releases.
    pub(super) releases: &'a OwnedFd,
    /// The environment's settings.
    pub(super) settings: &'a Settings,
    /// The name of what the deployment stages in.
    pub(super) partial: &'a str,
    /// The name of the link that says which name its tree gets.
    pub(super) record: &'a str,
}

impl Staging<'_> {
    fn told(&self, doing: &'static str) -> impl Fn(Errno) -> PlatformError {
        let place = format!("{RELEASES}/{}", self.partial);
        move |errno| told(&place, doing, errno)
    }

    /// How far the deployment came; a new copy is made if it has not begun.
    pub(super) fn stage(&self) -> Result<Stage, PlatformError> {
        match self.sealed()? {
            Some(stage) => Ok(stage),
            None => self.staged(),
        }
    }

    /// The tree that has its final name already.
    fn sealed(&self) -> Result<Option<Stage>, PlatformError> {
        let Some(release) = noted(self.releases, self.record)? else {
            return Ok(None);
        };
        match beneath::open_folder(self.releases.as_fd(), &release.name) {
            Ok(folder) => {
                let detected =
                    detect(&folder).map_err(|errno| told(&release.path(), "listed", errno))?;
                let holds = self
                    .settings
                    .holds
                    .or(detected.map(|detected| detected.holds));
                let tree = Tree::new(folder, holds.unwrap_or(Holds::Both));
                Ok(Some(Stage::Sealed { tree, release }))
            }
            // The name was noted, and then the tree was not renamed: publishing begins anew.
            Err(Errno::NOENT) => {
                beneath::remove(self.releases.as_fd(), self.record)
                    .map_err(self.told("removed"))?;
                Ok(None)
            }
            Err(errno) => Err(told(&release.path(), "opened", errno)),
        }
    }

    /// The tree that was staged before, or a new copy.
    fn staged(&self) -> Result<Stage, PlatformError> {
        let path = format!("{}/{TREE}", self.partial);
        let folder = match beneath::open_folder(self.releases.as_fd(), &path) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => {
                self.copy()?;
                beneath::open_folder(self.releases.as_fd(), &path).map_err(self.told("opened"))?
            }
            Err(errno) => return Err(self.told("opened")(errno)),
        };
        let partial = beneath::open_folder(self.releases.as_fd(), self.partial)
            .map_err(self.told("opened"))?;
        let holds = match (self.settings.holds, noted(&partial, BASE)?) {
            (Some(holds), _) => Some(holds),
            (None, None) => None,
            (None, Some(base)) => {
                let detected = detect(&base.open(self.root)?);
                let detected = detected.map_err(|errno| told(&base.path(), "listed", errno))?;
                detected.map(|detected| detected.holds)
            }
        };
        let tree = Tree::new(folder, holds.unwrap_or(Holds::Both));
        tree.clean()?;
        Ok(Stage::Open {
            tree,
            is_undecided: holds.is_none(),
        })
    }

    fn copy(&self) -> Result<(), PlatformError> {
        tree_copy::remove(self.releases, self.partial).map_err(|error| self.failed(&error))?;
        let base = current(self.root, &self.settings.path)?;
        let copied = (|| -> std::io::Result<()> {
            // Until it is published nobody else looks into it, whatever its files were to others.
            let private = |_| PRIVATE_FOLDER;
            let partial = beneath::make_folder(self.releases.as_fd(), self.partial, private)?;
            let copy = beneath::make_folder(partial.as_fd(), COPYING, |_| NEW_FOLDER)?;
            if let Some(base) = &base {
                let from = beneath::open_folder(self.root.as_fd(), &base.path())?;
                tree_copy::copy(&from, &copy)?;
                tree_copy::dress(&copy, &rustix::fs::fstat(&from)?)?;
                rustix::fs::symlinkat(base.name.as_str(), &partial, BASE)?;
                let content = tree_copy::digest(&copy)?;
                rustix::fs::symlinkat(content.as_str(), &partial, BASE_CONTENT)?;
            }
            tree_copy::sync(&copy)?;
            rustix::fs::renameat(&partial, COPYING, &partial, TREE)?;
            Ok(rustix::fs::fsync(&partial)?)
        })();
        copied.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> PlatformError {
        unavailable(
            format!(
                "The current release can't be copied to `{RELEASES}/{}`: {error}.",
                self.partial
            ),
            "See whether the disk is full or nobody may write there, then resume the deployment.",
        )
    }
}

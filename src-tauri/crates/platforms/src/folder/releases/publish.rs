//! Publishing: a staged tree gets its name, and `current` is switched to it.

use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use rustix::fs::FileType;
use rustix::io::Errno;
use slipway_domain::{DeploymentId, Operation, ResourceKey};
use slipway_engine::PlatformError;

use super::staging::{BASE, BASE_CONTENT, Stage, Staging, TREE, file_name};
use super::{CURRENT, RELEASES, Release, current, noted};
use crate::folder::beneath;
use crate::folder::failure::{refused, told, unavailable};
use crate::folder::modes::NEW_FOLDER;
use crate::folder::settings::{Holds, Settings};
use crate::folder::tree::{Expected, Tree};
use crate::folder::tree_copy;

const PARTIAL_SUFFIX: &str = ".partial";
const RECORD_SUFFIX: &str = ".release";

/// How many releases of one content, all but one damaged, there may be.
const DAMAGED_MAX: u32 = 1_000;

/// A folder with releases, opened for one deployment.
#[derive(Debug)]
pub(super) struct Place {
    root: OwnedFd,
    path: PathBuf,
    releases: OwnedFd,
    partial: String,
    record: String,
    stage: RwLock<Stage>,
}
impl Place {
    /// Opens the folder, and stages what the deployment writes to.
    pub(super) fn open(
        root: OwnedFd,
        settings: &Settings,
        deployment: &DeploymentId,
    ) -> Result<Self, PlatformError> {
        let releases = beneath::make_folder(root.as_fd(), RELEASES, |_| NEW_FOLDER);
        let releases = releases.map_err(|errno| told(RELEASES, "opened", errno))?;
        let id = file_name(deployment);
        let partial = format!(".{id}{PARTIAL_SUFFIX}");
        let record = format!(".{id}{RECORD_SUFFIX}");
        let staging = Staging {
            root: &root,
            releases: &releases,
            settings,
            partial: &partial,
            record: &record,
        };
        let stage = RwLock::new(staging.stage()?);
        Ok(Self {
            path: settings.path.clone(),
            root,
            releases,
            partial,
            record,
            stage,
        })
    }

    /// Reads from the staged tree.
    pub(super) fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError> {
        match &*self.stage.read().unwrap_or_else(PoisonError::into_inner) {
            Stage::Open { tree, .. } | Stage::Sealed { tree, .. } => tree.read(key),
        }
    }

    /// Writes to the staged tree.
    pub(super) fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
    ) -> Result<(), PlatformError> {
        match &*self.stage.read().unwrap_or_else(PoisonError::into_inner) {
            // Nobody else writes to a staged tree.
            Stage::Open { tree, .. } => tree.apply(operation, bytes, Expected::Anything),
            Stage::Sealed { release, .. } => Err(refused(
                format!(
                    "`{}` has its final name already and is not written to.",
                    release.path()
                ),
                "Start a new deployment.",
            )),
        }
    }

    /// Seals the staged tree and switches to it, or does what is left of that.
    pub(super) fn publish(&self) -> Result<(), PlatformError> {
        let mut stage = self.stage.write().unwrap_or_else(PoisonError::into_inner);
        match &*stage {
            Stage::Open { tree, is_undecided } => {
                self.seen_base()?;
                self.seen_content()?;
                *stage = self.seal(tree, *is_undecided)?;
            }
            // Cut off between its naming and the switch.
            Stage::Sealed { release, .. } if self.current()?.as_ref() != Some(release) => {
                self.seen_base()?;
                self.seen_content()?;
            }
            Stage::Sealed { .. } => {}
        }
        let Stage::Sealed { release, .. } = &*stage else {
            panic!("BUG: a stage that was sealed is open");
        };
        if self.current()?.as_ref() != Some(release) {
            self.seen_base()?;
            self.switch(release)?;
        }
        self.tidy();
        Ok(())
    }

    fn current(&self) -> Result<Option<Release>, PlatformError> {
        current(&self.root, &self.path)
    }

    /// Sees to it that `current` still leads to the release that was copied.
    fn seen_base(&self) -> Result<(), PlatformError> {
        let partial = beneath::open_folder(self.releases.as_fd(), &self.partial);
        let partial = partial.map_err(|errno| match errno {
            Errno::NOENT => refused(
                format!("The release was published, and `{CURRENT}` was switched since."),
                "Capture the environment and start a new deployment.",
            ),
            errno => self.told("opened", errno),
        })?;
        if noted(&partial, BASE)? == self.current()? {
            return Ok(());
        }
        Err(refused(
            format!("`{CURRENT}` was switched while this deployment was going on."),
            "Cancel it, capture the environment and start a new deployment.",
        ))
    }

    /// Sees to it that the release that was copied still holds what it held then: what was edited there since would be lost
    /// to readers.
    fn seen_content(&self) -> Result<(), PlatformError> {
        let partial = beneath::open_folder(self.releases.as_fd(), &self.partial)
            .map_err(|errno| self.told("opened", errno))?;
        let (Some(base), Some(content)) = (noted(&partial, BASE)?, noted(&partial, BASE_CONTENT)?)
        else {
            return Ok(());
        };
        let held = tree_copy::digest(&base.open(&self.root)?).map_err(|error| {
            unavailable(
                format!("`{}` can't be read: {error}.", base.path()),
                "Resume the deployment.",
            )
        })?;
        if held == content.name {
            return Ok(());
        }
        Err(PlatformError::Changed {
            message: format!(
                "Files in `{}` were changed while its copy was being written; switching to the copy would undo that.",
                base.path()
            ),
        })
    }

    fn told(&self, doing: &str, errno: Errno) -> PlatformError {
        told(&format!("{RELEASES}/{}", self.partial), doing, errno)
    }

    /// Gives the staged tree its final name.
    fn seal(&self, tree: &Tree, is_undecided: bool) -> Result<Stage, PlatformError> {
        let (source, holds) = self.source(tree, is_undecided)?;
        let folder = beneath::open_folder(tree.root().as_fd(), source);
        let folder = folder.map_err(|errno| self.told("opened", errno))?;
        tree_copy::sync(&folder).map_err(|errno| self.told("synced", errno))?;
        let digest = tree_copy::digest(&folder).map_err(|error| {
            unavailable(
                format!("`{RELEASES}/{}` can't be read: {error}.", self.partial),
                "Resume the deployment.",
            )
        })?;
        let (release, is_there) = self.name(&digest)?;
        let sealed = (|| {
            beneath::remove(self.releases.as_fd(), &self.record)?;
            rustix::fs::symlinkat(release.name.as_str(), &self.releases, self.record.as_str())?;
            rustix::fs::fsync(&self.releases)?;
            if !is_there {
                let staged = format!(
                    "{}/{TREE}{}{source}",
                    self.partial,
                    if source.is_empty() { "" } else { "/" }
                );
                rustix::fs::renameat(
                    &self.releases,
                    staged.as_str(),
                    &self.releases,
                    release.name.as_str(),
                )?;
                rustix::fs::fsync(&self.releases)?;
            }
            beneath::open_folder(self.releases.as_fd(), &release.name)
        })();
        let folder = sealed.map_err(|errno| told(&release.path(), "made", errno))?;
        Ok(Stage::Sealed {
            tree: Tree::new(folder, holds),
            release,
        })
    }

    /// The part of the staged tree to publish: where nothing said what the folder holds, and only one family was written,
    /// its content goes to the root.
    fn source(
        &self,
        tree: &Tree,
        is_undecided: bool,
    ) -> Result<(&'static str, Holds), PlatformError> {
        if !is_undecided {
            return Ok(("", tree.holds()));
        }
        let told = |errno| self.told("listed", errno);
        let entries = beneath::entries(tree.root().as_fd()).map_err(told)?;
        let only = |name: &str| {
            entries
                .iter()
                .all(|entry| entry.name.to_bytes() == name.as_bytes())
        };
        match entries.is_empty() {
            false if only("theme") => Ok(("theme", Holds::Theme)),
            false if only("objects") => Ok(("objects", Holds::Objects)),
            _ => Ok(("", Holds::Both)),
        }
    }

    /// The name of a tree with that digest, and whether it is there, unharmed.
    fn name(&self, digest: &str) -> Result<(Release, bool), PlatformError> {
        for number in 1..=DAMAGED_MAX {
            let name = if number == 1 {
                digest.to_owned()
            } else {
                format!("{digest}-{number}")
            };
            let release = Release { name };
            match beneath::open_folder(self.releases.as_fd(), &release.name) {
                Err(Errno::NOENT) => return Ok((release, false)),
                Err(errno) => return Err(told(&release.path(), "opened", errno)),
                // Somebody has changed what lies there: it is left to them, and may be in use.
                Ok(folder) if tree_copy::digest(&folder).is_ok_and(|found| found == digest) => {
                    return Ok((release, true));
                }
                Ok(_) => {}
            }
        }
        Err(refused(
            format!("There are {DAMAGED_MAX} damaged releases of the name {digest}."),
            "Remove those that are not in use.",
        ))
    }

    fn switch(&self, release: &Release) -> Result<(), PlatformError> {
        let beside = format!(".{CURRENT}{}", self.partial);
        let switched = beneath::remove(self.root.as_fd(), &beside)
            .and_then(|()| rustix::fs::symlinkat(release.path(), &self.root, beside.as_str()))
            .and_then(|()| rustix::fs::renameat(&self.root, beside.as_str(), &self.root, CURRENT));
        switched.map_err(|errno| told(CURRENT, "switched", errno))?;
        rustix::fs::fsync(&self.root).map_err(|errno| PlatformError::Unclear {
            message: format!("`{CURRENT}` was switched, but the disk did not confirm it: {errno}."),
        })
    }

    /// Removes what a published deployment needs no more: its copy, and the notes of those before it. What can't be
    /// removed is hidden and does no harm.
    fn tidy(&self) {
        if let Err(error) = tree_copy::remove(&self.releases, &self.partial) {
            tracing::warn!(partial = self.partial, %error, "a staged copy could not be removed");
        }
        for entry in beneath::entries(self.releases.as_fd()).unwrap_or_default() {
            let name = entry.name.to_string_lossy();
            let is_record = name.starts_with('.')
                && name.ends_with(RECORD_SUFFIX)
                && entry.kind == FileType::Symlink;
            if is_record && name != self.record.as_str() {
                // Another deployment's note is kept as long as it has something staged.
                let partial = format!("{}{PARTIAL_SUFFIX}", name.trim_end_matches(RECORD_SUFFIX));
                if beneath::stat(self.releases.as_fd(), partial.as_str()).is_err() {
                    let _ = beneath::remove(self.releases.as_fd(), &name);
                }
            }
        }
    }

    /// Whether `current` leads to what this deployment staged.
    pub(super) fn is_published(&self) -> Result<bool, PlatformError> {
        let release = noted(&self.releases, &self.record)?;
        Ok(release.is_some() && release == self.current()?)
    }

    /// Removes what was staged beside what is published.
    pub(super) fn clear_up(&self) -> Result<(), PlatformError> {
        let _alone = self.stage.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_published()? {
            self.tidy();
        }
        Ok(())
    }

    /// Removes what was staged.
    pub(super) fn abandon(&self) -> Result<(), PlatformError> {
        let _alone = self.stage.write().unwrap_or_else(PoisonError::into_inner);
        tree_copy::remove(&self.releases, &self.partial).map_err(|error| {
            unavailable(
                format!("`{RELEASES}/{}` can't be removed: {error}.", self.partial),
                "Remove it by hand: nothing leads there.",
            )
        })?;
        if !self.is_published()? {
            beneath::remove(self.releases.as_fd(), &self.record)
                .map_err(|errno| self.told("removed", errno))?;
        }
        Ok(())
    }
}

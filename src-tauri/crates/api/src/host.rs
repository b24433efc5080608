//! What a host gives.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use slipway_domain::{Person, Rules, Tier};
use slipway_engine::{Clock, Platform, Secret, VaultError};

/// Where Slipway runs: the desktop, the command line, a test.
pub trait Host: Send + Sync {
    /// The adapters that this host knows.
    fn platforms(&self) -> Vec<Arc<dyn Platform>>;

    /// Time and chance.
    fn clock(&self) -> Arc<dyn Clock>;

    /// Holds a secret for as long as this program runs: for a connection that is only tried.
    fn hold_secret(&self, name: &str, secret: Secret);

    /// Holds a secret, and keeps it where this machine keeps such. May wait for a person who unlocks that.
    ///
    /// # Errors
    /// When it is held and could not be kept.
    fn keep_secret(&self, name: &str, secret: Secret) -> Result<(), VaultError>;

    /// The user's data folder for Slipway: the sample, new workspaces, and what is remembered lie there.
    fn data_folder(&self) -> PathBuf;

    /// Who is probably in front of it: as git or the system knows them.
    fn suggested_person(&self) -> Option<Person>;

    /// Writes the sample's folders, or restores them, and says what they are; promotion targets before their sources.
    ///
    /// # Errors
    /// A sentence, when they can't be written.
    fn write_sample(&self, folder: &Path) -> Result<Vec<SampleEnvironment>, String>;
}

/// One environment of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleEnvironment {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
    /// Its layout, as the folder platform calls it.
    pub layout: String,
    /// How close to customers it is.
    pub tier: Tier,
    /// The environment that it promotes to, by name.
    pub promotes_to: Option<String>,
    /// Its rules.
    pub rules: Rules,
}

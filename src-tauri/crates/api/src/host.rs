//! What a host gives.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use slipway_domain::{Person, Rules, Tier};
use slipway_engine::{Clock, Keys, Platform, Secret, SecretPlace, VaultError};

/// Where Slipway runs: the desktop, the command line, a test.
#[async_trait]
pub trait Host: Send + Sync {
    /// The adapters that this host knows.
    fn platforms(&self) -> Vec<Arc<dyn Platform>>;

    /// Time and chance.
    fn clock(&self) -> Arc<dyn Clock>;

    /// The keys with which what people decide here is signed.
    fn keys(&self) -> Arc<dyn Keys>;

    /// Holds a secret for as long as this program runs, for a connection that is tried; `None`: holds none for that place.
    /// Gives the one that was held before, to be put back when the connection fails.
    fn hold_secret(&self, place: &SecretPlace, secret: Option<Secret>) -> Option<Secret>;

    /// Holds a secret, and keeps it where this machine keeps such. May wait for a person who unlocks that.
    ///
    /// # Errors
    /// When it is held and could not be kept.
    fn keep_secret(&self, place: &SecretPlace, secret: Secret) -> Result<(), VaultError>;

    /// The user's data folder for Slipway: the sample, new workspaces, and what is remembered lie there.
    fn data_folder(&self) -> PathBuf;

    /// Who is probably in front of it: as git or the system knows them.
    fn suggested_person(&self) -> Option<Person>;

    /// Writes the sample's environments below a folder, or restores them, and says what they are; promotion targets before
    /// their sources. What is served answers from then on.
    ///
    /// # Errors
    /// A sentence, when they can't be written.
    fn write_sample(&self, folder: &Path) -> Result<Vec<SampleEnvironment>, String>;

    /// Serves again what of the sample has to be served, unless it is served already: called before anything of it is reached.
    /// The folder is the sample's own in the data folder.
    fn serve_sample(&self, folder: &Path);

    /// Draws a picture from outside into a box of so many pixels, each side from 1 to 2,048. Its bytes are hostile: they are
    /// decoded where that can be ended, and what comes back was written by Slipway.
    ///
    /// # Errors
    /// Why it is not drawn.
    async fn draw(&self, picture: Vec<u8>, width: u32, height: u32) -> Result<Drawn, Undrawn>;
}

/// A picture that was drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// A PNG that fits into the box.
    pub png: Vec<u8>,
    /// The width that the picture has by itself, in pixels.
    pub width: u32,
    /// The height that it has by itself, in pixels.
    pub height: u32,
    /// What the drawing does not show, a sentence each.
    pub notes: Vec<String>,
}

/// Why a picture is not drawn.
#[derive(Clone, Debug)]
pub enum Undrawn {
    /// The picture is the reason, now and later. Completes "It can't be drawn: …", without a full stop.
    Refused(String),
    /// This machine could not do it now, in a sentence.
    Failed(String),
}

/// One environment of the sample.
#[derive(Clone, Debug)]
pub struct SampleEnvironment {
    /// Its name.
    pub name: String,
    /// The adapter.
    pub platform: &'static str,
    /// What a person would type to connect it.
    pub connection: serde_json::Value,
    /// How close to customers it is.
    pub tier: Tier,
    /// The environment that it promotes to, by name.
    pub promotes_to: Option<String>,
    /// Its rules.
    pub rules: Rules,
}

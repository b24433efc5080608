//! This machine as a host: its folders, its clock, its user, and the platforms that Slipway was built with.
//!
//! The window and the command line hand the same [`Machine`] to `slipway-api`. It knows neither of them: how a request
//! arrives and how an answer is shown is theirs.

mod keys;
pub mod programs;
mod shops;
mod vault;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use directories::ProjectDirs;
use serde_json::json;
use slipway_api::{
    Clock, Drawn, Host, Keys, Millis, Person, Platform, SampleEnvironment, Secret, SecretPlace,
    Undrawn, Vault as _, VaultError,
};
use slipway_pictures::{Bounds, Painter, Picture, hide_own_variables};
use slipway_platforms::{Folder, Shopify};
use slipway_sandbox::sample;

/// Is the process that draws pictures for another of this program, if the arguments say so. Every program that makes a
/// [`Machine`] calls it before all else, and exits with the code that it gives.
pub use slipway_pictures::child::run_if_asked as draw_if_asked;

use keys::MachineKeys;
use shops::SampleShops;
use vault::MachineVault;

/// The machine that Slipway runs on.
pub struct Machine {
    data_folder: PathBuf,
    vault: Arc<MachineVault>,
    keys: Arc<MachineKeys>,
    /// One of each for the whole run: what they know of a place is known to all who use it.
    platforms: Vec<Arc<dyn Platform>>,
    shops: SampleShops,
    painter: Painter,
}

impl Machine {
    /// The user's own data folder on this machine, as the system has it.
    pub fn new() -> Self {
        let data_folder = ProjectDirs::from("app", "slipway", "slipway").map_or_else(
            || PathBuf::from(".slipway"),
            |folders| folders.data_dir().to_owned(),
        );
        Self::with_data_folder(data_folder)
    }

    /// This machine with another data folder, for what must not touch the user's own.
    pub fn with_data_folder(data_folder: PathBuf) -> Self {
        let vault = Arc::new(MachineVault::default());
        Self {
            keys: Arc::new(MachineKeys::in_folder(data_folder.join("keys"))),
            data_folder,
            platforms: vec![Arc::new(Folder), Arc::new(Shopify::new(vault.clone()))],
            vault,
            shops: SampleShops::default(),
            painter: Painter::of_this_program(),
        }
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Host for Machine {
    fn platforms(&self) -> Vec<Arc<dyn Platform>> {
        self.platforms.clone()
    }

    fn hold_secret(&self, place: &SecretPlace, secret: Option<Secret>) -> Option<Secret> {
        self.vault.hold(place, secret)
    }

    fn keep_secret(&self, place: &SecretPlace, secret: Secret) -> Result<(), VaultError> {
        self.vault.set(place, &secret)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    fn keys(&self) -> Arc<dyn Keys> {
        self.keys.clone()
    }

    fn data_folder(&self) -> PathBuf {
        self.data_folder.clone()
    }

    fn suggested_person(&self) -> Option<Person> {
        git_user().or_else(system_user)
    }

    fn write_sample(&self, folder: &Path) -> Result<Vec<SampleEnvironment>, String> {
        let written = sample::write_sample(folder).map_err(|error| error.to_string())?;
        let folders = written.environments.into_iter();
        let mut environments: Vec<_> = folders
            .map(|environment| {
                let sample::SampleEnvironment {
                    name,
                    path,
                    tier,
                    layout,
                    promotes_to,
                    rules,
                } = environment;
                SampleEnvironment {
                    name: name.to_owned(),
                    platform: "folder",
                    connection: json!({ "path": path, "layout": layout }),
                    tier,
                    promotes_to: promotes_to.map(str::to_owned),
                    rules,
                }
            })
            .collect();
        environments.extend(self.shops.write(folder, &self.vault));
        Ok(environments)
    }

    fn serve_sample(&self, folder: &Path) {
        self.shops.serve(folder, &self.vault);
    }

    async fn draw(&self, picture: Vec<u8>, width: u32, height: u32) -> Result<Drawn, Undrawn> {
        let bounds = Bounds { width, height };
        match self.painter.draw(&picture, bounds).await {
            Ok(Picture {
                png,
                width,
                height,
                notes,
            }) => Ok(Drawn {
                png,
                width,
                height,
                notes: notes.iter().map(ToString::to_string).collect(),
            }),
            Err(slipway_pictures::Undrawn::Refused(refusal)) => {
                Err(Undrawn::Refused(refusal.to_string()))
            }
            Err(error @ slipway_pictures::Undrawn::Unavailable(_)) => {
                Err(Undrawn::Failed(format!("No image can be drawn: {error}")))
            }
        }
    }
}

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn unique(&self) -> u64 {
        getrandom::u64().expect("BUG: the operating system has no random numbers")
    }
}

/// Sees to it that no secret is left in a file when this program crashes. Every program does this first.
pub fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        // It was allowed to lower its own limit in every system that has one.
        setrlimit(Resource::Core, none).ok();
    }
}

/// Asks git once for both: most of what a short command takes would be git's starts. What the folder that a command is typed
/// in says does not count: who acts is who the person is everywhere.
fn git_user() -> Option<Person> {
    let mut git = Command::new("git");
    git.args([
        "config",
        "--global",
        "--null",
        "--get-regexp",
        r"^user\.(name|email)$",
    ]);
    hide_own_variables(&mut git);
    let answer = git.output().ok()?;
    git_person(std::str::from_utf8(&answer.stdout).ok()?)
}

/// Reads `user.name` and `user.email` as `git config --null` prints them; of values that are set twice, the last counts.
fn git_person(printed: &str) -> Option<Person> {
    let value_of = |wanted: &str| {
        let entries = printed.split_terminator('\0');
        let mut values = entries.filter_map(|entry| entry.split_once('\n'));
        let last = values.rfind(|(name, _)| *name == wanted);
        last.map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    };
    format!("{} <{}>", value_of("user.name")?, value_of("user.email")?)
        .parse()
        .ok()
}

fn system_user() -> Option<Person> {
    let name = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|key| std::env::var(key).ok())?;
    format!("{name} <{name}@localhost>").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_read_from_gits_settings() {
        let cases = [
            (
                "user.name\nAda Byron\0user.email\nada@northwind.example\0",
                Some("Ada Byron <ada@northwind.example>"),
            ),
            (
                "user.email\nold@northwind.example\0user.name\nAda\0user.email\nada@northwind.example\0",
                Some("Ada <ada@northwind.example>"),
            ),
            ("user.name\nAda\0", None),
            ("user.name\n \0user.email\nada@northwind.example\0", None),
            ("", None),
        ];
        for (printed, expected) in cases {
            let expected: Option<Person> =
                expected.map(|person| person.parse().expect("a person in the test"));
            assert_eq!(git_person(printed), expected, "{printed:?}");
        }
    }
}

//! This machine as a host: its folders, its clock, its user, and the platforms that this program was built with.

mod shops;
mod vault;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use directories::ProjectDirs;
use serde_json::json;
use slipway_api::{
    Clock, Host, Millis, Person, Platform, SampleEnvironment, Secret, SecretPlace, Vault as _,
    VaultError,
};
use slipway_platforms::{Folder, Shopify};
use slipway_sandbox::sample;

use shops::SampleShops;
use vault::MachineVault;

/// The machine that Slipway runs on.
pub struct Machine {
    data_folder: PathBuf,
    vault: Arc<MachineVault>,
    /// One of each for the whole run: what they know of a place is known to all who use it.
    platforms: Vec<Arc<dyn Platform>>,
    shops: SampleShops,
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
            data_folder,
            platforms: vec![Arc::new(Folder), Arc::new(Shopify::new(vault.clone()))],
            vault,
            shops: SampleShops::default(),
        }
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

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

fn git_user() -> Option<Person> {
    let ask = |key: &str| {
        let answer = Command::new("git")
            .args(["config", "--get", key])
            .output()
            .ok()?;
        let text = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
        (answer.status.success() && !text.is_empty()).then_some(text)
    };
    format!("{} <{}>", ask("user.name")?, ask("user.email")?)
        .parse()
        .ok()
}

fn system_user() -> Option<Person> {
    let name = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|key| std::env::var(key).ok())?;
    format!("{name} <{name}@localhost>").parse().ok()
}

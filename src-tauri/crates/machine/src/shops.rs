//! The sample's shops: simulated by a process of their own, which ends with this one and keeps what they hold in files.
//!
//! Invariant: a sample without its shops is a sample all the same. Whatever goes wrong here is noted in the log, and
//! captures of the shops say that they can't be reached.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use slipway_api::{Reach, Rules, SampleEnvironment, Secret, SecretPlace, SecretPurpose, Tier};

use slipway_pictures::hide_own_variables;

use crate::programs;
use crate::vault::MachineVault;

/// The folder, below the sample's, in which the shops keep what they hold.
const FOLDER: &str = "shops";
/// The file in it that says where they answer.
const ADDRESSES: &str = "shops.json";
/// The shops: the environment's name, the shop's, how close to customers it is, and where it promotes to. A target comes
/// before what promotes to it.
const SHOPS: [(&str, &str, Tier, Option<&str>); 2] = [
    (
        "store-production",
        "northwind-production",
        Tier::Production,
        None,
    ),
    (
        "store-development",
        "northwind-development",
        Tier::Development,
        Some("store-production"),
    ),
];

/// The process that simulates the sample's shops, if this program started it.
#[derive(Default)]
pub(super) struct SampleShops {
    child: Mutex<Option<Child>>,
}

impl SampleShops {
    /// Puts the shops back to what they hold at first, serves them, and says what environments they are.
    pub(super) fn write(&self, sample: &Path, vault: &MachineVault) -> Vec<SampleEnvironment> {
        self.end();
        let folder = sample.join(FOLDER);
        // What is not there need not go; what can't go is told by what follows.
        let _ = fs::remove_dir_all(&folder);
        self.serve(sample, vault);
        let addresses = addresses(&folder);
        let shops = SHOPS.into_iter().filter_map(|(name, shop, tier, onward)| {
            let address = address_of(&addresses, shop)?;
            let connection = json!({
                "store": address["store"],
                "base_url": address["base_url"],
                "auth": { "kind": "token" },
                "theme_strategy": "in_place",
            });
            Some(SampleEnvironment {
                name: name.to_owned(),
                platform: "shopify",
                connection,
                tier,
                promotes_to: onward.map(str::to_owned),
                rules: Rules::default(),
            })
        });
        shops.collect()
    }

    /// Serves the shops where they were served before, unless another Slipway does already.
    pub(super) fn serve(&self, sample: &Path, vault: &MachineVault) {
        let folder = sample.join(FOLDER);
        let known = addresses(&folder);
        let port = port_of(&known);
        let answers = |port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        if !port.is_some_and(answers) {
            match start(&folder, port) {
                Ok(child) => *self.child() = Some(child),
                Err(error) => eprintln!("note: the sample's shops can't be served: {error}"),
            }
        }
        for address in addresses(&folder)["shops"].as_array().into_iter().flatten() {
            let text = |name: &str| address[name].as_str().unwrap_or_default();
            // Of simulated shops that only this machine reaches: not what a keyring is for.
            let place = SecretPlace {
                account: text("store").to_owned(),
                reach: Reach::At {
                    base: format!("{}/", text("base_url")),
                    is_loopback: true,
                },
                purpose: SecretPurpose::Access,
            };
            vault.hold(&place, Some(Secret::new(text("token").to_owned())));
        }
    }

    fn end(&self) {
        if let Some(mut child) = self.child().take() {
            // It ends when its stdin does, and has then kept everything.
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SampleShops {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts the process, and waits until it says where the shops answer.
fn start(folder: &Path, port: Option<u16>) -> std::io::Result<Child> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    // What is kept there is written by the shops' process: not where a link leads.
    if !fs::symlink_metadata(folder)?.is_dir() {
        return Err(std::io::Error::other(format!(
            "{} is a link",
            folder.display()
        )));
    }
    let port = match port {
        Some(port) => port,
        None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port(),
    };
    let program = programs::find(programs::COMMANDS).ok_or_else(|| {
        std::io::Error::other(format!("there is no program `{}`", programs::COMMANDS))
    })?;
    let mut shops = Command::new(program);
    hide_own_variables(&mut shops);
    let mut child = shops
        .args(["sandbox", "--json", "--with-parent", "--port"])
        .arg(port.to_string())
        .arg("--keep")
        .arg(folder)
        .args(SHOPS.map(|(_, shop, _, _)| format!("--shop={shop}")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    if serde_json::from_str::<Value>(&line).is_err() {
        let _ = child.kill();
        let _ = child.wait();
        return Err(std::io::Error::other("they did not start"));
    }
    replace(&folder.join(ADDRESSES), line.as_bytes())?;
    Ok(child)
}

/// Writes beside and renames, so that no link in the file's place is followed.
fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = file.with_extension(format!("json.{}", std::process::id()));
    // What a run of the same number left behind.
    fs::remove_file(&beside).ok();
    let mut new = OpenOptions::new();
    let mut written = new.write(true).create_new(true).mode(0o600).open(&beside)?;
    written.write_all(bytes)?;
    fs::rename(&beside, file)
}

/// Where the shops answered last; nothing where that was never so.
fn addresses(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join(ADDRESSES)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn address_of<'a>(addresses: &'a Value, shop: &str) -> Option<&'a Value> {
    let store = format!("{shop}.myshopify.com");
    let mut all = addresses["shops"].as_array()?.iter();
    all.find(|address| address["store"] == store.as_str())
}

fn port_of(addresses: &Value) -> Option<u16> {
    let url = addresses["shops"][0]["base_url"].as_str()?;
    let (_, rest) = url.rsplit_once("127.0.0.1:")?;
    rest.split('/').next()?.parse().ok()
}

//! WebKit's own WebDriver, and the program that it starts.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use super::home::Home;
use super::{PATIENCE, POLL};

/// How long a program may take to open its window; longer than anything else, because a cold disk may be in the way.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A WebDriver with a session bus of its own, and with every process that it starts in one group.
pub(super) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    pub(super) fn start(home: &Home, env: &BTreeMap<String, String>) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = fs::File::create(home.path().join("driver.log"))?;
        let mut command = Command::new("dbus-run-session");
        command
            .args(["--", "WebKitWebDriver", &format!("--port={port}")])
            .env_clear()
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env("GSETTINGS_BACKEND", "memory")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        for name in ["PATH", "DISPLAY", "XAUTHORITY"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        home.live_in(&mut command);
        command.envs(env);
        let child = command.spawn().context(
            "dbus-run-session does not start; `make test` installs what the journeys need",
        )?;
        Ok(Self { child, port })
    }

    /// The group of the processes that it starts.
    pub(super) fn group(&self) -> u32 {
        self.child.id()
    }

    /// Starts the program in a session of its own.
    pub(super) async fn connect(&self, binary: &Path, args: &[String]) -> Result<Client> {
        let mut capabilities = Capabilities::new();
        capabilities.insert(
            "webkitgtk:browserOptions".to_owned(),
            json!({ "binary": binary, "args": args }),
        );
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let url = format!("http://127.0.0.1:{}", self.port);
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if start.elapsed() > PATIENCE {
                bail!("WebKitWebDriver does not listen");
            }
            tokio::time::sleep(POLL).await;
        }
        // A program that ends at once leaves this request without an answer, hence the limit.
        tokio::time::timeout(START_LIMIT, builder.connect(&url))
            .await
            .with_context(|| format!("the window did not open within {START_LIMIT:?}"))?
            .context("no session with the window")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The program and its web processes outlive a driver that is ended alone.
        let group = rustix::process::Pid::from_child(&self.child);
        // Fails only when the whole group has gone already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}

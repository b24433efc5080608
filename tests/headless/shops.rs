//! Simulated shops for the built program: served by a process of their own, each an environment of a workspace.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::harness::Desk;

/// Shops that are served until they are dropped.
pub(crate) struct Shops {
    pub(crate) desk: Desk,
    serving: Child,
    /// The variables that commands find the tokens in.
    tokens: Vec<(String, String)>,
}

impl Drop for Shops {
    fn drop(&mut self) {
        self.serving.kill().ok();
        self.serving.wait().ok();
    }
}

impl Shops {
    /// Serves shops, given as name and seed, and adds each as an environment that promotes to the one before.
    pub(crate) fn new(shops: &[(&str, &str)]) -> Self {
        let desk = Desk::new();
        let mut arguments = vec!["sandbox".to_owned(), "--port".to_owned(), "0".to_owned()];
        for (name, seed) in shops {
            arguments.extend(["--shop".to_owned(), format!("{name}={seed}")]);
        }
        arguments.push("--json".to_owned());
        let mut serve = desk.command(&arguments);
        let mut serving = serve.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let stdout = serving.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it says where they are");
        let served: Value = serde_json::from_str(&line).expect("JSON");
        let mut all = Self {
            desk,
            serving,
            tokens: Vec::new(),
        };
        for (at, (name, _)) in shops.iter().enumerate() {
            let text = |field: &str| {
                let text = served["shops"][at][field].as_str().expect("a text");
                text.to_owned()
            };
            let (store, url, token) = (text("store"), text("base_url"), text("token"));
            let variable = format!("SLIPWAY_TOKEN_{}", name.to_uppercase());
            all.tokens.push((variable, token.clone()));
            let fixed = ["env", "add", name, "--platform", "shopify", "--store"];
            let mut arguments = [&fixed[..], &[&store, "--base-url", &url]].concat();
            if at > 0 {
                arguments.extend(["--promotes-to", shops[at - 1].0]);
            }
            let mut add = all.desk.command(&arguments);
            let added = add.env("SLIPWAY_TOKEN", token).output().expect("it runs");
            assert!(added.status.success(), "{added:?}");
        }
        all
    }

    /// The program with these arguments and `--json`, ready to run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desk.command(&[arguments, &["--json"]].concat());
        command.envs(self.tokens.iter().cloned());
        command
    }

    /// Runs the program with `--json`, which has to end with this exit code.
    pub(crate) fn ends(&self, exit: i32, arguments: &[&str]) -> Value {
        let ended = self.command(arguments).output().expect("it runs");
        assert_eq!(ended.status.code(), Some(exit), "{arguments:?}: {ended:?}");
        serde_json::from_slice(&ended.stdout).expect("JSON")
    }
}

//! What the built program does with simulated shops: what comes along with a choice, and what is the same in a folder and a
//! store.

#[path = "headless/harness.rs"]
mod harness;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use harness::{Desk, write};
use serde_json::{Value, json};

/// Shops that are served until they are dropped.
struct Shops {
    desk: Desk,
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
    fn new(shops: &[(&str, &str)]) -> Self {
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

    /// Runs the program with `--json`, which has to end with this exit code.
    fn ends(&self, exit: i32, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        let mut command = self.desk.command(&arguments);
        let ended = command.envs(self.tokens.iter().cloned()).output();
        let ended = ended.expect("it runs");
        assert_eq!(ended.status.code(), Some(exit), "{arguments:?}: {ended:?}");
        serde_json::from_slice(&ended.stdout).expect("JSON")
    }
}

#[test]
fn a_changed_definition_comes_along_with_what_does_not_fit_without() {
    let shops = Shops::new(&[
        ("prod", "northwind-production"),
        ("dev", "northwind-development"),
    ]);
    let chosen = "shopify/metaobject:size_guide/bibs";
    let definition = "shopify/metaobject-definition:size_guide";
    let create = |tag, more: &[&str]| {
        let fixed = ["release", "create", tag, "--from", "dev", "--to", "prod"];
        let with = [&fixed[..], &["--include", chosen], more].concat();
        let created = shops.ends(0, &with);
        shops.ends(0, &["release", "open", tag]);
        created
    };
    for shown in [create("r1", &[]), shops.ends(0, &["release", "show", "r1"])] {
        let why = json!({ "resource": definition, "needed_by": chosen, "path": "its definition" });
        let pulled_in = shown["pulled_in"].as_array().expect("a list");
        assert!(pulled_in.contains(&why), "{shown}");
    }
    let diff = shops.ends(0, &["release", "diff", "r1"]);
    let patch = diff["patch"].as_str().expect("a patch");
    let long = patch.lines().find(|line| line.len() > 300);
    assert_eq!(long, None, "a field a line, not a document");
    assert!(patch.contains("\n+    \""), "{patch}");
    // Left out by name, it stays out, and it is said what does not fit.
    create("r2", &["--exclude", definition]);
    let refused = shops.ends(3, &["deploy", "r2"]);
    let message = refused["error"]["message"].as_str().expect("a message");
    assert!(message.contains(chosen), "{message}");
    let deployed = shops.ends(0, &["deploy", "r1"]);
    assert_eq!(deployed["state"], "deployed");
    // What fits as it is brings no definition along.
    shops.ends(0, &["capture", "prod"]);
    let compared = shops.ends(0, &["compare", "dev", "prod"]);
    let left = compared["changes"].to_string();
    assert!(!left.contains(definition), "{left}");
}

#[test]
fn a_store_holds_the_same_text_whatever_its_lines_end_with() {
    let shops = Shops::new(&[("store", "northwind-development")]);
    let source = shops.desk.path("work");
    write(
        &source.join("layout/theme.liquid"),
        "<html>\r\n{{ content_for_header }}\r\n{{ content_for_layout }}\r\n</html>\r\n",
    );
    write(&source.join("snippets/zz.liquid"), "a\r\nb\r\n");
    shops.desk.add("work", &["--promotes-to", "store"]);
    let changes = |resource: &str| {
        let compared = shops.ends(0, &["compare", "work", "store"]);
        compared["changes"].to_string().contains(resource)
    };
    let names = [
        "theme/file:snippets/zz.liquid",
        "theme/file:layout/theme.liquid",
    ];
    assert!(changes(names[0]), "it is new there");
    let fixed = ["release", "create", "r1", "--from", "work", "--to", "store"];
    let include = ["--include", names[0], "--include", names[1]];
    shops.ends(0, &[&fixed[..], &include].concat());
    shops.ends(0, &["release", "open", "r1"]);
    let deployed = shops.ends(0, &["deploy", "r1"]);
    assert_eq!(deployed["state"], "deployed", "it is read back as the same");
    assert!(!names.iter().any(|name| changes(name)), "and stays so");
}

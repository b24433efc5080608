//! Simulated shops: a long deployment to one that throttles, a theme pushed beside the vendor's own client, and a large
//! capture.
//!
//! The shops are served by the bench's process, so that their requests can be counted; what is timed are processes of their
//! own, on the real clock.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use slipway_sandbox::shop::{Counters, Plan, Sandbox, Seed, ShopHandle, ShopSpec};
use tokio::runtime::Runtime;

use crate::measure::{Measured, median_of, print_row, run};
use crate::{done, slipway};

/// How many products the long deployment changes.
const CHANGED: u64 = 150;
/// How often the theme is pushed.
const PUSHES: usize = 3;
/// The variable that names the folder in which the vendor's client is installed.
const VENDOR_CLI: &str = "SLIPWAY_BENCH_VENDOR_CLI";
/// What runs it.
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/peer.mjs");
/// How often the counters are looked at while it runs.
const STEP: Duration = Duration::from_millis(50);

/// Measures all of it, in shops and workspaces of its own.
pub(crate) fn measure(folder: &Path, count: usize) {
    let bench = Bench {
        runtime: tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime"),
        folder: folder.join("shopify"),
    };
    bench.small_changes(count as u64 / 20);
    bench.long_deployment();
    bench.theme_push();
    bench.large_capture(count as u64);
}

struct Bench {
    runtime: Runtime,
    folder: PathBuf,
}

/// Served shops, and a workspace with an environment for each.
struct Stage<'b> {
    bench: &'b Bench,
    sandbox: Sandbox,
    home: PathBuf,
}

impl Bench {
    /// Serves shops with these seeds, and makes a workspace that knows each by its name. What `ignored` matches is left out.
    fn stage(&self, name: &str, shops: &[(&str, Seed)], ignored: &[&str]) -> Stage<'_> {
        let home = self.folder.join(name);
        fs::create_dir_all(&home).expect("a home");
        let specs = shops
            .iter()
            .map(|(name, seed)| ShopSpec::new(*name, *seed).plan(Plan::Standard));
        let sandbox = self
            .runtime
            .block_on(Sandbox::start(specs.collect(), 0))
            .expect("simulated shops");
        let stage = Stage {
            bench: self,
            sandbox,
            home,
        };
        let workspace = stage.home.join("bench.slipway").display().to_string();
        done(stage.slipway(&["workspace", "init", &workspace]));
        for shop in stage.sandbox.shops() {
            let words = ["--store", &shop.store, "--base-url", &shop.base_url];
            stage.add(&shop.name, "shopify", &words, ignored);
        }
        stage
    }

    /// One product changed in a shop and in one ten times as large: what it costs follows the change.
    fn small_changes(&self, count: u64) {
        let create = [
            "release", "create", "small", "--from", "source", "--to", "target",
        ];
        let deploy = ["deploy", "small", "--quick", "--reason", "measured"];
        let rollback = ["rollback", "target", "--execute"];
        for products in [count / 10, count] {
            let seed = Seed::Products(products);
            let shops = [("source", seed), ("target", seed)];
            let stage = self.stage(&format!("small-{products}"), &shops, &["shopify/file:*"]);
            let source = stage.shop("source");
            let changed = source.ids("Product").swap_remove(products as usize / 2);
            assert!(source.edit(&changed, "title", "Changed"));
            let target = stage.shop("target");
            let measure = |what: &str, words: &[&str], aim: &str| {
                target.refill();
                target.reset_counters();
                let measured = run(stage.slipway(words));
                let Counters {
                    requests, points, ..
                } = target.counters();
                println!(
                    "{:<52} {:>9.0} ms {requests:>8} requests {points:>8} points  {aim}",
                    format!("{what}: 1 product of {products}"),
                    measured.wall.as_secs_f64() * 1000.0,
                );
            };
            measure("create a release", &create, "");
            measure("plan", &["plan", "small"], "");
            measure("deploy", &deploy, "≤ 12 requests, ≤ 200 points, < 3 s");
            measure("roll back", &rollback, "");
            stage.end();
        }
    }

    /// Some hundreds of products changed, one by one, in a shop on the plan with the least budget.
    fn long_deployment(&self) {
        let seed = Seed::Products(CHANGED);
        let shops = [("source", seed), ("target", seed)];
        let stage = self.stage("deployment", &shops, &["shopify/file:*"]);
        let source = stage.shop("source");
        for id in source.ids("Product") {
            assert!(source.edit(&id, "title", format!("Changed {id}")));
        }
        let create = [
            "release", "create", "long", "--from", "source", "--to", "target",
        ];
        done(stage.slipway(&create));
        let target = stage.shop("target");
        target.refill();
        target.reset_counters();
        let (measured, samples) = sampled(&target, || {
            run(stage.slipway(&["deploy", "long", "--quick", "--reason", "measured"]))
        });
        stage.end();

        // From when the full bucket was spent until the last request that was paid for.
        let spent = samples
            .iter()
            .position(|(_, seen)| seen.points as f64 > Plan::Standard.bucket());
        let last = samples.iter().rposition(|(_, seen)| {
            Some(seen.points) != samples.last().map(|(_, seen)| seen.points)
        });
        let (Some(spent), Some(last)) = (spent, last) else {
            println!(
                "the long deployment never spent the full bucket: {CHANGED} products are too few"
            );
            return;
        };
        let ((from, before), (until, after)) = (&samples[spent], &samples[last]);
        let used = (after.points - before.points) as f64;
        let restored = (*until - *from).as_secs_f64() * Plan::Standard.restore_rate();
        println!(
            "{:<52} {:>9.0} ms",
            format!("deploy {CHANGED} changed products to a store"),
            measured.wall.as_secs_f64() * 1000.0
        );
        println!(
            "{:<52} {:>10.1} %  ≥ 95 %",
            "  of what the plan restores, used",
            used / restored * 100.0
        );
        let throttled = after.throttled as f64 / after.requests as f64 * 100.0;
        println!(
            "{:<52} {:>10.2} %  < 1 %",
            "  of its requests, throttled", throttled
        );
    }

    /// The products of a large shop, without their images' contents.
    fn large_capture(&self, count: u64) {
        let shops = [("large", Seed::Products(count))];
        let stage = self.stage("large", &shops, &["shopify/file:*"]);
        let capture = run(stage.slipway(&["capture", "large"]));
        println!(
            "{:<52} {:>9.0} ms {:>12} {:>7} {:>10.0}  under 250 MB",
            format!("capture {count} products of a store"),
            capture.wall.as_secs_f64() * 1000.0,
            "",
            "",
            capture.peak_bytes as f64 / 1_000_000.0
        );
        stage.end();
    }

    /// The same files pushed as a whole theme, by Slipway and by the vendor's own client, each to a shop of its own.
    fn theme_push(&self) {
        let Some(tools) = std::env::var_os(VENDOR_CLI).map(PathBuf::from) else {
            println!(
                "pushing a theme is not measured: {VENDOR_CLI} does not name the vendor's client"
            );
            return;
        };
        let node = tools.join("node_modules/.bin/node");
        if !node.exists() {
            println!(
                "pushing a theme is not measured: the vendor's client is not installed (`make conformance` does that)"
            );
            return;
        }
        let theme = self.folder.join("theme");
        let files = write_theme(&theme);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let (mut our_requests, mut their_requests) = (0, 0);
        for round in 0..PUSHES {
            let shops = [("ours", Seed::Empty), ("theirs", Seed::Empty)];
            let stage = self.stage(&format!("push-{round}"), &shops, &[]);
            let folder = theme.display().to_string();
            stage.add(
                "theme",
                "folder",
                &["--path", &folder, "--layout", "theme"],
                &[],
            );
            // As any environment that somebody works with, the shop was captured before.
            done(stage.slipway(&["capture", "ours"]));
            let shop = stage.shop("ours");
            shop.reset_counters();
            let create = [
                "release", "create", "push", "--from", "theme", "--to", "ours",
            ];
            let create = run(stage.slipway(&create));
            let deploy = run(stage.slipway(&["deploy", "push", "--quick", "--reason", "measured"]));
            our_requests = shop.counters().requests;
            ours.push(Measured {
                wall: create.wall + deploy.wall,
                peak_bytes: create.peak_bytes.max(deploy.peak_bytes),
            });

            let shop = stage.shop("theirs");
            shop.reset_counters();
            theirs.push(stage.vendor_push(&node, &tools, &shop, &folder));
            their_requests = shop.counters().requests;
            assert_eq!(
                theme_files(&stage.shop("ours")),
                theme_files(&shop),
                "both shops hold the same theme"
            );
            stage.end();
        }
        let (ours, theirs) = (median_of(&ours), median_of(&theirs));
        print_row(
            &format!("push a theme of {files} files ÷ the vendor's client"),
            &ours,
            &theirs,
            "≤ 0.5",
        );
        println!(
            "{:<52} {our_requests:>12} {their_requests:>12} {:>7.2} {:>10}  ≤ 0.5",
            "  its requests",
            our_requests as f64 / their_requests as f64,
            ""
        );
    }
}

/// The names and checksums of the files of a shop's themes.
fn theme_files(shop: &ShopHandle) -> BTreeMap<String, String> {
    let text = |file: &Value, name: &str| file[name].as_str().unwrap_or_default().to_owned();
    shop.ids("ThemeFile")
        .iter()
        .filter_map(|id| shop.object(id))
        .map(|file| (text(&file, "filename"), text(&file, "checksumMd5")))
        .collect()
}

/// Writes a theme of the shape that themes have; gives how many files it has.
fn write_theme(folder: &Path) -> usize {
    let json = |value: Value| format!("{value:#}\n");
    let section = |kind: &str| json!({ "main": { "type": kind } });
    let mut files = vec![
        (
            "config/settings_schema.json".to_owned(),
            json(json!([{ "name": "theme_info" }])),
        ),
        (
            "config/settings_data.json".to_owned(),
            json(json!({ "current": { "accent": "#0a6" } })),
        ),
    ];
    for layout in ["theme", "password"] {
        let text = "<head>{{ content_for_header }}</head>\n<body>{{ content_for_layout }}</body>\n";
        files.push((format!("layout/{layout}.liquid"), text.to_owned()));
    }
    let lines = |name: &str, count: usize| -> String {
        (0..count)
            .map(|line| format!("<p class=\"{name}\">{{{{ 'line.{line}' | t }}}}</p>\n"))
            .collect()
    };
    for number in 0..80 {
        let text = lines("asset", 60 + number);
        let ending = if number % 2 == 0 { "css" } else { "js" };
        files.push((format!("assets/asset-{number}.{ending}"), text));
    }
    for number in 0..50 {
        let schema = json!({ "name": format!("Section {number}"), "settings": [] });
        let text = format!(
            "{}{{% schema %}}\n{schema}\n{{% endschema %}}\n",
            lines("section", 100)
        );
        files.push((format!("sections/section-{number}.liquid"), text));
        let template =
            json!({ "sections": section(&format!("section-{number}")), "order": ["main"] });
        if number < 20 {
            files.push((format!("templates/page.kind-{number}.json"), json(template)));
        }
    }
    for number in 0..70 {
        files.push((
            format!("snippets/snippet-{number}.liquid"),
            lines("snippet", 40),
        ));
    }
    for number in 0..24 {
        let texts: Vec<String> = (0..100)
            .map(|line| format!("Text {line} in {number}"))
            .collect();
        let name = if number == 0 {
            "en.default".to_owned()
        } else {
            format!("x{number}")
        };
        files.push((
            format!("locales/{name}.json"),
            json(json!({ "line": texts })),
        ));
    }
    for (name, content) in &files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("BUG: each lies in a folder")).expect("a folder");
        fs::write(file, content).expect("a file");
    }
    files.len()
}

impl Stage<'_> {
    fn shop(&self, name: &str) -> ShopHandle {
        self.sandbox.shop(name).expect("a shop of the stage")
    }

    /// Adds an environment.
    fn add(&self, name: &str, platform: &str, place: &[&str], ignored: &[&str]) {
        let mut words = vec!["env", "add", name, "--platform", platform];
        words.extend(place);
        for pattern in ignored {
            words.extend(["--ignore", pattern]);
        }
        done(self.slipway(&words));
    }

    /// The program with the secrets of all shops, and with no keyring to leave them in.
    fn slipway(&self, words: &[&str]) -> Command {
        let mut command = slipway(&self.home, words);
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/dev/null");
        for shop in self.sandbox.shops() {
            let label = shop.name.to_uppercase().replace('-', "_");
            // All that the vendor's client has.
            let token = match shop.name.as_str() {
                "ours" => self.shop("ours").theme_access_password().to_owned(),
                _ => shop.token,
            };
            command.env(format!("SLIPWAY_TOKEN_{label}"), token);
        }
        command
    }

    /// Lets the vendor's client push a folder to a shop's live theme.
    fn vendor_push(&self, node: &Path, tools: &Path, shop: &ShopHandle, theme: &str) -> Measured {
        let work = self.home.join("peer");
        fs::create_dir_all(&work).expect("a folder");
        let port = self.sandbox.address().port().to_string();
        let output = Command::new(node)
            .arg(PEER)
            .args([tools, &work])
            .args([&port, "theirs.myshopify.com", shop.theme_access_password()])
            .args([
                "theme",
                "push",
                "--path",
                theme,
                "--live",
                "--allow-live",
                "--json",
            ])
            .output()
            .expect("a program that starts");
        assert!(output.status.success(), "{output:?}");
        let said: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let milliseconds = said["milliseconds"].as_f64().expect("a time");
        Measured {
            wall: Duration::from_secs_f64(milliseconds / 1000.0),
            peak_bytes: 0,
        }
    }

    fn end(self) {
        self.bench.runtime.block_on(self.sandbox.stop());
    }
}

/// Does something, and looks at a shop's counters meanwhile.
fn sampled<T>(shop: &ShopHandle, act: impl FnOnce() -> T) -> (T, Vec<(Instant, Counters)>) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looker = scope.spawn(|| {
            let mut samples = Vec::new();
            while !over.load(Ordering::Relaxed) {
                samples.push((Instant::now(), shop.counters()));
                std::thread::sleep(STEP);
            }
            samples.push((Instant::now(), shop.counters()));
            samples
        });
        let acted = act();
        over.store(true, Ordering::Relaxed);
        (acted, looker.join().expect("BUG: nothing in it panics"))
    })
}

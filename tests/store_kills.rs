//! Kills the program while it deploys to simulated stores and while it rolls that back: taken up again, by one process or by
//! two at once, both end as if nothing had happened.
//!
//! The moments come from seeds: `SLIPWAY_KILLS=<number>` tries that many, `SLIPWAY_SEED=<number>` one alone.

#[path = "headless/harness.rs"]
mod harness;
#[path = "headless/seeds.rs"]
mod seeds;
#[path = "headless/shops.rs"]
mod shops;

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use seeds::{Random, seeds};
use serde_json::Value;
use shops::Shops;

/// What the program is killed in, and how long it took when nobody killed it.
struct Trial<'a> {
    shops: &'a Shops,
    takes: Duration,
}

#[test]
fn what_is_killed_on_a_store_is_taken_up_again_to_its_end() {
    let shops = Shops::new(&[
        ("prod", "northwind-production"),
        ("dev", "northwind-development"),
    ]);
    let held = |name| shops.ends(0, &["capture", name])["snapshot"].clone();
    let before = held("prod");
    let create = ["release", "create", "r1", "--from", "dev", "--to", "prod"];
    // Of every verb some, and nothing for which the store takes its time.
    let chosen = ["page", "blog", "article", "redirect"].map(|kind| format!("shopify/{kind}:*"));
    let chosen = chosen.iter().flat_map(|glob| ["--include", glob]);
    let more: Vec<&str> = chosen.chain(["--allow-deletes"]).collect();
    shops.ends(0, &[&create[..], &more].concat());
    shops.ends(0, &["release", "open", "r1"]);
    let timed = |line: &[&str]| {
        let began = Instant::now();
        shops.ends(0, line);
        began.elapsed()
    };
    let rollback = ["rollback", "prod", "--execute"];
    let deploying = timed(&["deploy", "r1"]);
    let wanted = held("prod");
    let rolling_back = timed(&rollback);
    assert_eq!(held("prod"), before, "it is as before");
    let mut hits = 0;
    let all = seeds(0..2);
    for &seed in &all {
        let mut random = Random(seed);
        let mut run = |line: &[&str], takes: Duration| {
            let trial = Trial {
                shops: &shops,
                takes,
            };
            let context = format!("seed {seed}, {line:?}");
            hits += u32::from(trial.kill_and_take_up(line, &mut random, seed, &context));
        };
        // Sealed against what is there by now, which is what was there before.
        run(&["deploy", "r1"], deploying);
        assert_eq!(held("prod"), wanted, "seed {seed}: all of it, once");
        run(&rollback, rolling_back);
        assert_eq!(held("prod"), before, "seed {seed}: as before");
    }
    let audit = shops.ends(0, &["audit", "--verify"]);
    assert_eq!(audit["intact"], true, "{audit}");
    println!("{hits} of {} kills hit a deployment", 2 * all.len());
    assert!(
        hits > 0 || all.len() == 1,
        "no kill hit: the moments have to be chosen anew"
    );
}

impl Trial<'_> {
    /// Kills the program at a moment and takes up what it left; by two processes at once for every second seed. Whether there
    /// was something to take up.
    fn kill_and_take_up(
        &self,
        line: &[&str],
        random: &mut Random,
        seed: u64,
        context: &str,
    ) -> bool {
        let known = self.deployments().len();
        let part = random.fraction();
        let mut child = self.start(line);
        std::thread::sleep(self.takes.mul_f64(part));
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
        let all = self.deployments();
        let newest = all.first().filter(|_| all.len() > known);
        let Some(newest) = newest else {
            // Before its beginning was on the disk: nothing was written.
            self.shops.ends(0, line);
            return false;
        };
        let id = newest["id"].as_str().expect("an id");
        match newest["state"].as_str() {
            Some("deployed") => return false,
            Some("interrupted") => {}
            state => panic!("{context}: a killed deployment is {state:?}: {newest}"),
        }
        let resume = ["deployment", "resume", id];
        if seed.is_multiple_of(2) {
            let mut ends = [self.start(&resume), self.start(&resume)]
                .map(|mut child| child.wait().expect("a child of ours").code());
            ends.sort_unstable();
            assert_eq!(ends, [Some(0), Some(3)], "{context}: one of two resumes");
        } else {
            self.shops.ends(0, &resume);
        }
        let shown = self.shops.ends(0, &["deployment", "show", id]);
        assert_eq!(shown["state"], "deployed", "{context}: {shown}");
        let counts = &shown["operations"];
        assert_eq!(counts["applied"], counts["total"], "{context}: {shown}");
        true
    }

    fn start(&self, line: &[&str]) -> Child {
        let mut command = self.shops.command(line);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the program starts")
    }

    fn deployments(&self) -> Vec<Value> {
        let listed = self.shops.ends(0, &["deployment", "list"]);
        listed["deployments"].as_array().expect("a list").clone()
    }
}

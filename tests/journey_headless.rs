//! Whole journeys through the built program without its window: what a script can rely on.
//!
//! Not here: what single commands compute (the crates test that themselves), and how a journey looks (`window.rs`).

#[path = "headless/harness.rs"]
mod harness;
#[path = "headless/tree.rs"]
mod tree;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use harness::{Desk, write};
use serde_json::{Value, json};
use tree::{assert_same, differing, tree};

#[test]
fn a_release_goes_from_the_sample_through_review_and_deployment_and_back() {
    let desk = Desk::empty();
    let opened = desk.done(&["sample", "open"]);
    let workspace = Path::new(opened["workspace"].as_str().expect("a path")).to_owned();
    let sample = workspace.parent().expect("the sample's folder");
    let (source, target) = (sample.join("development"), sample.join("staging"));
    let before = tree(&target);

    let environments = desk.done(&["env", "list"]);
    assert_eq!(
        names(&environments["environments"], "name"),
        [
            "development",
            "staging",
            "production",
            "app-development",
            "app-staging",
            "app-production",
            "store-development",
            "store-production"
        ],
        "the sample's environments, in promotion order"
    );
    let compared = desk.done(&["compare", "development", "staging"]);
    let left_out = "object/pages:about";
    let mut expected = names(&compared["changes"], "resource");
    assert!(
        expected.len() > 20 && expected.contains(&left_out),
        "the sample has differences worth looking at: {expected:?}"
    );
    expected.retain(|resource| *resource != left_out);

    let release = ["release", "create", "spring", "--from", "development"];
    let created = desk.done(
        &[
            &release[..],
            &["--to", "staging", "--exclude", "object/pages:*"],
        ]
        .concat(),
    );
    assert_eq!(created["state"], "draft");
    assert_eq!(
        created["changes"],
        expected.len(),
        "all changes but one are in it"
    );
    desk.ends(3, &["deploy", "spring"]);
    assert_same(&before, &tree(&target), "a refused deployment does nothing");

    assert_eq!(desk.done(&["release", "open", "spring"])["state"], "open");
    let patched = desk.path("patched");
    copy(&target, &patched);
    apply_patch(&desk, "spring", &patched);
    let reviewed = desk.done(&["review", "spring", "--approve", "--message", "Go."]);
    assert_eq!(reviewed["approval"]["satisfied"], true);
    assert_eq!(
        (
            &reviewed["review"]["environment"],
            &reviewed["review"]["revision"]
        ),
        (&json!("staging"), &json!(1)),
        "a verdict says what it is for: by default the release's target"
    );
    let plan = desk.done(&["plan", "spring", "--to", "staging"]);
    assert_eq!(
        sorted(names(&plan["operations"], "resource")),
        expected,
        "the plan names what was compared, and nothing else"
    );
    assert_eq!((&plan["drift"], &plan["blocked"]), (&json!([]), &json!([])));
    assert_same(&before, &tree(&target), "a plan does nothing");

    let deployed = desk.done(&["deploy", "spring", "--to", "staging"]);
    assert_eq!(deployed["state"], "deployed");
    assert_eq!(deployed["operations"]["applied"], expected.len());
    assert_eq!(deployed["operations"]["failed"], 0);
    let after = tree(&target);
    assert_same(&after, &tree(&patched), "the patch says what is deployed");
    assert_eq!(
        differing(&after, &tree(&source)),
        [
            "objects/pages/about.json",
            "theme/config/settings_data.json"
        ],
        "source and target differ in what was left out, and in the field that a rule keeps"
    );
    let compared = desk.done(&["compare", "development", "staging"]);
    assert_eq!(names(&compared["changes"], "resource"), [left_out]);

    let planned = desk.done(&["rollback", "staging", "--plan"]);
    assert_eq!(planned["counts"]["restore"], expected.len());
    let tried = desk.done(&["rollback", "staging", "--dry-run"]);
    assert_eq!(
        tried["operations"].as_array().map(Vec::len),
        Some(expected.len())
    );
    assert_same(&after, &tree(&target), "a dry run does nothing");
    let rolled_back = desk.done(&["rollback", "staging", "--execute"]);
    assert_eq!(rolled_back["state"], "deployed");
    assert_eq!(rolled_back["reverts"], deployed["deployment"]);
    assert_same(&before, &tree(&target), "the rollback restores every byte");

    let deployments = desk.done(&["deployment", "list"]);
    assert_eq!(
        names(&deployments["deployments"], "id"),
        [
            rolled_back["id"].as_str().expect("an id"),
            deployed["id"].as_str().expect("an id")
        ],
        "newest first"
    );
    for list in ["release", "deployment"] {
        let told = desk.run(&[list, "list"]);
        let text = String::from_utf8_lossy(&told.stdout);
        assert!(text.contains("rolled back"), "{list}: {text}");
    }
    let listed = desk.done(&["release", "list"]);
    for step in ["--verify", "--rebuild", "--verify"] {
        let audit = desk.done(&["audit", step]);
        assert_eq!(
            (&audit["intact"], &audit["projections_match"]),
            (&json!(true), &json!(true)),
            "the trail holds after audit {step}"
        );
    }
    assert_eq!(
        desk.done(&["release", "list"]),
        listed,
        "rebuilding from the records leads to the same"
    );
    assert_eq!(desk.done(&["deployment", "list"]), deployments);
}

#[test]
fn rolling_back_a_rollback_deploys_again() {
    let desk = shop(&[]);
    let before = tree(&desk.path("live"));
    quick(&desk, "one", &[]);
    let after = tree(&desk.path("live"));
    let back = desk.done(&["rollback", "live", "--execute"]);
    assert_same(&before, &tree(&desk.path("live")), "it was rolled back");
    let id = back["id"].as_str().expect("an id");
    desk.done(&["rollback", "live", "--deployment", id, "--execute"]);
    assert_same(&after, &tree(&desk.path("live")), "and once more");
}

#[test]
fn what_drifted_is_not_overwritten_until_somebody_has_looked() {
    let desk = shop(&["--tier", "production"]);
    let file = desk.path("live/objects/products/bag.json");
    desk.done(&create("one"));
    desk.done(&["release", "open", "one"]);
    desk.done(&["review", "one", "--approve"]);
    let edited = product("bag", "edited by hand", "live");
    write(&file, &edited);
    let before = tree(&desk.path("live"));

    let plan = desk.done(&["plan", "one"]);
    assert_eq!(
        names(&plan["drift"], "resource"),
        ["object/products:bag"],
        "the plan names the drift"
    );
    let refused = desk.ends(4, &["deploy", "one"]);
    assert_eq!(refused["error"]["code"], "conflict");
    desk.ends(4, &["deploy", "one", "--dry-run"]);
    desk.ends(4, &["deploy", "one", "--quick", "--reason", "In a hurry."]);
    assert_same(&before, &tree(&desk.path("live")), "nothing is overwritten");

    desk.done(&["release", "refresh", "one"]);
    let opened = desk.done(&["release", "open", "one"]);
    assert_eq!(
        opened["revision"], 2,
        "what is compared anew is a revision of its own"
    );
    assert_eq!(
        opened["approval"]["satisfied"], false,
        "the approval was for another effect"
    );
    desk.ends(3, &["deploy", "one"]);
    desk.done(&["review", "one", "--approve"]);
    desk.done(&["deploy", "one"]);
    assert_same(
        &tree(&desk.path("live")),
        &tree(&desk.path("work")),
        "now it is deployed",
    );
    desk.done(&["rollback", "live", "--execute"]);
    assert_same(&before, &tree(&desk.path("live")), "the edit comes back");
}

#[test]
fn drift_elsewhere_leaves_reviews_and_deployment_standing() {
    let desk = shop(&["--tier", "production"]);
    desk.done(&create("one"));
    desk.done(&["release", "open", "one"]);
    desk.ends(3, &["deploy", "one"]);
    desk.done(&["review", "one", "--approve"]);
    let same = "objects/products/same.json";
    let edited = product("same", "edited by hand", "live");
    write(&desk.path("live").join(same), &edited);
    desk.done(&["deploy", "one"]);
    assert_eq!(
        differing(&tree(&desk.path("live")), &tree(&desk.path("work"))),
        [same],
        "what the plan does not name does not change"
    );
}

#[test]
fn json_that_does_not_parse_is_named_with_its_place_and_blocks_what_needs_it() {
    let desk = shop(&[]);
    let broken = "{\n  \"title\": \"Tent\",\n  \"vendor\": \"Kestrel\"\n  \"price\": 3\n}\n";
    write(&desk.path("work/objects/products/tent.json"), broken);
    let capture = desk.done(&["capture", "work"]);
    let unreadable = &capture["unreadable"][0];
    assert_eq!(
        (
            &unreadable["place"],
            &unreadable["line"],
            &unreadable["column"]
        ),
        (&json!("objects/products/tent.json"), &json!(4), &json!(3)),
        "the place is told: {capture}"
    );
    desk.ends(1, &["capture", "work", "--stop-at-unreadable"]);

    let before = tree(&desk.path("live"));
    desk.done(&create("all"));
    desk.done(&["release", "open", "all"]);
    let plan = desk.done(&["plan", "all"]);
    assert_eq!(
        names(&plan["blocked"], "resource"),
        ["object/products:tent"]
    );
    let refused = desk.ends(3, &["deploy", "all"]);
    let message = refused["error"]["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("tent.json") && message.contains("line 4, column 3"),
        "the refusal says where: {message}"
    );
    assert_same(&before, &tree(&desk.path("live")), "it is blocked");

    let without = [&create("rest")[..], &["--exclude", "object/products:tent"]].concat();
    desk.done(&without);
    desk.done(&["release", "open", "rest"]);
    assert_eq!(desk.done(&["deploy", "rest"])["state"], "deployed");
    assert_eq!(
        differing(&tree(&desk.path("live")), &tree(&desk.path("work"))),
        ["objects/products/tent.json"],
        "what does not need it goes without it"
    );
}

#[test]
fn a_rollback_looks_at_edits_made_since_and_takes_back_what_it_is_asked_for() {
    let cases = [
        // The vendor is what was deployed, the note is what was edited since.
        ("keep", "object/products:bag", ("new", "edited")),
        ("overwrite", "object/products:bag", ("old", "")),
        ("merge", "object/products:bag", ("old", "edited")),
        ("overwrite", "theme/*", ("new", "edited")),
    ];
    for (edits, only, (vendor, note)) in cases {
        let desk = shop(&[]);
        let live = desk.path("live");
        let before = tree(&live);
        quick(&desk, "one", &[]);
        let bag = live.join("objects/products/bag.json");
        let deployed = fs::read_to_string(&bag).expect("a deployed file");
        write(
            &bag,
            deployed.replace("\"note\": \"\"", "\"note\": \"edited\""),
        );
        let edited = tree(&live);

        let rollback = ["rollback", "live", "--only", only, "--edits", edits];
        let planned = desk.done(&[&rollback[..], &["--plan"]].concat());
        let resources = names(&planned["resources"], "resource");
        assert!(
            resources
                .iter()
                .all(|resource| only == *resource
                    || only == "theme/*" && resource.starts_with("theme/")),
            "only what was asked for: {resources:?}"
        );
        desk.done(&[&rollback[..], &["--dry-run"]].concat());
        assert_same(&edited, &tree(&live), "a dry run does nothing");
        if edits == "keep" {
            // Keeping the one edit leaves nothing to do, which is said rather than done.
            desk.ends(3, &[&rollback[..], &["--execute"]].concat());
        } else {
            desk.done(&[&rollback[..], &["--execute"]].concat());
        }
        let text = fs::read_to_string(&bag).expect("a JSON file");
        let after: Value = serde_json::from_str(&text).expect("a JSON file");
        assert_eq!(
            (&after["vendor"], &after["note"]),
            (&json!(vendor), &json!(note)),
            "{edits} of {only} leads to this"
        );
        if only == "theme/*" {
            let left: Vec<String> = differing(&tree(&live), &before);
            assert!(
                left.iter().all(|name| name.starts_with("objects/")),
                "the theme is as before, the objects are as deployed: {left:?}"
            );
        }

        // What a partial rollback left can still be taken back.
        let rest = ["rollback", "live", "--edits", "overwrite"];
        let id = desk.done(&["deployment", "list"])["deployments"]
            .as_array()
            .and_then(|all| all.last())
            .map(|first| first["id"].as_str().unwrap_or_default().to_owned())
            .expect("the first deployment");
        desk.done(&[&rest[..], &["--deployment", &id, "--execute"]].concat());
        assert_same(&before, &tree(&live), "the rest went back as well");
    }
}

#[test]
fn in_the_releases_layout_deployments_and_rollbacks_switch_one_link() {
    let desk = Desk::empty();
    desk.done(&["sample", "open"]);
    let target = desk.path("data/slipway/sample/app-staging");
    let current = || fs::read_link(target.join("current")).expect("the link `current`");
    let (first, before) = (current(), tree(&target));
    quick_between(&desk, "app", "app-development", "app-staging", &[]);
    let second = current();
    assert_ne!(first, second, "the link was switched");
    let former = tree(&target.join(&first));
    let compared = desk.done(&["compare", "app-development", "app-staging"]);
    assert_eq!(compared["changes"], json!([]), "it holds what was released");
    desk.done(&["rollback", "app-staging", "--execute"]);
    assert_eq!(current(), first, "the rollback switches back");
    assert_same(
        &tree(&target.join(&first)),
        &former,
        "the former release is untouched",
    );
    // The record of what the latest deployment published stays, hidden; the next one replaces it.
    let is_expected = |name: &str| {
        name.starts_with(&format!("{}/", second.display())) || name.starts_with("releases/.")
    };
    let strange: Vec<String> = differing(&before, &tree(&target))
        .into_iter()
        .filter(|name| !is_expected(name))
        .collect();
    assert_eq!(
        strange,
        Vec::<String>::new(),
        "only the other release is there beside"
    );
}

#[test]
fn rules_hold_resources_and_keep_fields_through_deployment_and_rollback() {
    let desk = shop_with(&[
        "--hold",
        "object/products:cap",
        "--keep",
        "object/products:*=id_here",
        "--keep",
        "theme/file:config/*",
        "--ignore",
        "theme/file:assets/*",
    ]);
    let live = desk.path("live");
    let before = tree(&live);
    let mode = fs::Permissions::from_mode(0o640);
    let bag = live.join("objects/products/bag.json");
    fs::set_permissions(&bag, mode).expect("a file of ours");

    let created = desk.done(&create("one"));
    let left_out = created["left_out"].as_array().expect("a list");
    assert!(
        left_out.iter().all(|rule| rule["count"].as_u64() > Some(0)
            && rule["reason"].is_string()
            && rule["pattern"].is_string()),
        "what rules leave out is counted and explained: {left_out:?}"
    );
    let patched = desk.path("patched");
    copy(&live, &patched);
    desk.done(&["release", "open", "one"]);
    apply_patch(&desk, "one", &patched);
    desk.done(&["deploy", "one"]);
    assert_same(
        &tree(&live),
        &tree(&patched),
        "the patch knows the rules as well",
    );
    let text = fs::read_to_string(&bag).expect("a deployed file");
    assert_eq!(
        text,
        product("bag", "new", "live"),
        "the field stays as the target has it"
    );
    let mode = fs::metadata(&bag).expect("a deployed file").permissions();
    assert_eq!(mode.mode() & 0o777, 0o640, "permissions stay");
    for untouched in [
        "objects/products/cap.json",
        "theme/config/settings_data.json",
        "theme/assets/base.css",
    ] {
        assert_eq!(
            tree(&live)[untouched],
            before[untouched],
            "{untouched} is left to the target"
        );
    }
    desk.done(&["rollback", "live", "--execute"]);
    assert_same(&before, &tree(&live), "the rollback restores every byte");
}

#[test]
fn every_answer_is_one_json_object_with_the_keys_that_scripts_rely_on() {
    let desk = Desk::empty();
    make_shop(&desk);
    let workspace = desk.path("w.slipway");
    let export = desk.path("trail.jsonl");
    let (workspace, export) = (desk.text(&workspace), desk.text(&export));
    let operations = "/operations/applied /operations/skipped /operations/failed";
    let deployment = format!("/deployment /id /state /release /environment {operations}");
    let plan = "/digest /operations/0/id /operations/0/wave /operations/0/verb /operations/0/resource \
                /operations/0/reversible /operations/0/risk /drift /blocked";
    let rollback = "/deployment /environment /release /resources/0/resource /resources/0/action \
                    /resources/0/current /resources/0/target /resources/0/source /resources/0/edited";
    let release = "/id /tag /state /counts/created /counts/modified /counts/deleted";
    let error = "/error/code /error/message /error/hint /error/retryable";
    let audit = "/records /intact /problem /projections_match";
    // The command line, its exit code, and what its answer holds at least.
    let steps: &[(&str, i32, &str)] = &[
        ("env list", 2, error),
        (&format!("workspace init {workspace}"), 0, "/workspace"),
        (&format!("workspace init {workspace}"), 2, error),
        ("env list", 0, "/environments"),
        (
            "env add live --platform folder --path live --tier staging",
            0,
            "/environment/id /environment/name /environment/tier",
        ),
        (
            "env add work --platform folder --path work --layout objects --promotes-to live",
            0,
            "/environment/promotes_to",
        ),
        ("env add work --platform folder --path work", 2, error),
        ("env add other --platform nowhere --path work", 2, error),
        ("env add other --platform folder --path missing", 1, error),
        ("env list", 0, "/environments/0/name /environments/1/name"),
        (
            "capture live",
            0,
            "/snapshot /resources /bytes /created /modified /deleted /unchanged",
        ),
        ("capture nowhere", 2, error),
        (
            "compare work live",
            0,
            "/counts/created /counts/modified /counts/deleted /changes/0/resource /changes/0/change",
        ),
        ("release create one --from work --to live", 0, release),
        ("release create one --from work --to live", 2, error),
        ("release list", 0, "/releases/0/tag /releases/0/state"),
        ("release show one", 0, release),
        ("release show two", 2, error),
        ("release diff one", 0, "/patch"),
        ("deploy one", 3, error),
        ("release refresh one", 0, release),
        ("release open one", 0, release),
        ("review one --request-changes --message Wait.", 0, release),
        ("deploy one", 3, error),
        ("review one --comment", 2, error),
        ("review one --comment --message Hm.", 0, release),
        ("review one --approve", 0, release),
        ("plan one --to live", 0, plan),
        ("deploy one --to live --dry-run", 0, plan),
        ("deploy one --to live", 0, &deployment),
        ("release create two --from work --to live", 3, error),
        (
            "deployment list",
            0,
            "/deployments/0/id /deployments/0/release /deployments/0/environment /deployments/0/state",
        ),
        ("deployment show {id}", 0, &deployment),
        ("deployment resume {id}", 3, error),
        ("deployment retry {id}", 3, error),
        ("deployment cancel {id}", 3, error),
        ("deployment show nothing", 2, error),
        ("rollback live --plan", 0, rollback),
        ("rollback live --dry-run", 0, rollback),
        ("rollback live --execute", 0, &deployment),
        ("rollback work --plan", 3, error),
        ("release create two --from work --to live", 0, release),
        ("release cancel two", 0, release),
        ("deploy two", 3, error),
        ("audit", 0, audit),
        ("audit --verify", 0, audit),
        ("audit --rebuild", 0, audit),
        (&format!("audit --export {export}"), 0, "/path /records"),
        ("sample open", 0, "/workspace"),
        (
            &format!("env remove work --workspace {workspace}"),
            0,
            "/removed",
        ),
    ];
    let mut id = String::new();
    for (line, exit, keys) in steps {
        let line = line.replace("{id}", &id);
        let arguments: Vec<&str> = line.split(' ').collect();
        let answer = desk.ends(*exit, &arguments);
        for key in keys.split_whitespace() {
            assert!(
                answer.pointer(key).is_some(),
                "`slipway {line}` has no {key}: {answer}"
            );
        }
        if line == "deploy one --to live" {
            id = answer["deployment"].as_str().expect("an id").to_owned();
        }
    }
    let trail = fs::read_to_string(export).expect("the exported trail");
    assert!(
        trail
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok_and(|r| r.is_object())),
        "the trail is one JSON record a line"
    );
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_is_wrong() {
    let desk = shop(&[]);
    let lines = [
        "nonsense",
        "deploy",
        "deploy one --quick",
        "deploy one --reason because",
        "rollback live",
        "rollback live --plan --execute",
        "rollback live --plan --edits burn",
        "review one",
        "review one --approve --request-changes",
        "env add x --platform folder",
        "env add x --platform folder --path live --layout flat",
        "audit --verify --rebuild",
        "env list --workspace",
        "env list --user Nobody",
    ];
    for line in lines {
        let ended = desk.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.exit, Some(2), "the exit code of {ended}");
        assert!(ended.stdout.is_empty(), "nothing is printed by {ended}");
        assert!(
            ended.stderr.starts_with("error: "),
            "it is told on stderr by {ended}"
        );
    }
    for line in ["--help", "--version", "deploy --help"] {
        let ended = desk.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.exit, Some(0), "{ended}");
        assert!(!ended.stdout.is_empty(), "{ended}");
    }
}

/// Makes a workspace with two folders, `work` and `live` (staging, so that no approval is asked for), that differ in
/// everything but one file.
fn shop(live: &[&str]) -> Desk {
    let more: &[&str] = if live.is_empty() {
        &["--tier", "staging"]
    } else {
        live
    };
    let desk = Desk::new();
    make_shop(&desk);
    desk.add("live", more);
    desk.add("work", &["--promotes-to", "live"]);
    desk
}

/// The same with rules for `live`.
fn shop_with(rules: &[&str]) -> Desk {
    shop(&[&["--tier", "staging"], rules].concat())
}

fn make_shop(desk: &Desk) {
    for (place, vendor) in [("work", "new"), ("live", "old")] {
        let root = desk.path(place);
        for name in ["bag", "cap"] {
            let path = root.join(format!("objects/products/{name}.json"));
            write(&path, product(name, vendor, place));
        }
        let same = root.join("objects/products/same.json");
        write(&same, product("same", "same", "same"));
        let css = format!("body {{ color: {vendor}; }}\r\n.no-final-newline {{}}");
        write(&root.join("theme/assets/base.css"), css);
        let logo = [b"\x89PNG\r\n\x1a\n\0\xff\xfe", vendor.as_bytes()].concat();
        write(&root.join("theme/assets/logo.png"), logo);
        let settings = format!("{{ \"current\": {{ \"colour\": \"{vendor}\" }} }}\n");
        write(&root.join("theme/config/settings_data.json"), settings);
    }
    write(
        &desk.path("work/theme/snippets/über uns.liquid"),
        "{{ 'über' | t }}\n",
    );
    write(&desk.path("work/theme/snippets/empty.liquid"), "");
    write(
        &desk.path("live/objects/pages/deep/er/gone.json"),
        "{\"title\":\"Gone\"}",
    );
}

/// The text of a product: who sells it, and a field that each place has for itself.
fn product(name: &str, vendor: &str, place: &str) -> String {
    format!(
        "{{\n  \"title\": \"{name}\",\n  \"vendor\": \"{vendor}\",\n  \"id_here\": \"{place}\",\n  \"note\": \"\"\n}}\n"
    )
}

fn create(tag: &str) -> [&str; 7] {
    ["release", "create", tag, "--from", "work", "--to", "live"]
}

/// Makes a release of `work` to `live`, opens it and deploys it.
fn quick(desk: &Desk, tag: &str, more: &[&str]) -> Value {
    quick_between(desk, tag, "work", "live", more)
}

fn quick_between(desk: &Desk, tag: &str, from: &str, to: &str, more: &[&str]) -> Value {
    let create = ["release", "create", tag, "--from", from, "--to", to];
    desk.done(&[&create[..], more].concat());
    desk.done(&["release", "open", tag]);
    let deployed = desk.done(&["deploy", tag]);
    assert_eq!(deployed["state"], "deployed", "{deployed}");
    deployed
}

/// Applies a release's patch to a folder with git.
fn apply_patch(desk: &Desk, tag: &str, folder: &Path) {
    let ended = desk.run(&["release", "diff", tag]);
    assert_eq!(ended.exit, Some(0), "{ended}");
    let patch = desk.path("release.patch");
    write(&patch, &ended.stdout);
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .env("HOME", desk.path(""))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            // No repository, wherever the temporary folder lies.
            .env("GIT_CEILING_DIRECTORIES", desk.path(""))
            .output()
            .expect("git runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?} said: {said}");
    };
    git(&["apply", "--whitespace=nowarn", desk.text(&patch)]);
}

/// Copies everything below a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let entry = entry.expect("a readable entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a readable type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copied file");
        }
    }
}

/// The text under a key of each object in a list.
fn names<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let list = list.as_array().expect("a list");
    list.iter()
        .map(|object| object[key].as_str().expect("a text"))
        .collect()
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

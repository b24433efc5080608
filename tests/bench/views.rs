//! What the window asks for when a large release or a large file is opened, timed at the api.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use slipway_api::Api;
use slipway_machine::Machine;
use slipway_sandbox::load;

/// How many changes the large release holds.
const CHANGES: usize = 10_000;
/// How many operations the long plan has.
const OPERATIONS: usize = 100_000;
/// How many lines the large file has.
const LINES: usize = 1_000_000;
/// How many rows the window asks for at a time.
const WINDOW: usize = 200;

/// Two versions of a theme: 220 files, about 200 of them changed.
pub(crate) fn generate_themes(folder: &Path) -> (PathBuf, PathBuf) {
    let (old, new) = (folder.join("theme-old"), folder.join("theme-new"));
    for (root, version) in [(&old, 0), (&new, 1)] {
        for kind in [
            "assets",
            "config",
            "layout",
            "locales",
            "sections",
            "snippets",
            "templates",
        ] {
            fs::create_dir_all(root.join(kind)).expect("a folder");
        }
        for file in 0..220_u32 {
            let path = root.join("sections").join(format!("section-{file}.liquid"));
            fs::write(
                path,
                section(file, if file % 11 == 0 { 0 } else { version }),
            )
            .expect("a file");
        }
    }
    (old, new)
}

fn section(file: u32, version: u32) -> String {
    let mut text = String::new();
    for line in 0..300 {
        let changed = version > 0 && (line + file).is_multiple_of(17);
        let class = if changed { "wide card" } else { "card" };
        writeln!(text, "  <div class=\"{class}\" id=\"block-{file}-{line}\">{{{{ section.settings.text_{line} }}}}</div>")
            .expect("a string");
        if changed && line % 3 == 0 {
            writeln!(text, "  {{% render 'icon', name: 'i{line}' %}}").expect("a string");
        }
    }
    text
}

/// Measures on a workspace of its own.
pub(crate) fn measure(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(measure_views(folder));
    runtime.block_on(measure_plan(&folder.join("plan")));
}

/// Makes a workspace with a release of [`CHANGES`] changes, one of them to a file of [`LINES`] lines, and the data folder of a
/// person who used it last. Gives the release's identity.
pub(crate) async fn prepare(folder: &Path, data_folder: &Path) -> String {
    fs::remove_dir_all(folder.join("view-source")).ok();
    fs::remove_dir_all(folder.join("view-target")).ok();
    let (source, target) = (folder.join("view-source"), folder.join("view-target"));
    load::generate_objects(&source.join("objects"), CHANGES, 7, 800).expect("objects");
    for side in [&source, &target] {
        fs::create_dir_all(side.join("objects")).expect("a folder");
        fs::create_dir_all(side.join("theme/assets")).expect("a folder");
    }
    let lines = |step: usize| -> String {
        (0..LINES)
            .map(|n| {
                if n % step == 0 {
                    format!("line {n} changed\n")
                } else {
                    format!("line {n}\n")
                }
            })
            .collect()
    };
    fs::write(source.join("theme/assets/long.txt"), lines(1_000)).expect("a file");
    fs::write(target.join("theme/assets/long.txt"), lines(LINES + 1)).expect("a file");

    let api = Api::new(Arc::new(Machine::with_data_folder(data_folder.to_owned())))
        .with_person("Bench <bench@example.com>".parse().expect("a person"));
    call(
        &api,
        "person_set",
        json!({ "name": "Bench", "email": "bench@example.com" }),
    )
    .await;
    let workspace = data_folder.join("views.slipway");
    draft(&api, &workspace, "large", &source, &target).await
}

/// Makes a workspace of two folders, and a draft of everything that they differ in. Gives its identity.
async fn draft(api: &Api, workspace: &Path, tag: &str, source: &Path, target: &Path) -> String {
    let create = json!({ "name": tag, "path": workspace });
    call(api, "workspace_create", create).await;
    for (name, path) in [("source", source), ("target", target)] {
        let settings = json!({
            "name": name, "platform": "folder", "tier": "staging", "promotes_to": null, "rules": [], "approvals": null,
            "connection": { "path": path, "layout": "objects" },
        });
        call(api, "environment_add", json!({ "settings": settings })).await;
    }
    let create = json!({
        "tag": tag, "notes": "", "kind": null, "source": "source", "target": "target",
        "include": [], "exclude": [], "capture": true, "job": "",
    });
    let release = call(api, "release_create", create).await.0;
    let id = release["release"]["id"].as_str();
    id.expect("an identity").to_owned()
}

async fn measure_views(folder: &Path) {
    let data_folder = folder.join("data");
    fs::create_dir_all(&data_folder).expect("a folder");
    let id = prepare(folder, &data_folder).await;
    let workspace = data_folder.join("views.slipway");
    // A second session, so that nothing is remembered from making the release.
    let api = Api::new(Arc::new(Machine::with_data_folder(data_folder)));
    call(&api, "workspace_open", json!({ "path": workspace })).await;
    let began = Instant::now();
    let (_, first) = call(&api, "release_get", json!({ "release": id })).await;
    let rows = json!({ "release": id, "from": 0, "limit": 60 });
    let (tree, _) = call(&api, "change_rows", rows).await;
    let change = tree["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|row| row["type"] == "change");
    let resource = change.expect("a change")["resource"].clone();
    let source = json!({ "kind": "release", "release": id });
    let of = json!({ "source": source, "resource": resource, "mode": "fields", "split": false, "expanded": [] });
    call(&api, "diff", of.clone()).await;
    call(
        &api,
        "diff_rows",
        json!({ "diff": of, "from": 0, "limit": WINDOW }),
    )
    .await;
    print(
        &format!("first rows of a release of {CHANGES} changes"),
        began.elapsed(),
        "≤ 150 ms",
    );
    let (_, again) = call(&api, "release_get", json!({ "release": id })).await;
    let candidates = format!("release_get, {CHANGES} candidates");
    print(
        &candidates,
        again,
        &format!("the first {:.1} ms", millis(first)),
    );

    let resource = next_change(&tree, &resource);
    let of = json!({ "source": source, "resource": resource, "mode": "fields", "split": false, "expanded": [] });
    let began = Instant::now();
    // As the page does: what it holds and its first rows at once, and the document as a whole.
    tokio::join!(
        call(&api, "diff", of.clone()),
        call(
            &api,
            "diff_rows",
            json!({ "diff": of, "from": 0, "limit": WINDOW })
        ),
        call(
            &api,
            "documents",
            json!({ "source": source, "resource": resource })
        ),
    );
    print("a diff opened in Preview", began.elapsed(), "");
    let find = json!({ "release": id, "text": "not to be found", "beyond": null, "towards": "end", "limit": 1 });
    let (_, looked_through) = call(&api, "changes_find", find).await;
    print(
        &format!("find in {CHANGES} diffs, to the end"),
        looked_through,
        "",
    );

    let long = json!({
        "source": source, "resource": "theme/file:assets/long.txt", "mode": "raw", "split": false, "expanded": [],
    });
    let (view, opened) = call(&api, "diff", long.clone()).await;
    print(&format!("a diff of {LINES} lines, opened"), opened, "");
    let total = view["content"]["rows"].as_u64().expect("rows") as usize;
    let mut slowest = Duration::ZERO;
    for step in 0..50 {
        let from = total * step / 50;
        let (_, took) = call(
            &api,
            "diff_rows",
            json!({ "diff": long, "from": from, "limit": WINDOW }),
        )
        .await;
        slowest = slowest.max(took);
    }
    print("  its slowest window of 200 rows", slowest, "≤ 50 ms");
}

/// A plan of [`OPERATIONS`] operations: worked out, then shown page by page.
async fn measure_plan(folder: &Path) {
    let (source, target) = (folder.join("source"), folder.join("target"));
    load::generate_objects(&source.join("objects"), OPERATIONS, 7, 200).expect("objects");
    fs::create_dir_all(target.join("objects")).expect("a folder");
    let api = Api::new(Arc::new(Machine::with_data_folder(folder.join("data"))))
        .with_person("Bench <bench@example.com>".parse().expect("a person"));
    let workspace = folder.join("plan.slipway");
    let id = draft(&api, &workspace, "long", &source, &target).await;
    call(&api, "release_open", json!({ "release": id })).await;
    let request = json!({ "release": id, "capture": false });
    let (plan, took) = call(&api, "plan", request).await;
    print(
        &format!("a plan of {OPERATIONS} operations, worked out"),
        took,
        "",
    );
    let bytes = plan.to_string().len();
    println!("  what of it crosses to the window: {bytes} bytes");
    let page = |offset: usize| json!({ "plan": plan["fingerprint"], "filter": "all", "offset": offset, "limit": 100 });
    for (name, offset) in [("first", 0), ("last", OPERATIONS - 100)] {
        let (rows, took) = call(&api, "plan_operations", page(offset)).await;
        assert_eq!(rows["rows"].as_array().map(Vec::len), Some(100));
        print(
            &format!("  its {name} page of 100 operations"),
            took,
            "≤ 10 ms",
        );
    }
    let graph = json!({ "plan": plan["fingerprint"] });
    let (_, took) = call(&api, "plan_graph", graph).await;
    print("  its graph", took, "≤ 100 ms");
    let comment =
        json!({ "release": id, "anchor": null, "reply_to": null, "body": "Looks right." });
    let (_, said) = call(&api, "comment_add", comment).await;
    // What a window that shows the plan asks again: the release, not the plan.
    let (_, asked) = call(&api, "release_get", json!({ "release": id })).await;
    print(
        "  a comment, and what a window with it asks again",
        said + asked,
        "",
    );
}

async fn call(api: &Api, name: &str, request: Value) -> (Value, Duration) {
    let began = Instant::now();
    let answer = api.call(name, request).await;
    (
        answer.unwrap_or_else(|error| panic!("{name}: {error} {}", error.hint)),
        began.elapsed(),
    )
}

/// A change of the tree that comes after another one.
fn next_change(tree: &Value, resource: &Value) -> Value {
    let rows = tree["rows"].as_array().expect("rows").iter();
    let mut changes = rows
        .filter(|row| row["type"] == "change")
        .map(|row| &row["resource"]);
    changes
        .find(|other| *other == resource)
        .expect("it is there");
    changes.next().expect("there is another one").clone()
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

fn print(name: &str, took: Duration, aim: &str) {
    println!(
        "{name:<52} {:>9.1} ms {:>12} {:>7} {:>10}  {aim}",
        millis(took),
        "",
        "",
        ""
    );
}

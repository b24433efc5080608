//! What the built program does with simulated shops: what comes along with a choice, and what is the same in a folder and a
//! store.

#[path = "headless/harness.rs"]
mod harness;
#[path = "headless/shops.rs"]
mod shops;

use harness::write;
use serde_json::json;
use shops::Shops;

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

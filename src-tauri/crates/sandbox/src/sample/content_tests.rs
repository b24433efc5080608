//! Whether the sample's content hangs together, as a store's and a theme's has to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

type Files = BTreeMap<&'static str, &'static [u8]>;

fn environment(name: &str) -> Files {
    files(
        RECIPES
            .iter()
            .find(|recipe| recipe.name == name)
            .expect("the environment is in the table"),
    )
}

fn text(bytes: &'static [u8]) -> &'static str {
    std::str::from_utf8(bytes).expect("the file is UTF-8")
}

fn json(path: &str, bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{path} parses: {error}"))
}

/// The objects by `<kind>:<key>`.
fn objects(files: &Files, folder: &str) -> BTreeMap<String, Value> {
    let below = files
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(folder)?, bytes)));
    below
        .map(|(path, bytes)| {
            let (kind, key) = path
                .split_once('/')
                .expect("an object lies in its kind's folder");
            (
                format!(
                    "{kind}:{}",
                    key.strip_suffix(".json").expect("an object is JSON")
                ),
                json(path, bytes),
            )
        })
        .collect()
}

/// Every string in a document.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| strings(field, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The references in a document: strings of the form `<kind>:<key>` with a kind that exists.
fn references<'a>(value: &'a Value, kinds: &BTreeSet<&str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    strings(value, &mut found);
    found.retain(|text| {
        text.split_once(':')
            .is_some_and(|(kind, _)| kinds.contains(kind))
    });
    found
}

fn kinds(objects: &BTreeMap<String, Value>) -> BTreeSet<&str> {
    objects
        .keys()
        .filter_map(|key| key.split_once(':'))
        .map(|(kind, _)| kind)
        .collect()
}

/// What is between two marks, each time they occur.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split(end).next())
        .collect()
}

/// How many files differ, are only in the first, and are only in the second.
fn difference(a: &Files, b: &Files) -> (usize, usize, usize) {
    let changed = a
        .iter()
        .filter(|(path, bytes)| b.get(*path).is_some_and(|other| other != *bytes))
        .count();
    let only = |a: &Files, b: &Files| a.keys().filter(|path| !b.contains_key(*path)).count();
    (changed, only(a, b), only(b, a))
}

#[test]
fn every_environment_has_its_share_of_everything() {
    for name in ["development", "staging", "production"] {
        let files = environment(name);
        let objects = objects(&files, "objects/");
        assert!(objects.len() >= 60, "{name} has {} objects", objects.len());
        assert_eq!(kinds(&objects).len(), 10, "{name} has ten kinds of objects");
        let theme = files
            .keys()
            .filter(|path| path.starts_with("theme/"))
            .count();
        assert!(theme >= 30, "{name} has {theme} theme files");
        let app = environment(&format!("app-{name}"));
        assert!(app.len() >= 25, "app-{name} has {} documents", app.len());
    }
}

#[test]
fn the_environments_differ_by_what_the_layers_say() {
    let [development, staging, production] =
        ["development", "staging", "production"].map(environment);
    assert_eq!(
        difference(&development, &production),
        (29, 7, 3),
        "changed, created, deleted"
    );
    assert_eq!(
        difference(&development, &staging),
        (20, 6, 1),
        "changed, created, deleted"
    );
    assert_eq!(
        difference(&staging, &production),
        (13, 1, 2),
        "changed, created, deleted"
    );
    let [development, staging, production] =
        ["app-development", "app-staging", "app-production"].map(environment);
    assert_eq!(
        difference(&development, &production),
        (11, 1, 1),
        "changed, created, deleted"
    );
    assert_eq!(
        difference(&development, &staging),
        (7, 1, 1),
        "changed, created, deleted"
    );
    assert_eq!(
        difference(&staging, &production),
        (6, 0, 0),
        "changed, created, deleted"
    );
}

#[test]
fn references_resolve_but_for_the_deleted_product_that_a_collection_still_names() {
    for recipe in &RECIPES {
        let folder = if recipe.content == Content::Storefront {
            "objects/"
        } else {
            ""
        };
        let objects = objects(&files(recipe), folder);
        let kinds = kinds(&objects);
        let mut count = 0;
        let mut dangling = Vec::new();
        for (key, object) in &objects {
            for reference in references(object, &kinds) {
                count += 1;
                if !objects.contains_key(reference) {
                    dangling.push(format!("{key} → {reference}"));
                }
            }
        }
        assert!(count > 30, "{} has {count} references", recipe.name);
        let expected: &[&str] = if recipe.name == "development" {
            &["collections:last-season → products:juniper-windbreaker"]
        } else {
            &[]
        };
        assert_eq!(dangling, expected, "{}", recipe.name);
    }
}

#[test]
fn development_creates_a_cycle_of_references() {
    let production = objects(&environment("production"), "objects/");
    let development = objects(&environment("development"), "objects/");
    let kinds = kinds(&development);
    let pair = ["products:storm-petrel-bibs", "products:storm-petrel-shell"];
    for (one, other) in [(pair[0], pair[1]), (pair[1], pair[0])] {
        assert!(!production.contains_key(one), "{one} is new");
        assert!(
            references(&development[one], &kinds).contains(&other),
            "{one} refers to {other}"
        );
    }
}

#[test]
fn objects_are_named_by_what_they_say() {
    for name in ["development", "staging", "production"] {
        for (key, object) in objects(&environment(name), "objects/") {
            let last = key
                .rsplit(['/', ':'])
                .next()
                .expect("a key has a last part");
            if let Some(handle) = object.get("handle").and_then(Value::as_str) {
                assert_eq!(handle, last, "{name}: {key}");
            }
            let Some(variants) = object.get("variants").and_then(Value::as_array) else {
                continue;
            };
            let skus: BTreeSet<_> = variants
                .iter()
                .map(|variant| variant["sku"].as_str())
                .collect();
            assert_eq!(
                skus.len(),
                variants.len(),
                "{name}: the variants of {key} have different SKUs"
            );
            let options = object["options"].as_array().expect("a product has options");
            let combinations: usize = options
                .iter()
                .map(|o| o["values"].as_array().map_or(0, Vec::len))
                .product();
            assert_eq!(
                combinations,
                variants.len(),
                "{name}: {key} has a variant for each combination"
            );
        }
    }
}

#[test]
fn templates_name_sections_settings_and_blocks_that_exist() {
    for name in ["development", "staging", "production"] {
        let files = environment(name);
        let is_page = |path: &str| {
            path.starts_with("theme/templates/") || path.starts_with("theme/sections/")
        };
        for (path, bytes) in files
            .iter()
            .filter(|(path, _)| is_page(path) && path.ends_with(".json"))
        {
            let page = json(path, bytes);
            let sections = page["sections"].as_object().expect("a page has sections");
            let order = page["order"].as_array().expect("a page has an order");
            assert!(
                order.iter().filter_map(Value::as_str).eq(sections.keys()),
                "{name}: {path} orders its sections"
            );
            for section in sections.values() {
                let kind = section["type"].as_str().expect("a section has a type");
                let file = files.get(format!("theme/sections/{kind}.liquid").as_str());
                let source = text(file.unwrap_or_else(|| panic!("{name}: {path} names {kind}")));
                let schema = schema(kind, source).expect("a section has a schema");
                assert_declared(&format!("{name}: {path}"), section, &schema);
                for block in section
                    .get("blocks")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(|all| all.values())
                {
                    let mut kinds = schema["blocks"]
                        .as_array()
                        .expect("the schema has blocks")
                        .iter();
                    let declared = kinds.find(|known| known["type"] == block["type"]);
                    assert_declared(
                        &format!("{name}: {path}"),
                        block,
                        declared.expect("the block is declared"),
                    );
                }
            }
        }
    }
}

fn schema(path: &str, source: &str) -> Option<Value> {
    let schema = between(source, "{% schema %}", "{% endschema %}");
    schema.first().map(|text| json(path, text.as_bytes()))
}

fn assert_declared(place: &str, used: &Value, schema: &Value) {
    let declared: Vec<_> = schema["settings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|setting| &setting["id"])
        .collect();
    for id in used
        .get("settings")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|all| all.keys())
    {
        assert!(
            declared.iter().any(|known| *known == id),
            "{place} sets {id}, which the schema declares"
        );
    }
}

#[test]
fn liquid_names_snippets_assets_texts_and_settings_that_exist() {
    for name in ["development", "staging", "production"] {
        let files = environment(name);
        let has = |path: String| files.contains_key(path.as_str());
        let texts = ["en.default", "de"].map(|language| {
            let path = format!("theme/locales/{language}.json");
            json(&path, files[path.as_str()])
        });
        let global = text(files["theme/config/settings_schema.json"]);
        for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".liquid")) {
            let source = text(bytes);
            let place = format!("{name}: {path}");
            for snippet in between(source, "{% render '", "'") {
                assert!(
                    has(format!("theme/snippets/{snippet}.liquid")),
                    "{place} renders {snippet}"
                );
            }
            for group in between(source, "{% sections '", "'") {
                assert!(
                    has(format!("theme/sections/{group}.json")),
                    "{place} has the group {group}"
                );
            }
            for quoted in source.split("{{ '").skip(1) {
                let (name, rest) = quoted.split_once('\'').expect("the quote is closed");
                if rest.starts_with(" | asset_url") {
                    assert!(
                        has(format!("theme/assets/{name}")),
                        "{place} has the asset {name}"
                    );
                } else if rest.starts_with(" | t") {
                    let pointer = format!("/{}", name.replace('.', "/"));
                    for language in &texts {
                        assert!(
                            language.pointer(&pointer).is_some(),
                            "{place} says {name} in every language"
                        );
                    }
                }
            }
            let own = schema(path, source)
                .map(|schema| schema.to_string())
                .unwrap_or_default();
            for (start, declared) in [
                ("section.settings.", own.as_str()),
                ("block.settings.", &own),
                (" settings.", global),
            ] {
                for rest in source.split(start).skip(1) {
                    let id = rest
                        .split(|c: char| c != '_' && !c.is_alphanumeric())
                        .next()
                        .unwrap_or_default();
                    assert!(
                        declared
                            .replace(": ", ":")
                            .contains(&format!("\"id\":\"{id}\"")),
                        "{place} declares {id}"
                    );
                }
            }
            assert_balanced(&place, source);
        }
    }
}

/// Every Liquid block is closed by its own end tag.
fn assert_balanced(place: &str, source: &str) {
    const BLOCKS: [&str; 8] = [
        "if", "unless", "case", "for", "form", "paginate", "schema", "comment",
    ];
    let mut open = Vec::new();
    for tag in between(source, "{%", "%}") {
        let lines = match tag.trim_matches(['-', ' ', '\n']).strip_prefix("liquid") {
            Some(rest) => rest.lines().collect(),
            None => vec![tag],
        };
        for line in lines {
            let word = line
                .trim_matches(['-', ' ', '\n'])
                .split(' ')
                .next()
                .unwrap_or_default();
            if let Some(block) = word.strip_prefix("end") {
                assert_eq!(open.pop(), Some(block), "{place} closes what it opened");
            } else if BLOCKS.contains(&word) {
                open.push(word);
            }
        }
    }
    assert!(open.is_empty(), "{place} leaves {open:?} open");
}

#[test]
fn the_files_that_test_byte_fidelity_are_what_they_should_be() {
    let [development, production] = ["development", "production"].map(environment);
    for files in [&development, &production] {
        let print = text(files["theme/assets/print.css"]);
        assert_eq!(
            print.matches('\n').count(),
            print.matches("\r\n").count(),
            "print.css has CRLF throughout"
        );
        assert!(print.contains("\r\n"));
        assert!(
            !files["theme/snippets/icon.liquid"].ends_with(b"\n"),
            "icon.liquid has no final newline"
        );
        assert!(
            files["theme/assets/hero.png"].starts_with(b"\x89PNG"),
            "hero.png is an image"
        );
        assert!(files["theme/assets/hero.png"].len() < 30_000);
        assert!(
            files.contains_key("objects/products/blåbær-thermos.json"),
            "a name is not ASCII"
        );
    }
    for file in [
        "theme/assets/hero.png",
        "theme/assets/print.css",
        "theme/assets/theme.js",
    ] {
        assert_ne!(development[file], production[file], "{file} differs");
    }
    assert!(
        !development["theme/assets/theme.js"].ends_with(b"\n"),
        "theme.js loses its final newline"
    );
    assert!(production["theme/assets/theme.js"].ends_with(b"\n"));
}

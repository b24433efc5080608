//! Single commands over the wire: error codes, limits, windows, diffs, jobs, memory.

mod host;

use host::{Session, create, files, list, settings, text, write};
use serde_json::{Value, json};
use slipway_api::{ErrorCode, NAMES};

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_codes_that_callers_act_on() {
    let nobodys = Session::nobodys();
    let no_workspace = ["environment_list", "release_list", "trail", "audit_verify"];
    for name in no_workspace {
        let error = nobodys.refused(name, json!({ "limit": 1 })).await;
        let expected = if matches!(name, "environment_list" | "audit_verify") {
            ErrorCode::Invalid
        } else {
            ErrorCode::NoWorkspace
        };
        assert_eq!(error.code, expected, "{name}: {error:?}");
    }
    nobodys
        .call("workspace_create", json!({ "name": "Mine", "path": null }))
        .await;
    let add = json!({ "settings": settings("a", nobodys.folder.path(), &Value::Null) });
    assert_eq!(
        nobodys.refused("environment_add", add).await.code,
        ErrorCode::NoPerson
    );

    let session = Session::new();
    session
        .with_folders(&[
            ("staging", &[("assets/a.css", "a")]),
            ("production", &[("assets/a.css", "b")]),
        ])
        .await;
    let cases = [
        ("no_such_command", json!({}), ErrorCode::Invalid),
        ("release_get", json!({}), ErrorCode::Invalid),
        (
            "release_get",
            json!({ "release": "v0" }),
            ErrorCode::Invalid,
        ),
        (
            "environment_get",
            json!({ "environment": "nowhere" }),
            ErrorCode::Invalid,
        ),
        (
            "deployment_get",
            json!({ "deployment": "d-0" }),
            ErrorCode::Invalid,
        ),
        (
            "workspace_open",
            json!({ "path": "relative.slipway" }),
            ErrorCode::Invalid,
        ),
        (
            "workspace_open",
            json!({ "path": session.path("none.slipway") }),
            ErrorCode::Invalid,
        ),
        (
            "workspace_create",
            json!({ "name": "Test", "path": null }),
            ErrorCode::Invalid,
        ),
        (
            "person_set",
            json!({ "name": "Ada", "email": "not an address" }),
            ErrorCode::Invalid,
        ),
        (
            "person_set",
            json!({ "name": "Ada <x", "email": "a@b.example" }),
            ErrorCode::Invalid,
        ),
        (
            "environment_probe",
            json!({ "platform": "nothing", "connection": {} }),
            ErrorCode::Invalid,
        ),
        (
            "environment_probe",
            json!({ "platform": "folder", "connection": {} }),
            ErrorCode::Failed,
        ),
        (
            "release_create",
            create("", "staging", "production"),
            ErrorCode::Invalid,
        ),
        (
            "release_create",
            create("same", "staging", "staging"),
            ErrorCode::Invalid,
        ),
        (
            "picture",
            json!({ "blob": "0".repeat(64), "width": 100, "height": 100 }),
            ErrorCode::Invalid,
        ),
        (
            "picture",
            json!({ "blob": "0".repeat(64), "width": 100, "height": 2_049 }),
            ErrorCode::Invalid,
        ),
        (
            "rollback_plan",
            json!({ "environment": "production" }),
            ErrorCode::Refused,
        ),
    ];
    for (name, request, code) in cases {
        let error = session.refused(name, request.clone()).await;
        assert_eq!(error.code, code, "{name} with {request}: {error:?}");
        assert!(!error.message.is_empty(), "{name} says what happened");
    }

    // A state in the way, and drift.
    session.opened("v1", "staging", "production").await;
    let error = session
        .refused("release_create", create("V1", "staging", "production"))
        .await;
    assert_eq!(
        error.code,
        ErrorCode::Invalid,
        "tags are unique without regard to case: {error:?}"
    );
    write(
        &session.path("production/assets/a.css"),
        b"edited meanwhile",
    );
    let error = session.refused("deploy", json!({ "release": "v1" })).await;
    assert_eq!(
        error.code,
        ErrorCode::Conflict,
        "the target drifted: {error:?}"
    );
    assert_eq!(
        files(&session.path("production"))["assets/a.css"],
        b"edited meanwhile",
        "nothing was written"
    );
    session
        .call(
            "release_cancel",
            json!({ "release": "v1", "reason": "Drift" }),
        )
        .await;
    let error = session
        .refused("release_open", json!({ "release": "v1" }))
        .await;
    assert_eq!(
        error.code,
        ErrorCode::Refused,
        "it was cancelled: {error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_answers_a_malformed_request() {
    let session = Session::new();
    for name in NAMES {
        let error = session.refused(name, json!("nonsense")).await;
        assert_eq!(error.code, ErrorCode::Invalid, "{name}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_is_windowed_filtered_and_folded() {
    let session = Session::new();
    let many: Vec<(String, String)> = (0..1_200)
        .map(|n| (format!("snippets/s{n:04}.liquid"), format!("{n}")))
        .collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(path, content)| (path.as_str(), content.as_str()))
        .collect();
    let staging = [
        &many[..],
        &[("assets/a.css", "a {}"), ("layout/theme.liquid", "new")],
    ]
    .concat();
    let production = [("layout/theme.liquid", "old"), ("assets/gone.css", "x")];
    session
        .with_folders(&[("staging", &staging), ("production", &production)])
        .await;
    let created = session
        .call("release_create", create("v1", "staging", "production"))
        .await;
    let id = &created["release"]["id"];
    let rows = async |request: Value| {
        let mut request = request;
        request["release"] = id.clone();
        session.call("change_rows", request).await
    };

    let all = rows(json!({ "from": 0, "limit": 100_000 })).await;
    assert_eq!(list(&all, "rows").len(), 1_000, "a page has its limit");
    assert_eq!(
        (&all["total"], &all["total_rows"]),
        (&json!(1_203), &json!(1_203 + 4)),
        "changes, and groups over them"
    );
    let titles: Vec<_> = list(&all, "rows")[..4]
        .iter()
        .map(|row| text(row, "title"))
        .collect();
    assert_eq!(titles, ["Theme", "assets", "a.css", "gone.css"]);
    let folded = rows(json!({ "from": 0, "limit": 50, "folded": ["theme/snippets"] })).await;
    assert_eq!(
        folded["total_rows"], 7,
        "a folded group is one row: {folded}"
    );
    let window = rows(json!({ "from": 1_205, "limit": 50 })).await;
    assert_eq!(list(&window, "rows").len(), 2, "the last rows");
    for (filter, matching) in [
        (json!({ "text": "S000" }), 10),
        (json!({ "kinds": ["deleted"] }), 1),
        (json!({ "kinds": ["deleted", "modified"] }), 2),
        (json!({ "risky": true }), 2),
        (json!({ "unviewed": true }), 1_203),
        (json!({ "included": true }), 1_203),
        (json!({ "commented": true }), 0),
    ] {
        let found = rows(json!({ "filter": filter, "from": 0, "limit": 5 })).await;
        assert_eq!(found["matching"], matching, "{filter}");
    }

    // Marks lapse when the change does.
    let resource = "theme/file:layout/theme.liquid";
    session
        .call(
            "viewed_set",
            json!({ "release": id, "resource": resource, "viewed": true }),
        )
        .await;
    assert_eq!(rows(json!({ "from": 0, "limit": 1 })).await["viewed"], 1);
    write(&session.path("staging/layout/theme.liquid"), b"newer");
    session
        .call("release_refresh", json!({ "release": "v1" }))
        .await;
    assert_eq!(
        rows(json!({ "from": 0, "limit": 1 })).await["viewed"],
        0,
        "it is another change now"
    );

    let order = session
        .call(
            "change_order",
            json!({ "release": id, "filter": { "text": "layout" } }),
        )
        .await;
    assert_eq!(
        order["changes"],
        json!([[resource, "modified", 3, 5]]),
        "with sizes before and after"
    );
    let refused = session
        .refused(
            "viewed_set",
            json!({ "release": id, "resource": "theme/file:a/b", "viewed": true }),
        )
        .await;
    assert_eq!(refused.code, ErrorCode::Invalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn diffs_are_by_line_by_field_or_as_images() {
    let session = Session::new();
    let lines = |changed: &str| {
        (0..100)
            .map(|n| {
                if n == 50 {
                    format!("{changed}\n")
                } else {
                    format!("line {n}\n")
                }
            })
            .collect::<String>()
    };
    let (old, new) = (lines("old"), lines("new"));
    let svg = "<svg width=\"10\" height=\"20\"></svg>";
    session
        .with_folders(&[
            (
                "staging",
                &[
                    ("theme/assets/a.css", &new),
                    ("theme/assets/logo.svg", svg),
                    ("theme/templates/index.json", "{\"a\":2,\"b\":1}"),
                    ("theme/assets/same.json", "{\"a\": 1}"),
                    ("theme/templates/broken.json", "{"),
                    (
                        "objects/products/tee.json",
                        "{\"title\":\"Tee\",\"price\":\"2.00\"}",
                    ),
                ],
            ),
            (
                "production",
                &[
                    ("theme/assets/a.css", &old),
                    ("theme/templates/index.json", "{\"a\":1,\"b\":1}"),
                    ("theme/assets/same.json", "{\"a\":1}"),
                    ("theme/templates/broken.json", "["),
                    (
                        "objects/products/tee.json",
                        "{\"title\":\"Tee\",\"price\":\"1.00\"}",
                    ),
                ],
            ),
        ])
        .await;
    let created = session
        .call("release_create", create("v1", "staging", "production"))
        .await;
    let id = &created["release"]["id"];
    let of = |resource: &str, mode: &str| json!({ "source": { "kind": "release", "release": id }, "resource": resource, "mode": mode });

    let css = of("theme/file:assets/a.css", "fields");
    let view = session.call("diff", css.clone()).await;
    let content = &view["content"];
    assert_eq!(
        (&content["kind"], &content["language"]),
        (&json!("text"), &json!("css")),
        "{view}"
    );
    assert_eq!(
        (&content["added"], &content["removed"], &content["rows"]),
        (&json!(1), &json!(1), &json!(10)),
        "gaps, context and the change: {view}"
    );
    let page = session
        .call("diff_rows", json!({ "diff": css, "from": 0, "limit": 1 }))
        .await;
    assert_eq!(
        (
            &page["kind"],
            &page["rows"][0]["kind"],
            &page["rows"][0]["hidden"]
        ),
        (&json!("text"), &json!("gap"), &json!(47)),
        "{page}"
    );
    let gap = page["rows"][0]["id"].clone();
    let mut opened = css.clone();
    opened["expanded"] = json!([{ "gap": gap, "from_start": 0, "from_end": 20 }]);
    assert_eq!(
        session.call("diff", opened.clone()).await["content"]["rows"],
        30,
        "20 lines more"
    );
    opened["expanded"] = json!([{ "gap": gap, "from_start": 1_000, "from_end": 1_000 }]);
    assert_eq!(
        session.call("diff", opened).await["content"]["rows"],
        56,
        "the whole gap, and its own row gone"
    );
    let found = session
        .call("diff_find", json!({ "diff": css, "text": "NEW" }))
        .await;
    assert_eq!(
        list(&found, "rows").len(),
        1,
        "without regard to case: {found}"
    );

    for (resource, mode, kind, language) in [
        ("object/products:tee", "fields", "fields", Value::Null),
        ("object/products:tee", "raw", "text", json!("json")),
        (
            "theme/file:templates/index.json",
            "fields",
            "fields",
            Value::Null,
        ),
        (
            "theme/file:assets/same.json",
            "fields",
            "text",
            json!("json"),
        ),
        (
            "theme/file:templates/broken.json",
            "fields",
            "text",
            json!("json"),
        ),
        ("theme/file:assets/logo.svg", "fields", "image", Value::Null),
        ("theme/file:assets/logo.svg", "raw", "text", json!("xml")),
    ] {
        let view = session.call("diff", of(resource, mode)).await;
        assert_eq!(
            (&view["content"]["kind"], &view["content"]["language"]),
            (&json!(kind), &language),
            "{resource} {mode}: {view}"
        );
        let says_why = matches!(
            resource,
            "theme/file:assets/same.json" | "theme/file:templates/broken.json"
        );
        assert_eq!(
            !list(&view, "limits").is_empty(),
            says_why,
            "{resource} {mode}: {view}"
        );
    }
    for (resource, after) in [
        (
            "object/products:tee",
            json!("{\n  \"price\": \"2.00\",\n  \"title\": \"Tee\"\n}\n"),
        ),
        (
            "theme/file:templates/index.json",
            json!("{\"a\":2,\"b\":1}"),
        ),
        ("theme/file:templates/broken.json", Value::Null),
        ("theme/file:assets/logo.svg", Value::Null),
    ] {
        let whole = session.call("documents", of(resource, "fields")).await;
        assert_eq!(whole["pair"]["after"], after, "{resource}: {whole}");
    }
    let price = session
        .call("diff", of("object/products:tee", "fields"))
        .await;
    assert_eq!(
        price["content"]["counts"],
        json!({ "created": 0, "modified": 1, "deleted": 0 })
    );
    assert!(
        !list(&price, "reasons").is_empty(),
        "a price is told: {price}"
    );
    let image = session
        .call("diff", of("theme/file:assets/logo.svg", "fields"))
        .await;
    assert_eq!(image["after"]["dimensions"], json!([10, 20]));
}

/// A selection of resources by name.
fn named(resources: &Value) -> Value {
    json!({ "type": "resources", "resources": resources })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_chosen_as_the_tree_shows_it() {
    let session = Session::new();
    let files = ["a", "b", "c", "d", "e"].map(|name| format!("assets/{name}.css"));
    let files: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), "x")).collect();
    let mut staging = files.clone();
    let same = ("assets/same.css", "x");
    staging.extend([same, ("layout/theme.liquid", "x")]);
    session
        .with_folders(&[("staging", &staging), ("production", &[same])])
        .await;
    let created = session
        .call("release_create", create("v1", "staging", "production"))
        .await;
    let id = &created["release"]["id"];
    let middle = "theme/file:assets/c.css";
    session
        .call(
            "viewed_set",
            json!({ "release": id, "resource": middle, "viewed": true }),
        )
        .await;
    let unviewed = json!({ "unviewed": true });
    let choose = |group: Value, included: bool| {
        let selection = json!({ "type": "matching", "filter": unviewed, "group": group });
        session.call(
            "release_include",
            json!({ "release": id, "selection": selection, "included": included }),
        )
    };
    let out = choose(json!("theme/assets"), false).await;
    assert_eq!(
        (&out["changed"], &out["included"]),
        (&json!(4), &json!(2)),
        "what shows is left out: not what was viewed, and nothing of another group"
    );
    let rows = session
        .call(
            "change_rows",
            json!({ "release": id, "filter": { "included": true }, "from": 0, "limit": 50 }),
        )
        .await;
    let left: Vec<&str> = list(&rows, "rows")
        .iter()
        .filter_map(|row| row["resource"].as_str())
        .collect();
    assert_eq!(left, [middle, "theme/file:layout/theme.liquid"]);
    assert_eq!(rows["matching_included"], 2);
    assert_eq!(
        choose(Value::Null, true).await["changed"],
        4,
        "all that match"
    );
    let selection = json!({ "type": "matching", "filter": {}, "group": "theme/nowhere" });
    let refused = session
        .refused(
            "release_include",
            json!({ "release": id, "selection": selection, "included": true }),
        )
        .await;
    assert_eq!(refused.code, ErrorCode::Invalid, "{refused:?}");

    // Rows: Theme, assets, a to e, layout, theme.liquid.
    let cases = [
        (json!({}), json!([]), json!(4)),
        (json!({}), json!(["theme/assets"]), json!(1)),
        (json!({}), json!(["theme", "theme/assets"]), json!(0)),
        (unviewed.clone(), json!([]), Value::Null),
        (json!({ "text": "c.css" }), json!([]), json!(2)),
    ];
    for (filter, folded, expected) in cases {
        let place = session
            .call(
                "change_place",
                json!({ "release": id, "resource": middle, "filter": filter, "folded": folded }),
            )
            .await;
        assert_eq!(place["row"], expected, "with {filter} and {folded} folded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_choice_needs_comes_with_it() {
    let session = Session::new();
    session
        .with_folders(&[
            (
                "staging",
                &[
                    ("layout/theme.liquid", "{% render 'new' %}"),
                    ("snippets/new.liquid", "n"),
                    ("assets/a.css", "a"),
                ],
            ),
            (
                "production",
                &[("layout/theme.liquid", "old"), ("assets/a.css", "a")],
            ),
        ])
        .await;
    let created = session
        .call("release_create", create("v1", "staging", "production"))
        .await;
    let id = &created["release"]["id"];
    let all = json!([
        "theme/file:layout/theme.liquid",
        "theme/file:snippets/new.liquid"
    ]);
    let out = session
        .call(
            "release_include",
            json!({ "release": id, "selection": named(&all), "included": false }),
        )
        .await;
    assert_eq!((&out["included"], &out["total"]), (&json!(0), &json!(2)));
    let empty = session
        .refused("release_open", json!({ "release": "v1" }))
        .await;
    assert_eq!(
        empty.code,
        ErrorCode::Invalid,
        "nothing is chosen: {empty:?}"
    );
    let layout = json!(["theme/file:layout/theme.liquid"]);
    let chosen = session
        .call(
            "release_include",
            json!({ "release": id, "selection": named(&layout), "included": true }),
        )
        .await;
    assert_eq!(
        chosen["pulled_in"][0]["resource"], "theme/file:snippets/new.liquid",
        "{chosen}"
    );
    let rows = session
        .call(
            "change_rows",
            json!({ "release": id, "from": 0, "limit": 10 }),
        )
        .await;
    let needed: Vec<_> = list(&rows, "rows")
        .iter()
        .filter(|row| row["needed_by"].is_string())
        .collect();
    assert_eq!(needed.len(), 1, "{rows}");
    assert_eq!(needed[0]["needed_by"], "theme/file:layout/theme.liquid");
    // An open release can be edited, and says so.
    session
        .call("release_open", json!({ "release": "v1" }))
        .await;
    let edit = json!({ "release": id, "selection": named(&json!(["theme/file:snippets/new.liquid"])), "included": false });
    session.call("release_include", edit).await;
    assert_eq!(
        session
            .call("release_get", json!({ "release": "v1" }))
            .await["edited"],
        true
    );
    let again = session
        .call("release_open", json!({ "release": "v1" }))
        .await;
    assert_eq!(
        (&again["edited"], list(&again["release"], "revisions").len()),
        (&json!(false), 2),
        "the next revision"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_and_deployments_are_listed_in_pages() {
    let session = Session::new();
    session
        .with_folders(&[
            ("staging", &[("assets/a.css", "1")]),
            ("production", &[("assets/a.css", "0")]),
        ])
        .await;
    for number in 1..=3 {
        write(
            &session.path("staging/assets/a.css"),
            number.to_string().as_bytes(),
        );
        session
            .opened(&format!("v{number}"), "staging", "production")
            .await;
        let started = session
            .call("deploy", json!({ "release": format!("v{number}") }))
            .await;
        assert_eq!(
            session.ended(&started).await["deployment"]["state"],
            "deployed"
        );
    }
    let releases = session.call("release_list", json!({ "limit": 2 })).await;
    assert_eq!(
        (&releases["total"], list(&releases, "releases").len()),
        (&json!(3), 2)
    );
    assert_eq!(
        releases["releases"][0]["tag"], "v3",
        "the latest decision first"
    );
    assert_eq!(
        releases["releases"][0]["standings"],
        json!([["production", "deployed"]])
    );
    assert_eq!(
        releases["releases"][1]["standings"],
        json!([["production", "superseded"]])
    );
    let found = session
        .call(
            "release_list",
            json!({ "text": "V2", "states": ["deployed"], "limit": 10 }),
        )
        .await;
    assert_eq!(
        (&found["total"], &found["releases"][0]["tag"]),
        (&json!(1), &json!("v2"))
    );
    let rest = session
        .call(
            "deployment_list",
            json!({ "environment": "production", "offset": 2, "limit": 10 }),
        )
        .await;
    assert_eq!(
        (&rest["total"], &rest["deployments"][0]["tag"]),
        (&json!(3), &json!("v1")),
        "newest first"
    );
    let running = session
        .call(
            "deployment_list",
            json!({ "states": ["running", "interrupted"], "limit": 10 }),
        )
        .await;
    assert_eq!(running["total"], 0);
    let rollback = session
        .call("rollback_plan", json!({ "environment": "production" }))
        .await;
    assert_eq!(
        (&rollback["tag"], &rollback["returns_to"]),
        (&json!("v3"), &json!("v2"))
    );
    let captures = session
        .call(
            "capture_list",
            json!({ "environment": "production", "offset": 0, "limit": 2 }),
        )
        .await;
    assert_eq!(list(&captures, "rows").len(), 2);
    assert_eq!(captures["total"], 4, "{captures}");
    write(&session.path("production/assets/a.css"), b"edited");
    session
        .call("capture", json!({ "environment": "production" }))
        .await;
    let drifted = session
        .call("environment_get", json!({ "environment": "production" }))
        .await;
    assert_eq!(
        drifted["drifted"], 1,
        "it is not as the last deployment left it"
    );
    let removed = session
        .call("environment_remove", json!({ "environment": "production" }))
        .await;
    assert_eq!(removed, json!({}));
    let trail = session
        .call(
            "trail",
            json!({ "environment": "production", "text": "removed", "limit": 5 }),
        )
        .await;
    assert_eq!(
        trail["entries"][0]["sentence"], "removed the environment production",
        "its name is still known"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_is_remembered_by_the_next_session() {
    let session = Session::nobodys();
    let status = session.call("app_status", json!({})).await;
    assert_eq!(
        (&status["person"], text(&status["suggested_person"], "name")),
        (&Value::Null, "Ada")
    );
    session
        .call(
            "person_set",
            json!({ "name": "Grace", "email": "grace@northwind.example" }),
        )
        .await;
    session
        .call(
            "preference_set",
            json!({ "name": "theme", "value": { "dark": true } }),
        )
        .await;
    session
        .call("workspace_create", json!({ "name": "Mine", "path": null }))
        .await;
    let file = text(
        &session.call("app_status", json!({})).await["workspace"],
        "path",
    )
    .to_owned();
    session.call("workspace_close", json!({})).await;
    let opened = session
        .call("workspace_open", json!({ "path": file }))
        .await;
    assert_eq!(
        opened["name"], "Mine",
        "it keeps the name that it was given"
    );
    let status = session.call("app_status", json!({})).await;
    assert_eq!(status["person"]["name"], "Grace");
    assert_eq!(
        session.call("preferences", json!({})).await["preferences"],
        json!({ "theme": { "dark": true } })
    );
    assert_eq!(
        session
            .api
            .last_workspace()
            .expect("one")
            .display()
            .to_string(),
        file
    );
    std::fs::remove_file(&file).expect("the file");
    assert_eq!(
        session.api.last_workspace(),
        None,
        "what is gone is not offered"
    );
}

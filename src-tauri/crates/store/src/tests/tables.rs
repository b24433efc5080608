//! What is written comes back, table by table.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use slipway_domain::{
    Attempt, BlobHash, Blocked, Change, ContentDigest, DeploymentId, EffectDigest, Millis,
    Operation, OperationCounts, OperationId, OperationState, Outcome, Pass, Plan, PlanDigest, Risk,
    SnapshotId, StartReason, State, Step, StepOutcome, Verb, Version, verify_chain,
};
use slipway_domain::{Fact, Record};

use super::{cancelled, drafted, environment, key, person, release, told, workspace};
use crate::{AttemptEnd, RecordFilter, StoreError};

#[test]
fn documents_come_back_whatever_they_are() {
    let (_folder, store) = workspace();
    let noise: Vec<u8> = (0..300_000u32)
        .flat_map(|number| *blake3::hash(&number.to_le_bytes()).as_bytes())
        .take(300_000)
        .collect();
    let documents: [&[u8]; 6] = [
        b"",
        b"{}",
        b"\x89PNG\r\n\x1a\n and so on",
        b"\xff\xfe\r\nnot text",
        &[b'a'; 1_000_000],
        &noise,
    ];
    for document in documents {
        let document = document.to_vec();
        let expected = document.clone();
        let hash = store
            .write(move |writer| {
                let hash = writer.put_blob(&document)?;
                assert_eq!(writer.put_blob(&document)?, hash, "again is no harm");
                assert!(
                    writer.blob(&hash)?.is_some(),
                    "a writer reads its own writes"
                );
                Ok(hash)
            })
            .expect("written");
        let (found, size) = store
            .read(|reader| Ok((reader.blob(&hash)?, reader.blob_size(&hash)?)))
            .expect("read");
        assert_eq!(found.as_deref(), Some(expected.as_slice()));
        assert_eq!(size, Some(expected.len() as u64));
    }
    let present = [BlobHash::of(b"{}"), BlobHash::of(b"never stored")];
    let present = store.read(|reader| reader.blobs_present(&present));
    assert_eq!(present.expect("read"), [true, false]);
    store.read(crate::Reader::verify).expect("all is whole");
}

#[test]
fn change_sets_come_back_under_their_effect() {
    let (_folder, store) = workspace();
    let bytes = Version::of_bytes(b"bytes");
    let json = Version {
        digest: ContentDigest::of(b"meaning"),
        blob: BlobHash::of(b"form"),
    };
    let sides = [
        ("a/b:c", None, Some(bytes)),
        ("a/b:cd", Some(bytes), None),
        ("a/b:ce", Some(json), Some(bytes)),
        ("b/b:é", Some(bytes), Some(json)),
    ];
    let changes: Vec<Change> = sides
        .map(|(resource, before, after)| Change {
            resource: key(resource),
            before,
            after,
        })
        .to_vec();
    for changes in [changes, Vec::new()] {
        let written = changes.clone();
        let effect = store
            .write(move |writer| {
                writer.put_change_set(&written)?;
                writer.put_change_set(&written)
            })
            .expect("written");
        let found = store.read(|reader| reader.change_set(&effect));
        assert_eq!(found.expect("read"), Some(changes));
    }
    let unknown = store.read(|reader| reader.change_set(&EffectDigest::of(b"other")));
    assert_eq!(unknown.expect("read"), None);
}

#[test]
fn working_choices_and_settings_come_back() {
    let (_folder, store) = workspace();
    let (one, other) = (release("1"), release("2"));
    store
        .write({
            let (one, other) = (one.clone(), other.clone());
            move |writer| {
                writer.set_excluded(&one, &[key("a/b:1"), key("a/b:2"), key("a/b:1")], true)?;
                writer.set_excluded(&one, &[key("a/b:2")], false)?;
                writer.replace_excluded(&other, &BTreeSet::from([key("a/b:8")]))?;
                writer.replace_excluded(&other, &BTreeSet::from([key("a/b:9")]))?;
                writer.set_viewed(&one, &key("a/b:1"), Some("then"))?;
                writer.set_viewed(&one, &key("a/b:1"), Some("now"))?;
                writer.set_viewed(&one, &key("a/b:2"), Some("now"))?;
                writer.set_viewed(&one, &key("a/b:2"), None)?;
                writer.set_setting("theme", &json!("dark"))?;
                writer.set_setting("theme", &json!({"b": 1, "a": [null]}))
            }
        })
        .expect("written");
    store
        .read(|reader| {
            assert_eq!(reader.excluded(&one)?, BTreeSet::from([key("a/b:1")]));
            assert_eq!(reader.excluded(&other)?, BTreeSet::from([key("a/b:9")]));
            let viewed = BTreeMap::from([(key("a/b:1"), "now".to_owned())]);
            assert_eq!(reader.viewed(&one)?, viewed);
            assert_eq!(reader.viewed(&other)?, BTreeMap::new());
            let theme = reader.setting("theme")?.map(|value| value.to_string());
            assert_eq!(
                theme.as_deref(),
                Some(r#"{"b":1,"a":[null]}"#),
                "order stays"
            );
            assert_eq!(reader.setting("other")?, None);
            Ok(())
        })
        .expect("read");
}

fn started(deployment: &DeploymentId) -> Fact {
    Fact::DeploymentStarted {
        deployment: deployment.clone(),
        release: release("1"),
        revision: 1,
        environment: environment("staging"),
        effect: EffectDigest::of(b"effect"),
        plan: PlanDigest::of(b"plan"),
        start: StartReason::Approved,
        rules: None,
        connection: None,
        before: SnapshotId::of(b"before"),
        operations: 0,
    }
}

fn ended(deployment: &DeploymentId) -> Fact {
    Fact::DeploymentEnded {
        deployment: deployment.clone(),
        outcome: Outcome::Deployed,
        operations: OperationCounts::default(),
        journal: None,
        after: None,
        message: None,
    }
}

#[test]
fn records_come_back_and_are_found_by_what_they_are_about() {
    let (_folder, store) = workspace();
    let deployment = DeploymentId("d".to_owned());
    let mut state = State::default();
    let ada = told(
        &mut state,
        &person("Ada"),
        [
            drafted("1", "production"),
            drafted("2", "staging"),
            started(&deployment),
            ended(&deployment),
            cancelled("2"),
        ],
    );
    let bob = told(&mut state, &person("Bob"), [cancelled("1")]);
    let all: Vec<Record> = ada.into_iter().chain(bob).collect();
    let written = all.clone();
    store
        .write_durable(move |writer| writer.append(&written))
        .expect("appended");
    store
        .read(|reader| {
            assert_eq!(reader.last_position()?, 9);
            let found = reader.records(0, 100)?;
            let records: Vec<Record> = found.iter().map(|(_, record)| record.clone()).collect();
            assert_eq!(records, all, "records come back in order");
            assert_eq!(verify_chain(&records), Ok(9), "and their identities hold");
            assert_eq!(reader.records(4, 1)?[0], (5, all[4].clone()));
            Ok(())
        })
        .expect("read");

    // Three of them introduce Ada and Bob: the first two, and the last but one.
    let cases: [(&str, RecordFilter, &[i64]); 4] = [
        ("all", RecordFilter::default(), &[9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (
            "a release, its deployments included",
            RecordFilter {
                release: Some(release("1")),
                ..RecordFilter::default()
            },
            &[9, 6, 5, 3],
        ),
        (
            "an environment, for releases their target",
            RecordFilter {
                environment: Some(environment("staging")),
                ..RecordFilter::default()
            },
            &[7, 6, 5, 4],
        ),
        (
            "kinds",
            RecordFilter {
                kinds: vec!["release_drafted".to_owned(), "deployment_ended".to_owned()],
                ..RecordFilter::default()
            },
            &[6, 4, 3],
        ),
    ];
    for (what, filter, expected) in cases {
        let found = store.read(|reader| reader.records_newest(&filter, 100, 0));
        let positions: Vec<i64> = found.expect("read").iter().map(|(at, _)| *at).collect();
        assert_eq!(positions, expected, "{what}");
    }
    let second = store.read(|reader| reader.records_newest(&RecordFilter::default(), 2, 1));
    let positions: Vec<i64> = second.expect("read").iter().map(|(at, _)| *at).collect();
    assert_eq!(positions, [8, 7], "limit and offset count from the newest");
}

#[test]
fn records_and_the_journal_are_append_only() {
    let (_folder, store) = workspace();
    let records = told(
        &mut State::default(),
        &person("Ada"),
        [drafted("1", "staging")],
    );
    let first = records[0].clone();
    store
        .write(move |writer| writer.append(&records))
        .expect("appended");
    let mut other = told(&mut State::default(), &person("Ada"), [cancelled("1")]);
    let fork = other.remove(2);
    for (what, again) in [
        ("the same record", first),
        ("another record in its place", fork),
    ] {
        let refused = store.write(move |writer| writer.append(&[again]));
        assert!(
            matches!(refused, Err(StoreError::Conflict)),
            "{what} is a conflict"
        );
    }
    let deployment = DeploymentId("d".to_owned());
    store
        .write(move |writer| {
            writer.put_plan(&deployment, &plan(1))?;
            let fence = writer.acquire_lock("shop", "one", &deployment, Millis(0), 100)?;
            let fence = fence.expect("it is free");
            writer.begin(&fence, &deployment, OperationId(1), Millis(1))
        })
        .expect("begun");
    for sql in [
        "UPDATE record SET seq = 0",
        "DELETE FROM record",
        "INSERT OR REPLACE INTO record SELECT * FROM record",
        "UPDATE journal SET at = 0",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal",
    ] {
        let done = store.write(move |writer| Ok(writer.connection.execute_batch(sql)?));
        let error = done.expect_err("a trigger refuses it").to_string();
        assert!(error.contains("is never"), "{sql} gives: {error}");
    }
}

#[test]
fn projections_are_a_copy_of_the_state() {
    let (_folder, store) = workspace();
    let deployment = DeploymentId("d".to_owned());
    let records = told(
        &mut State::default(),
        &person("Ada"),
        [
            drafted("1", "staging"),
            started(&deployment),
            ended(&deployment),
        ],
    );
    let mut state = State::default();
    for (record, position) in records.iter().zip(1..) {
        let touched = state.evolve(record);
        let (now, record) = (state.clone(), record.clone());
        store
            .write(move |writer| {
                writer.append(&[record])?;
                writer.store_projections(
                    &now,
                    &touched.environments,
                    &touched.releases,
                    &touched.deployments,
                    position,
                )
            })
            .expect("written");
        let loaded = store.read(crate::Reader::load_state).expect("read");
        assert_eq!(
            loaded,
            (state.clone(), position),
            "what was touched is enough"
        );
    }
    state.releases.clear();
    let less = state.clone();
    store
        .write(move |writer| writer.replace_projections(&less, 9))
        .expect("written");
    let loaded = store.read(crate::Reader::load_state).expect("read");
    assert_eq!(
        loaded,
        (state, 9),
        "replacing leaves nothing of what was there"
    );
}

fn applied(at: i64) -> AttemptEnd<'static> {
    AttemptEnd {
        state: OperationState::Applied,
        at: Millis(at),
        message: None,
        hint: None,
        is_drifted: false,
        steps: &[],
    }
}

fn plan(operations: u32) -> Plan {
    let operation = |id| Operation {
        id: OperationId(id),
        wave: id.div_ceil(2),
        verb: Verb::Update,
        resource: key(&format!("a/b:{id}")),
        before: Some(Version::of_bytes(b"before")),
        after: None,
        pass: Pass::First {
            without: vec!["a.b".to_owned()],
        },
        staged: false,
        attributes: None,
        keeps: Vec::new(),
        needs: (1..id).map(OperationId).collect(),
        reversible: false,
        risk: Risk::High,
        reasons: vec!["It matters.".to_owned()],
    };
    Plan {
        digest: PlanDigest::of(b"plan"),
        operations: (1..=operations).map(operation).collect(),
        drift: Vec::new(),
        blocked: vec![Blocked {
            resource: key("a/b:c"),
            message: "It is.".to_owned(),
            hint: String::new(),
        }],
        skipped: Vec::new(),
        cycles: vec![vec![key("a/b:1"), key("a/b:2")]],
    }
}

#[test]
fn the_journal_tells_what_became_of_each_operation() {
    let (_folder, store) = workspace();
    let deployment = DeploymentId("d".to_owned());
    let id = deployment.clone();
    store
        .write_durable(move |writer| {
            writer.put_plan(&id, &plan(12))?;
            let fence = writer.acquire_lock("shop", "one", &id, Millis(0), 100)?;
            let steps = [
                ("set product", StepOutcome::Done),
                ("publish", StepOutcome::Failed),
            ];
            let steps = steps.map(|(what, outcome)| Step {
                what: what.to_owned(),
                outcome,
            });
            let fence = &fence.expect("it is free");
            writer.begin(fence, &id, OperationId(2), Millis(10))?;
            writer.end(
                fence,
                &id,
                OperationId(2),
                AttemptEnd {
                    state: OperationState::Failed,
                    message: Some("No."),
                    hint: Some("Wait."),
                    is_drifted: true,
                    steps: &steps,
                    ..applied(11)
                },
            )?;
            let failed = writer.attempts(&id)?[1].clone();
            assert_eq!(failed.steps, steps, "how far it came");
            writer.begin(fence, &id, OperationId(2), Millis(12))?;
            writer.end(fence, &id, OperationId(2), applied(13))?;
            writer.begin(fence, &id, OperationId(11), Millis(14))?;
            let skipped = (
                OperationId(12),
                OperationState::Skipped,
                Some("Needs 11.".to_owned()),
            );
            writer.set_states(&id, &[skipped])
        })
        .expect("written");
    store
        .read(|reader| {
            assert_eq!(reader.plan(&deployment)?, Some(plan(12)), "the plan comes back");
            let attempts = reader.attempts(&deployment)?;
            assert_eq!(attempts.len(), 12);
            assert_eq!(attempts[0], Attempt::default(), "nothing was tried");
            let applied = Attempt {
                state: OperationState::Applied,
                attempts: 2,
                began_at: Some(Millis(12)),
                ended_at: Some(Millis(13)),
                message: None,
                hint: None,
                is_drifted: false,
                steps: Vec::new(),
            };
            assert_eq!(attempts[1], applied, "the latest try counts");
            assert_eq!(attempts[10].state, OperationState::Unknown, "begun, not ended");
            assert_eq!(attempts[11].message.as_deref(), Some("Needs 11."));
            let counts = OperationCounts {
                total: 12,
                pending: 9,
                unknown: 1,
                applied: 1,
                skipped: 1,
                ..OperationCounts::default()
            };
            assert_eq!(reader.operation_counts(&deployment)?, counts);

            let (page, count) = reader.operations_page(&deployment, &[], 2, 9)?;
            let ids: Vec<u32> = page.iter().map(|(operation, _)| operation.id.0).collect();
            assert_eq!((ids, count), (vec![10, 11], 12));
            let states = [OperationState::Applied, OperationState::Skipped];
            let (page, count) = reader.operations_page(&deployment, &states, 1, 1)?;
            assert_eq!((page[0].0.id, count), (OperationId(12), 2));
            let events: Vec<String> = reader
                .connection
                .prepare("SELECT event || ' ' || operation || ' ' || state FROM journal ORDER BY position")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let expected = [
                "begin 2 unknown",
                "end 2 failed",
                "begin 2 unknown",
                "end 2 applied",
                "begin 11 unknown",
                "set 12 skipped",
            ];
            assert_eq!(events, expected, "every attempt is kept");
            Ok(())
        })
        .expect("read");
    let missing = store.write(move |writer| {
        let fence = writer.lock("shop")?.expect("it is held").fence;
        writer.begin(&fence, &deployment, OperationId(13), Millis(20))
    });
    assert!(
        matches!(missing, Err(StoreError::Missing { .. })),
        "an operation that the plan does not have can't begin"
    );
}

#[test]
fn a_lock_is_a_lease_and_whoever_lost_it_writes_nothing_more() {
    let (_folder, store) = workspace();
    store
        .write(|writer| {
            let (place, one, two) = (
                "shop",
                DeploymentId("d1".to_owned()),
                DeploymentId("d2".to_owned()),
            );
            assert_eq!(writer.lock(place)?, None, "nobody holds it at first");
            let first = writer.acquire_lock(place, "one", &one, Millis(10), 100)?;
            let first = first.expect("it is free");
            let held = writer.acquire_lock(place, "two", &two, Millis(109), 100)?;
            let held = held.expect_err("it is held until it expires");
            assert_eq!((held.holder.as_str(), &held.fence), ("one", &first));
            assert_eq!(writer.lock_of(&one)?, Some(held), "found by its deployment");
            writer.renew_lock(&first, Millis(50), 100)?;
            let again = writer.acquire_lock(place, "one", &two, Millis(60), 100)?;
            assert!(again.is_err(), "not twice in one process either");
            let second = writer.acquire_lock(place, "two", &two, Millis(160), 100)?;
            let second = second.expect("anybody may when it has expired");
            assert!(second.token > first.token, "the token grows");

            let is_fenced = |result| matches!(result, Err(StoreError::Fenced { .. }));
            assert!(is_fenced(writer.renew_lock(&first, Millis(161), 100)));
            writer.put_plan(&one, &plan(1))?;
            let begun = writer.begin(&first, &one, OperationId(1), Millis(161));
            assert!(is_fenced(begun), "nothing is begun without the lock");
            let ended = applied(161);
            let ended = writer.end(&first, &one, OperationId(1), ended);
            assert!(is_fenced(ended), "nor ended");

            writer.release_lock(&first)?;
            assert!(writer.lock(place)?.is_some(), "another's is not given back");
            writer.release_lock(&second)?;
            assert_eq!(writer.lock(place)?, None);
            assert!(is_fenced(writer.check_fence(&second)), "given back is lost");
            let third = writer.acquire_lock(place, "one", &one, Millis(161), 100)?;
            assert!(third.expect("it is free").token > second.token);
            Ok(())
        })
        .expect("written");
}

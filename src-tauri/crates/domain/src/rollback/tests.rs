use super::RollbackAction::{Keep, Merge, Nothing, Refuse, Restore};
use super::*;
use crate::fixture::version;

/// A resource by its contents before the deployment, after it, and now; an empty text: it is not there.
fn touched(before: &str, deployed: &str, live: &str, edits: Edits) -> Touched {
    let of = |text: &str| (!text.is_empty()).then(|| version(text));
    Touched {
        resource: "theme/file:a".parse().expect("a key"),
        before: of(before),
        deployed: of(deployed),
        live: of(live),
        state: OperationState::Applied,
        source: of(before).map(|_| RollbackSource::Backup),
        irreversible: None,
        went_along: Vec::new(),
        edits,
        merged: None,
        changed_by: None,
        unreadable: None,
    }
}

fn check(why: &str, touched: Touched, action: RollbackAction, target: &str) -> RollbackPlan {
    let plan = rollback_plan(
        DeploymentId("d".to_owned()),
        SnapshotId::of(b"live"),
        vec![touched.clone()],
    );
    let item = &plan.items[0];
    let target = (!target.is_empty()).then(|| version(target));
    assert_eq!(item.action, action, "{why}: {}", item.message);
    assert_eq!(item.target, target, "{why}: what it holds afterwards");
    assert_eq!(item.current, touched.live, "{why}: what it holds now");
    assert!(!item.message.is_empty(), "{why}: it says why");
    if matches!(action, Keep | Refuse) {
        assert!(!item.hint.is_empty(), "{why}: it says what can be done");
    }
    let writes = matches!(action, Restore | Merge);
    assert_eq!(plan.changes().len(), usize::from(writes), "{why}: changes");
    plan
}

#[test]
fn before_deployed_live_and_the_choice_decide() {
    use Edits::Overwrite;
    for edits in [Edits::Keep, Overwrite, Edits::Merge] {
        let cases = [
            ("modified", "a", "b", "b", Restore, "a"),
            ("created", "", "b", "b", Restore, ""),
            ("deleted", "a", "", "", Restore, "a"),
            ("put back by hand", "a", "b", "a", Nothing, "a"),
            ("created, then deleted by hand", "", "b", "", Nothing, ""),
            ("deleted, then made again", "a", "", "a", Nothing, "a"),
        ];
        for (why, before, deployed, live, action, target) in cases {
            let why = format!("{why}, {edits:?}");
            check(&why, touched(before, deployed, live, edits), action, target);
        }
    }
    let edited = [
        ("edited", "a", "b", "c", Edits::Keep, Keep, "c"),
        ("edited", "a", "b", "c", Overwrite, Restore, "a"),
        (
            "edited, no merge made",
            "a",
            "b",
            "c",
            Edits::Merge,
            Keep,
            "c",
        ),
        ("created and edited", "", "b", "c", Edits::Keep, Keep, "c"),
        ("created and edited", "", "b", "c", Overwrite, Restore, ""),
        ("deleted by hand", "a", "b", "", Edits::Keep, Keep, ""),
        ("deleted by hand", "a", "b", "", Overwrite, Restore, "a"),
        ("deleted, made anew", "a", "", "c", Edits::Keep, Keep, "c"),
        ("deleted, made anew", "a", "", "c", Overwrite, Restore, "a"),
    ];
    for (why, before, deployed, live, edits, action, target) in edited {
        let why = format!("{why}, {edits:?}");
        check(&why, touched(before, deployed, live, edits), action, target);
    }
}

#[test]
fn a_merge_is_taken_where_it_could_be_made() {
    let mut merged = touched("a", "b", "c", Edits::Merge);
    merged.merged = Some(Ok(version("ac")));
    let plan = check("merged", merged, Merge, "ac");
    assert!(!plan.is_complete(), "the edit is still there");
    let mut conflict = touched("a", "b", "c", Edits::Merge);
    conflict.merged = Some(Err("Both changed line 1.".to_owned()));
    let plan = check("conflict", conflict, Keep, "c");
    assert_eq!(plan.items[0].message, "Both changed line 1.");
}

#[test]
fn what_the_deployment_did_not_touch_is_left() {
    for state in [OperationState::Pending, OperationState::Skipped] {
        for live in ["a", "b", "c"] {
            let mut left = touched("a", "b", live, Edits::Overwrite);
            left.state = state;
            check(&format!("{state:?}, holds {live}"), left, Nothing, live);
        }
    }
    for state in [
        OperationState::Unknown,
        OperationState::Failed,
        OperationState::Reverted,
    ] {
        let mut begun = touched("a", "b", "b", Edits::Keep);
        begun.state = state;
        check(&format!("{state:?}"), begun, Restore, "a");
    }
}

#[test]
fn what_cannot_be_undone_is_refused_with_a_reason() {
    let mut irreversible = touched("a", "b", "b", Edits::Overwrite);
    irreversible.irreversible = Some(("Orders hang on it.".to_owned(), "Archive it.".to_owned()));
    let plan = check("irreversible", irreversible.clone(), Refuse, "b");
    assert_eq!(plan.items[0].hint, "Archive it.");
    assert!(!plan.is_complete(), "it stays as it was deployed");
    irreversible.live = irreversible.before;
    check("irreversible, but as before", irreversible, Nothing, "a");
    let mut lost = touched("a", "b", "b", Edits::Keep);
    lost.source = None;
    check("its old bytes are nowhere", lost, Refuse, "b");
}

#[test]
fn a_plan_is_in_key_order() {
    let keys = ["theme/file:b", "object/page:z", "theme/file:a"];
    let touched = keys.map(|key| Touched {
        resource: key.parse().expect("a key"),
        ..touched("a", "b", "b", Edits::Keep)
    });
    let plan = rollback_plan(
        DeploymentId("d".to_owned()),
        SnapshotId::of(b"live"),
        touched.into(),
    );
    assert!(plan.is_complete());
    let changes = plan.changes();
    assert!(
        changes.is_sorted_by(|a, b| a.resource < b.resource),
        "{changes:?}"
    );
}

/// A plan with an unedited, an edited, a refused and an unchanged resource.
fn mixed(edits: Edits, live_of_edited: &str) -> RollbackPlan {
    let of = |name: &str, touched: Touched| Touched {
        resource: format!("theme/file:{name}").parse().expect("a key"),
        ..touched
    };
    let refused = Touched {
        irreversible: Some(("Gone.".to_owned(), "Make it again.".to_owned())),
        ..touched("a", "b", "b", edits)
    };
    rollback_plan(
        DeploymentId("d".to_owned()),
        SnapshotId::of(live_of_edited.as_bytes()),
        vec![
            of("Plain", touched("a", "b", "b", edits)),
            of("edited", touched("a", "b", live_of_edited, edits)),
            of("refused", refused),
            of("same", touched("a", "b", "a", edits)),
        ],
    )
}

#[test]
fn a_digest_stands_for_what_a_person_agrees_to() {
    let seen = mixed(Edits::Keep, "c").digest();
    assert_eq!(seen, mixed(Edits::Keep, "c").digest(), "the same plan");
    let mut elsewhere = mixed(Edits::Keep, "c");
    elsewhere.live = SnapshotId::of(b"something else was captured beside it");
    assert_eq!(seen, elsewhere.digest(), "an edit elsewhere is no matter");
    for (why, other) in [
        ("another choice", mixed(Edits::Overwrite, "c")),
        ("another edit", mixed(Edits::Keep, "d")),
        ("no edit any more", mixed(Edits::Keep, "b")),
    ] {
        assert_ne!(seen, other.digest(), "{why}");
    }
    let mut other = mixed(Edits::Keep, "c");
    other.deployment = DeploymentId("e".to_owned());
    assert_ne!(seen, other.digest(), "another deployment");
}

#[test]
fn a_selection_follows_its_steps_and_no_choice_about_edits() {
    let matching = |text: &str, kind, included| SelectionStep::Matching {
        filter: RollbackFilter {
            text: text.to_owned(),
            kind,
        },
        included,
    };
    let resource = |name: &str, included| SelectionStep::Resource {
        resource: format!("theme/file:{name}").parse().expect("a key"),
        included,
    };
    use RollbackKind::{All, Edited, Refused, Unchanged, Unedited};
    let cases: &[(&[SelectionStep], &[&str])] = &[
        (&[], &["Plain", "edited", "refused", "same"]),
        (&[matching("", All, false)], &[]),
        (
            &[matching(" PLAIN ", All, false)],
            &["edited", "refused", "same"],
        ),
        (
            &[matching("", All, false), matching("", Unedited, true)],
            &["Plain"],
        ),
        (
            &[matching("", All, false), matching("", Edited, true)],
            &["edited"],
        ),
        (
            &[matching("", Refused, false), matching("", Unchanged, false)],
            &["Plain", "edited"],
        ),
        (
            &[matching("", All, false), resource("same", true)],
            &["same"],
        ),
        (&[resource("same", true), matching("", All, false)], &[]),
        (
            &[resource("same", false), resource("same", true)],
            &["Plain", "edited", "refused", "same"],
        ),
    ];
    for (steps, expected) in cases {
        let selection = RollbackSelection::new(steps).expect("a selection");
        for edits in [Edits::Keep, Edits::Overwrite, Edits::Merge] {
            let selected = mixed(edits, "c").selected(&selection);
            let names: Vec<_> = selected
                .items
                .iter()
                .map(|item| item.resource.name())
                .collect();
            assert_eq!(names, *expected, "{steps:?} with {edits:?}");
        }
    }
}

#[test]
fn a_selection_has_limits() {
    let by = |kind| SelectionStep::Matching {
        filter: RollbackFilter {
            text: String::new(),
            kind,
        },
        included: false,
    };
    let refused = |steps: &[SelectionStep]| RollbackSelection::new(steps).err();
    let kept = refused(&[by(RollbackKind::Kept)]);
    assert_eq!(kept, Some(SelectionError::ByChoice));
    let filters = vec![by(RollbackKind::All); SELECTION_FILTER_LIMIT + 1];
    assert_eq!(refused(&filters), Some(SelectionError::TooLong));
    assert_eq!(refused(&filters[1..]), None);
    let one = SelectionStep::Resource {
        resource: "theme/file:a".parse().expect("a key"),
        included: false,
    };
    let resources = vec![one; SELECTION_STEP_LIMIT + 1];
    assert_eq!(refused(&resources), Some(SelectionError::TooLong));
}

#[test]
fn what_went_with_a_deletion_is_said_where_it_is_taken_back() {
    let gone = Touched {
        went_along: vec!["Its stock of 12 goes.".to_owned()],
        ..touched("old", "", "", Edits::Keep)
    };
    let plan = check("it is created again", gone, Restore, "old");
    assert_eq!(
        plan.items[0].message,
        "The deployment deleted it; it is created again. Its stock of 12 goes."
    );
}

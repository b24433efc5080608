use super::*;
use crate::environment::Tier;
use crate::fixture::{self, Story, end, place, promote, resume, review, seal, settings, start};
use crate::refusal::RefusalKind;
use crate::release::{ReleaseState, Standing};

const RELEASE: &str = "r";

/// A story whose release `r` is in the state.
fn in_state(state: ReleaseState) -> Story {
    let mut story = Story::begin();
    story.drafts(RELEASE, None);
    let id = fixture::release(RELEASE);
    let outcome = match state {
        ReleaseState::Draft => return story,
        ReleaseState::Open => {
            story.goes(seal(RELEASE, "a"));
            return story;
        }
        ReleaseState::Cancelled => {
            story.goes(Command::CancelRelease {
                id,
                reason: String::new(),
            });
            return story;
        }
        ReleaseState::Deploying => None,
        ReleaseState::Deployed => Some(Outcome::Deployed),
        ReleaseState::Failed => Some(Outcome::Failed),
    };
    story.goes(seal(RELEASE, "a"));
    story.goes(start(RELEASE, "d", "shop", "a", StartReason::Approved));
    if let Some(outcome) = outcome {
        story.goes(end("d", outcome));
    }
    story
}

#[test]
fn every_transition_of_a_release_is_allowed_or_refused() {
    use ReleaseState::{Cancelled, Deployed, Deploying, Draft, Failed, Open};
    let all = [Draft, Open, Deploying, Deployed, Cancelled, Failed];
    let id = || fixture::release(RELEASE);
    let cancel = Command::CancelRelease {
        id: id(),
        reason: String::new(),
    };
    let rename = Command::DescribeRelease {
        id: id(),
        tag: "other".to_owned(),
        notes: String::new(),
        kind: ReleaseKind::Hybrid,
    };
    let annotate = Command::DescribeRelease {
        id: id(),
        tag: RELEASE.to_owned(),
        notes: "new".to_owned(),
        kind: ReleaseKind::Hybrid,
    };
    let refresh = Command::RefreshRelease {
        id: id(),
        candidates: in_state(Draft).release(RELEASE).candidates.clone(),
    };
    let quick = |reason: &str| StartReason::Quick {
        reason: reason.to_owned(),
    };
    let go = |with| start(RELEASE, "d9", "shop", "a", with);
    // What is asked for, the states in which it may be, and the state that follows where it changes.
    let cases: [(&str, Command, &[ReleaseState], Option<ReleaseState>); 12] = [
        ("seal", seal(RELEASE, "b"), &[Draft, Open], Some(Open)),
        ("refresh", refresh, &[Draft, Open], None),
        ("rename", rename, &[Draft], None),
        ("annotate", annotate, &all, None),
        ("cancel", cancel, &[Draft, Open], Some(Cancelled)),
        (
            "review",
            review("bob", RELEASE, "a", Verdict::Approve),
            &[Open, Deploying, Deployed, Failed],
            None,
        ),
        (
            "deploy",
            go(StartReason::Approved),
            &[Open, Deployed, Failed],
            Some(Deploying),
        ),
        (
            "deploy past the review",
            go(quick("urgent")),
            &[Open, Deployed, Failed],
            Some(Deploying),
        ),
        ("deploy without a reason", go(quick(" ")), &[], None),
        ("deploy as a rollback", go(fixture::ROLLBACK), &[], None),
        ("resume", resume("d"), &[Deploying, Failed], Some(Deploying)),
        (
            "end",
            end("d", Outcome::Deployed),
            &[Deploying],
            Some(Deployed),
        ),
    ];
    for (what, command, allowed, then) in cases {
        for state in all {
            let mut story = in_state(state);
            assert_eq!(story.release(RELEASE).state, state, "the story's start");
            let answer = story.tries("ada", command.clone());
            let is_allowed = allowed.contains(&state);
            assert_eq!(
                answer.is_ok(),
                is_allowed,
                "{what} when {state}: {answer:?}"
            );
            let expected = then.filter(|_| is_allowed).unwrap_or(state);
            assert_eq!(
                story.release(RELEASE).state,
                expected,
                "{what} when {state}"
            );
        }
    }
}

#[test]
fn a_deployment_ends_once_and_leaves_its_release_in_its_outcome() {
    let cases = [
        (Outcome::Deployed, ReleaseState::Deployed),
        (Outcome::Failed, ReleaseState::Failed),
        (Outcome::Cancelled, ReleaseState::Cancelled),
    ];
    for (outcome, state) in cases {
        let mut story = in_state(ReleaseState::Deploying);
        story.goes(end("d", outcome));
        assert_eq!(story.release(RELEASE).state, state, "{outcome:?}");
        assert!(
            story.tries("ada", end("d", Outcome::Deployed)).is_err(),
            "{outcome:?} is its end"
        );
    }
}

#[test]
fn what_was_resealed_meanwhile_is_not_deployed_as_it_was_planned() {
    let mut story = in_state(ReleaseState::Open);
    story.goes(seal(RELEASE, "b"));
    let stale = story.tries(
        "ada",
        start(RELEASE, "d", "shop", "a", StartReason::Approved),
    );
    let refusal = stale.expect_err("revision 2 holds something else");
    assert_eq!(refusal.kind, RefusalKind::Stale, "{refusal}");
    story.goes(start(RELEASE, "d", "shop", "b", StartReason::Approved));
    let started = &story.state.deployments[&fixture::deployment("d")];
    assert_eq!(started.revision, 2);
}

#[test]
fn sealing_the_same_makes_no_revision_and_nothing_makes_none() {
    let mut story = in_state(ReleaseState::Open);
    assert_eq!(story.tries("ada", seal(RELEASE, "a")), Ok(Vec::new()));
    let empty = Command::Seal {
        id: fixture::release(RELEASE),
        effect: fixture::effect("b"),
        created: 0,
        modified: 0,
        deleted: 0,
    };
    assert!(story.tries("ada", empty).is_err(), "it holds no changes");
    assert_eq!(story.release(RELEASE).revisions.len(), 1);
}

#[test]
fn one_deployment_at_a_time_runs_in_an_environment_and_of_a_release() {
    let mut story = in_state(ReleaseState::Failed);
    story.drafts("s", None);
    story.goes(seal("s", "s"));
    story.goes(start("s", "e", "shop", "s", StartReason::Approved));
    assert!(
        story.tries("ada", resume("d")).is_err(),
        "another release is being deployed there"
    );
    story.goes(resume("e"));
    story.goes(end("e", Outcome::Deployed));
    story.goes(promote(
        RELEASE,
        "f",
        "work",
        ["a", "w"],
        StartReason::Approved,
    ));
    story
        .tries("ada", resume("d"))
        .expect("what happens elsewhere changes nothing here");
}

#[test]
fn a_cancelled_deployment_leaves_its_release_open_and_where_it_was() {
    let mut story = in_state(ReleaseState::Deployed);
    let further = place("further");
    story.goes(Command::AddEnvironment {
        id: further.clone(),
        settings: settings("further", Tier::Staging),
    });
    let go = |id| promote(RELEASE, id, "further", ["a", "f"], StartReason::Approved);
    story.goes(go("e"));
    assert_eq!(
        story.release(RELEASE).state,
        ReleaseState::Deployed,
        "lists show what it stands as in its own target"
    );
    story.goes(end("e", Outcome::Cancelled));
    let release = story.release(RELEASE);
    assert_eq!(release.standing(&place("shop")), Some(Standing::Deployed));
    assert_eq!(release.standing(&further), Some(Standing::Cancelled));
    assert_eq!(release.state, ReleaseState::Deployed);
    let review = Command::Review {
        id: fixture::release(RELEASE),
        review: ReviewId("v".to_owned()),
        environment: further,
        effect: fixture::effect("f"),
        verdict: Verdict::Approve,
        message: String::new(),
    };
    story.tries("bob", review).expect("it can be reviewed");
    story.goes(go("g"));
}

#[test]
fn a_release_that_went_nowhere_can_be_edited_and_cancelled() {
    let mut story = in_state(ReleaseState::Deploying);
    assert!(story.tries("ada", seal(RELEASE, "b")).is_err(), "under way");
    story.goes(end("d", Outcome::Cancelled));
    assert_eq!(story.release(RELEASE).state, ReleaseState::Cancelled);
    story.goes(seal(RELEASE, "b"));
    let cancel = Command::CancelRelease {
        id: fixture::release(RELEASE),
        reason: String::new(),
    };
    story.goes(cancel.clone());
    assert!(story.tries("ada", cancel).is_err(), "once");
    let go = start(RELEASE, "e", "shop", "b", StartReason::Approved);
    assert!(story.tries("ada", go).is_err(), "it is closed for good");
}

#[test]
fn what_was_rolled_back_is_not_resumed() {
    let mut story = in_state(ReleaseState::Failed);
    story.rolls_back("d", "e", true);
    assert!(story.tries("ada", resume("d")).is_err());
}

#[test]
fn an_environment_in_use_is_not_removed() {
    let cases = [
        (ReleaseState::Draft, false),
        (ReleaseState::Open, false),
        (ReleaseState::Deploying, false),
        (ReleaseState::Deployed, true),
        (ReleaseState::Cancelled, true),
        (ReleaseState::Failed, true),
    ];
    for (state, expected) in cases {
        let answer = in_state(state).tries("ada", Command::RemoveEnvironment { id: place("shop") });
        assert_eq!(answer.is_ok(), expected, "its release is {state}");
    }
    let mut story = in_state(ReleaseState::Deployed);
    let further = place("further");
    story.goes(Command::AddEnvironment {
        id: further.clone(),
        settings: settings("further", Tier::Staging),
    });
    story.goes(promote(
        RELEASE,
        "e",
        "further",
        ["a", "f"],
        StartReason::Approved,
    ));
    let remove = || Command::RemoveEnvironment {
        id: further.clone(),
    };
    assert!(
        story.tries("ada", remove()).is_err(),
        "a release is being promoted to it"
    );
    story.goes(end("e", Outcome::Deployed));
    story.goes(remove());
}

#[test]
fn names_are_unique_plain_and_short_and_promotion_goes_one_way() {
    let mut story = Story::begin();
    let long = "x".repeat(NAME_LIMIT_CHARS + 1);
    let names = [
        ("new", true),
        ("SHOP", false),
        ("", false),
        (" padded", false),
        ("a\nb", false),
        (long.as_str(), false),
    ];
    for (name, expected) in names {
        let command = Command::AddEnvironment {
            id: place("other"),
            settings: settings(name, Tier::Development),
        };
        let answer = decide(&story.state, command, &fixture::person("ada"), Millis(0));
        assert_eq!(answer.is_ok(), expected, "{name:?}");
    }
    let promote = |from: &str, to: &str| Command::ChangeEnvironment {
        id: place(from),
        settings: EnvironmentDraft {
            promotes_to: Some(place(to)),
            ..settings(from, Tier::Development)
        },
    };
    story.goes(promote("work", "shop"));
    for (from, to) in [("shop", "work"), ("shop", "shop"), ("shop", "nowhere")] {
        assert!(
            story.tries("ada", promote(from, to)).is_err(),
            "{from} to {to}"
        );
    }
}

#[test]
fn a_production_environment_asks_for_an_approval_unless_told_otherwise() {
    let mut story = in_state(ReleaseState::Open);
    story.goes(Command::ChangeEnvironment {
        id: place("shop"),
        settings: settings("shop", Tier::Production),
    });
    let go = || start(RELEASE, "d", "shop", "a", StartReason::Approved);
    let refusal = story.tries("ada", go()).expect_err("nobody approved");
    assert_eq!(refusal.kind, RefusalKind::Approval);
    story.goes(review("ada", RELEASE, "a", Verdict::Approve));
    story
        .tries("bob", review("bob", RELEASE, "a", Verdict::RequestChanges))
        .expect("Bob may ask for changes");
    let refusal = story.tries("ada", go()).expect_err("Bob said no");
    assert!(refusal.message.contains("bob"), "{refusal}");
    story
        .tries("bob", review("bob", RELEASE, "a", Verdict::Approve))
        .expect("Bob may change his mind");
    story.goes(go());
}

#[test]
fn the_same_verdict_twice_is_one_review() {
    let mut story = in_state(ReleaseState::Open);
    let approve = || review("ada", RELEASE, "a", Verdict::Approve);
    story.goes(approve());
    assert_eq!(story.tries("ada", approve()), Ok(Vec::new()));
    assert_eq!(story.release(RELEASE).reviews.len(), 1);
}

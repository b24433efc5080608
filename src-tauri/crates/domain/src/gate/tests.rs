use super::*;
use crate::command::Command;
use crate::deployment::Outcome;
use crate::environment::{ApprovalPolicy, EnvironmentDraft, Rule, RuleAction, Rules, Tier};
use crate::fixture::{
    self, ROLLBACK, Story, effect, end, place, promote, restoring, resume, review, seal, settings,
    start,
};
use crate::ids::ReviewId;
use crate::review::Verdict;

/// A story in which `shop` asks for an approval, and whether the author's counts.
fn asking(author_counts: bool) -> Story {
    let mut story = Story::begin();
    story.goes(Command::ChangeEnvironment {
        id: place("shop"),
        settings: EnvironmentDraft {
            approvals: Some(ApprovalPolicy {
                required: 1,
                author_counts,
            }),
            ..settings("shop", Tier::Production)
        },
    });
    story
}

fn says(story: &mut Story, who: &str, release: &str, verdict: Verdict) {
    story
        .tries(who, review(who, release, release, verdict))
        .expect("an open release is reviewed");
}

/// `r`, approved by Bob and deployed to `shop` as `d` until it failed.
fn failed() -> Story {
    let mut story = asking(true);
    story.drafts("r", None);
    story.goes(seal("r", "r"));
    says(&mut story, "bob", "r", Verdict::Approve);
    story.goes(start("r", "d", "shop", "r", StartReason::Approved));
    story.goes(end("d", Outcome::Failed));
    story
}

fn asked(story: &Story, release: &str, content: &str, intent: Intent<'_>) -> Gate {
    let environment = &story.state.environments[&place("shop")];
    gate(
        &story.state,
        story.release(release),
        environment,
        &effect(content),
        intent,
    )
}

#[test]
fn whoever_wrote_any_of_it_is_not_asked_where_authors_do_not_count() {
    let mut story = asking(false);
    story.drafts("r", None);
    story.goes(seal("r", "a"));
    story
        .tries("bob", seal("r", "r"))
        .expect("an open release is edited");
    says(&mut story, "bob", "r", Verdict::Approve);
    let missing = asked(&story, "r", "r", Intent::Deploy).missing;
    let authors = vec![fixture::person("ada"), fixture::person("bob")];
    assert_eq!(
        missing,
        [Requirement::Approvals {
            need: 1,
            by: Vec::new(),
            not_by: authors
        }]
    );
    says(&mut story, "cy", "r", Verdict::Approve);
    assert!(asked(&story, "r", "r", Intent::Deploy).is_open());
}

#[test]
fn a_quick_deployment_is_held_by_nobody_and_everything_else_by_a_request_for_changes() {
    let mut story = asking(true);
    story.drafts("r", None);
    story.goes(seal("r", "r"));
    says(&mut story, "bob", "r", Verdict::RequestChanges);
    says(&mut story, "cy", "r", Verdict::Approve);
    let found = asked(&story, "r", "r", Intent::Deploy);
    assert_eq!(
        found.missing,
        [Requirement::ChangesRequested {
            by: vec![fixture::person("bob")]
        }]
    );
    assert!(
        matches!(&found.met[..], [Requirement::Approvals { by, .. }] if by.len() == 1),
        "{found:?}"
    );
    assert!(asked(&story, "r", "r", Intent::QuickDeploy).is_open());
}

#[test]
fn an_outdated_review_is_told_of_and_does_not_count() {
    let mut story = asking(true);
    story.drafts("r", None);
    story.goes(seal("r", "r"));
    says(&mut story, "bob", "r", Verdict::Approve);
    let other = asked(&story, "r", "other", Intent::Deploy);
    assert!(!other.is_open());
    assert_eq!(other.warnings, [Warning::OutdatedReviews { count: 1 }]);
    let same = asked(&story, "r", "r", Intent::Deploy);
    assert!(same.is_open() && same.warnings.is_empty(), "{same:?}");
}

type Happens = fn(&mut Story);

fn change(story: &mut Story, change: impl FnOnce(&mut EnvironmentDraft)) {
    let shop = &story.state.environments[&place("shop")];
    let mut settings = shop.settings.clone();
    change(&mut settings);
    story.goes(Command::ChangeEnvironment {
        id: place("shop"),
        settings,
    });
}

/// A rollback of `d` that does not reach its end.
fn stops_rolling_back(story: &mut Story, outcome: Outcome) {
    story.drafts("back", Some("d"));
    story.goes(seal("back", "back"));
    story.goes(start("back", "back", "shop", "back", ROLLBACK));
    story.goes(end("back", outcome));
}

#[test]
fn what_was_agreed_on_at_the_start_has_to_hold_when_it_is_taken_up_again() {
    let cases: [(&str, Happens, Option<RefusalKind>); 11] = [
        ("nothing happened", |_| {}, None),
        (
            "the only approver asks for changes",
            |story| says(story, "bob", "r", Verdict::RequestChanges),
            Some(RefusalKind::Approval),
        ),
        (
            "the approval is dismissed",
            |story| {
                story.goes(Command::DismissReview {
                    id: fixture::release("r"),
                    review: ReviewId("bob on r: Approve".to_owned()),
                    reason: "by mistake".to_owned(),
                });
            },
            Some(RefusalKind::Approval),
        ),
        (
            "a resource is put on hold",
            |story| {
                change(story, |shop| {
                    shop.rules = Rules(vec![Rule {
                        action: RuleAction::Hold,
                        resources: "x/**".to_owned(),
                        fields: Vec::new(),
                        reason: "legal".to_owned(),
                    }]);
                });
            },
            Some(RefusalKind::Stale),
        ),
        (
            "the environment is somewhere else",
            |story| {
                change(story, |shop| {
                    shop.connection = serde_json::json!({"path": "/b"})
                })
            },
            Some(RefusalKind::Stale),
        ),
        (
            "the environment has another name",
            |story| change(story, |shop| shop.name = "The shop".to_owned()),
            None,
        ),
        (
            "two approvals are asked for by now",
            |story| {
                change(story, |shop| {
                    shop.approvals = Some(ApprovalPolicy {
                        required: 2,
                        author_counts: true,
                    });
                });
            },
            Some(RefusalKind::Approval),
        ),
        (
            "a part of it is rolled back",
            |story| story.rolls_back("d", "back", false),
            Some(RefusalKind::Stale),
        ),
        (
            "a rollback of it stops half way",
            |story| stops_rolling_back(story, Outcome::Failed),
            Some(RefusalKind::Stale),
        ),
        (
            "a rollback of it is cancelled before it writes",
            |story| stops_rolling_back(story, Outcome::Cancelled),
            None,
        ),
        (
            "a part of it is rolled back, and that is rolled back",
            |story| {
                story.rolls_back("d", "back", false);
                story.rolls_back("back", "again", true);
            },
            None,
        ),
    ];
    for (what, happens, expected) in cases {
        let mut story = failed();
        happens(&mut story);
        let answer = story.tries("ada", resume("d"));
        assert_eq!(answer.err().map(|refusal| refusal.kind), expected, "{what}");
    }
}

#[test]
fn operations_that_were_changed_in_the_file_are_not_executed() {
    let mut story = failed();
    let other = Command::ResumeDeployment {
        deployment: fixture::deployment("d"),
        plan: PlanDigest::of(b"another"),
    };
    let refusal = story.tries("ada", other).expect_err("another plan");
    assert!(refusal.message.contains("operations"), "{refusal}");
    assert!(refusal.hint.contains("audit"), "{}", refusal.hint);
}

#[test]
fn the_order_in_which_a_connection_is_written_says_nothing() {
    let digest = |text: &str| {
        let mut story = Story::begin();
        let connection = serde_json::from_str(text).expect("JSON");
        change(&mut story, |shop| shop.connection = connection);
        story.state.environments[&place("shop")].connection_digest()
    };
    let one = digest(r#"{"path": "/a", "layout": "theme"}"#);
    assert_eq!(one, digest(r#"{"layout": "theme", "path": "/a"}"#));
    assert_ne!(one, digest(r#"{"layout": "theme", "path": "/b"}"#));
}

#[test]
fn putting_back_what_was_there_asks_nobody_and_writing_over_an_edit_asks_for_approvals() {
    let mut story = failed();
    story.drafts("back", Some("d"));
    story.goes(seal("back", "back"));
    assert!(asked(&story, "back", "back", Intent::RollBack { edits: false }).is_open());
    let over_edits = Intent::RollBack { edits: true };
    assert!(!asked(&story, "back", "back", over_edits).is_open());
    says(&mut story, "bob", "back", Verdict::Approve);
    assert!(asked(&story, "back", "back", over_edits).is_open());
}

#[test]
fn taking_back_a_rollback_deploys_again_and_asks_as_a_deployment_does() {
    let mut story = failed();
    story.rolls_back("d", "back", true);
    story.drafts("again", Some("back"));
    story.goes(seal("again", "again"));
    let go = |id| start("again", id, "shop", "again", ROLLBACK);
    let as_it_was = story.tries("ada", go("e"));
    as_it_was.expect("what it puts back is still approved");
    story.goes(restoring("e"));

    // The same, and in between Bob had second thoughts.
    let mut story = failed();
    story.rolls_back("d", "back", true);
    says(&mut story, "bob", "r", Verdict::RequestChanges);
    story.drafts("again", Some("back"));
    story.goes(seal("again", "again"));
    let refusal = story.tries("ada", go("e")).expect_err("withdrawn");
    assert_eq!(refusal.kind, RefusalKind::Approval);
    says(&mut story, "cy", "again", Verdict::Approve);
    story.goes(go("e"));
    story.goes(restoring("e"));
    // Taking that back puts back what was there before all of it.
    story.drafts("out", Some("e"));
    story.goes(seal("out", "out"));
    story.goes(start("out", "f", "shop", "out", ROLLBACK));
}

#[test]
fn what_is_promoted_is_what_is_sealed_when_it_starts() {
    let mut story = Story::begin();
    story.goes(Command::AddEnvironment {
        id: place("live"),
        settings: settings("live", Tier::Development),
    });
    story.drafts("r", None);
    story.goes(seal("r", "a"));
    let planned = promote("r", "d", "live", ["a", "there"], StartReason::Approved);
    story.goes(seal("r", "b"));
    let refusal = story.tries("ada", planned).expect_err("sealed anew");
    assert_eq!(refusal.kind, RefusalKind::Stale);
    story.goes(promote(
        "r",
        "d",
        "live",
        ["b", "there"],
        StartReason::Approved,
    ));
}

#[test]
fn a_deployment_that_an_older_program_began_is_held_to_what_it_recorded() {
    let fact = r#"{"kind":"deployment_started","deployment":"d","release":"r","revision":1,"environment":"shop",
        "effect":"0000000000000000000000000000000000000000000000000000000000000000",
        "plan":"0000000000000000000000000000000000000000000000000000000000000000","start":{"kind":"rollback"},
        "before":"0000000000000000000000000000000000000000000000000000000000000000","operations":1}"#;
    let read: crate::Fact = serde_json::from_str(fact).expect("a fact of an older program");
    let crate::Fact::DeploymentStarted {
        rules, connection, ..
    } = read
    else {
        panic!("{read:?}");
    };
    assert_eq!((rules, connection), (None, None), "it is held to neither");
}

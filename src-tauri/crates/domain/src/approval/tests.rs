use super::*;
use crate::environment::{ApprovalPolicy, Tier};
use crate::fixture::{Story, effect, place, release, review, seal, settings};
use crate::ids::ReviewId;
use crate::{Command, Verdict::*};

#[test]
fn whoever_sealed_a_revision_is_an_author() {
    let mut story = Story::begin();
    let mut draft = settings("shop", Tier::Production);
    draft.approvals = Some(ApprovalPolicy {
        required: 1,
        author_counts: false,
    });
    story.goes(Command::ChangeEnvironment {
        id: place("shop"),
        settings: draft,
    });
    story.drafts("r", None);
    story.goes(seal("r", "first"));
    story.tries("bob", seal("r", "now")).expect("Bob edits it");
    story
        .tries("bob", review("bob", "r", "now", Approve))
        .expect("Bob may say what he thinks");
    let shop = &story.state.environments[&place("shop")];
    let found = approval(story.release("r"), shop, &effect("now"));
    assert!(
        !found.satisfied && found.approved_by.is_empty(),
        "{found:?}"
    );
    story
        .tries("eve", review("eve", "r", "now", Approve))
        .expect("Eve reviews it");
    let shop = &story.state.environments[&place("shop")];
    assert!(approval(story.release("r"), shop, &effect("now")).satisfied);
}

/// What happens to a release of Ada's.
enum Step {
    /// A person says something about an effect.
    Says(&'static str, &'static str, Verdict),
    /// The latest review of a person is dismissed.
    Dismiss(&'static str),
}
use Step::{Dismiss, Says};

/// The people whose approval counts, those who asked for changes, how many verdicts are outdated, and whether all is met.
type Expected<'a> = (&'a [&'a str], &'a [&'a str], usize, bool);

fn check(why: &str, required: u32, author_counts: bool, steps: &[Step], expected: Expected<'_>) {
    let mut story = Story::begin();
    let mut draft = settings("shop", Tier::Production);
    draft.approvals = Some(ApprovalPolicy {
        required,
        author_counts,
    });
    story.goes(Command::ChangeEnvironment {
        id: place("shop"),
        settings: draft,
    });
    story.drafts("r", None);
    let mut sealed = "now";
    story.goes(seal("r", sealed));
    for step in steps {
        let (who, command) = match step {
            Says(who, on, verdict) => {
                // Only what is sealed can be reviewed.
                sealed = on;
                story.goes(seal("r", sealed));
                (*who, review(who, "r", on, *verdict))
            }
            Dismiss(of) => {
                let found = story
                    .release("r")
                    .reviews
                    .iter()
                    .rfind(|r| r.by.name == *of);
                let review: ReviewId = found.expect("a review").id.clone();
                let command = Command::DismissReview {
                    id: release("r"),
                    review,
                    reason: "settled".to_owned(),
                };
                ("ada", command)
            }
        };
        story.tries(who, command).expect(why);
    }
    if sealed != "now" {
        story.goes(seal("r", "now"));
    }
    let environment = &story.state.environments[&place("shop")];
    let found = approval(story.release("r"), environment, &effect("now"));
    let names = |people: &[Person]| -> Vec<String> {
        people.iter().map(|person| person.name.clone()).collect()
    };
    let (approved, against, outdated, satisfied) = expected;
    assert_eq!(names(&found.approved_by), approved, "{why}: who approved");
    assert_eq!(
        names(&found.changes_requested_by),
        against,
        "{why}: who asked for changes"
    );
    assert_eq!(found.outdated.len(), outdated, "{why}: outdated");
    assert_eq!(found.satisfied, satisfied, "{why}: satisfied");
}

#[test]
fn approvals_are_counted() {
    check("none needed", 0, true, &[], (&[], &[], 0, true));
    check("one needed", 1, true, &[], (&[], &[], 0, false));
    check(
        "the author may be the one",
        1,
        true,
        &[Says("ada", "now", Approve)],
        (&["ada"], &[], 0, true),
    );
    check(
        "the author may not",
        1,
        false,
        &[Says("ada", "now", Approve)],
        (&[], &[], 0, false),
    );
    check(
        "one person is one approval",
        2,
        true,
        &[
            Says("bob", "now", Approve),
            Says("bob", "now", Comment),
            Says("bob", "now", Approve),
        ],
        (&["bob"], &[], 0, false),
    );
    check(
        "a comment takes nothing back",
        1,
        true,
        &[Says("bob", "now", Approve), Says("bob", "now", Comment)],
        (&["bob"], &[], 0, true),
    );
    check(
        "the latest verdict counts",
        1,
        true,
        &[
            Says("bob", "now", RequestChanges),
            Says("bob", "now", Approve),
        ],
        (&["bob"], &[], 0, true),
    );
    check(
        "a request for changes stops, even where no approval is needed",
        0,
        true,
        &[Says("bob", "now", RequestChanges)],
        (&[], &["bob"], 0, false),
    );
}

#[test]
fn outdated_and_dismissed_reviews_do_not_count() {
    check(
        "another effect",
        1,
        true,
        &[Says("bob", "before", Approve)],
        (&[], &[], 1, false),
    );
    check(
        "a request for changes in another effect",
        0,
        true,
        &[Says("bob", "before", RequestChanges)],
        (&[], &[], 1, true),
    );
    check(
        "dismissed",
        1,
        true,
        &[Says("bob", "now", Approve), Dismiss("bob")],
        (&[], &[], 0, false),
    );
    check(
        "dismissed and outdated",
        1,
        true,
        &[Says("bob", "before", Approve), Dismiss("bob")],
        (&[], &[], 0, false),
    );
    check(
        "an approval that was withdrawn does not come back by dismissing the withdrawal",
        1,
        true,
        &[
            Says("bob", "now", Approve),
            Says("bob", "now", RequestChanges),
            Dismiss("bob"),
        ],
        (&[], &[], 0, false),
    );
    check(
        "a dismissed person may say it again",
        1,
        true,
        &[
            Says("bob", "now", Approve),
            Dismiss("bob"),
            Says("bob", "now", Approve),
        ],
        (&["bob"], &[], 0, true),
    );
}

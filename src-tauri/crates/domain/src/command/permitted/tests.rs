use super::*;
use crate::approval::approval;
use crate::command::{Command, decide};
use crate::deployment::{Outcome, StartReason};
use crate::environment::{ApprovalPolicy, Tier};
use crate::fixture::{self, Story, effect, end, place, promote, review, seal, settings, start};
use crate::ids::{Millis, PlanDigest};
use crate::operation::{Operation, OperationId, Pass, Verb};
use crate::release::ReleaseKind;

const RELEASE: &str = "r";

/// `work` → `shop` → `live`; `live` is production and so asks for an approval.
fn chain() -> Story {
    let mut story = Story::begin();
    story.goes(Command::AddEnvironment {
        id: place("live"),
        settings: settings("live", Tier::Production),
    });
    let mut shop = settings("shop", Tier::Development);
    shop.promotes_to = Some(place("live"));
    story.goes(Command::ChangeEnvironment {
        id: place("shop"),
        settings: shop,
    });
    story
}

fn approval_in(story: &Story, environment: &str, content: &str) -> Approval {
    let environment = &story.state.environments[&place(environment)];
    approval(story.release(RELEASE), environment, &effect(content))
}

fn gate_in(story: &Story, environment: &str, content: &str) -> Gate {
    let environment = &story.state.environments[&place(environment)];
    let release = story.release(RELEASE);
    gate(
        &story.state,
        release,
        environment,
        &effect(content),
        Intent::Deploy,
    )
}

fn actions(story: &Story, environment: &str, content: Option<&str>) -> TargetActions {
    target_actions(
        &story.state,
        story.release(RELEASE),
        &story.state.environments[&place(environment)],
        content.map(effect).as_ref(),
    )
}

fn stage(story: &Story, environment: &str, content: &str, who: &str) -> Option<ReviewStage> {
    review_stage(
        &story.state,
        story.release(RELEASE),
        &story.state.environments[&place(environment)],
        Some(&effect(content)),
        &approval_in(story, environment, content),
        Some(&fixture::person(who)),
    )
}

/// A verdict of somebody's on what the release does to `live`.
fn for_live(by: &str, content: &str, verdict: Verdict) -> Command {
    match review(by, RELEASE, content, verdict) {
        Command::Review {
            id,
            review,
            effect,
            verdict,
            message,
            ..
        } => Command::Review {
            id,
            review,
            environment: place("live"),
            effect,
            verdict,
            message,
        },
        other => panic!("BUG: {other:?} is no review"),
    }
}

fn deployed_to_shop() -> Story {
    let mut story = chain();
    story.deploys(RELEASE, "d", Outcome::Deployed);
    story
}

#[test]
fn what_is_offered_is_what_decide_grants() {
    let mut draft = Story::begin();
    draft.drafts(RELEASE, None);
    let mut open = Story::begin();
    open.drafts(RELEASE, None);
    open.goes(seal(RELEASE, "a"));
    let mut deploying = Story::begin();
    deploying.drafts(RELEASE, None);
    deploying.goes(seal(RELEASE, "a"));
    deploying.goes(start(RELEASE, "d", "shop", "a", StartReason::Approved));
    let mut failed = Story::begin();
    failed.deploys(RELEASE, "d", Outcome::Failed);
    let mut deployed = Story::begin();
    deployed.deploys(RELEASE, "d", Outcome::Deployed);
    let mut cancelled = Story::begin();
    cancelled.drafts(RELEASE, None);
    let id = || fixture::release(RELEASE);
    let cancel = || Command::CancelRelease {
        id: id(),
        reason: String::new(),
    };
    cancelled.goes(cancel());
    for story in [draft, open, deploying, failed, deployed, cancelled] {
        let release = story.release(RELEASE);
        let may = |command: Command| {
            decide(&story.state, command, &fixture::person("ada"), Millis(99)).is_ok()
        };
        let offered = release_actions(release, true);
        let refresh = Command::RefreshRelease {
            id: id(),
            candidates: release.candidates.clone(),
        };
        let rename = Command::DescribeRelease {
            id: id(),
            tag: "other".to_owned(),
            notes: String::new(),
            kind: ReleaseKind::Hybrid,
        };
        let granted = [
            may(cancel()),
            may(refresh),
            may(rename),
            may(seal(RELEASE, "another choice")),
        ];
        assert_eq!(
            [
                offered.cancel,
                offered.refresh,
                offered.rename,
                offered.open
            ],
            granted,
            "a release that is {}",
            release.state
        );
        assert_eq!(offered.choose, offered.refresh, "a choice can be sealed");
    }
}

#[test]
fn the_next_revision_is_offered_where_the_choice_differs() {
    let mut story = Story::begin();
    story.drafts(RELEASE, None);
    assert!(
        release_actions(story.release(RELEASE), false).open,
        "a draft"
    );
    story.goes(seal(RELEASE, "a"));
    assert!(
        !release_actions(story.release(RELEASE), false).open,
        "as sealed"
    );
    assert!(release_actions(story.release(RELEASE), true).open, "edited");
}

#[test]
fn a_release_is_reviewed_and_deployed_where_it_is_not_yet() {
    let mut story = chain();
    story.drafts(RELEASE, None);
    let quick_only = TargetActions {
        quick_deploy: true,
        ..TargetActions::default()
    };
    assert_eq!(actions(&story, "shop", None), quick_only, "a draft");
    assert_eq!(
        actions(&story, "live", None),
        TargetActions::default(),
        "a draft goes to its own target"
    );
    story.goes(seal(RELEASE, RELEASE));
    let approved = TargetActions {
        review: true,
        deploy: true,
        quick_deploy: false,
    };
    assert_eq!(actions(&story, "shop", Some(RELEASE)), approved);
    story.goes(start(RELEASE, "d", "shop", RELEASE, StartReason::Approved));
    assert_eq!(
        actions(&story, "shop", Some(RELEASE)),
        TargetActions::default(),
        "it is on its way there"
    );
    story.goes(end("d", Outcome::Deployed));
    assert_eq!(
        actions(&story, "shop", Some(RELEASE)),
        TargetActions::default(),
        "it is there"
    );
    let unapproved = TargetActions {
        quick_deploy: true,
        ..approved
    };
    assert_eq!(
        actions(&story, "live", Some("there")),
        unapproved,
        "promoted, it can be reviewed for production"
    );
    assert_eq!(
        actions(&story, "live", None),
        TargetActions::default(),
        "it changes nothing there"
    );
    story
        .tries("bob", for_live("bob", "there", Verdict::Approve))
        .expect("a review for production");
    assert_eq!(actions(&story, "live", Some("there")), approved);
}

#[test]
fn a_promoted_release_waits_for_its_next_reviewers() {
    use ReviewStage::{Approved, AsksOthers, AsksYou};
    let mut story = chain();
    story.drafts(RELEASE, None);
    story.goes(seal(RELEASE, RELEASE));
    assert_eq!(stage(&story, "shop", RELEASE, "bob"), Some(Approved));
    assert_eq!(
        stage(&story, "live", "there", "bob"),
        None,
        "not before it is where it comes from"
    );
    let mut story = deployed_to_shop();
    assert_eq!(stage(&story, "shop", RELEASE, "bob"), None, "it is there");
    assert_eq!(stage(&story, "live", "there", "bob"), Some(AsksYou));
    story
        .tries("bob", for_live("bob", "there", Verdict::RequestChanges))
        .expect("a review");
    assert_eq!(stage(&story, "live", "there", "bob"), Some(AsksOthers));
    assert_eq!(stage(&story, "live", "there", "eve"), Some(AsksYou));
    assert_eq!(
        stage(&story, "live", "drifted", "bob"),
        Some(AsksYou),
        "a verdict on another effect is none on this one"
    );
}

#[test]
fn authors_are_not_asked_where_they_do_not_count() {
    let mut story = chain();
    let mut live = settings("live", Tier::Production);
    live.approvals = Some(ApprovalPolicy {
        required: 1,
        author_counts: false,
    });
    story.goes(Command::ChangeEnvironment {
        id: place("live"),
        settings: live,
    });
    story.deploys(RELEASE, "d", Outcome::Deployed);
    assert_eq!(
        stage(&story, "live", "there", "ada"),
        Some(ReviewStage::AsksOthers)
    );
    assert_eq!(
        stage(&story, "live", "there", "bob"),
        Some(ReviewStage::AsksYou)
    );
}

#[test]
fn only_verdicts_that_count_are_dismissed() {
    let mut story = deployed_to_shop();
    let verdicts = [
        ("bob", "there", Verdict::Approve),
        ("eve", "before", Verdict::Approve),
        ("ida", "there", Verdict::Comment),
    ];
    for (by, content, verdict) in verdicts {
        story
            .tries(by, for_live(by, content, verdict))
            .expect("a review");
    }
    let release = story.release(RELEASE);
    let found = dismissable(release, |_| Some(effect("there")));
    assert_eq!(found, [&release.reviews[0].id]);
}

#[test]
fn a_review_of_what_was_sealed_over_is_stale() {
    let mut story = Story::begin();
    story.drafts(RELEASE, None);
    story.goes(seal(RELEASE, "a"));
    story.goes(seal(RELEASE, "b"));
    for verdict in [Verdict::Approve, Verdict::RequestChanges, Verdict::Comment] {
        let refusal = story
            .tries("bob", review("bob", RELEASE, "a", verdict))
            .expect_err("another revision counts");
        assert_eq!(refusal.kind, crate::RefusalKind::Stale, "{verdict:?}");
    }
    story
        .tries("bob", review("bob", RELEASE, "b", Verdict::Approve))
        .expect("the revision that counts");
}

fn operation(reversible: bool, risk: Risk) -> Operation {
    Operation {
        id: OperationId(1),
        wave: 1,
        verb: Verb::Update,
        resource: crate::ResourceKey::new("theme", "file", "a.css").expect("a key"),
        before: None,
        after: None,
        pass: Pass::Whole,
        staged: false,
        attributes: None,
        keeps: Vec::new(),
        needs: Vec::new(),
        reversible,
        risk,
        reasons: Vec::new(),
    }
}

fn plan_of(operations: Vec<Operation>) -> Plan {
    Plan {
        digest: PlanDigest::of(b"plan"),
        operations,
        drift: Vec::new(),
        blocked: Vec::new(),
        skipped: Vec::new(),
        cycles: Vec::new(),
    }
}

#[test]
fn the_first_obstacle_counts() {
    let resource = || crate::ResourceKey::new("theme", "file", "a.css").expect("a key");
    let clean = || plan_of(vec![operation(true, Risk::Low)]);
    let drifted = |plan: Plan| Plan {
        drift: vec![crate::Drift {
            resource: resource(),
            expected: None,
            found: None,
        }],
        ..plan
    };
    let blocked = |plan: Plan| Plan {
        blocked: vec![crate::Blocked {
            resource: resource(),
            message: String::new(),
            hint: String::new(),
        }],
        ..plan
    };
    let promoted = deployed_to_shop();
    let mut approved = deployed_to_shop();
    approved
        .tries("bob", for_live("bob", "there", Verdict::Approve))
        .expect("a review");
    let mut draft = chain();
    draft.drafts(RELEASE, None);
    let mut deploying = deployed_to_shop();
    let quick = StartReason::Quick {
        reason: "urgent".to_owned(),
    };
    deploying.goes(promote(RELEASE, "d2", "live", [RELEASE, "there"], quick));
    let cases = [
        (&deploying, drifted(blocked(clean())), Some(Obstacle::State)),
        (&approved, drifted(blocked(clean())), Some(Obstacle::Drift)),
        (&approved, blocked(clean()), Some(Obstacle::Blocked)),
        (&promoted, plan_of(Vec::new()), Some(Obstacle::Empty)),
        (&draft, clean(), Some(Obstacle::Draft)),
        (&promoted, clean(), Some(Obstacle::Gate)),
        (&approved, clean(), None),
    ];
    for (story, plan, expected) in cases {
        let found = obstacle(
            &story.state,
            story.release(RELEASE),
            &story.state.environments[&place("live")],
            &plan,
            &gate_in(story, "live", "there"),
        );
        assert_eq!(found, expected);
        let can = plan_actions(story.release(RELEASE), found);
        let is_past_review = matches!(expected, Some(Obstacle::Draft | Obstacle::Gate));
        assert_eq!(
            (can.deploy, can.quick_deploy),
            (expected.is_none(), is_past_review),
            "with {expected:?}"
        );
    }
}

#[test]
fn a_plan_is_harmless_when_all_of_it_can_be_undone_and_none_is_risky() {
    let cases = [
        (operation(true, Risk::Medium), true),
        (operation(false, Risk::Low), false),
        (operation(true, Risk::High), false),
    ];
    for (operation, expected) in cases {
        assert_eq!(
            is_harmless(&plan_of(vec![operation.clone()])),
            expected,
            "{operation:?}"
        );
    }
}

use super::*;
use crate::fixture::{ROLLBACK, Story, end, place, restoring, resume, seal, start};
use crate::{Command, Outcome, Standing, StartReason};

#[test]
fn a_later_release_supersedes_an_earlier_one() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.deploys("two", "d2", Outcome::Failed);
    assert_eq!(
        story.current(),
        Some("one"),
        "what failed supersedes nothing"
    );
    story.deploys("three", "d3", Outcome::Deployed);
    assert_eq!(story.current(), Some("three"));
    assert_eq!(story.standing("one"), Some(Standing::Superseded));
    assert_eq!(
        story.standing("two"),
        Some(Standing::Failed),
        "it can be tried again"
    );
}

#[test]
fn a_complete_rollback_brings_back_what_stood_before() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.deploys("two", "d2", Outcome::Deployed);
    story.rolls_back("d2", "d3", true);
    assert_eq!(story.taken_back_by("d2"), Some("d3"));
    assert_eq!(story.standing("two"), Some(Standing::RolledBack));
    assert_eq!(
        story.current(),
        Some("one"),
        "the older release, not the revert"
    );
}

#[test]
fn a_partial_rollback_brings_nothing_back() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.deploys("two", "d2", Outcome::Deployed);
    story.rolls_back("d2", "d3", false);
    assert_eq!(
        story.taken_back_by("d2"),
        None,
        "the rest can still be taken back"
    );
    assert_eq!(story.current(), Some("two"), "what is left of it");
    assert!(story.is_rolled_back());
    story.rolls_back("d3", "d4", true);
    assert_eq!(story.taken_back_by("d2"), None);
    assert_eq!(story.current(), Some("two"));
    assert!(!story.is_rolled_back(), "it is whole again");
}

#[test]
fn an_older_deployment_taken_back_leaves_the_newer_one_standing() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.deploys("two", "d2", Outcome::Deployed);
    story.rolls_back("d1", "d3", true);
    assert_eq!(story.standing("one"), Some(Standing::RolledBack));
    assert_eq!(story.current(), Some("two"));
    assert!(story.is_rolled_back(), "less than all of it, perhaps");

    // Deployed again, it is whole; what a rollback reverts is what wrote something.
    story.finds_everything_there("two", "d4");
    assert_eq!(story.rollback_candidate(), Some("d2"), "d4 wrote nothing");
}

#[test]
fn what_finds_everything_there_is_not_newer() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.deploys("two", "d2", Outcome::Deployed);
    story.finds_everything_there("one", "d3");
    assert_eq!(story.current(), Some("two"));
    assert_eq!(story.standing("two"), Some(Standing::Deployed));
    assert_eq!(
        story.standing("one"),
        Some(Standing::Deployed),
        "all of it is there"
    );
}

#[test]
fn the_order_is_that_of_the_ledger_whatever_the_clock_says() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.clock_goes_back();
    story.deploys("two", "d2", Outcome::Deployed);
    assert_eq!(story.current(), Some("two"));
    let shop = place("shop");
    let newest = story.state.deployments_to(&shop);
    assert_eq!(newest[0].id, DeploymentId("d2".to_owned()));
    assert!(
        newest[0].started_at < newest[1].started_at,
        "the clock did go back"
    );
}

#[test]
fn a_cancelled_attempt_that_wrote_nothing_leaves_what_stood() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.goes(start("one", "d2", "shop", "one", StartReason::Approved));
    assert_eq!(story.standing("one"), Some(Standing::Deploying));
    story.goes(end("d2", Outcome::Cancelled));
    assert_eq!(story.standing("one"), Some(Standing::Deployed));
}

#[test]
fn taking_back_a_revert_makes_what_it_took_back_stand_again_in_turns() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.deploys("two", "d2", Outcome::Deployed);
    story.rolls_back("d2", "d3", true);
    story.rolls_back("d3", "d4", true);
    assert_eq!(story.taken_back_by("d3"), Some("d4"));
    assert_eq!(
        story.taken_back_by("d2"),
        None,
        "the environment holds it again"
    );
    assert_eq!(story.current(), Some("two"));
    story.rolls_back("d4", "d5", true);
    assert_eq!(
        story.taken_back_by("d2"),
        Some("d3"),
        "the first revert stands again"
    );
    assert_eq!(story.taken_back_by("d3"), None);
    assert_eq!(story.standing("two"), Some(Standing::RolledBack));
    assert_eq!(story.current(), Some("one"));
}

#[test]
fn a_failed_deployment_that_stands_again_is_not_what_the_environment_holds() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Deployed);
    story.deploys("two", "d2", Outcome::Failed);
    story.rolls_back("d2", "d3", true);
    assert_eq!(story.standing("two"), Some(Standing::RolledBack));
    story.rolls_back("d3", "d4", true);
    assert_eq!(story.standing("two"), Some(Standing::Failed));
    assert_eq!(story.current(), Some("one"));
}

#[test]
fn reverts_in_a_ring_still_fold() {
    let mut story = Story::begin();
    story.drafts("ring", Some("d1"));
    story.goes(seal("ring", "ring"));
    story.goes(start("ring", "d1", "shop", "ring", ROLLBACK));
    story.goes(restoring("d1"));
}

#[test]
fn a_removed_environment_is_nobodys_next_one() {
    let mut story = Story::begin();
    let mut settings = story.state.environments[&place("work")].settings.clone();
    settings.promotes_to = Some(place("shop"));
    story.goes(Command::ChangeEnvironment {
        id: place("work"),
        settings,
    });
    story.goes(Command::RemoveEnvironment { id: place("shop") });
    let work = &story.state.environments[&place("work")];
    assert_eq!(work.settings.promotes_to, None);
}

#[test]
fn folding_from_nothing_gives_the_same_state() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Failed);
    story.goes(resume("d1"));
    story.goes(end("d1", Outcome::Deployed));
    story.deploys("two", "d2", Outcome::Deployed);
    story.rolls_back("d2", "d3", true);
    story.rolls_back("d3", "d4", true);
    assert_eq!(State::of(&story.records), story.state);
}

#[test]
fn facts_about_what_is_unknown_change_nothing_but_the_chain() {
    let mut told = Story::begin();
    told.deploys("one", "d1", Outcome::Deployed);
    told.rolls_back("d1", "d2", true);
    let known = 2;
    let skipped = told.records[known..].iter().filter(|record| {
        !matches!(
            record.fact,
            Fact::ReleaseDrafted { .. } | Fact::DeploymentStarted { .. }
        )
    });
    let state = State::of(told.records[..known].iter().chain(skipped));
    assert!(state.releases.is_empty() && state.deployments.is_empty());
    assert_eq!(state.environments.len(), 2, "what was known stays");
}

#[test]
fn what_an_earlier_attempt_wrote_stands_when_a_later_one_is_rolled_back() {
    let mut story = Story::begin();
    story.deploys("one", "d1", Outcome::Failed);
    story.goes(start("one", "d2", "shop", "one", StartReason::Approved));
    story.goes(end("d2", Outcome::Deployed));
    story.rolls_back("d2", "d3", true);
    assert_eq!(
        story.standing("one"),
        Some(Standing::Failed),
        "a part of it is there, from the first attempt"
    );
    assert_eq!(story.rollback_candidate(), Some("d1"));
    story.rolls_back("d1", "d4", true);
    assert_eq!(story.standing("one"), Some(Standing::RolledBack));
}

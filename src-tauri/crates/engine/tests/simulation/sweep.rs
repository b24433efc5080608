//! A few stories told again and again, each time with one fault at the next place where it can strike: every commit, every
//! wait, every answer.

use std::collections::BTreeSet;

use slipway_domain::{DeploymentId, Edits, EnvironmentId};

use crate::chance::{Chance, Fault, Faults};
use crate::check::{audit, check};
use crate::moves::Move;
use crate::process::Machine;
use crate::story::{Story, Told};
use crate::world::World;

/// Everything that strikes a process or what it asks for.
const FAULTS: [Fault; 13] = [
    Fault::CrashBeforeCommit,
    Fault::CrashAfterCommit,
    Fault::Crash,
    Fault::DiskFull,
    Fault::StoreBusy,
    Fault::StoreUnread,
    Fault::ReadFails,
    Fault::PlaceFails,
    Fault::Busy,
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::Edit,
    Fault::ClockBack,
];
/// Seeds of scenes with cycles, creations, updates and deletions; one that stages, and one that does not.
const SCENES: [u64; 2] = [16, 25];

/// Tells a story in each scene with each fault at each place.
fn sweep(tale: impl Fn(&mut Story)) {
    let (machine, mut told) = (Machine::new(), 0);
    for scene in SCENES {
        for fault in FAULTS {
            for at in 1.. {
                machine.memory.wipe().expect("an empty memory");
                let found = once(scene, (fault, at), &machine, &tale);
                assert!(
                    found.wrong.is_empty(),
                    "scene {scene}, {fault:?} at {at}: {}\n  {}",
                    found.wrong.join("; "),
                    found.trace.join("\n  ")
                );
                if found.struck.is_empty() {
                    break;
                }
                told += 1;
            }
        }
    }
    assert!(told > 20, "only {told} times something struck");
    println!("{told} stories");
}

/// Tells a story in each scene, in which something is done after each turn of a deployment until that has ended.
fn after_each_turn(beside: impl Fn(&mut Story)) {
    let (machine, mut told) = (Machine::new(), 0);
    for scene in SCENES {
        for turns in 0.. {
            machine.memory.wipe().expect("an empty memory");
            let mut story = begin(scene, &machine);
            deploy(&mut story);
            story.go_on_for(turns);
            if !story.is_busy(0) {
                break;
            }
            beside(&mut story);
            story.go_on();
            let found = end(story);
            assert!(
                found.wrong.is_empty(),
                "scene {scene}, after {turns} turns: {}\n  {}",
                found.wrong.join("; "),
                found.trace.join("\n  ")
            );
            told += 1;
        }
    }
    assert!(told > 20, "only {told} turns");
    println!("{told} stories");
}

fn once(scene: u64, only: (Fault, u64), machine: &Machine, tale: &impl Fn(&mut Story)) -> Told {
    let mut story = begin(scene, machine);
    story.world.lock().faults.only = Some(only);
    tale(&mut story);
    end(story)
}

/// A story in which a release is open and all is calm.
fn begin(scene: u64, machine: &Machine) -> Story {
    let faults = Faults::new(0, &BTreeSet::new());
    let mut story = Story::new(World::new(Chance::new(scene), faults, true), machine);
    story.world.lock().faults.is_calm = true;
    story.set_the_scene();
    {
        let mut world = story.world.lock();
        world.is_fine = true;
        world.staged_kinds = if scene == 16 {
            vec!["kind0"]
        } else {
            Vec::new()
        };
    }
    story.open_a_release();
    story
}

fn end(mut story: Story) -> Told {
    story.world.lock().faults.is_calm = true;
    story.come_to_rest();
    check(&mut story);
    audit(&mut story, true);
    story.told()
}

fn from_now_on_it_may_strike(story: &Story) {
    story.world.lock().faults.is_calm = false;
}

fn deploy(story: &mut Story) {
    let (tag, environment) = ("r0".to_owned(), EnvironmentId("target".to_owned()));
    let quick = true;
    story.ask(
        0,
        Move::Deploy {
            tag,
            environment,
            quick,
        },
    );
}

fn only_deployment(story: &mut Story) -> Option<DeploymentId> {
    story.state().deployments.keys().next().cloned()
}

#[test]
fn a_deployment_comes_to_its_end_whatever_strikes_wherever() {
    sweep(|story| {
        from_now_on_it_may_strike(story);
        deploy(story);
        story.go_on();
    });
}

#[test]
fn a_deployment_that_is_cancelled_is_explained_whatever_strikes_wherever() {
    for turns in [20, 40] {
        sweep(|story| {
            deploy(story);
            story.go_on_for(turns);
            let id = only_deployment(story).expect("it has begun");
            from_now_on_it_may_strike(story);
            story.ask(1, Move::Cancel(id));
            story.go_on();
        });
    }
}

#[test]
fn an_interrupted_deployment_is_cancelled_whatever_strikes_wherever() {
    for turns in [20, 40] {
        sweep(|story| {
            deploy(story);
            story.go_on_for(turns);
            let id = only_deployment(story).expect("it has begun");
            story.end(0);
            from_now_on_it_may_strike(story);
            story.ask(1, Move::Cancel(id));
            story.go_on();
        });
    }
}

#[test]
fn a_rollback_comes_to_its_end_whatever_strikes_wherever() {
    sweep(|story| {
        deploy(story);
        story.go_on();
        let deployment = only_deployment(story).expect("it has begun");
        from_now_on_it_may_strike(story);
        let rollback = Move::RollBack {
            deployment,
            environment: EnvironmentId("target".to_owned()),
            only: None,
            edits: Edits::Keep,
            quick: false,
        };
        story.ask(0, rollback);
        story.go_on();
    });
}

#[test]
fn what_is_sealed_anew_is_not_what_was_planned_before_whenever_that_is() {
    after_each_turn(|story| {
        story.world.lock().edit("source");
        let release = story.state().releases.keys().next().cloned();
        let release = release.expect("it is open");
        for asked in [Move::Refresh(release.clone()), Move::Seal(release)] {
            story.ask(1, asked);
            story.go_on_alone(1);
        }
    });
}

#[test]
fn a_deployment_whose_process_is_taken_for_dead_is_executed_by_one_whenever_that_is() {
    after_each_turn(|story| {
        let Some(id) = only_deployment(story) else {
            return;
        };
        story.believe_gone(0);
        story.ask(1, Move::Resume(id));
    });
}

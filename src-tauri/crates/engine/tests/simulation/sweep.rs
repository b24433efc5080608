//! A few stories told again and again, each time with one fault at the next place where it can strike: every commit, every
//! wait, every answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use slipway_domain::{DeploymentId, Edits, EnvironmentId};
use slipway_store::Memory;

use crate::chance::{Chance, Fault, Faults};
use crate::check::{audit, check};
use crate::moves::Move;
use crate::story::{Story, Told};
use crate::world::World;

/// Everything that strikes a process or what it asks for.
const FAULTS: [Fault; 12] = [
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
];
/// Seeds of scenes with cycles, creations, updates and deletions; one that stages, and one that does not.
const SCENES: [u64; 2] = [16, 25];

/// Tells a story in each scene with each fault at each place.
fn sweep(tale: impl Fn(&mut Story)) {
    let (memory, mut told) = (Arc::new(Memory::new().expect("a memory")), 0);
    for scene in SCENES {
        for fault in FAULTS {
            for at in 1.. {
                memory.wipe().expect("an empty memory");
                let found = once(scene, (fault, at), &memory, &tale);
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

fn once(scene: u64, only: (Fault, u64), memory: &Arc<Memory>, tale: &impl Fn(&mut Story)) -> Told {
    let faults = Faults::new(0, &BTreeSet::new());
    let mut story = Story::new(World::new(Chance::new(scene), faults, true), memory);
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
        world.faults.only = Some(only);
    }
    story.open_a_release();
    tale(&mut story);
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

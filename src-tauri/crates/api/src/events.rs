//! From what the engine reports to what listeners hear: deployments no more than once every 100 ms each, and what was decided
//! in the workspace, by this process or another one, with what it is about.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use slipway_domain::{DeploymentId, DeploymentState, Fact, State, Subject};
use slipway_engine::{Engine, EngineEvent};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::time::Instant;

use crate::trust::Trusted;
use crate::wire::{Event, Progress, Topic};

/// The least time between two events of one deployment.
const DEPLOYMENT_EVERY: Duration = Duration::from_millis(100);
/// How often the file is asked whether somebody else wrote to it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The most records that are read one by one; what comes of more at once is reported as everything.
const RECORDS_LIMIT: u64 = 256;

/// Carries the engine's events on until the workspace is closed. With `trusted`, the newest record is noted there, a look after
/// it was seen.
pub(crate) async fn carry(
    engine: Engine,
    mut from: Receiver<EngineEvent>,
    to: Sender<Event>,
    trusted: Option<Trusted>,
) {
    let mut pace = Pace::default();
    let mut others = Others::new(&engine);
    let mut noted = others.position;
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let due = pace.next_due();
        let due_at = due.unwrap_or_else(|| Instant::now() + LOOK_EVERY);
        tokio::select! {
            event = from.recv() => match event {
                Ok(EngineEvent::Progress { job, phase, done, total }) => {
                    to.send(Event::Progress(Progress { job, phase, done, total })).ok();
                }
                Ok(EngineEvent::Changed { .. }) => others.read(&engine, &to),
                Ok(EngineEvent::Deployment { deployment }) => pace.note(deployment, Instant::now()),
                // What was missed is unknown, so that everything is asked for again.
                Err(RecvError::Lagged(_)) => {
                    to.send(changed(others.position, vec![Topic::All])).ok();
                }
                Err(RecvError::Closed) => return,
            },
            () = tokio::time::sleep_until(due_at), if due.is_some() => {}
            _ = look.tick() => {
                others.look(&engine, &to, &mut pace);
                if let Some(trusted) = trusted.clone().filter(|_| noted != others.position) {
                    noted = others.position;
                    let engine = engine.clone();
                    tokio::task::spawn_blocking(move || note_head(&trusted, &engine));
                }
            }
        }
        for deployment in pace.take_due(Instant::now()) {
            to.send(Event::Deployment { deployment }).ok();
        }
    }
}

/// A folder that can't be written to costs the memory of it, nothing else.
pub(crate) fn note_head(trusted: &Trusted, engine: &Engine) {
    if let Err(error) = trusted.note_head(engine) {
        tracing::warn!(%error, "the newest record is not remembered");
    }
}

fn changed(position: i64, topics: Vec<Topic>) -> Event {
    Event::Changed {
        position: u64::try_from(position).unwrap_or(0),
        topics,
    }
}

/// What the records say that were appended since the last look, by this process or by others in the same file.
struct Others {
    position: i64,
    version: Option<u64>,
}

impl Others {
    fn new(engine: &Engine) -> Self {
        let store = engine.store();
        Self {
            position: store.read(|reader| reader.last_position()).unwrap_or(0),
            version: store.data_version().ok(),
        }
    }

    /// Sends on what the records after the last known one are about; nothing when there are none.
    fn read(&mut self, engine: &Engine, to: &Sender<Event>) {
        let after = self.position;
        let read = engine.store().read(|reader| {
            let last = reader.last_position()?;
            Ok((last, reader.records(after, RECORDS_LIMIT)?))
        });
        // A store that can't be read now says why to whoever asks it next.
        let Ok((last, records)) = read else { return };
        if last <= after {
            return;
        }
        self.position = last;
        let known = engine.state().ok();
        let topics = match (known, records.last()) {
            (Some(state), Some((newest, _))) if *newest == last => {
                let facts = records.iter().map(|(_, record)| &record.fact);
                topics(facts, &state)
            }
            // There are more of them than are worth telling apart.
            _ => vec![Topic::All],
        };
        to.send(changed(last, topics)).ok();
    }

    fn look(&mut self, engine: &Engine, to: &Sender<Event>, pace: &mut Pace) {
        let version = engine.store().data_version().ok();
        if version == self.version {
            return;
        }
        self.version = version;
        self.read(engine, to);
        let Ok(state) = engine.state() else { return };
        let running = state
            .deployments
            .values()
            .filter(|deployment| deployment.state == DeploymentState::Running);
        for deployment in running {
            pace.note(deployment.id.clone(), Instant::now());
        }
    }
}

/// What facts are about, each topic once, with what the state knows of it.
fn topics<'a>(facts: impl Iterator<Item = &'a Fact>, state: &State) -> Vec<Topic> {
    let subjects: BTreeSet<Subject> = facts.flat_map(Fact::subjects).collect();
    let mut topics = BTreeSet::new();
    for subject in subjects {
        match subject {
            Subject::Environment(environment) => {
                topics.insert(Topic::Environment { environment });
            }
            Subject::Candidates(release) => {
                if let Some(known) = state.releases.get(&release) {
                    for environment in [&known.source, &known.target] {
                        topics.insert(Topic::Capture {
                            environment: environment.clone(),
                        });
                    }
                }
                topics.insert(Topic::Release { release });
            }
            Subject::Release(release) => {
                topics.insert(Topic::Release { release });
            }
            Subject::Review(release) => {
                topics.insert(Topic::Review { release });
            }
            Subject::Comment(release) => {
                topics.insert(Topic::Comment { release });
            }
            Subject::Deployment(deployment) => {
                let known = state.deployments.get(&deployment);
                topics.insert(Topic::Deployment {
                    release: known.map(|known| known.release.clone()),
                    environment: known.map(|known| known.environment.clone()),
                    deployment,
                });
            }
        }
    }
    topics.into_iter().collect()
}

/// Holds events of a deployment back until the last one is old enough; none is lost, several become one.
#[derive(Debug, Default)]
struct Pace {
    due: HashMap<DeploymentId, Instant>,
    reported: HashMap<DeploymentId, Instant>,
}

impl Pace {
    fn note(&mut self, deployment: DeploymentId, now: Instant) {
        let at = self
            .reported
            .get(&deployment)
            .map_or(now, |reported| (*reported + DEPLOYMENT_EVERY).max(now));
        self.due.entry(deployment).or_insert(at);
    }

    fn next_due(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    fn take_due(&mut self, now: Instant) -> Vec<DeploymentId> {
        self.reported
            .retain(|_, reported| now < *reported + DEPLOYMENT_EVERY);
        let mut due: Vec<_> = self
            .due
            .extract_if(|_, at| *at <= now)
            .map(|(deployment, _)| deployment)
            .collect();
        due.sort();
        self.reported
            .extend(due.iter().map(|deployment| (deployment.clone(), now)));
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_told_at_once_then_paced_and_its_last_event_is_not_lost() {
        let (id, start) = (DeploymentId("d-1".into()), Instant::now());
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut pace = Pace::default();
        let mut reported = Vec::new();
        for ms in 0..1_000 {
            if ms < 250 {
                pace.note(id.clone(), at(ms));
            }
            if !pace.take_due(at(ms)).is_empty() {
                reported.push(ms);
            }
        }
        assert_eq!(
            reported,
            [0, 100, 200, 300],
            "one at once, one every 100 ms, and the last one"
        );
        assert_eq!(pace.next_due(), None, "nothing is left to tell");
    }

    #[test]
    fn deployments_do_not_hold_each_other_back() {
        let (a, b, now) = (
            DeploymentId("d-a".into()),
            DeploymentId("d-b".into()),
            Instant::now(),
        );
        let mut pace = Pace::default();
        pace.note(a.clone(), now);
        assert_eq!(pace.take_due(now), [a], "the first");
        pace.note(b.clone(), now);
        assert_eq!(pace.take_due(now), [b], "the second, at the same time");
    }
}

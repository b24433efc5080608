//! A workspace that tests tell their story to: every step is decided and folded as the engine would.

use crate::*;

/// A workspace under test.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) state: State,
    pub(crate) records: Vec<Record>,
    now: i64,
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        email: format!("{name}@example.com"),
    }
}

/// The device key of somebody.
pub(crate) fn key(name: &str) -> DeviceKey {
    DeviceKey::of_seed(blake3::hash(name.as_bytes()).as_bytes())
}

pub(crate) fn place(name: &str) -> EnvironmentId {
    EnvironmentId(name.to_owned())
}

pub(crate) fn release(name: &str) -> ReleaseId {
    ReleaseId(name.to_owned())
}

pub(crate) fn deployment(name: &str) -> DeploymentId {
    DeploymentId(name.to_owned())
}

pub(crate) fn effect(text: &str) -> EffectDigest {
    EffectDigest::of(text.as_bytes())
}

pub(crate) fn version(text: &str) -> Version {
    Version::of_bytes(text.as_bytes())
}

pub(crate) fn settings(name: &str, tier: Tier) -> EnvironmentDraft {
    EnvironmentDraft {
        name: name.to_owned(),
        platform: "folder".to_owned(),
        tier,
        promotes_to: None,
        connection: serde_json::Value::Null,
        rules: Rules::default(),
        approvals: None,
    }
}

pub(crate) fn seal(name: &str, content: &str) -> Command {
    Command::Seal {
        id: release(name),
        effect: effect(content),
        created: 1,
        modified: 0,
        deleted: 0,
    }
}

pub(crate) fn review(by: &str, name: &str, content: &str, verdict: Verdict) -> Command {
    Command::Review {
        id: release(name),
        review: ReviewId(format!("{by} on {content}: {verdict:?}")),
        environment: place("shop"),
        effect: effect(content),
        verdict,
        message: "seen".to_owned(),
    }
}

/// A rollback that writes over no edit.
pub(crate) const ROLLBACK: StartReason = StartReason::Rollback { edits: false };

pub(crate) fn start(of: &str, id: &str, to: &str, content: &str, start: StartReason) -> Command {
    promote(of, id, to, [content, content], start)
}

/// Starts a deployment of what is sealed, which has another effect where it goes.
pub(crate) fn promote(
    of: &str,
    id: &str,
    to: &str,
    [content, there]: [&str; 2],
    start: StartReason,
) -> Command {
    Command::StartDeployment {
        id: release(of),
        deployment: deployment(id),
        environment: place(to),
        content: effect(content),
        effect: effect(there),
        plan: PlanDigest::of(b"plan"),
        start,
        before: SnapshotId::of(b"before"),
        operations: 1,
    }
}

pub(crate) fn end(id: &str, outcome: Outcome) -> Command {
    ending(id, outcome, false)
}

/// The end of a rollback after which all is as it was before.
pub(crate) fn restoring(id: &str) -> Command {
    ending(id, Outcome::Deployed, true)
}

/// The end of a deployment of one operation; a cancelled one ended before it.
fn ending(id: &str, outcome: Outcome, is_restored: bool) -> Command {
    let mut operations = OperationCounts {
        total: 1,
        ..OperationCounts::default()
    };
    *match outcome {
        Outcome::Deployed => &mut operations.applied,
        Outcome::Failed => &mut operations.failed,
        Outcome::Cancelled => &mut operations.skipped,
    } = 1;
    Command::EndDeployment {
        deployment: deployment(id),
        outcome,
        operations,
        journal: JournalSeal {
            entries: 0,
            digest: JournalDigest::of(b"journal"),
        },
        after: None,
        message: None,
        is_restored,
    }
}

pub(crate) fn resume(id: &str) -> Command {
    Command::ResumeDeployment {
        deployment: deployment(id),
        plan: PlanDigest::of(b"plan"),
    }
}

impl Story {
    /// Two environments: `work`, and `shop`, which asks for no approval.
    pub(crate) fn begin() -> Self {
        let mut story = Self::default();
        for name in ["work", "shop"] {
            story.goes(Command::AddEnvironment {
                id: place(name),
                settings: settings(name, Tier::Development),
            });
        }
        story
    }

    /// Tries a command of one person; what follows from it is folded.
    pub(crate) fn tries(&mut self, who: &str, command: Command) -> Result<Vec<Fact>, Refusal> {
        self.now += 1;
        let actor = person(who);
        let facts = decide(&self.state, command, &actor, Millis(self.now))?;
        self.records(who, facts.clone());
        Ok(facts)
    }

    /// Records facts of a person, whatever they say.
    pub(crate) fn records(&mut self, who: &str, facts: Vec<Fact>) {
        let (at, told) = (Millis(self.now), self.records.len());
        let new_id = || format!("id-{told}");
        let (records, _) = self
            .state
            .record(&person(who), &key(who), at, facts, new_id);
        self.records.extend(records);
    }

    /// A command of Ada's that must be possible.
    pub(crate) fn goes(&mut self, command: Command) {
        if let Err(refusal) = self.tries("ada", command.clone()) {
            panic!("{command:?} was refused: {refusal}");
        }
    }

    /// Drafts a release from `work` to `shop`.
    pub(crate) fn drafts(&mut self, name: &str, reverts: Option<&str>) {
        self.goes(Command::DraftRelease {
            id: release(name),
            tag: name.to_owned(),
            notes: String::new(),
            kind: ReleaseKind::Hybrid,
            source: place("work"),
            target: place("shop"),
            candidates: Candidates {
                changes: effect(name),
                source: SnapshotId::of(b"source"),
                target: SnapshotId::of(b"target"),
                at: Millis(0),
            },
            reverts: reverts.map(deployment),
        });
    }

    /// Drafts and seals a release, and deploys it to `shop`.
    pub(crate) fn deploys(&mut self, name: &str, id: &str, outcome: Outcome) {
        self.drafts(name, None);
        self.goes(seal(name, name));
        self.goes(start(name, id, "shop", name, StartReason::Approved));
        self.goes(end(id, outcome));
    }

    /// Deploys a sealed release to `shop`, which holds all of it already.
    pub(crate) fn finds_everything_there(&mut self, name: &str, id: &str) {
        let mut start = start(name, id, "shop", name, StartReason::Approved);
        let mut end = end(id, Outcome::Deployed);
        if let Command::StartDeployment { operations, .. } = &mut start {
            *operations = 0;
        }
        if let Command::EndDeployment { operations, .. } = &mut end {
            *operations = OperationCounts::default();
        }
        self.goes(start);
        self.goes(end);
    }

    /// Takes a deployment back with another one, whose release is named after it.
    pub(crate) fn rolls_back(&mut self, of: &str, by: &str, complete: bool) {
        let revert = format!("revert-by-{by}");
        self.drafts(&revert, Some(of));
        self.goes(seal(&revert, &revert));
        self.goes(start(&revert, by, "shop", &revert, ROLLBACK));
        self.goes(if complete {
            restoring(by)
        } else {
            end(by, Outcome::Deployed)
        });
    }

    pub(crate) fn release(&self, name: &str) -> &Release {
        &self.state.releases[&release(name)]
    }

    pub(crate) fn standing(&self, name: &str) -> Option<Standing> {
        self.release(name).standing(&place("shop"))
    }

    pub(crate) fn current(&self) -> Option<&str> {
        let current = self.state.current_release(&place("shop"));
        current.map(|release| release.tag.as_str())
    }

    pub(crate) fn is_rolled_back(&self) -> bool {
        self.state.is_rolled_back(&place("shop"))
    }

    pub(crate) fn rollback_candidate(&self) -> Option<&str> {
        let candidate = self.state.rollback_candidate(&place("shop"));
        candidate.map(|deployment| deployment.id.as_str())
    }

    /// From here on the clock of whoever decides is an hour behind.
    pub(crate) fn clock_goes_back(&mut self) {
        self.now -= 3_600_000;
    }

    pub(crate) fn taken_back_by(&self, id: &str) -> Option<&str> {
        let deployment = &self.state.deployments[&deployment(id)];
        deployment.rolled_back_by.as_ref().map(DeploymentId::as_str)
    }
}

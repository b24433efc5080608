use proptest::prelude::*;

use super::*;

fn key(name: &str) -> ResourceKey {
    ResourceKey::new("object", "thing", name).expect("a valid key")
}

fn version(text: &str) -> Version {
    Version::of_bytes(text.as_bytes())
}

/// A little world: what is live, what is wanted, who refers to whom.
#[derive(Clone, Debug, Default)]
struct World {
    live: BTreeMap<ResourceKey, Version>,
    changes: Vec<Change>,
    after: BTreeMap<ResourceKey, Vec<Reference>>,
    before: BTreeMap<ResourceKey, Vec<Reference>>,
    layers: BTreeMap<ResourceKey, u16>,
}

impl World {
    fn change(
        mut self,
        name: &str,
        before: Option<&str>,
        after: Option<&str>,
        refers: &[&str],
        layer: u16,
    ) -> Self {
        let key = key(name);
        let references = |names: &[&str]| -> Vec<Reference> {
            names
                .iter()
                .map(|to| Reference {
                    path: format!("to.{to}"),
                    to: self::key(to),
                })
                .collect()
        };
        if let Some(text) = before {
            self.live.insert(key.clone(), version(text));
            self.before.insert(key.clone(), references(refers));
        }
        if after.is_some() {
            self.after.insert(key.clone(), references(refers));
        }
        self.layers.insert(key.clone(), layer);
        self.changes.push(Change {
            resource: key,
            before: before.map(version),
            after: after.map(version),
        });
        self.changes.sort_by(|a, b| a.resource.cmp(&b.resource));
        self
    }

    fn plan(&self, references: References) -> Plan {
        self.plan_staging(references, &|_| false)
    }

    /// As [`World::plan`], for a place that stages some of its resources.
    fn plan_staging(
        &self,
        references: References,
        is_staged: &dyn Fn(&ResourceKey) -> bool,
    ) -> Plan {
        plan(PlanInput {
            changes: &self.changes,
            live: &self.live,
            references_after: &self.after,
            references_before: &self.before,
            layers: &self.layers,
            assessments: &BTreeMap::new(),
            references,
            without: &|_, _, fields| version(&fields.join("+")),
            attributes: &BTreeMap::new(),
            keeps: &BTreeMap::new(),
            blocked: Vec::new(),
            publish: Some(key("published")),
            is_staged,
        })
    }
}

fn shape(plan: &Plan) -> Vec<String> {
    plan.operations
        .iter()
        .map(|operation| {
            let pass = match &operation.pass {
                Pass::Whole => String::new(),
                Pass::First { without } => format!(" without {}", without.join(",")),
                Pass::Fill { fields } => format!(" fill {}", fields.join(",")),
            };
            format!(
                "{} {:?} {}{pass}",
                operation.wave,
                operation.verb,
                operation.resource.name()
            )
        })
        .collect()
}

#[test]
fn only_what_is_staged_is_published() {
    let world = World::default()
        .change("page", None, Some("p"), &[], 0)
        .change("theme", None, Some("t"), &[], 0);
    let nothing = world.plan(References::Loose);
    assert_eq!(shape(&nothing), ["1 Create page", "1 Create theme"]);
    let theme = world.plan_staging(References::Loose, &|key| key.name() == "theme");
    assert_eq!(
        shape(&theme),
        ["1 Create page", "1 Create theme", "2 Publish published"]
    );
    let staged: Vec<bool> = theme.operations.iter().map(|o| o.staged).collect();
    assert_eq!(staged, [false, true, false]);
    assert_eq!(theme.operations[2].needs, [OperationId(2)]);
}

#[test]
fn what_is_referred_to_is_written_first_and_deleted_last() {
    let world = World::default()
        .change("page", None, Some("p"), &["image"], 0)
        .change("image", None, Some("i"), &[], 0)
        .change("old-page", Some("op"), None, &["old-image"], 0)
        .change("old-image", Some("oi"), None, &[], 0);
    assert_eq!(
        shape(&world.plan(References::Enforced)),
        [
            "1 Create image",
            "2 Create page",
            "3 Delete old-page",
            "4 Delete old-image"
        ]
    );
}

#[test]
fn a_ring_is_written_in_two_passes_where_references_are_enforced() {
    let world = World::default()
        .change("a", None, Some("a"), &["b"], 0)
        .change("b", None, Some("b"), &["a"], 0);
    let enforced = world.plan(References::Enforced);
    assert_eq!(
        shape(&enforced),
        [
            "1 Create a without to.b",
            "1 Create b without to.a",
            "2 Update a fill to.b",
            "2 Update b fill to.a"
        ]
    );
    assert_eq!(enforced.cycles, [[key("a"), key("b")]]);
    assert_eq!(
        shape(&world.plan(References::Loose)),
        ["1 Create a", "1 Create b"]
    );
}

#[test]
fn a_reference_into_a_later_layer_is_filled_afterwards() {
    let world = World::default()
        .change("product", None, Some("p"), &["page"], 1)
        .change("page", None, Some("q"), &[], 2);
    assert_eq!(
        shape(&world.plan(References::Enforced)),
        [
            "1 Create product without to.page",
            "2 Create page",
            "3 Update product fill to.page"
        ]
    );
}

#[test]
fn drift_and_what_is_done_already_make_no_operation() {
    let mut world = World::default()
        .change("same", Some("1"), Some("2"), &[], 0)
        .change("drifted", Some("1"), Some("2"), &[], 0);
    world.live.insert(key("same"), version("2"));
    world.live.insert(key("drifted"), version("3"));
    let plan = world.plan(References::Enforced);
    assert!(plan.operations.is_empty(), "{:?}", shape(&plan));
    assert_eq!(plan.skipped[0].resource, key("same"));
    assert_eq!(
        plan.drift,
        [Drift {
            resource: key("drifted"),
            expected: Some(version("1")),
            found: Some(version("3"))
        }]
    );
    assert!(!plan.is_executable(), "drift stops a plan");
}

prop_compose! {
    fn any_world()(
        items in prop::collection::btree_map(0u8..24, (0u8..3, 0u16..4, prop::collection::vec(0u8..24, 0..4)), 1..24)
    ) -> World {
        let mut world = World::default();
        for (name, (kind, layer, refers)) in items {
            let refers: Vec<String> = refers.iter().map(|to| format!("r{to}")).collect();
            let refers: Vec<&str> = refers.iter().map(String::as_str).collect();
            let (before, after) = match kind {
                0 => (None, Some("new")),
                1 => (Some("old"), Some("new")),
                _ => (Some("old"), None),
            };
            world = world.change(&format!("r{name}"), before, after, &refers, layer);
        }
        world
    }
}

proptest! {
    /// Executes the plan on a world that refuses references to what is not there, and deletes of what is referred to
    /// by something that this plan removes or changes.
    #[test]
    fn every_plan_runs_on_a_platform_that_enforces_references(world in any_world()) {
        let plan = world.plan(References::Enforced);
        let created: BTreeSet<_> = world.changes.iter().filter(|c| c.kind() == ChangeKind::Created).map(|c| c.resource.clone()).collect();
        let mut exists: BTreeSet<ResourceKey> = world.live.keys().cloned().collect();
        let mut full: BTreeSet<ResourceKey> = BTreeSet::new();
        let mut wave = 0;
        for operation in &plan.operations {
            prop_assert!(operation.wave >= wave, "waves go up");
            wave = operation.wave;
            let left_out: &[String] = match &operation.pass { Pass::First { without } => without, _ => &[] };
            if operation.verb == Verb::Delete {
                prop_assert!(exists.remove(&operation.resource), "{} was there", operation.resource);
                continue;
            }
            for reference in world.after.get(&operation.resource).into_iter().flatten() {
                if created.contains(&reference.to) && !left_out.contains(&reference.path) {
                    prop_assert!(exists.contains(&reference.to), "{} refers to {} too early", operation.resource, reference.to);
                }
            }
            prop_assert_eq!(operation.verb == Verb::Create, exists.insert(operation.resource.clone()));
            if left_out.is_empty() { full.insert(operation.resource.clone()); }
        }
        for change in &world.changes {
            prop_assert_eq!(exists.contains(&change.resource), change.after.is_some());
            prop_assert!(change.after.is_none() || full.contains(&change.resource), "{} was filled", change.resource);
        }
        prop_assert_eq!(world.plan(References::Enforced), plan, "the same input gives the same plan");
    }

    #[test]
    fn an_operation_needs_only_earlier_waves_or_its_own_ring(world in any_world()) {
        let plan = world.plan(References::Enforced);
        for operation in &plan.operations {
            for need in &operation.needs {
                let needed = &plan.operations[need.0 as usize - 1];
                prop_assert!(need < &operation.id, "needs point back");
                prop_assert!(needed.wave <= operation.wave, "{:?} needs {:?}", operation, needed);
            }
        }
    }
}

#[test]
fn what_was_formatted_anew_since_is_expected_and_put_back_as_it_is_now() {
    let mut world = World::default().change("page", Some("a"), Some("b"), &[], 0);
    let reviewed = version("a");
    let reformatted = Version {
        blob: version(" a ").blob,
        ..reviewed
    };
    world.live.insert(key("page"), reformatted);
    let plan = world.plan(References::Loose);
    assert_eq!(
        plan.operations[0].before,
        Some(reformatted),
        "its very bytes"
    );
    assert!(plan.drift.is_empty(), "it means the same");
}

//! The graph of a plan, small enough to be drawn: an operation a box while they are few, else a box for each kind and verb of
//! a wave.

use std::collections::{BTreeMap, BTreeSet};

use slipway_domain::{Operation, Risk, Verb};

use crate::wire::{GraphBox, GraphContent, GraphWave, PlanGraph};

/// The most operations that are drawn one by one.
const SINGLE_LIMIT: usize = 600;
/// The most boxes of a wave that stand for many operations; the smallest share the last one.
const GROUP_LIMIT: usize = 9;
/// The most waves that are drawn with boxes that stand for many operations.
const WAVE_LIMIT: usize = 60;

/// Draws operations that are in the order of their waves.
pub(crate) fn graph(operations: &[Operation]) -> PlanGraph {
    let is_grouped = operations.len() > SINGLE_LIMIT;
    let waves: Vec<&[Operation]> = operations
        .chunk_by(|one, next| one.wave == next.wave)
        .collect();
    let drawn = if is_grouped { WAVE_LIMIT } else { waves.len() };
    let mut boxes: Vec<GraphBox> = Vec::new();
    // The box of each operation; what comes after the waves that are drawn has none.
    let mut box_of: Vec<u32> = Vec::with_capacity(operations.len());
    for wave in waves.iter().take(drawn) {
        let from = u32::try_from(boxes.len()).expect("BUG: a graph has few boxes");
        let (made, places) = if is_grouped {
            groups(wave)
        } else {
            singles(wave)
        };
        boxes.extend(made);
        box_of.extend(places.into_iter().map(|place| from + place));
    }
    let mut needs: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); boxes.len()];
    for (operation, own) in operations.iter().zip(&box_of) {
        let needed = operation
            .needs
            .iter()
            .filter_map(|need| box_of.get(need.0 as usize - 1))
            .filter(|needed| *needed != own);
        needs[*own as usize].extend(needed);
    }
    for (one, needs) in boxes.iter_mut().zip(needs) {
        one.needs = needs.into_iter().collect();
    }
    let wave = |members: &&[Operation]| GraphWave {
        wave: members[0].wave,
        operations: members.len() as u64,
    };
    PlanGraph {
        is_grouped,
        waves: waves.iter().take(drawn).map(wave).collect(),
        waves_left_out: waves.len().saturating_sub(drawn) as u64,
        boxes,
    }
}

fn is_grave(operation: &Operation) -> bool {
    !operation.reversible || operation.risk == Risk::High
}

/// A box for each operation, and each operation's box.
fn singles(wave: &[Operation]) -> (Vec<GraphBox>, Vec<u32>) {
    let boxes = wave.iter().map(|operation| GraphBox {
        wave: operation.wave,
        verb: operation.verb,
        content: GraphContent::Resource {
            resource: operation.resource.clone(),
        },
        operations: 1,
        first: operation.id,
        is_grave: is_grave(operation),
        needs: Vec::new(),
    });
    (boxes.collect(), (0..).take(wave.len()).collect())
}

/// A box for each kind and verb, largest first, and each operation's box.
fn groups(wave: &[Operation]) -> (Vec<GraphBox>, Vec<u32>) {
    let mut found: BTreeMap<(&str, Verb), GraphBox> = BTreeMap::new();
    for operation in wave {
        let kind = operation.resource.kind();
        let one = found
            .entry((kind, operation.verb))
            .or_insert_with(|| GraphBox {
                wave: operation.wave,
                verb: operation.verb,
                content: GraphContent::Kind {
                    kind: kind.to_owned(),
                },
                operations: 0,
                first: operation.id,
                is_grave: false,
                needs: Vec::new(),
            });
        one.operations += 1;
        one.is_grave |= is_grave(operation);
    }
    let mut ordered: Vec<((&str, Verb), GraphBox)> = found.into_iter().collect();
    ordered.sort_by_key(|(_, one)| std::cmp::Reverse(one.operations));
    let last = u32::try_from(GROUP_LIMIT - 1).expect("BUG: a small number");
    let places: BTreeMap<(&str, Verb), u32> = ordered
        .iter()
        .zip(0..)
        .map(|((key, _), at)| (*key, at))
        .collect();
    let is_folded = ordered.len() > GROUP_LIMIT;
    let mut boxes: Vec<GraphBox> = ordered.into_iter().map(|(_, one)| one).collect();
    if is_folded {
        let rest = boxes.split_off(GROUP_LIMIT - 1);
        boxes.extend(rest.into_iter().reduce(|others, one| GraphBox {
            content: GraphContent::Others,
            operations: others.operations + one.operations,
            first: others.first.min(one.first),
            is_grave: others.is_grave || one.is_grave,
            ..others
        }));
    }
    let place = |operation: &Operation| {
        let own = places[&(operation.resource.kind(), operation.verb)];
        if is_folded { own.min(last) } else { own }
    };
    (boxes, wave.iter().map(place).collect())
}

#[cfg(test)]
mod tests {
    use slipway_domain::{OperationId, Pass};

    use super::*;

    fn operation(id: u32, wave: u32, verb: Verb, kind: &str, needs: &[u32]) -> Operation {
        Operation {
            id: OperationId(id),
            wave,
            verb,
            resource: format!("object/{kind}:r{id}").parse().expect("a key"),
            before: None,
            after: None,
            pass: Pass::Whole,
            staged: false,
            attributes: None,
            keeps: Vec::new(),
            needs: needs.iter().copied().map(OperationId).collect(),
            reversible: true,
            risk: Risk::Low,
            reasons: Vec::new(),
        }
    }

    #[test]
    fn few_operations_are_drawn_one_by_one_with_what_they_need() {
        let drawn = graph(&[
            operation(1, 1, Verb::Create, "pages", &[]),
            operation(2, 1, Verb::Update, "pages", &[]),
            operation(3, 2, Verb::Delete, "menus", &[1, 2]),
        ]);
        assert!(!drawn.is_grouped);
        let counts: Vec<_> = drawn.waves.iter().map(|wave| wave.operations).collect();
        assert_eq!(counts, [2, 1]);
        assert_eq!(drawn.boxes.len(), 3);
        assert_eq!(drawn.boxes[2].needs, [0, 1]);
    }

    #[test]
    fn many_operations_are_folded_and_none_is_lost() {
        let waves = WAVE_LIMIT as u32 + 5;
        let per_wave = 40;
        let kinds: Vec<String> = (0..20).map(|kind| format!("kind{kind}")).collect();
        let operations: Vec<Operation> = (0..waves * per_wave)
            .map(|at| {
                let wave = at / per_wave + 1;
                let needs: &[u32] = if wave > 1 { &[at + 1 - per_wave] } else { &[] };
                let kind = &kinds[(at % per_wave) as usize % kinds.len()];
                operation(at + 1, wave, Verb::Update, kind, needs)
            })
            .collect();
        let drawn = graph(&operations);
        assert!(drawn.is_grouped);
        assert_eq!((drawn.waves.len(), drawn.waves_left_out), (WAVE_LIMIT, 5));
        assert_eq!(drawn.boxes.len(), WAVE_LIMIT * GROUP_LIMIT);
        for wave in &drawn.waves {
            let boxes = drawn.boxes.iter().filter(|one| one.wave == wave.wave);
            let sum: u64 = boxes.map(|one| one.operations).sum();
            assert_eq!(sum, wave.operations, "wave {}", wave.wave);
        }
        let others = &drawn.boxes[GROUP_LIMIT - 1];
        assert_eq!(others.content, GraphContent::Others);
        for one in &drawn.boxes {
            let positions = one.needs.iter().map(|need| &drawn.boxes[*need as usize]);
            assert!(
                positions.clone().all(|needed| needed.wave < one.wave),
                "edges lead to an earlier wave"
            );
            assert_eq!(positions.count() > 0, one.wave > 1);
        }
    }

    #[test]
    fn a_plan_without_operations_has_no_boxes() {
        let drawn = graph(&[]);
        assert_eq!((drawn.waves.len(), drawn.boxes.len()), (0, 0));
    }
}

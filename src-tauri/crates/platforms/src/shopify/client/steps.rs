//! The mutations that one operation takes, as they are sent: where it fails, they say how far it came.

use std::cell::RefCell;

use slipway_domain::{Step, StepOutcome};

tokio::task_local! {
    /// Those of the operation that this task carries out.
    static STEPS: RefCell<Vec<Step>>;
}

/// A mutation that was begun.
pub(super) struct Begun(usize);

/// Carries out one operation, and gives the mutations that it sent, in their order.
pub(in super::super) async fn noted<T>(operation: impl Future<Output = T>) -> (T, Vec<Step>) {
    let noted = async {
        let done = operation.await;
        (done, STEPS.with(RefCell::take))
    };
    STEPS.scope(RefCell::default(), noted).await
}

/// Notes that a mutation is sent; until its end is noted, nobody knows what became of it.
pub(super) fn begin(name: &str) -> Option<Begun> {
    STEPS
        .try_with(|steps| {
            let mut steps = steps.borrow_mut();
            steps.push(Step {
                what: in_words(name),
                outcome: StepOutcome::Unknown,
            });
            Begun(steps.len() - 1)
        })
        .ok()
}

/// Notes what became of it.
pub(super) fn end(begun: Option<Begun>, outcome: StepOutcome) {
    if let Some(Begun(at)) = begun {
        // The task is the same: what was begun in it is still there.
        let _ = STEPS.try_with(|steps| steps.borrow_mut()[at].outcome = outcome);
    }
}

/// `SetMetafields` as "set metafields".
fn in_words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_begun_and_never_ended_is_unknown_and_other_tasks_are_not_noted() {
        let (end_of_it, steps) = noted(async {
            end(begin("SetProduct"), StepOutcome::Done);
            begin("DeleteMetafields");
            tokio::spawn(async { begin("Publish").is_none() }).await
        })
        .await;
        assert!(end_of_it.expect("no panic"));
        let steps: Vec<_> = steps.iter().map(|s| (s.what.as_str(), s.outcome)).collect();
        assert_eq!(
            steps,
            [
                ("set product", StepOutcome::Done),
                ("delete metafields", StepOutcome::Unknown)
            ]
        );
        assert!(begin("SetProduct").is_none(), "outside of an operation");
    }
}

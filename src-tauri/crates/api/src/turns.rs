//! Who is drawn next: a few at once, and of those that wait the one that was asked for last, since that is what is in view.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Hands out turns.
#[derive(Debug)]
pub(crate) struct Turns(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    at_once: usize,
    waiting_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    /// The longest wait first.
    waiting: Vec<oneshot::Sender<Turn>>,
}

/// A turn; dropping it makes room for the next.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Queue>);

impl Turns {
    pub(crate) fn new(at_once: usize, waiting_max: usize) -> Self {
        Self(Arc::new(Queue {
            at_once,
            waiting_max,
            state: Mutex::default(),
        }))
    }

    /// Waits for a turn; `None` when too many came since.
    pub(crate) async fn take(&self) -> Option<Turn> {
        let called = {
            let mut state = self.0.state();
            if state.taken < self.0.at_once {
                state.taken += 1;
                return Some(Turn(self.0.clone()));
            }
            // Whoever asked and went is no longer waited for.
            state.waiting.retain(|waiting| !waiting.is_closed());
            if state.waiting.len() >= self.0.waiting_max {
                state.waiting.remove(0);
            }
            let (call, called) = oneshot::channel();
            state.waiting.push(call);
            called
        };
        called.await.ok()
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.state();
            let next = state.waiting.pop();
            if next.is_none() {
                state.taken -= 1;
            }
            next
        };
        if let Some(next) = next {
            // If nobody listens any more, the turn comes back, is dropped, and goes to the one after.
            drop(next.send(Turn(self.0.clone())));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_last_to_ask_is_the_next_to_be_drawn() {
        let turns = Turns::new(1, 2);
        let Poll::Ready(Some(running)) = poll(&mut pin!(turns.take())) else {
            panic!("the first has its turn at once");
        };
        let (mut first, mut second, mut third) =
            (pin!(turns.take()), pin!(turns.take()), pin!(turns.take()));
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        assert!(poll(&mut third).is_pending());
        assert!(
            matches!(poll(&mut first), Poll::Ready(None)),
            "two wait at most: who waits longest gives way"
        );
        drop(running);
        assert!(poll(&mut second).is_pending(), "one runs at a time");
        let Poll::Ready(Some(running)) = poll(&mut third) else {
            panic!("the last to ask is next");
        };
        drop(running);
        assert!(matches!(poll(&mut second), Poll::Ready(Some(_))));
    }

    #[test]
    fn turns_of_those_who_went_are_not_lost() {
        let turns = Turns::new(1, 8);
        let running = {
            let mut first = pin!(turns.take());
            let Poll::Ready(running) = poll(&mut first) else {
                panic!("the first has its turn at once");
            };
            running
        };
        {
            let (mut stays, mut goes) = (pin!(turns.take()), Box::pin(turns.take()));
            assert!(poll(&mut stays).is_pending());
            assert!(poll(&mut goes.as_mut()).is_pending());
            // One goes before it is called, one after.
            drop(goes);
            drop(running);
            let mut called = Box::pin(turns.take());
            assert!(poll(&mut called.as_mut()).is_pending());
            let Poll::Ready(Some(running)) = poll(&mut stays) else {
                panic!("it is next when the other went");
            };
            drop(running);
            drop(called);
        }
        assert!(
            matches!(poll(&mut pin!(turns.take())), Poll::Ready(Some(_))),
            "all turns came back"
        );
    }
}

//! The port to where work is done that blocks: the store waits for its disk, and a plan takes its time.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::oneshot;

/// From how many parts on a value is given back on a thread of its own.
const LARGE: usize = 10_000;

/// A piece of work.
pub type Work = Box<dyn FnOnce() + Send>;
/// Ends when a piece of work has.
pub type Ended = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where work is done that blocks, so that a simulation does it where and when its seed says.
pub trait Executor: Send + Sync {
    /// Begins a piece of work at once. It goes on, whoever waits for its end or not.
    fn begin(&self, work: Work) -> Ended;
}

/// The threads of the runtime that are there for it.
pub(crate) struct Threads;

impl Executor for Threads {
    fn begin(&self, work: Work) -> Ended {
        let task = tokio::task::spawn_blocking(work);
        Box::pin(async move { task.await.expect("BUG: work that blocks panicked") })
    }
}

/// Begins a piece of work at once; ends with what it gives.
pub(crate) fn begin<T, W>(executor: &dyn Executor, work: W) -> impl Future<Output = T> + use<T, W>
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
{
    let (answer, given) = oneshot::channel();
    let ended = executor.begin(Box::new(move || {
        answer.send(work()).ok();
    }));
    async move {
        ended.await;
        given.await.expect("BUG: work that blocks panicked")
    }
}

/// Gives the memory of a large value back on a thread of its own, which nobody has to wait for.
pub(crate) fn drop_apart<T: Send + 'static>(value: T, parts: usize) {
    if parts >= LARGE {
        std::thread::spawn(move || drop(value));
    }
}

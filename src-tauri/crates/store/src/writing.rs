//! The one that writes: a thread; in a simulation whoever asks.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle, ThreadId};

use crate::connection::{Durability, Writer, checkpoint, locked, settle};
use crate::error::StoreError;
use crate::guard::Purpose;
use crate::memory::Inline;
use crate::transaction::transact;

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// Runs what is written, one closure after another.
#[derive(Debug)]
pub(crate) enum Writing {
    /// On a thread of its own.
    Apart(WriterThread),
    /// On the thread of whoever asks.
    Inline(Box<Inline>),
}

/// Runs jobs one after another; ends when it is dropped, after the last job.
#[derive(Debug)]
pub(crate) struct WriterThread {
    jobs: Mutex<Option<Sender<Job>>>,
    thread: Option<JoinHandle<()>>,
    id: ThreadId,
}

impl WriterThread {
    fn start(mut writer: Writer) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = thread::Builder::new()
            .name("slipway-store".to_owned())
            .spawn(move || {
                for job in queue {
                    job(&mut writer);
                }
            })?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            id: thread.thread().id(),
            thread: Some(thread),
        })
    }

    fn queue(&self, job: Job) -> Result<(), StoreError> {
        let jobs = locked(&self.jobs);
        let jobs = jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)
    }
}

impl Writing {
    /// Starts the thread that writes.
    pub(crate) fn apart(writer: Writer) -> Result<Self, StoreError> {
        Ok(Self::Apart(WriterThread::start(writer)?))
    }

    /// Runs the closure in a transaction and waits for it.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        durability: Durability,
        f: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Self::Apart(apart) = self {
            assert!(
                thread::current().id() != apart.id,
                "BUG: a write inside a write would wait for itself"
            );
        }
        let answer = self.begin(durability, f)?;
        answer.recv().map_err(|_| StoreError::Closed)?
    }

    /// Queues the closure; its answer comes through the channel.
    pub(crate) fn begin<T: Send + 'static>(
        &self,
        durability: Durability,
        f: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Receiver<Result<T, StoreError>>, StoreError> {
        let (answer, receiver) = mpsc::sync_channel(1);
        if let Self::Inline(inline) = self {
            let _ = answer.send(inline.transact(durability, f));
            return Ok(receiver);
        }
        self.queue(Box::new(move |writer| {
            // Nobody listening any more is no reason not to have written.
            let _ = answer.send(transact(writer, durability, f, || Ok(())));
        }))?;
        Ok(receiver)
    }

    /// Queues the folding of the write-ahead log into the file. It is a courtesy: what keeps it from being done (a
    /// reader, another program) is gone the next time.
    pub(crate) fn fold_journal(&self) -> Result<(), StoreError> {
        self.queue(Box::new(|writer| {
            if let Err(error) = checkpoint(&writer.connection) {
                tracing::debug!(%error, "write-ahead log not folded in");
            }
        }))
    }

    /// Brings the file into the form in which it is written, and waits for it.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        if matches!(self, Self::Inline(_)) {
            return Ok(());
        }
        let (answer, settled) = mpsc::sync_channel(1);
        self.queue(Box::new(move |writer| {
            writer.steps.renew(Purpose::Write);
            let _ = answer.send(settle(&writer.connection));
        }))?;
        settled.recv().map_err(|_| StoreError::Closed)?
    }

    /// Hands a job to the thread; where there is none, the memory needs none of them.
    fn queue(&self, job: Job) -> Result<(), StoreError> {
        match self {
            Self::Apart(apart) => apart.queue(job),
            Self::Inline(_) => Ok(()),
        }
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        locked(&self.jobs).take();
        // A closure may hold the last clone of its store: then the thread ends by itself.
        if let Some(thread) = self.thread.take()
            && thread::current().id() != self.id
        {
            // Its jobs catch their panics.
            let _ = thread.join();
        }
    }
}

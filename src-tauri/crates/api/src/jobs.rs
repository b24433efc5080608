//! Long commands by the names that their callers gave them, so that they can be cancelled.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use slipway_engine::Job;

use crate::wire::ApiError;

/// The jobs that are under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs(Arc<Mutex<HashMap<String, Job>>>);

impl Jobs {
    /// Takes a job in until what is returned is dropped. A job without a name can't be cancelled.
    pub(crate) fn begin(&self, name: &str, job: Job) -> Result<Registered, ApiError> {
        if !name.is_empty() {
            match self
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(name.to_owned())
            {
                Entry::Occupied(_) => {
                    return Err(ApiError::invalid(
                        format!("There is a job `{name}` under way"),
                        "Wait for it, cancel it, or choose another name.",
                    ));
                }
                Entry::Vacant(place) => {
                    place.insert(job.clone());
                }
            }
        }
        Ok(Registered {
            jobs: self.clone(),
            name: name.to_owned(),
            job,
        })
    }

    /// Asks a job to stop; one that is over needs no asking.
    pub(crate) fn cancel(&self, name: &str) {
        if let Some(job) = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
        {
            job.cancel();
        }
    }
}

/// A job that can be cancelled by its name while this is held.
#[derive(Debug)]
pub(crate) struct Registered {
    jobs: Jobs,
    name: String,
    job: Job,
}

impl Deref for Registered {
    type Target = Job;

    fn deref(&self) -> &Job {
        &self.job
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            self.jobs
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ErrorCode;

    #[test]
    fn a_job_is_cancelled_by_name_while_it_is_under_way() {
        let jobs = Jobs::default();
        let first = jobs.begin("capture", Job::quiet()).expect("a free name");
        let second = jobs
            .begin("capture", Job::quiet())
            .expect_err("the name is taken");
        assert_eq!(second.code, ErrorCode::Invalid, "{second}");
        jobs.cancel("capture");
        jobs.cancel("never heard of");
        assert!(first.is_cancelled(), "it was asked to stop");
        drop(first);
        let again = jobs
            .begin("capture", Job::quiet())
            .expect("the name is free again");
        assert!(!again.is_cancelled(), "it is another job");
        for _ in 0..2 {
            jobs.begin("", Job::quiet())
                .expect("a job without a name is never in the way");
        }
    }
}

//! Spawns tasks by name and learns how each of them ends.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

type Name = Cow<'static, str>;
type BoxError = Box<dyn Error + Send + Sync>;

/// Why the process must end.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// A task that serves until the shutdown ended before it.
    #[error("task {name:?} ended although nobody asked it to")]
    Ended {
        /// The task.
        name: Name,
    },
    /// A task returned an error.
    #[error("task {name:?} failed")]
    Failed {
        /// The task.
        name: Name,
        /// Its error.
        #[source]
        source: BoxError,
    },
    /// A task panicked; the log has the panic's own line.
    #[error("task {name:?} panicked")]
    Panicked {
        /// The task.
        name: Name,
    },
    /// Tasks did not end in time after the shutdown was asked for.
    #[error("still running {} s after the shutdown began: {}", .after.as_secs(), .names.join(", "))]
    Undrained {
        /// The tasks.
        names: Vec<String>,
        /// How long they were given.
        after: Duration,
    },
}

/// Spawns tasks and watches them. Clones share the tasks; when the last clone is dropped, the tasks are aborted.
#[derive(Clone, Debug)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    shutdown: CancellationToken,
    tracker: TaskTracker,
    running: Mutex<Running>,
    failures: Mutex<VecDeque<TaskError>>,
    failed: Notify,
}

#[derive(Debug, Default)]
struct Running {
    next: u64,
    tasks: BTreeMap<u64, (Name, Option<AbortHandle>)>,
}

/// What a task's end means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It ends only when the shutdown has been asked for.
    Service,
    /// It may end at any time; only an error or a panic matters.
    Job,
}

impl Supervisor {
    /// No tasks yet.
    #[must_use]
    pub fn new() -> Self {
        let shared = Arc::new(Shared {
            shutdown: CancellationToken::new(),
            tracker: TaskTracker::new(),
            running: Mutex::default(),
            failures: Mutex::default(),
            failed: Notify::new(),
        });
        Self {
            inner: Arc::new(Inner { shared }),
        }
    }

    /// Is cancelled when the process shall stop. Every task looks at it.
    #[must_use]
    pub fn shutdown(&self) -> CancellationToken {
        self.inner.shared.shutdown.clone()
    }

    /// Asks every task to stop.
    pub fn stop(&self) {
        self.inner.shared.shutdown.cancel();
    }

    /// Spawns a task that runs until the shutdown. Its end before that, its error and its panic end the process.
    pub fn spawn<F, E>(&self, name: impl Into<Name>, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        self.start(name.into(), Kind::Service, future);
    }

    /// Spawns a task that has an end. Only its error or its panic end the process: a job handles what it can expect.
    pub fn spawn_job<F, E>(&self, name: impl Into<Name>, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        self.start(name.into(), Kind::Job, future);
    }

    /// How many tasks are running.
    #[must_use]
    pub fn running(&self) -> usize {
        self.inner.shared.running.lock().tasks.len()
    }

    /// Waits for the first task that ends as it should not. Pending for ever while all is well.
    pub async fn failed(&self) -> TaskError {
        let shared = &self.inner.shared;
        loop {
            let next = shared.failed.notified();
            if let Some(failure) = shared.failures.lock().pop_front() {
                return failure;
            }
            next.await;
        }
    }

    /// Asks every task to stop and waits for them.
    ///
    /// # Errors
    /// The first failure among the tasks, else [`TaskError::Undrained`] with those that were aborted because they
    /// took longer than `deadline`.
    pub async fn drain(&self, deadline: Duration) -> Result<(), TaskError> {
        let shared = &self.inner.shared;
        shared.shutdown.cancel();
        shared.tracker.close();
        let drained = tokio::time::timeout(deadline, shared.tracker.wait())
            .await
            .is_ok();
        let failure = shared.failures.lock().pop_front();
        if let Some(failure) = failure {
            shared.abort_all();
            return Err(failure);
        }
        if drained {
            return Ok(());
        }
        let names = shared
            .running
            .lock()
            .tasks
            .values()
            .map(|(name, _)| name.to_string())
            .collect();
        shared.abort_all();
        Err(TaskError::Undrained {
            names,
            after: deadline,
        })
    }

    fn start<F, E>(&self, name: Name, kind: Kind, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        let shared = &self.inner.shared;
        let id = {
            let mut running = shared.running.lock();
            let id = running.next;
            running.next += 1;
            running.tasks.insert(id, (name.clone(), None));
            id
        };
        let task = watch(Arc::clone(shared), id, name, kind, future);
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place whose tasks the process watches"
        )]
        let handle = tokio::spawn(shared.tracker.track_future(task));
        if let Some((_, abort)) = shared.running.lock().tasks.get_mut(&id) {
            *abort = Some(handle.abort_handle());
        }
    }
}

impl Default for Supervisor {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.abort_all();
    }
}

impl Shared {
    fn abort_all(&self) {
        for (_, abort) in self.running.lock().tasks.values() {
            if let Some(abort) = abort {
                abort.abort();
            }
        }
    }
}

/// Runs one task to its end and reports the end when it is a failure.
async fn watch<F, E>(shared: Arc<Shared>, id: u64, name: Name, kind: Kind, future: F)
where
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<BoxError> + 'static,
{
    let _listed = Listed {
        shared: Arc::clone(&shared),
        id,
    };
    // Unwind safety: the task's state is dropped here, and the process ends.
    let ended = AssertUnwindSafe(future).catch_unwind().await;
    let failure = match ended {
        Err(_panic) => Some(TaskError::Panicked { name }),
        Ok(Err(error)) => Some(TaskError::Failed {
            name,
            source: error.into(),
        }),
        Ok(Ok(())) if kind == Kind::Service && !shared.shutdown.is_cancelled() => {
            Some(TaskError::Ended { name })
        }
        Ok(Ok(())) => None,
    };
    if let Some(failure) = failure {
        shared.failures.lock().push_back(failure);
        // One permit is kept for a caller of `failed` that comes later.
        shared.failed.notify_one();
    }
}

/// Takes the task off the list of the running, also when it is aborted.
struct Listed {
    shared: Arc<Shared>,
    id: u64,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.shared.running.lock().tasks.remove(&self.id);
    }
}

#[cfg(test)]
mod tests;

//! The controllers of a process: started together, and drained before the Lease is given back.

use std::convert::Infallible;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::metrics::ControllerMetrics;
use super::queue::Limits;
use super::shell::{self, Loop};
use super::{Controller, Feed};
use crate::lease::Leadership;
use crate::tasks::run::Context;

/// What is running at the shutdown may take so long to end. A write takes milliseconds; a request to a tool that hangs
/// is not worth waiting for, since another replica takes over only afterwards.
const DRAIN: Duration = Duration::from_secs(1);

/// What all controllers of a process work with.
#[derive(Debug)]
pub struct Setup<F> {
    /// What is observed.
    pub feed: F,
    /// Whether this process is the one to work.
    pub leadership: Leadership,
    /// How many keys each controller works on side by side.
    pub workers: usize,
    /// How many keys of each may wait outside of the cluster besides; see [`super::outside()`].
    pub outside: usize,
    /// For metrics and the page.
    pub metrics: ControllerMetrics,
}

/// Starts controllers. See the module.
#[derive(Debug)]
pub struct Controllers<F> {
    setup: Setup<F>,
    ctx: Context,
    running: TaskTracker,
}

impl<F: Feed> Controllers<F> {
    /// None yet.
    #[must_use]
    pub fn new(setup: Setup<F>, ctx: &Context) -> Self {
        Self {
            setup,
            ctx: ctx.clone(),
            running: TaskTracker::new(),
        }
    }

    /// Starts a controller.
    pub fn add<C: Controller<Source = F::Source>>(&self, controller: C) {
        let setup = Loop {
            feed: self.setup.feed.clone(),
            leadership: self.setup.leadership.clone(),
            limits: Limits::new(self.setup.workers, self.setup.outside),
            metrics: self.setup.metrics.clone(),
            liveness: self.ctx.liveness.clone(),
            shutdown: self.ctx.shutdown.clone(),
            drain: DRAIN,
        };
        let run = self.running.track_future(shell::run(controller, setup));
        self.ctx.tasks.spawn(format!("{} controller", C::NAME), run);
    }

    /// All are started. Cancels `lease` at the shutdown, when the last one has drained: the Lease is given back only
    /// when nothing is written any more.
    pub fn then_release(self, lease: CancellationToken) {
        self.running.close();
        let (shutdown, running) = (self.ctx.shutdown.clone(), self.running);
        self.ctx.tasks.spawn("hand over", async move {
            shutdown.cancelled().await;
            running.wait().await;
            lease.cancel();
            Ok::<_, Infallible>(())
        });
    }
}

//! What the parts of the driver share.

use std::sync::Arc;
use std::time::Duration;

use patchbay_runtime::tasks::Supervisor;
use tokio::sync::Notify;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::broker::client::Renderer;
use crate::broker::outbox::Outbox;
use crate::errors::Error;
use crate::inflight::InFlight;
use crate::metrics::Metrics;
use crate::publish::apply::Disk;
use crate::volume::paths::Paths;
use crate::volume::registry::Registry;

/// A replaced generation stays for this long: a program that is opening a file is done long before.
pub const LINGER: Duration = Duration::from_secs(1);

/// The driver's state.
#[derive(Debug)]
pub struct Shared {
    /// Kubelet's folders.
    pub paths: Paths,
    /// The name of this node.
    pub node_name: String,
    /// Mounts, files, records.
    pub disk: Disk,
    /// The published volumes.
    pub registry: Arc<Registry>,
    /// What to tell the broker.
    pub outbox: Outbox,
    /// Asks the broker.
    pub renderer: Renderer,
    /// The calls that are being worked on.
    pub in_flight: InFlight,
    /// What operators see.
    pub metrics: Metrics,
    /// Wakes the janitor: a replaced generation wants sweeping.
    pub lingering: Notify,
    /// Runs the work of calls.
    pub tasks: Supervisor,
    /// Is cancelled when the driver shall stop.
    pub shutdown: CancellationToken,
}

/// Does work on the disk outside of the async threads. Mounts may take their time.
///
/// Once begun it goes on even when nobody waits for it any more.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        // The task cannot be cancelled once it runs, so this is a panic, and it goes on as one.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down; so is whoever waits for this.
            Err(_) => std::future::pending().await,
        },
    }
}

impl Shared {
    /// Works a call of kubelet off in a task of its own: when kubelet hangs up, the work is not cut short between
    /// two steps.
    ///
    /// # Errors
    /// What the work says; [`Error::Stopping`] when the driver stops before it is done.
    pub async fn detached<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = oneshot::channel();
        self.tasks.spawn_job(name, async move {
            // Nobody listens when kubelet hung up.
            drop(sender.send(work.await));
            Ok::<(), std::convert::Infallible>(())
        });
        receiver.await.unwrap_or(Err(Error::Stopping))
    }
}

//! Work that waits for something outside of the cluster: it costs nothing but its memory, and must not keep a worker from
//! others.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// What takes longer than this keeps no worker. What is faster does, so that many keys at once do not all begin to wait at
/// once: that would take the memory and the processor of all of them, and no answer would be looked at in time.
const GRACE: Duration = Duration::from_millis(100);

tokio::task_local! {
    static COUNTER: Arc<Counter>;
}

/// How much of a controller's work waits outside.
#[derive(Debug, Default)]
pub(super) struct Counter {
    count: AtomicUsize,
    freed: Notify,
}

impl Counter {
    /// Runs work that may call [`outside`].
    pub(super) async fn count<F: Future>(self: Arc<Self>, work: F) -> F::Output {
        COUNTER.scope(self, work).await
    }

    /// How many wait now.
    pub(super) fn now(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Waits until a worker became free by that.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }
}

/// Waits for something outside of the cluster, such as a tool's answer. Within a controller's work, its worker is soon free
/// for other keys meanwhile; elsewhere it makes no difference.
pub async fn outside<F: Future>(wait: F) -> F::Output {
    let mut wait = pin!(wait);
    if let Ok(done) = timeout(GRACE, wait.as_mut()).await {
        return done;
    }
    let _back = COUNTER.try_with(Back::new).ok();
    wait.await
}

/// Also when the work is dropped.
struct Back(Arc<Counter>);

impl Back {
    fn new(counter: &Arc<Counter>) -> Self {
        counter.count.fetch_add(1, Ordering::Relaxed);
        counter.freed.notify_one();
        Self(counter.clone())
    }
}

impl Drop for Back {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

//! The shell that all controllers share. A kind brings its keys and what to do with one; everything else is here:
//! [`queue`] (who is next), [`retry`] (when to try again), [`hub`] and [`backrefs`] (from what changed to who depends on
//! it), [`outside()`] (what waits for others without a worker), [`shell`] (the loop), [`board`] (what `/debug/queues` and
//! the metrics see).
//!
//! No domain code: nothing here knows what a Connector is.

pub mod backrefs;
pub mod board;
pub mod group;
pub mod hub;
pub mod metrics;
mod outside;
pub mod queue;
pub mod retry;
pub mod shell;

use std::collections::BTreeSet;
use std::fmt::Display;

use tokio::time::Instant;

pub use backrefs::BackRefs;
pub use group::{Controllers, Setup};
pub use hub::{Changed, Hub, Listener};
pub use metrics::ControllerMetrics;
pub use outside::outside;
pub use retry::{Class, Failure};

/// What a kind brings.
pub trait Controller: Send + Sync + 'static {
    /// Names an object.
    type Key: Ord + Clone + Display + Send + Sync + 'static;
    /// Names what objects depend on.
    type Source: Ord + Clone + Send + Sync + 'static;
    /// Why it failed.
    type Error: Failure;

    /// For metrics, logs and pages: the plural of the kind.
    const NAME: &'static str;

    /// Every key there is.
    fn all(&self) -> Vec<Self::Key>;

    /// Keys of objects that depend on these sources.
    fn affected(&self, changed: &BTreeSet<Self::Source>) -> Vec<Self::Key>;

    /// Looks at one object and does what is to be done; says when it wants to look again.
    ///
    /// Runs only on the leader, one at a time per key. May be dropped at any `await`: when the leadership is lost, and
    /// at the end of the process. Every write goes through the [`crate::lease::WriteGuard`].
    fn reconcile(&self, key: &Self::Key) -> impl Future<Output = Result<Next, Self::Error>> + Send;
}

/// When a key is looked at again, unless something changes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Only when something changes.
    AwaitChange,
    /// Then.
    At(Instant),
}

/// What controllers observe.
pub trait Feed: Clone + Send + Sync + 'static {
    /// Names what objects depend on.
    type Source: Ord + Clone + Send + Sync + 'static;

    /// Begins to listen for changes.
    fn listen(&self) -> Listener<Self::Source>;

    /// Waits until what is absent here is absent in the cluster.
    fn complete(&self) -> impl Future<Output = ()> + Send;
}

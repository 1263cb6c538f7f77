//! Leader election by a Lease. It only avoids duplicate work: nothing's correctness may depend on it.
//!
//! [`step`] decides, [`Candidate`] does the I/O, and [`Leadership`] is asked at each use. It fails closed on the
//! holder's own clock: a holder that cannot renew stops believing before anyone else may take over, whether or not
//! the API server answers.

mod candidate;
mod guard;
#[cfg(test)]
mod simulation;
pub mod step;

use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::clock;
use crate::metrics::Metrics;

pub use candidate::Candidate;
pub use guard::WriteGuard;

/// The times of the election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Others may take over this long after they last saw the record change.
    pub duration: Duration,
    /// The holder steps down by itself this long after its last successful renewal.
    pub renew_deadline: Duration,
    /// Between two attempts.
    pub retry: Duration,
}

impl Default for Params {
    /// 15 s, 10 s, 2 s, as the controllers of Kubernetes itself.
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

/// Who is known to hold the Lease, and until when that is certain by our own clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The holder's identity; empty when nobody is known.
    pub holder: String,
    /// By our own monotonic clock.
    pub expiry: Instant,
}

/// The candidate's handle on the election. Ask it at each use.
#[derive(Clone, Debug)]
pub struct Leadership {
    me: String,
    claim: watch::Receiver<Claim>,
}

impl Leadership {
    /// For tests: held as long as the sender says so.
    #[must_use]
    pub const fn for_test(me: String, claim: watch::Receiver<Claim>) -> Self {
        Self { me, claim }
    }

    /// Whether this process is the leader at this very moment. False in doubt.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        let claim = self.claim.borrow();
        claim.holder == self.me && clock::mono() < claim.expiry
    }

    /// For how long this process is certainly the leader; nothing when it is not.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let claim = self.claim.borrow();
        let left = claim.expiry.checked_duration_since(clock::mono())?;
        (claim.holder == self.me && !left.is_zero()).then_some(left)
    }

    /// What every write of a leader goes through.
    #[must_use]
    pub fn guard(&self) -> WriteGuard {
        WriteGuard::new(self.clone())
    }

    /// Who is thought to hold the Lease; empty when nobody is known.
    #[must_use]
    pub fn holder(&self) -> String {
        self.claim.borrow().holder.clone()
    }

    /// Registers `patchbay_lease_held`, which is asked when it is scraped. Once per process.
    pub fn register(&self, metrics: &Metrics) {
        metrics.register(|registry| registry.register_collector(Box::new(Held(self.clone()))));
    }

    /// Waits until this process is the leader.
    pub async fn acquired(&mut self) {
        while !self.is_leader() {
            if self.claim.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Waits until this process is not the leader (any more).
    pub async fn lost(&mut self) {
        loop {
            let expiry = self.claim.borrow().expiry;
            if !self.is_leader() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(expiry) => {}
                changed = self.claim.changed() => {
                    if changed.is_err() {
                        tokio::time::sleep_until(expiry).await;
                    }
                }
            }
        }
    }
}

#[derive(Debug)]
struct Held(Leadership);

impl Collector for Held {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let held = ConstGauge::new(i64::from(self.0.is_leader()));
        let help = "Whether this replica is the leader. Alert when no replica is for 5 minutes";
        let encoder = encoder.encode_descriptor("lease_held", help, None, held.metric_type())?;
        held.encode(encoder)
    }
}

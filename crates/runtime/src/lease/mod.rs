//! Leader election by a Lease. It only avoids duplicate work: nothing's correctness may depend on it.

use std::convert::Infallible;
use std::time::Duration;

use kube::Client;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

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
    /// Whether this process is the leader at this very moment. False in doubt.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        let claim = self.claim.borrow();
        claim.holder == self.me && crate::clock::mono() < claim.expiry
    }

    /// Who is thought to hold the Lease; empty when nobody is known.
    #[must_use]
    pub fn holder(&self) -> String {
        self.claim.borrow().holder.clone()
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

/// Takes part in the election of the Lease `namespace/name` as `identity`.
#[derive(Clone)]
pub struct Candidate {
    /// A client without retries of its own (`client::Options::retry` false).
    pub client: Client,
    /// The Lease's namespace.
    pub namespace: String,
    /// The Lease's name.
    pub name: String,
    /// Unique among the candidates: the pod's name with a random suffix.
    pub identity: String,
    /// The times.
    pub params: Params,
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidate")
            .field("name", &self.name)
            .field("identity", &self.identity)
            .finish()
    }
}

impl Candidate {
    /// The handle and the task: spawn the task as a service; it releases the Lease on shutdown.
    pub fn start(
        self,
        shutdown: CancellationToken,
    ) -> (
        Leadership,
        impl Future<Output = Result<(), Infallible>> + Send + 'static,
    ) {
        let (sender, claim) = watch::channel(Claim {
            holder: String::new(),
            expiry: crate::clock::mono(),
        });
        let leadership = Leadership {
            me: self.identity,
            claim,
        };
        let task = async move {
            shutdown.cancelled().await;
            drop(sender);
            Ok(())
        };
        (leadership, task)
    }
}

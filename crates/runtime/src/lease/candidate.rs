//! The shell of the election: reads and writes the Lease as the step says.

use std::convert::Infallible;
use std::fmt;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::PostParams;
use kube::core::ObjectMeta;
use kube::{Api, Client};
use tokio::sync::watch as cell;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::step::{Held, Next, Seen, claim_until, see, step};
use super::{Claim, Leadership, Params};
use crate::client::{CallClass, CallError, call, call_opt};
use crate::error::Chain;
use crate::readiness::Gate;
use crate::watch::{self, Change, WatchMetrics};
use crate::{clock, ids};

/// How long the answer to a write is waited for when the process is to end.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Takes part in the election of the Lease `namespace/name` as `identity`. Verbs: get, list, watch and update on its
/// name, create.
///
/// Whoever waits watches the Lease, and so learns at once when it is given back. Without the watch it looks from time to
/// time.
#[derive(Clone)]
pub struct Candidate {
    /// A client without retries of its own (`client::Options::retry` false).
    pub client: Client,
    /// The Lease's namespace.
    pub namespace: String,
    /// The Lease's name.
    pub name: String,
    /// Unique among the candidates and in time: the pod's name with a random suffix.
    pub identity: String,
    /// The times.
    pub params: Params,
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("name", &self.name)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Candidate {
    /// The handle and the task. Spawn the task as a service; it gives the Lease back on shutdown.
    pub fn start(
        self,
        shutdown: CancellationToken,
    ) -> (
        Leadership,
        impl Future<Output = Result<(), Infallible>> + Send + 'static,
    ) {
        let nobody = Claim {
            holder: String::new(),
            expiry: clock::mono(),
        };
        let (claims, claim) = cell::channel(nobody);
        let leadership = Leadership {
            me: self.identity.clone(),
            claim,
        };
        let watched = watch::Options::new("lease").named(&self.name);
        let watched = watch::guarded_in::<Lease>(
            &self.client,
            &self.namespace,
            watched,
            Gate::detached("lease"),
            &WatchMetrics::default(),
        );
        let election = Election {
            watched,
            told: false,
            api: Api::namespaced(self.client.clone(), &self.namespace),
            candidate: self,
            claims,
            lease: None,
            seen: None,
            failing: false,
        };
        (leadership, election.run(shutdown))
    }
}

struct Election {
    candidate: Candidate,
    api: Api<Lease>,
    claims: cell::Sender<Claim>,
    /// The Lease as last read or written by us, or told by the watch.
    lease: Option<Lease>,
    watched: BoxStream<'static, Change<Lease>>,
    /// The watch has just told of the Lease: no need to ask.
    told: bool,
    seen: Option<Seen>,
    failing: bool,
}

impl Election {
    async fn run(mut self, shutdown: CancellationToken) -> Result<(), Infallible> {
        loop {
            // A write that is under way is waited for: it may take effect, and then there is something to give back.
            let pause = {
                let mut round = pin!(self.round());
                tokio::select! {
                    pause = &mut round => Some(pause),
                    () = shutdown.cancelled() => timeout(LAST_WORD, round).await.ok(),
                }
            };
            let Some(pause) = pause.filter(|_| !shutdown.is_cancelled()) else {
                break;
            };
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
                () = self.told() => {}
            }
        }
        self.release().await;
        Ok(())
    }

    /// Waits until the watch tells of the Lease as somebody else wrote it.
    async fn told(&mut self) {
        loop {
            let news = match self.watched.next().await {
                Some(Change::Applied(lease)) => Some(lease),
                Some(Change::Reset(list)) => list.into_iter().next(),
                Some(Change::Deleted { .. } | Change::Invalid { .. }) => None,
                None => std::future::pending().await,
            };
            // What the watch tells may be older than what the holder wrote itself: it learns by a conflict when
            // somebody else has written.
            if self.is_mine() {
                continue;
            }
            self.told = news.is_some();
            self.lease = news;
            return;
        }
    }

    /// One look, and one write if it is due. Returns how long to wait.
    async fn round(&mut self) -> Duration {
        let retry = self.candidate.params.retry;
        // So that candidates do not stay in step.
        let jittered = retry.mul_f64(1.0 + ids::unit() / 5.0);
        match self.turn().await {
            Ok(Next::Wait(wait)) => {
                self.recovered();
                // A little later than the other's end, never earlier. Where the watch works there is no need to look as
                // often as the holder writes.
                let rest = if wait == retry { retry } else { Duration::ZERO };
                wait + rest + (jittered - retry)
            }
            Ok(_) => {
                self.recovered();
                jittered
            }
            Err(error) if error.class() == CallClass::Conflict => {
                // Somebody else has written: forget, and look at once.
                self.lease = None;
                retry.mul_f64(ids::unit() / 10.0)
            }
            Err(error) => {
                self.lease = None;
                if !self.failing {
                    tracing::warn!(lease = %self.candidate.name, error = %Chain(&error), "the election fails; trying again");
                }
                self.failing = true;
                jittered
            }
        }
    }

    async fn turn(&mut self) -> Result<Next, CallError> {
        let params = self.candidate.params;
        let told = std::mem::take(&mut self.told);
        if !self.is_mine() && !told {
            // The holder writes without a look: nobody else may have written, and if so it is a conflict.
            let reading = self.api.get(&self.candidate.name);
            self.lease = call_opt(self.deadline(), "read the Lease", reading).await?;
        }
        let (now, held) = (clock::mono(), self.lease.as_ref().map(held));
        self.seen = see(self.seen.take(), held.as_ref(), now);
        let next = step(
            held.as_ref(),
            self.seen.as_ref(),
            &self.candidate.identity,
            now,
            &params,
        );
        if let Next::Wait(_) = next {
            self.believe(held.map(|held| held.holder).unwrap_or_default(), now);
            return Ok(next);
        }
        let asked = clock::mono();
        let lease = written(self.lease.take(), next, &self.candidate, clock::now());
        let answer = self.write(next, &lease).await?;
        self.lease = Some(answer);
        self.believe(self.candidate.identity.clone(), claim_until(asked, &params));
        Ok(next)
    }

    fn is_mine(&self) -> bool {
        let lease = self.lease.as_ref();
        lease.is_some_and(|lease| held(lease).holder == self.candidate.identity)
    }

    async fn write(&mut self, next: Next, lease: &Lease) -> Result<Lease, CallError> {
        let params = PostParams::default();
        match next {
            Next::Create => {
                call(
                    self.deadline(),
                    "create the Lease",
                    self.api.create(&params, lease),
                )
                .await
            }
            Next::Renew | Next::Acquire | Next::Wait(_) => {
                let replacing = self.api.replace(&self.candidate.name, &params, lease);
                call(self.deadline(), "write the Lease", replacing).await
            }
        }
    }

    /// Tells the handles; logs when the holder is another one.
    fn believe(&self, holder: String, expiry: Instant) {
        let before = self.claims.borrow().holder.clone();
        if before != holder {
            tracing::info!(lease = %self.candidate.name, %holder, me = %self.candidate.identity, "the leader is");
        }
        self.claims.send_replace(Claim { holder, expiry });
    }

    /// Gives the Lease back, so that another replica need not wait for it to expire.
    async fn release(&mut self) {
        let me = self.candidate.identity.clone();
        self.believe(String::new(), clock::mono());
        let known = match self.lease.take() {
            Some(lease) => Some(lease),
            // A write failed or was given up, and may have taken effect all the same.
            None => {
                let reading = self.api.get(&self.candidate.name);
                let read = call_opt(LAST_WORD, "read the Lease", reading).await;
                read.ok().flatten()
            }
        };
        let Some(mut lease) = known.filter(|lease| held(lease).holder == me) else {
            return;
        };
        if let Some(spec) = &mut lease.spec {
            spec.holder_identity = None;
            spec.renew_time = Some(MicroTime(clock::now()));
        }
        if let Err(error) = self.write(Next::Renew, &lease).await {
            tracing::info!(lease = %self.candidate.name, error = %Chain(&error), "could not give the Lease back; it expires");
        }
    }

    fn recovered(&mut self) {
        if std::mem::take(&mut self.failing) {
            tracing::info!(lease = %self.candidate.name, "the election goes on");
        }
    }

    /// Two tries fit into the time in which a holder must renew.
    fn deadline(&self) -> Duration {
        self.candidate.params.renew_deadline / 2
    }
}

fn held(lease: &Lease) -> Held {
    let spec = lease.spec.as_ref();
    let seconds = spec
        .and_then(|spec| spec.lease_duration_seconds)
        .and_then(|seconds| u64::try_from(seconds).ok());
    Held {
        holder: spec
            .and_then(|spec| spec.holder_identity.clone())
            .unwrap_or_default(),
        duration: Duration::from_secs(seconds.unwrap_or(0)),
        version: lease.metadata.resource_version.clone().unwrap_or_default(),
    }
}

/// The Lease to write: the one that was read, with its version, as mine.
fn written(read: Option<Lease>, next: Next, candidate: &Candidate, now: Timestamp) -> Lease {
    let mut lease = read.unwrap_or_else(|| Lease {
        metadata: ObjectMeta {
            name: Some(candidate.name.clone()),
            ..ObjectMeta::default()
        },
        ..Lease::default()
    });
    let spec = lease.spec.get_or_insert_with(LeaseSpec::default);
    spec.renew_time = Some(MicroTime(now));
    spec.lease_duration_seconds = i32::try_from(candidate.params.duration.as_secs()).ok();
    if next != Next::Renew {
        spec.holder_identity = Some(candidate.identity.clone());
        spec.acquire_time = Some(MicroTime(now));
        spec.lease_transitions = Some(spec.lease_transitions.map_or(0, |count| count.saturating_add(1)));
    }
    lease
}

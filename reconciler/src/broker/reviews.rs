//! Asks the API server who a token belongs to and what that identity may use, and remembers the answers.
//!
//! *Guarantees*
//! - A good answer is used for as long as the caller says, one about an access for at most [`ACCESS_TTL`]; a refusal for
//!   [`REFUSAL_TTL`].
//! - While the API server does not answer, the last good answer stands: for a token until it expires, for an access for
//!   [`STANDS_IN`]. Nobody can be granted or refused anything in that time anyway, since the API server is where both
//!   happen.
//! - A refusal always replaces what stood before.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::TokenReview;
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use kube::Api;
use kube::api::PostParams;
use parking_lot::Mutex;
use patchbay_runtime::client::{CallClass, CallError, call};
use patchbay_runtime::clock;
use patchbay_runtime::error::Chain;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::authn::{self, AuthnError, Identity};
use super::authz;
use super::last_good::LastGood;
use super::request::Token;
use crate::metrics::Metrics;
use crate::sources::Key;

/// How long a token counts as good without asking again. The bound on how long a deleted pod's token is of use.
pub const TOKEN_TTL: Duration = Duration::from_secs(60);
/// How long an access counts as granted without asking again.
pub const ACCESS_TTL: Duration = Duration::from_secs(30);
/// How long a refusal counts: long enough to spare the API server a client that tries in a loop, short enough that a
/// person who just granted the access does not wonder.
pub const REFUSAL_TTL: Duration = Duration::from_secs(3);
/// How long a granted access stands while the API server does not answer.
pub const STANDS_IN: Duration = Duration::from_secs(3600);

/// Answers of each kind that are kept: twice the pods of a large cluster's busiest broker.
const CAPACITY: usize = 50_000;
const DEADLINE: Duration = Duration::from_secs(3);
/// After the API server did not answer, what can stand in does so at once for this long: a node full of volumes must
/// not wait for as many deadlines.
const PAUSE: Duration = Duration::from_secs(2);

/// The API server's part.
pub trait Reviewer: Send + Sync {
    /// Answers a TokenReview.
    fn token(&self, review: TokenReview) -> BoxFuture<'_, Result<TokenReview, CallError>>;
    /// Answers a SubjectAccessReview.
    fn access(&self, review: SubjectAccessReview) -> BoxFuture<'_, Result<SubjectAccessReview, CallError>>;
}

/// The real API server.
pub struct KubeReviewer(pub kube::Client);

impl Reviewer for KubeReviewer {
    fn token(&self, review: TokenReview) -> BoxFuture<'_, Result<TokenReview, CallError>> {
        let api: Api<TokenReview> = Api::all(self.0.clone());
        Box::pin(async move {
            call(
                DEADLINE,
                "review a token",
                api.create(&PostParams::default(), &review),
            )
            .await
        })
    }

    fn access(&self, review: SubjectAccessReview) -> BoxFuture<'_, Result<SubjectAccessReview, CallError>> {
        let api: Api<SubjectAccessReview> = Api::all(self.0.clone());
        Box::pin(async move {
            call(
                DEADLINE,
                "review an access",
                api.create(&PostParams::default(), &review),
            )
            .await
        })
    }
}

impl fmt::Debug for KubeReviewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KubeReviewer")
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The token does not count.
    #[error(transparent)]
    Authn(#[from] AuthnError),
    /// The API server does not answer, and nothing that it said before can stand in.
    #[error("the API server cannot be asked who the pod is and what it may use; will be tried again")]
    Unavailable,
}

/// A reviewed identity.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// Who.
    pub identity: Arc<Identity>,
    /// When the token expires, if it says so.
    pub expires: Option<Timestamp>,
}

/// Whether an answer is of now, or one of before that stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Of now, or young enough.
    Fresh,
    /// The API server does not answer; this is what it said so long ago.
    StandsIn(Duration),
}

type AccessQuestion = ([u8; 32], Key);

/// See the module.
pub struct Reviews {
    reviewer: Box<dyn Reviewer>,
    salt: [u8; 32],
    tokens: Mutex<LastGood<[u8; 32], Result<Reviewed, AuthnError>>>,
    accesses: Mutex<LastGood<AccessQuestion, bool>>,
    /// Until when the API server is not asked what something else can stand in for.
    paused: Mutex<Option<Instant>>,
    metrics: Metrics,
}

impl fmt::Debug for Reviews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reviews")
    }
}

impl Reviews {
    /// Nothing is remembered yet. `salt` makes the remembered digests of tokens useless elsewhere.
    #[must_use]
    pub fn new(reviewer: Box<dyn Reviewer>, salt: [u8; 32], metrics: Metrics) -> Self {
        let (tokens, accesses) = (LastGood::new(CAPACITY), LastGood::new(CAPACITY));
        Self {
            reviewer,
            salt,
            tokens: Mutex::new(tokens),
            accesses: Mutex::new(accesses),
            paused: Mutex::new(None),
            metrics,
        }
    }

    /// Who a token belongs to, by an answer that is at most `max_age` old.
    ///
    /// # Errors
    /// See [`ReviewError`].
    pub async fn identity(
        &self,
        token: &Token,
        max_age: Duration,
    ) -> Result<(Reviewed, Freshness), ReviewError> {
        let digest = self.digest(&[token.expose().as_bytes()]);
        let kept = self.tokens.lock().get(&digest, clock::mono());
        match &kept {
            Some(kept) if kept.value.is_ok() && kept.age <= max_age && !expired(&kept.value) => {
                self.metrics.reviewed("token", "kept");
                return Ok((kept.value.clone()?, Freshness::Fresh));
            }
            Some(kept) if kept.value.is_err() && kept.age <= REFUSAL_TTL => {
                self.metrics.reviewed("token", "kept");
                kept.value.clone()?;
            }
            _ => {}
        }
        let stands_in =
            kept.filter(|kept| kept.value.is_ok() && !expired(&kept.value) && kept.age <= STANDS_IN);
        if let Some(kept) = stands_in.clone().filter(|_| self.is_paused()) {
            self.metrics.reviewed("token", "stale");
            return Ok((kept.value?, Freshness::StandsIn(kept.age)));
        }
        match self.reviewer.token(authn::review(token)).await {
            Ok(review) => {
                let identity = review.status.ok_or(AuthnError::Refused).and_then(authn::identity);
                let reviewed = identity.map(|identity| Reviewed {
                    identity: Arc::new(identity),
                    expires: authn::expiry(token),
                });
                self.metrics
                    .reviewed("token", if reviewed.is_ok() { "good" } else { "refused" });
                self.tokens.lock().put(digest, reviewed.clone(), clock::mono());
                Ok((reviewed?, Freshness::Fresh))
            }
            Err(error) => {
                self.pause(&error);
                self.metrics.reviewed(
                    "token",
                    if stands_in.is_some() {
                        "stale"
                    } else {
                        "unavailable"
                    },
                );
                let kept = stands_in.ok_or(ReviewError::Unavailable)?;
                Ok((kept.value?, Freshness::StandsIn(kept.age)))
            }
        }
    }

    /// Who a token was found to belong to before, however long ago that was.
    #[must_use]
    pub fn known(&self, token: &Token) -> Option<Reviewed> {
        let digest = self.digest(&[token.expose().as_bytes()]);
        self.tokens
            .lock()
            .get(&digest, clock::mono())
            .and_then(|kept| kept.value.ok())
    }

    /// Whether an identity may use a Connector, by an answer that is at most `max_age` old.
    ///
    /// # Errors
    /// [`ReviewError::Unavailable`].
    pub async fn may_use(
        &self,
        identity: &Identity,
        connector: &Key,
        max_age: Duration,
    ) -> Result<(bool, Freshness), ReviewError> {
        let question = (self.subject(identity), connector.clone());
        let kept = self.accesses.lock().get(&question, clock::mono());
        if let Some(kept) = kept {
            let limit = if kept.value {
                max_age.min(ACCESS_TTL)
            } else {
                max_age.min(REFUSAL_TTL)
            };
            if kept.age <= limit {
                self.metrics.reviewed("access", "kept");
                return Ok((kept.value, Freshness::Fresh));
            }
        }
        let stands_in = kept.filter(|kept| kept.value && kept.age <= STANDS_IN);
        if let Some(kept) = stands_in.filter(|_| self.is_paused()) {
            self.metrics.reviewed("access", "stale");
            return Ok((true, Freshness::StandsIn(kept.age)));
        }
        match self.reviewer.access(authz::review(identity, connector)).await {
            Ok(review) => {
                let allowed = review.status.as_ref().is_some_and(authz::allowed);
                self.metrics
                    .reviewed("access", if allowed { "good" } else { "refused" });
                self.accesses.lock().put(question, allowed, clock::mono());
                Ok((allowed, Freshness::Fresh))
            }
            Err(error) => {
                self.pause(&error);
                self.metrics.reviewed(
                    "access",
                    if stands_in.is_some() {
                        "stale"
                    } else {
                        "unavailable"
                    },
                );
                let kept = stands_in.ok_or(ReviewError::Unavailable)?;
                Ok((true, Freshness::StandsIn(kept.age)))
            }
        }
    }

    /// Drops what cannot be of use any more. To be called now and then.
    pub fn sweep(&self) {
        let now = clock::mono();
        self.tokens.lock().expire(STANDS_IN, now);
        self.accesses.lock().expire(STANDS_IN, now);
    }

    fn is_paused(&self) -> bool {
        self.paused.lock().is_some_and(|until| clock::mono() < until)
    }

    fn pause(&self, error: &CallError) {
        *self.paused.lock() = Some(clock::mono() + PAUSE);
        log_failure(error);
    }

    /// All that an authorizer could decide by, but for the number of the token itself, which is another one after each
    /// renewal.
    fn subject(&self, identity: &Identity) -> [u8; 32] {
        let extra = identity
            .extra
            .iter()
            .filter(|(key, _)| *key != "authentication.kubernetes.io/credential-id");
        let extra = extra
            .flat_map(|(key, values)| std::iter::once(key).chain(values))
            .map(String::as_bytes);
        let own = [identity.username.as_bytes(), identity.uid.as_bytes()];
        let groups = identity.groups.iter().map(String::as_bytes);
        self.digest(
            &own.into_iter()
                .chain(groups)
                .chain([&b"extra"[..]])
                .chain(extra)
                .collect::<Vec<_>>(),
        )
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(self.salt);
        for part in parts {
            // With its length, so that no two lists of parts read the same.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

fn expired(reviewed: &Result<Reviewed, AuthnError>) -> bool {
    reviewed
        .as_ref()
        .is_ok_and(|r| r.expires.is_some_and(|at| at <= clock::now()))
}

/// A refusal to let us ask is a fault of the installation, and worth more than a line per request at debug.
fn log_failure(error: &CallError) {
    if error.class() == CallClass::Forbidden {
        tracing::error!(error = %Chain(error), "the broker may not ask for reviews: check its ClusterRole");
    } else {
        tracing::warn!(error = %Chain(error), "the API server did not answer a review");
    }
}

#[cfg(test)]
mod tests;

//! What a volume should hold, from who asks and what is observed: the whole way from a request to files.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use patchbay_api::conditions::{Class as ErrorClass, Reason};
use patchbay_model::render::{self, RenderedFile};
use patchbay_runtime::clock;
use patchbay_tera_worker::Pool;
use tokio::sync::Semaphore;

use super::authn::{self, AuthnError, Identity};
use super::authz;
use super::request::Request;
use super::resolve::{self, Material, ResolveError};
use super::reviews::{ACCESS_TTL, Freshness, ReviewError, Reviews, TOKEN_TTL};
use crate::sources::{Key, Source, World};

/// Renders at a time: rendering is work for a processor, and a hostile template uses up its whole time.
const RENDERS: usize = 4;
/// All templates of a volume that are written in Tera. One that runs wild ends after a tenth of it.
const TERA_TIME: Duration = Duration::from_secs(1);
/// The driver waits for 20 s.
const RENDER_DEADLINE: Duration = Duration::from_secs(15);
/// How long a request waits for a Secret whose watch was just begun.
const PATIENCE: Duration = Duration::from_secs(2);
/// After a token's expiry its subscription is served this long: kubelet brings a fresh token with its next sync of the
/// pod, about a minute later, unless the node is in trouble. The authorization is checked all the time.
const GRACE: Duration = Duration::from_secs(600);
/// How old the answer about a token may be while nothing new goes to its pod.
const IDLE_TOKEN_TTL: Duration = Duration::from_secs(300);
/// How old the answer about an access may be that lets new content out, or old content stay.
const PUSH_TTL: Duration = Duration::from_secs(5);

/// Files of a volume.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub struct Files {
    /// The files.
    pub files: Arc<Vec<RenderedFile>>,
    /// Equal for equal files.
    pub version: String,
    /// When the sources were known to be like this.
    pub as_of: Timestamp,
}

/// Why there are no files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token does not count.
    #[error(transparent)]
    Authn(#[from] AuthnError),
    /// The identity may not use a Connector, or there is none.
    #[error("{0}")]
    Denied(String),
    /// Something that the files are made of is not there or not right.
    #[error("{0}")]
    Resolve(Box<ResolveError>),
    /// The files could not be made.
    #[error("{0}")]
    Render(#[from] render::RenderError),
    /// The API server does not answer.
    #[error("the API server cannot be asked who the pod is and what it may use; will be tried again")]
    Unavailable,
    /// The caches are not filled yet.
    #[error("the broker is starting; will be tried again")]
    Starting,
    /// A fault of ours.
    #[error("a fault in the broker; its log says more")]
    Internal,
}

impl From<ResolveError> for Refusal {
    fn from(error: ResolveError) -> Self {
        Self::Resolve(Box::new(error))
    }
}

impl From<ReviewError> for Refusal {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Authn(error) => Self::Authn(error),
            ReviewError::Unavailable => Self::Unavailable,
        }
    }
}

impl Refusal {
    /// The reason of the event and metric.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Authn(_) => Reason::Unauthenticated,
            Self::Denied(_) => Reason::PermissionDenied,
            Self::Resolve(error) => error.reason(),
            Self::Render(error) => error.reason(),
            Self::Unavailable | Self::Starting => Reason::Unavailable,
            Self::Internal => Reason::Internal,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Authn(_) | Self::Denied(_) => ErrorClass::Invalid,
            Self::Resolve(error) => error.class(),
            Self::Render(error) => error.class(),
            Self::Unavailable | Self::Starting | Self::Internal => ErrorClass::Transient,
        }
    }

    /// The code of the answer.
    #[must_use]
    pub fn code(&self) -> tonic::Code {
        use tonic::Code;
        match self {
            Self::Authn(_) => Code::Unauthenticated,
            Self::Denied(_) => Code::PermissionDenied,
            Self::Resolve(error) if error.class() == ErrorClass::Transient => Code::Unavailable,
            Self::Render(error) if error.class() == ErrorClass::Transient => Code::Unavailable,
            Self::Resolve(_) | Self::Render(_) => Code::FailedPrecondition,
            Self::Unavailable | Self::Starting => Code::Unavailable,
            Self::Internal => Code::Internal,
        }
    }
}

/// What came of looking at a subscription.
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub struct Evaluation {
    /// What the answer depends on; `None` when that was not looked at.
    pub sources: Option<BTreeSet<Source>>,
    /// The answer.
    pub verdict: Verdict,
}

/// What to tell about a subscription.
#[expect(missing_debug_implementations, reason = "may hold a credential")]
pub enum Verdict {
    /// These files.
    Files(Files),
    /// The access was checked, and nothing else.
    StillAllowed,
    /// No files now; what is there stays.
    Stale {
        /// One word.
        reason: &'static str,
        /// For a person.
        message: String,
        /// Only a fresh token helps.
        park: bool,
    },
    /// No files any more.
    Revoked {
        /// One word.
        reason: &'static str,
        /// For a person.
        message: String,
    },
}

impl Verdict {
    fn of(refusal: &Refusal) -> Self {
        let (reason, message) = (refusal.reason().as_str(), refusal.to_string());
        match refusal {
            Refusal::Denied(_) => Self::Revoked { reason, message },
            Refusal::Authn(_) => Self::Stale {
                reason,
                message,
                park: true,
            },
            Refusal::Resolve(_)
            | Refusal::Render(_)
            | Refusal::Unavailable
            | Refusal::Starting
            | Refusal::Internal => Self::Stale {
                reason,
                message,
                park: false,
            },
        }
    }
}

/// Makes files.
pub struct Evaluator {
    world: World,
    reviews: Reviews,
    salt: [u8; 32],
    renders: Arc<Semaphore>,
    tera: Arc<Pool>,
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evaluator")
    }
}

impl Evaluator {
    /// `salt` makes versions say nothing about content to those who do not have it. `tera` renders what is written in
    /// Tera.
    #[must_use]
    pub fn new(world: World, reviews: Reviews, salt: [u8; 32], tera: Pool) -> Self {
        Self {
            world,
            reviews,
            salt,
            renders: Arc::new(Semaphore::new(RENDERS)),
            tera: Arc::new(tera),
        }
    }

    /// What is observed.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// What the API server said.
    #[must_use]
    pub const fn reviews(&self) -> &Reviews {
        &self.reviews
    }

    /// The files of a request, now. Waits a little for a Secret that is just being read.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn render(&self, request: &Request) -> Result<Files, Refusal> {
        tokio::time::timeout(RENDER_DEADLINE, self.patiently(request))
            .await
            .unwrap_or(Err(Refusal::Unavailable))
    }

    async fn patiently(&self, request: &Request) -> Result<Files, Refusal> {
        match self.once(request).await {
            Err(Refusal::Resolve(error)) if error.is_pending() => {}
            done => return done,
        }
        let deadline = clock::mono() + PATIENCE;
        let listener = self.world.listen();
        loop {
            let late = match self.once(request).await {
                Err(Refusal::Resolve(error)) if error.is_pending() => Refusal::Resolve(error),
                done => return done,
            };
            if tokio::time::timeout_at(deadline, listener.changed())
                .await
                .is_err()
            {
                return Err(late);
            }
        }
    }

    async fn once(&self, request: &Request) -> Result<Files, Refusal> {
        let (reviewed, fresh) = self.reviews.identity(&request.token, TOKEN_TTL).await?;
        authn::matches(&reviewed.identity, request)?;
        let access = self.authorize(&reviewed.identity, request, ACCESS_TTL).await?;
        let material = self.look(request)?;
        let as_of = as_of(&[fresh, access]);
        self.make(material, request, as_of).await
    }

    /// What a subscription should have: everything is checked again, by answers that are at most a few seconds old, so
    /// that nothing new goes to one who may not have it any more.
    pub async fn follow(&self, request: &Request) -> Evaluation {
        let material = match self.look(request) {
            Ok(material) => material,
            Err(refusal) => {
                return Evaluation {
                    sources: None,
                    verdict: Verdict::of(&refusal),
                };
            }
        };
        let sources = Some(material.sources.clone());
        let verdict = match self.follow_with(request, material).await {
            Ok(files) => Verdict::Files(files),
            Err(refusal) => Verdict::of(&refusal),
        };
        Evaluation { sources, verdict }
    }

    async fn follow_with(&self, request: &Request, material: Material) -> Result<Files, Refusal> {
        let (identity, fresh) = self.subscriber(request, TOKEN_TTL).await?;
        authn::matches(&identity, request)?;
        let access = self.authorize(&identity, request, PUSH_TTL).await?;
        self.make(material, request, as_of(&[fresh, access])).await
    }

    /// Whether a subscription may keep what it has.
    pub async fn still_allowed(&self, request: &Request) -> Evaluation {
        let check = async {
            let (identity, _) = self.subscriber(request, IDLE_TOKEN_TTL).await?;
            self.authorize(&identity, request, PUSH_TTL).await
        };
        let verdict = match check.await {
            Ok(_) => Verdict::StillAllowed,
            // Nobody can have been refused by an API server that does not answer: nothing is known, nothing is said.
            Err(Refusal::Unavailable) => Verdict::StillAllowed,
            Err(refusal) => Verdict::of(&refusal),
        };
        Evaluation {
            sources: None,
            verdict,
        }
    }

    /// Who a subscription belongs to. A token that has expired since counts for [`GRACE`] longer.
    async fn subscriber(
        &self,
        request: &Request,
        max_age: Duration,
    ) -> Result<(Arc<Identity>, Freshness), Refusal> {
        if let Some(known) = self.reviews.known(&request.token)
            && let Some(expires) = known.expires
            && expires <= clock::now()
        {
            let over = clock::now().duration_since(expires).unsigned_abs();
            return if over <= GRACE {
                Ok((known.identity, Freshness::Fresh))
            } else {
                Err(AuthnError::Expired.into())
            };
        }
        let (reviewed, fresh) = self.reviews.identity(&request.token, max_age).await?;
        Ok((reviewed.identity, fresh))
    }

    async fn authorize(
        &self,
        identity: &Identity,
        request: &Request,
        max_age: Duration,
    ) -> Result<Freshness, Refusal> {
        let mut oldest = Freshness::Fresh;
        for connector in &request.source.connectors {
            let namespace = connector
                .namespace
                .clone()
                .unwrap_or_else(|| identity.namespace.clone());
            let key = Key::new(namespace, connector.name.clone());
            // Another namespace's Connector would need its consent, which nothing can give yet.
            if key.namespace != identity.namespace {
                return Err(Refusal::Denied(authz::denial(identity, &key)));
            }
            let (allowed, fresh) = self.reviews.may_use(identity, &key, max_age).await?;
            if !allowed {
                return Err(Refusal::Denied(authz::denial(identity, &key)));
            }
            oldest = older(oldest, fresh);
        }
        Ok(oldest)
    }

    /// What a volume depends on.
    fn look(&self, request: &Request) -> Result<Material, Refusal> {
        if !self.world.is_complete() {
            return Err(Refusal::Starting);
        }
        Ok(self
            .world
            .look(|index| resolve::look(index, &request.pod.namespace, &request.source)))
    }

    async fn make(&self, material: Material, request: &Request, as_of: Timestamp) -> Result<Files, Refusal> {
        let salt = self.salt;
        let source = request.source.clone();
        let tera = Arc::clone(&self.tera);
        let Ok(permit) = self.renders.clone().acquire_owned().await else {
            return Err(Refusal::Internal);
        };
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let files = resolve::render(&material, &source, &tera.volume(TERA_TIME))?;
            let version = render::version(&files, &salt);
            Ok(Files {
                files: Arc::new(files),
                version,
                as_of,
            })
        });
        match work.await {
            Ok(made) => made,
            Err(_) => Err(Refusal::Internal),
        }
    }
}

const fn older(a: Freshness, b: Freshness) -> Freshness {
    match (a, b) {
        (Freshness::StandsIn(x), Freshness::StandsIn(y)) => {
            Freshness::StandsIn(if x.as_nanos() > y.as_nanos() { x } else { y })
        }
        (Freshness::StandsIn(x), Freshness::Fresh) | (Freshness::Fresh, Freshness::StandsIn(x)) => {
            Freshness::StandsIn(x)
        }
        (Freshness::Fresh, Freshness::Fresh) => Freshness::Fresh,
    }
}

/// When what the answers rest on was known to be so: now, unless one of them stands in.
fn as_of(answers: &[Freshness]) -> Timestamp {
    let now = clock::now();
    match answers.iter().copied().fold(Freshness::Fresh, older) {
        Freshness::Fresh => now,
        Freshness::StandsIn(age) => now - age,
    }
}

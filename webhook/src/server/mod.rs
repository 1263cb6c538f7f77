//! The HTTP side: bytes in, a decision, bytes out. [`app`] is the whole of it, for the server and for tests alike.

mod body;
mod decide;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State as Extract;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use patchbay_runtime::clock;
use patchbay_runtime::readiness::Gate;
use patchbay_runtime::trace::{TRACEPARENT, TraceId};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;

use crate::metrics::AdmissionMetrics;
use crate::review::{Request, Unreadable, Verdict, answer};
use crate::shared::SharedIndex;

/// The largest body. The API server takes objects of up to 3 MiB, and a review of an update carries two of them.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// What a request counts at least: it takes memory beside its body.
const BODY_MINIMUM: usize = 64 * 1024;
/// Requests that wait for the index to catch up. They cost little; a flood of them must not grow without end.
const WAITERS_LIMIT: usize = 256;
/// Decisions that take long (a whole class) run beside the others, so many at a time: there are two processors.
const HEAVY_LIMIT: usize = 2;
/// The API server hangs up after `timeoutSeconds` of its configuration, which it sends along; this is the chart's.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// An answer on the way needs some of that time.
const ANSWER_TIME: Duration = Duration::from_millis(500);

/// Which of the two questions is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Webhook {
    /// `/validate`
    Validate,
    /// `/mutate`
    Mutate,
}

impl Webhook {
    /// The word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Mutate => "mutate",
        }
    }
}

/// What all requests share.
pub struct State {
    index: Arc<SharedIndex>,
    /// Open when the index holds the whole cluster.
    synced: Vec<Gate>,
    was_synced: AtomicBool,
    metrics: AdmissionMetrics,
    bodies: body::Places,
    waiters: Semaphore,
    heavy: Arc<Semaphore>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("synced", &self.is_synced())
            .finish_non_exhaustive()
    }
}

impl State {
    /// Decides by `index` as soon as all gates of `synced` are open.
    #[must_use]
    pub fn new(index: Arc<SharedIndex>, synced: Vec<Gate>, metrics: AdmissionMetrics) -> Self {
        Self {
            index,
            synced,
            was_synced: AtomicBool::new(false),
            metrics,
            bodies: body::Places::default(),
            waiters: Semaphore::new(WAITERS_LIMIT),
            heavy: Arc::new(Semaphore::new(HEAVY_LIMIT)),
        }
    }

    /// Once the index was complete it stays good enough to decide by, whatever becomes of the watches.
    fn is_synced(&self) -> bool {
        let is = self.was_synced.load(Ordering::Relaxed) || self.synced.iter().all(Gate::is_open);
        self.was_synced.store(is, Ordering::Relaxed);
        is
    }
}

/// The routes: `POST /validate` and `POST /mutate`.
///
/// # Guarantees
/// Every review that can be read is answered as a review, whatever happens: a panic, a timeout and an index that is not
/// complete are explicit refusals. What cannot be read is answered with a plain HTTP error that repeats nothing of it.
pub fn app(state: Arc<State>) -> Router {
    let handle = |webhook: Webhook| {
        move |Extract(state): Extract<Arc<State>>, request: axum::extract::Request| async move {
            let given = request
                .headers()
                .get(TRACEPARENT)
                .and_then(|value| value.to_str().ok());
            let trace = given
                .and_then(TraceId::from_traceparent)
                .unwrap_or_else(TraceId::random);
            let span = tracing::info_span!("admission", webhook = webhook.as_str(), trace_id = %trace);
            serve(&state, webhook, request).instrument(span).await
        }
    };
    Router::new()
        .route("/validate", post(handle(Webhook::Validate)))
        .route("/mutate", post(handle(Webhook::Mutate)))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "a fault in the Patchbay webhook",
            )
        }))
        .with_state(state)
}

async fn serve(state: &State, webhook: Webhook, http: axum::extract::Request) -> Response {
    let started = clock::mono();
    let until = started + body::timeout(http.uri()).saturating_sub(ANSWER_TIME);
    let body = match body::read(&state.bodies, http, until).await {
        Ok(body) => body,
        Err(refusal) => return plain(refusal.status(), &refusal.to_string()),
    };
    let request = match Request::read(&body.bytes) {
        Ok(request) => Arc::new(request),
        Err(unreadable) => return refuse(state, webhook, &unreadable),
    };
    let deciding = decide::decide(
        state,
        webhook,
        Arc::clone(&request),
        body.bytes.len(),
        started,
        until,
    );
    let verdict = tokio::time::timeout_at(until, deciding)
        .await
        .unwrap_or_else(|_| Verdict::timed_out());
    state
        .metrics
        .observe(webhook, &request, &verdict, started.elapsed());
    if let Some(denial) = &verdict.denial {
        tracing::info!(
            uid = %short(&request.uid),
            operation = request.operation.as_str(),
            kind = crate::metrics::kind(&request),
            ns = short(&request.namespace),
            name = short(request.display_name()),
            reason = verdict.outcome.as_str(),
            code = denial.code,
            violations = denial.causes.len(),
            "denied"
        );
    }
    review(answer(&request.uid, Some(&request), &verdict))
}

/// A request that cannot be read. With its `uid` it is answered in the protocol's own way.
fn refuse(state: &State, webhook: Webhook, unreadable: &Unreadable) -> Response {
    tracing::info!(error = %unreadable, "unreadable review");
    state.metrics.unreadable(webhook);
    match unreadable.uid() {
        Some(uid) => review(answer(uid, None, &Verdict::malformed(unreadable.to_string()))),
        None => plain(StatusCode::BAD_REQUEST, &unreadable.to_string()),
    }
}

/// Names in Kubernetes have 253 characters at most; those of a hostile review must not fill the log.
fn short(name: &str) -> &str {
    let end = name
        .char_indices()
        .nth(253)
        .map_or(name.len(), |(index, _)| index);
    name.get(..end).unwrap_or_default()
}

fn review(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn plain(status: StatusCode, message: &str) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        format!("{message}\n"),
    )
        .into_response()
}

//! From a request to a verdict: the pure decision, and a little patience with the index.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{State, Webhook};
use crate::mutate::mutate;
use crate::review::{Outcome, Request, Verdict};
use crate::shared::{LookedAt, Seen, SharedIndex};
use crate::validate::validate;

/// A larger body is decided on beside the others.
const HEAVY_BYTES: usize = 64 * 1024;
/// `kubectl apply -f folder` sends a class and its Connector within milliseconds, and the watch that tells us of the
/// class may come after the Connector. So what does not exist may still appear, for so long.
const MAY_APPEAR: Duration = Duration::from_secs(1);
/// And what exists may have changed for the better. A refusal that comes this much later is not felt.
const MAY_CHANGE: Duration = Duration::from_millis(250);

/// Decides. A refusal is held back for a moment if the index may be behind.
pub(super) async fn decide(
    state: &State,
    webhook: Webhook,
    request: Arc<Request>,
    size: usize,
    started: Instant,
    until: Instant,
) -> Verdict {
    if !state.is_synced() {
        return Verdict::unavailable("the Patchbay webhook is starting; try again in a moment");
    }
    let mut changes = state.index.subscribe();
    let is_heavy = size > HEAVY_BYTES || request.kind.kind == "ConnectorClass";
    loop {
        changes.mark_unchanged();
        let (verdict, looked_at) = if is_heavy {
            beside(state, webhook, Arc::clone(&request)).await
        } else {
            at_once(&state.index, webhook, &request)
        };
        if looked_at.is_empty() || !may_improve(&verdict) {
            return verdict;
        }
        let patience = if looked_at.iter().any(LookedAt::is_missing) {
            MAY_APPEAR
        } else {
            MAY_CHANGE
        };
        let half = started + (until - started) / 2;
        let Ok(_place) = state.waiters.try_acquire() else {
            return verdict;
        };
        if !has_changed(
            &state.index,
            &mut changes,
            &looked_at,
            half.min(started + patience),
        )
        .await
        {
            return verdict;
        }
    }
}

/// Whether news of the cluster could make a better decision of it.
fn may_improve(verdict: &Verdict) -> bool {
    match verdict.outcome {
        Outcome::Internal | Outcome::Unavailable | Outcome::Overloaded => false,
        _ => verdict.incomplete || !verdict.is_allowed(),
    }
}

/// Waits until something that was looked at changes. False when the time is over.
async fn has_changed(
    index: &SharedIndex,
    changes: &mut watch::Receiver<()>,
    looked_at: &[LookedAt],
    until: Instant,
) -> bool {
    let change = async {
        while !index.has_changed(looked_at) {
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    };
    tokio::time::timeout_at(until, change).await.is_ok()
}

/// On a thread for long work, so that short requests are not held up.
async fn beside(state: &State, webhook: Webhook, request: Arc<Request>) -> (Verdict, Vec<LookedAt>) {
    let Ok(place) = Arc::clone(&state.heavy).acquire_owned().await else {
        return (Verdict::overloaded(), vec![]);
    };
    let index = Arc::clone(&state.index);
    let work = tokio::task::spawn_blocking(move || {
        let decided = at_once(&index, webhook, &request);
        drop(place);
        decided
    });
    // A panic is caught inside; what is left is a runtime that is shutting down.
    work.await.unwrap_or_else(|_| {
        (
            Verdict::unavailable("the Patchbay webhook is stopping; try again"),
            vec![],
        )
    })
}

fn at_once(index: &SharedIndex, webhook: Webhook, request: &Request) -> (Verdict, Vec<LookedAt>) {
    let seen = Seen::new(index);
    let verdict = guarded(request, || match webhook {
        Webhook::Validate => validate(request, &seen),
        Webhook::Mutate => mutate(request, &seen),
    });
    (verdict, seen.into_looked_at())
}

/// Turns a panic into a verdict.
fn guarded(request: &Request, decide: impl FnOnce() -> Verdict) -> Verdict {
    catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(|_| after_panic(request))
}

/// A fault of ours refuses what only we can judge. It must not stand in the way of workloads, whose pods are looked at
/// again when they are made.
fn after_panic(request: &Request) -> Verdict {
    tracing::error!(
        kind = crate::metrics::kind(request),
        "a decision panicked; please report it"
    );
    if request.kind.group == patchbay_api::names::GROUP || request.kind.kind == "Pod" {
        Verdict::internal()
    } else {
        Verdict::unchecked(
            "a fault in the Patchbay webhook: the annotation patchbay.dev/mounts of the pod template was not checked",
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::create;

    #[test]
    fn a_panic_is_an_answer() {
        for (group, kind, code) in [
            ("patchbay.dev", "Connector", Some(500)),
            ("", "Pod", Some(500)),
            ("apps", "Deployment", None),
        ] {
            let request = create(group, kind, json!({}));
            let verdict = guarded(&request, || panic!("a fault"));
            assert_eq!(verdict.outcome, Outcome::Internal, "{kind}");
            assert_eq!(verdict.denial.as_ref().map(|denial| denial.code), code, "{kind}");
            assert_eq!(verdict.warnings.len(), usize::from(code.is_none()), "{kind}");
            assert!(!may_improve(&verdict));
        }
    }
}

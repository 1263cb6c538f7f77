//! Metrics of admission.

use std::sync::Arc;
use std::time::Duration;

use patchbay_runtime::metrics::{Metrics, latency};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use crate::review::{Outcome, Request, Verdict};
use crate::server::Webhook;
use crate::shared::SharedIndex;

/// Counts and times of reviews, and the size of the index. Clones share them.
#[derive(Clone, Debug)]
pub struct AdmissionMetrics {
    requests: Family<RequestLabels, Counter>,
    duration: Family<WebhookLabels, Histogram>,
    objects: Family<KindLabels, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    webhook: &'static str,
    operation: &'static str,
    kind: &'static str,
    decision: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WebhookLabels {
    webhook: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

impl AdmissionMetrics {
    /// Registers them. Once per process.
    #[must_use]
    pub fn register(metrics: &Metrics) -> Self {
        let this = Self {
            requests: Family::default(),
            duration: Family::new_with_constructor(latency),
            objects: Family::default(),
        };
        metrics.register(|registry| {
            registry.register(
                "admission_requests",
                "Reviews answered. Alert on decision=\"deny\" with reason Internal, TimedOut, Overloaded or Unavailable",
                this.requests.clone(),
            );
            registry.register(
                "admission_duration_seconds",
                "From the request to the answer. A refusal is held back for up to 1 s in case the index is behind",
                this.duration.clone(),
            );
            registry.register(
                "admission_index_objects",
                "Objects in memory that decisions are made by",
                this.objects.clone(),
            );
        });
        this
    }

    /// A review was answered.
    pub fn observe(&self, webhook: Webhook, request: &Request, verdict: &Verdict, took: Duration) {
        self.count(
            webhook,
            request.operation.as_str(),
            kind(request),
            verdict.is_allowed(),
            verdict.outcome,
        );
        self.duration
            .get_or_create(&WebhookLabels {
                webhook: webhook.as_str(),
            })
            .observe(took.as_secs_f64());
    }

    /// A review could not be read.
    pub fn unreadable(&self, webhook: Webhook) {
        self.count(webhook, "", "", false, Outcome::Malformed);
    }

    /// The index has changed.
    pub fn index(&self, index: &Arc<SharedIndex>) {
        let (classes, connectors) = index.read(crate::index::Index::sizes);
        for (kind, count) in [("ConnectorClass", classes), ("Connector", connectors)] {
            self.objects
                .get_or_create(&KindLabels { kind })
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    fn count(
        &self,
        webhook: Webhook,
        operation: &'static str,
        kind: &'static str,
        allowed: bool,
        outcome: Outcome,
    ) {
        let decision = if allowed { "allow" } else { "deny" };
        let labels = RequestLabels {
            webhook: webhook.as_str(),
            operation,
            kind,
            decision,
            reason: outcome.as_str(),
        };
        self.requests.get_or_create(&labels).inc();
    }
}

/// The kind, from the bounded set of those that concern us: labels must not be chosen by callers.
pub(crate) fn kind(request: &Request) -> &'static str {
    const KINDS: [&str; 9] = [
        "ConnectorClass",
        "Connector",
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "Job",
        "CronJob",
    ];
    KINDS
        .into_iter()
        .find(|kind| *kind == request.kind.kind)
        .unwrap_or("other")
}

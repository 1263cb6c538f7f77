//! What operators see of the driver. The registry adds `patchbay_` to each name.

use std::sync::Arc;
use std::time::Duration;

use patchbay_runtime::clock;
use patchbay_runtime::metrics::{Metrics as Registered, latency};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use tonic::Code;

use crate::errors::code_name;
use crate::volume::registry::Registry;

/// How a call of `NodePublishVolume` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// The volume was made.
    New,
    /// The volume was there.
    Kept,
    /// Something failed, and the volume keeps its last good files; kubelet was told that all is well.
    Masked,
    /// Kubelet was told that it failed.
    Failed,
}

/// How an answer of the broker about a volume ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    /// New files are in place.
    Written,
    /// The volume had them already.
    Unchanged,
    /// The volume was emptied.
    Revoked,
    /// The broker has nothing newer.
    Stale,
    /// The files could not be used or not be written.
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PublishLabels {
    result: &'static str,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

type Latencies<L> = Family<L, Histogram, fn() -> Histogram>;

/// The driver's metrics. Clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    publishes: Family<PublishLabels, Counter>,
    publish_seconds: Latencies<ResultLabel>,
    unpublishes: Family<CodeLabel, Counter>,
    renders: Latencies<CodeLabel>,
    updates: Family<ResultLabel, Counter>,
    update_seconds: Histogram,
    connected: Gauge,
    connects: Counter,
}

impl Metrics {
    /// Registers them, and what is counted from the registry of volumes at each scrape.
    #[must_use]
    pub fn register(registered: &Registered, volumes: Arc<Registry>) -> Self {
        let metrics = Self {
            publishes: Family::default(),
            publish_seconds: Family::new_with_constructor(latency),
            unpublishes: Family::default(),
            renders: Family::new_with_constructor(latency),
            updates: Family::default(),
            update_seconds: latency(),
            connected: Gauge::default(),
            connects: Counter::default(),
        };
        registered.register(|registry| {
            registry.register(
                "node_publish",
                "Calls of NodePublishVolume by what came of them; alert on result \"failed\" (pods do not start) and \
                 \"masked\" (a volume keeps old files)",
                metrics.publishes.clone(),
            );
            registry.register(
                "node_publish_duration_seconds",
                "From a call of NodePublishVolume to its answer",
                metrics.publish_seconds.clone(),
            );
            registry.register(
                "node_unpublish",
                "Calls of NodeUnpublishVolume by code; alert when not OK: pods can not be removed",
                metrics.unpublishes.clone(),
            );
            registry.register(
                "broker_render_duration_seconds",
                "From the first question to the broker about a new volume to its answer, retries included",
                metrics.renders.clone(),
            );
            registry.register(
                "volume_updates",
                "What the broker sent for published volumes, by what came of it; alert on \"failed\"",
                metrics.updates.clone(),
            );
            registry.register(
                "volume_update_seconds",
                "From the arrival of new files to their being readable in the volume",
                metrics.update_seconds.clone(),
            );
            registry.register(
                "broker_stream_connected",
                "1 while the stream to the broker stands; alert when 0 for more than 5 minutes",
                metrics.connected.clone(),
            );
            registry.register(
                "broker_stream_connects",
                "How often the stream to the broker was set up",
                metrics.connects.clone(),
            );
            registry.register_collector(Box::new(Volumes(volumes)));
        });
        metrics
    }

    /// Counts a publish.
    pub fn published(&self, result: Published, code: Code, took: Duration) {
        let result = match result {
            Published::New => "published",
            Published::Kept => "kept",
            Published::Masked => "masked",
            Published::Failed => "failed",
        };
        self.publishes
            .get_or_create(&PublishLabels {
                result,
                code: code_name(code),
            })
            .inc();
        self.publish_seconds
            .get_or_create(&ResultLabel { result })
            .observe(took.as_secs_f64());
    }

    /// Counts an unpublish.
    pub fn unpublished(&self, code: Code) {
        self.unpublishes
            .get_or_create(&CodeLabel {
                code: code_name(code),
            })
            .inc();
    }

    /// Counts an answer to `Render`.
    pub fn rendered(&self, code: Code, took: Duration) {
        self.renders
            .get_or_create(&CodeLabel {
                code: code_name(code),
            })
            .observe(took.as_secs_f64());
    }

    /// Counts an answer of the stream. `took` is for files that were written.
    pub fn updated(&self, result: Updated, took: Option<Duration>) {
        let result = match result {
            Updated::Written => "written",
            Updated::Unchanged => "unchanged",
            Updated::Revoked => "revoked",
            Updated::Stale => "stale",
            Updated::Failed => "failed",
        };
        self.updates.get_or_create(&ResultLabel { result }).inc();
        if let Some(took) = took {
            self.update_seconds.observe(took.as_secs_f64());
        }
    }

    /// The stream stands, or not.
    pub fn connected(&self, connected: bool) {
        if connected {
            self.connects.inc();
        }
        self.connected.set(i64::from(connected));
    }
}

/// Counts the volumes when somebody asks, so that nothing has to be kept in step.
#[derive(Debug)]
struct Volumes(Arc<Registry>);

impl Collector for Volumes {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counts = self.0.counts(clock::now());
        let mut volumes = encoder.encode_descriptor(
            "volumes",
            "Published volumes by the state of their files: fresh, stale (last good files), revoked (emptied)",
            None,
            MetricType::Gauge,
        )?;
        for (state, count) in [
            ("fresh", counts.fresh),
            ("stale", counts.stale),
            ("revoked", counts.revoked),
        ] {
            ConstGauge::new(count).encode(volumes.encode_family(&[("state", state)])?)?;
        }
        let oldest = ConstGauge::new(counts.oldest_stale_seconds);
        oldest.encode(encoder.encode_descriptor(
            "volume_stale_seconds",
            "For how long the volume that is stale for longest is stale; 0 when none is. Alert above 600",
            None,
            MetricType::Gauge,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels() {
        let registered = Registered::new();
        let metrics = Metrics::register(&registered, Arc::new(Registry::new(clock::now())));
        metrics.published(Published::New, Code::Ok, Duration::from_millis(3));
        metrics.published(Published::Failed, Code::InvalidArgument, Duration::from_millis(3));
        metrics.unpublished(Code::Ok);
        metrics.rendered(Code::Ok, Duration::from_millis(3));
        metrics.updated(Updated::Written, Some(Duration::from_millis(3)));
        metrics.connected(true);
        let text = registered.encode().unwrap();
        for line in [
            "patchbay_node_publish_total{result=\"published\",code=\"OK\"} 1",
            "patchbay_node_publish_total{result=\"failed\",code=\"InvalidArgument\"} 1",
            "patchbay_node_publish_duration_seconds_count{result=\"published\"} 1",
            "patchbay_node_unpublish_total{code=\"OK\"} 1",
            "patchbay_broker_render_duration_seconds_count{code=\"OK\"} 1",
            "patchbay_volume_updates_total{result=\"written\"} 1",
            "patchbay_volume_update_seconds_count 1",
            "patchbay_broker_stream_connected 1",
            "patchbay_broker_stream_connects_total 1",
            "patchbay_volumes{state=\"fresh\"} 0",
            "patchbay_volumes{state=\"stale\"} 0",
            "patchbay_volumes{state=\"revoked\"} 0",
            "patchbay_volume_stale_seconds 0",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}

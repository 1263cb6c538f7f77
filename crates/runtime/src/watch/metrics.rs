//! What the watches of the process say about themselves.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::plan::{End, label};
use crate::clock;
use crate::metrics::Metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Watch {
    watch: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Restart {
    watch: &'static str,
    cause: &'static str,
}

/// The metrics of all watches of the process.
#[derive(Clone, Debug, Default)]
pub struct WatchMetrics {
    objects: Family<Watch, Gauge>,
    invalid: Family<Watch, Gauge>,
    last_event: Family<Watch, Gauge>,
    restarts: Family<Restart, Counter>,
}

impl WatchMetrics {
    /// Registers them. Once per process.
    #[must_use]
    pub fn register(metrics: &Metrics) -> Self {
        let all = Self::default();
        metrics.register(|registry| {
            registry.register("watch_objects", "Objects known by a watch", all.objects.clone());
            registry.register(
                "watch_invalid_objects",
                "Objects that do not parse and are left out; look for them in the log",
                all.invalid.clone(),
            );
            registry.register(
                "watch_last_event_timestamp_seconds",
                "When the API server last gave a sign of life on a watch; alert when older than 5 minutes",
                all.last_event.clone(),
            );
            registry.register(
                "watch_restarts",
                "Ends of a watch by cause; only closed is ordinary",
                all.restarts.clone(),
            );
        });
        all
    }

    pub(super) fn alive(&self, watch: &'static str) {
        self.last_event
            .get_or_create(&Watch { watch })
            .set(clock::now().as_second());
    }

    pub(super) fn objects(&self, watch: &'static str, valid: usize, invalid: usize) {
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.objects.get_or_create(&Watch { watch }).set(gauge(valid));
        self.invalid.get_or_create(&Watch { watch }).set(gauge(invalid));
    }

    pub(super) fn ended(&self, watch: &'static str, end: End) {
        self.restarts
            .get_or_create(&Restart {
                watch,
                cause: label(end),
            })
            .inc();
    }
}

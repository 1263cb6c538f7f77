//! What the watches of the process say about themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use tokio::time::Instant;

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
    alive: Arc<Mutex<BTreeMap<&'static str, Instant>>>,
}

impl WatchMetrics {
    /// Registers them. Once per process.
    #[must_use]
    pub fn register(metrics: &Metrics) -> Self {
        let all = Self::default();
        metrics.register(|registry| {
            registry.register(
                "watch_objects",
                "Objects known by a watch. No alert: it says how large the cluster is",
                all.objects.clone(),
            );
            registry.register(
                "watch_invalid_objects",
                "Objects that do not parse and are left out; the log names them. Alert when above 0",
                all.invalid.clone(),
            );
            registry.register(
                "watch_last_event_timestamp_seconds",
                "When the API server last gave a sign of life on a watch. Alert when older than 5 minutes",
                all.last_event.clone(),
            );
            registry.register(
                "watch_restarts",
                "Ends of a watch by cause; only closed is ordinary. Alert when any other cause keeps rising",
                all.restarts.clone(),
            );
        });
        all
    }

    /// For a debug page: each watch, and how long ago the API server last gave a sign of life on it.
    #[must_use]
    pub fn page(&self) -> String {
        let now = clock::mono();
        let mut page = "watches, by the last sign of life from the API server:\n".to_owned();
        for (watch, last) in self.alive.lock().iter() {
            let age = now.saturating_duration_since(*last).as_secs_f32();
            let written = writeln!(page, "  {watch}  {age:.1} s ago");
            debug_assert!(written.is_ok(), "writing into a String cannot fail");
        }
        page
    }

    pub(super) fn alive(&self, watch: &'static str) {
        self.alive.lock().insert(watch, clock::mono());
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

//! The process's metrics registry and the helpers that keep names and buckets the same everywhere.
//!
//! Rules: a struct of metrics per component, registered here, no globals; label values come from enums or `&'static
//! str`, never from object names or messages.

use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// The registry, shared by those who register and the admin server that prints it. All names start with `patchbay_`.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<RwLock<Registry>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self {
            registry: Arc::new(RwLock::new(Registry::with_prefix("patchbay"))),
        }
    }

    /// Registers metrics: `metrics.register(|r| r.register("admission", "Reviews", counter.clone()))`.
    ///
    /// The registry adds the prefix `patchbay_`, and `_total` to counters. Register each name once.
    pub fn register<T>(&self, with: impl FnOnce(&mut Registry) -> T) -> T {
        with(&mut self.registry.write())
    }

    /// `patchbay_build_info{program,version} 1`.
    pub fn build_info(&self, program: &'static str, version: &'static str) {
        let info = Info::new(vec![("program", program), ("version", version)]);
        self.register(|registry| {
            registry.register(
                "build",
                "The program and its version. No alert: it tells which versions run",
                info,
            )
        });
    }

    /// The text of `/metrics`, in the OpenMetrics format.
    ///
    /// # Errors
    /// When a metric cannot be encoded, which is a bug in that metric.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry.read())?;
        Ok(text)
    }
}

/// Buckets in seconds for calls within the process or to a neighbour: 0.1 ms to 10 s.
///
/// The budgets (5 ms for an admission, 50 ms for a publish, 1 s for a new file) are bounds of buckets, so that an
/// alert on a budget needs no interpolation.
pub const LATENCY_SECONDS: [f64; 15] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// A histogram over [`LATENCY_SECONDS`]. As a family: `Family::new_with_constructor(metrics::latency)`.
#[must_use]
pub fn latency() -> Histogram {
    Histogram::new(LATENCY_SECONDS)
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    #[test]
    fn names_carry_the_prefix_and_the_unit_suffixes() {
        let metrics = Metrics::new();
        metrics.build_info("webhook", "1.2.3");
        let counter: Counter = Counter::default();
        counter.inc();
        metrics.register(|registry| registry.register("things", "Things", counter.clone()));
        let text = metrics.encode().unwrap();
        assert!(
            text.contains("patchbay_build_info{program=\"webhook\",version=\"1.2.3\"} 1"),
            "{text}"
        );
        assert!(text.contains("patchbay_things_total 1"), "{text}");
    }

    #[test]
    fn the_budgets_are_bounds_of_buckets() {
        for budget in [0.005, 0.05, 1.0] {
            assert!(LATENCY_SECONDS.contains(&budget));
        }
        assert!(LATENCY_SECONDS.is_sorted());
    }
}

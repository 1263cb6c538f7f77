//! What controllers say about themselves. The queue's metrics have the names that client-go gives them, behind our
//! prefix, so that dashboards and habits carry over.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;

use super::board::{Board, Numbers};
use super::queue::Urgency;
use crate::clock;
use crate::metrics::{Metrics, latency};

/// How a piece of work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum Outcome {
    /// As it should.
    Done,
    /// The object is wrong; it waits for a change.
    Invalid,
    /// Something else must happen first.
    Waiting,
    /// It will be tried again.
    Transient,
    /// Somebody else was faster; it will be tried again.
    Conflict,
    /// A bug of ours; the log has its line.
    Panic,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Name {
    name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Depth {
    name: &'static str,
    urgency: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    controller: &'static str,
    outcome: Outcome,
}

type Histograms = Family<Name, Histogram, fn() -> Histogram>;

/// The metrics of all controllers of a process, and their pages. Clones share them.
#[derive(Clone, Debug)]
pub struct ControllerMetrics {
    reconciles: Family<Ended, Counter>,
    adds: Family<Name, Counter>,
    retries: Family<Name, Counter>,
    waited: Histograms,
    worked: Histograms,
    boards: Boards,
}

#[derive(Clone, Default)]
struct Boards(Arc<Mutex<Vec<NamedBoard>>>);

type NamedBoard = (&'static str, Arc<dyn Board>);

impl fmt::Debug for Boards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Boards")
    }
}

impl ControllerMetrics {
    /// Makes and registers them. Once per process.
    #[must_use]
    pub fn register(metrics: &Metrics) -> Self {
        let m = Self {
            reconciles: Family::default(),
            adds: Family::default(),
            retries: Family::default(),
            waited: Family::new_with_constructor(latency),
            worked: Family::new_with_constructor(latency),
            boards: Boards::default(),
        };
        metrics.register(|r| {
            r.register(
                "reconcile",
                "Looks at an object, by how they ended. Alert on any Panic, and on a rising share of Transient",
                m.reconciles.clone(),
            );
            r.register(
                "workqueue_adds",
                "Objects that were put into a queue. No alert: it says how much there is to do",
                m.adds.clone(),
            );
            r.register(
                "workqueue_retries",
                "Objects that were put into a queue again because of a failure. Alert when it keeps rising",
                m.retries.clone(),
            );
            r.register(
                "workqueue_queue_duration_seconds",
                "From when an object is due to when a worker takes it. Alert when the 99th percentile is above 5 s",
                m.waited.clone(),
            );
            r.register(
                "workqueue_work_duration_seconds",
                "Duration of one look at an object, requests to tools included. No alert: tools may be slow",
                m.worked.clone(),
            );
            r.register_collector(Box::new(m.boards.clone()));
        });
        m
    }

    pub(super) fn board(&self, name: &'static str, board: Arc<dyn Board>) {
        self.boards.0.lock().push((name, board));
    }

    /// The page of all controllers: who leads, what waits, what runs, what fails.
    #[must_use]
    pub fn page(&self) -> String {
        let now = clock::mono();
        let boards = self.boards.0.lock();
        boards
            .iter()
            .map(|(name, board)| board.page(name, now) + "\n")
            .collect()
    }

    pub(super) fn added(&self, name: &'static str) {
        self.adds.get_or_create(&Name { name }).inc();
    }

    pub(super) fn retried(&self, name: &'static str) {
        self.retries.get_or_create(&Name { name }).inc();
    }

    pub(super) fn took(&self, name: &'static str, waited: Duration) {
        self.waited
            .get_or_create(&Name { name })
            .observe(waited.as_secs_f64());
    }

    pub(super) fn ended(&self, controller: &'static str, outcome: Outcome, took: Duration) {
        self.reconciles
            .get_or_create(&Ended { controller, outcome })
            .inc();
        self.worked
            .get_or_create(&Name { name: controller })
            .observe(took.as_secs_f64());
    }
}

type Measure = (&'static str, &'static str, fn(&Numbers) -> f64);

/// A count as a metric's value.
fn count(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

const MEASURES: [Measure; 4] = [
    (
        "workqueue_unfinished_work_seconds",
        "How long all that is being worked on has taken so far. Alert when it keeps rising: work hangs",
        |n| n.unfinished.as_secs_f64(),
    ),
    (
        "workqueue_longest_running_processor_seconds",
        "How long the oldest work has taken so far. Alert above 120 s: nothing may take so long",
        |n| n.longest.as_secs_f64(),
    ),
    (
        "workqueue_delayed",
        "Objects that will be looked at later. No alert: it is about as many as there are",
        |n| count(n.delayed),
    ),
    (
        "workqueue_failing",
        "Objects whose last look failed. Alert when above 0 for 15 minutes",
        |n| count(n.failing),
    ),
];

impl Collector for Boards {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = clock::mono();
        let all: Vec<(&'static str, Numbers)> = self
            .0
            .lock()
            .iter()
            .map(|(name, board)| (*name, board.numbers(now)))
            .collect();
        let help = "Objects that are due and wait for a worker. Alert when above 1000 for 5 minutes";
        let mut depth = encoder.encode_descriptor("workqueue_depth", help, None, MetricType::Gauge)?;
        for (name, numbers) in &all {
            for (urgency, due) in [Urgency::Change, Urgency::Periodic].into_iter().zip(numbers.due) {
                let urgency = urgency.as_str();
                ConstGauge::new(count(due)).encode(depth.encode_family(&Depth { name, urgency })?)?;
            }
        }
        for (metric, help, value) in MEASURES {
            let mut gauge = encoder.encode_descriptor(metric, help, None, MetricType::Gauge)?;
            for (name, numbers) in &all {
                ConstGauge::new(value(numbers)).encode(gauge.encode_family(&Name { name })?)?;
            }
        }
        Ok(())
    }
}

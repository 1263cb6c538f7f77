//! The reconciler's metrics. Labels come from enums and constants only.

use std::time::Duration;

use patchbay_api::conditions::Reason;
use patchbay_runtime::metrics::{Metrics as Process, latency};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProbeLabels {
    probe: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    call: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReviewLabels {
    review: &'static str,
    answer: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PushLabels {
    push: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadyLabels {
    ready: &'static str,
}

/// See the module. Clones share the metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    connectors: Family<ReadyLabels, Gauge>,
    tool_certificates: Family<StateLabels, Gauge>,
    secrets: Family<StateLabels, Gauge>,
    probes: Family<ProbeLabels, Counter>,
    probe_seconds: Histogram,
    renders: Family<CallLabels, Counter>,
    render_seconds: Histogram,
    reviews: Family<ReviewLabels, Counter>,
    pushes: Family<PushLabels, Counter>,
    push_seconds: Histogram,
    /// Open Watch streams.
    pub streams: Gauge,
    /// Subscribed volumes.
    pub subscriptions: Gauge,
}

impl Metrics {
    /// Makes and registers them. Once per process.
    #[must_use]
    pub fn register(process: &Process) -> Self {
        let m = Self {
            connectors: Family::default(),
            tool_certificates: Family::default(),
            secrets: Family::default(),
            probes: Family::default(),
            probe_seconds: latency(),
            renders: Family::default(),
            render_seconds: latency(),
            reviews: Family::default(),
            pushes: Family::default(),
            push_seconds: latency(),
            streams: Gauge::default(),
            subscriptions: Gauge::default(),
        };
        process.register(|r| {
            m.register_controllers(r);
            m.register_broker(r);
        });
        m
    }

    fn register_controllers(&self, r: &mut Registry) {
        r.register(
            "connectors",
            "Connectors by their Ready condition. Alert on False",
            self.connectors.clone(),
        );
        r.register(
            "tool_certificates",
            "Connectors by how long the certificate of their tool is still good, on the replica that probes. Alert on \
             ExpiresSoon and Expired",
            self.tool_certificates.clone(),
        );
        r.register(
            "secrets",
            "Secrets that Connectors name, each by a watch of its own. Alert on NotReadable",
            self.secrets.clone(),
        );
        r.register(
            "probe",
            "Requests to tools, by the reason of the condition that came of it",
            self.probes.clone(),
        );
        r.register(
            "probe_seconds",
            "Duration of a request to a tool",
            self.probe_seconds.clone(),
        );
    }

    fn register_broker(&self, r: &mut Registry) {
        r.register(
            "broker_render",
            "Answers to requests for files. Alert on Unavailable and Internal",
            self.renders.clone(),
        );
        r.register(
            "broker_render_seconds",
            "Duration of an answer to a request for files",
            self.render_seconds.clone(),
        );
        r.register(
            "broker_review",
            "Token and access reviews. Alert on answer=\"stale\": the API server does not answer",
            self.reviews.clone(),
        );
        r.register(
            "broker_push",
            "Messages to node plugins over their streams",
            self.pushes.clone(),
        );
        r.register(
            "broker_push_seconds",
            "From the change of a source to the message",
            self.push_seconds.clone(),
        );
        r.register(
            "broker_streams",
            "Open streams of node plugins",
            self.streams.clone(),
        );
        r.register(
            "broker_subscriptions",
            "Volumes that node plugins follow",
            self.subscriptions.clone(),
        );
    }

    /// How many Connectors are ready, not ready, and neither.
    pub fn connectors(&self, [yes, no, unknown]: [usize; 3]) {
        for (ready, count) in [("True", yes), ("False", no), ("Unknown", unknown)] {
            let gauge = self.connectors.get_or_create_owned(&ReadyLabels { ready });
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// How many tools have a certificate that is past its end, ends soon, and ends later.
    pub fn tool_certificates(&self, [expired, soon, later]: [usize; 3]) {
        for (state, count) in [("Expired", expired), ("ExpiresSoon", soon), ("Valid", later)] {
            let gauge = self.tool_certificates.get_or_create_owned(&StateLabels { state });
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// How many Secrets are there, are absent, cannot be read, and were not looked at yet.
    pub fn secrets(&self, [present, absent, not_readable, unknown]: [usize; 4]) {
        let states = [
            ("Present", present),
            ("Absent", absent),
            ("NotReadable", not_readable),
            ("Unknown", unknown),
        ];
        for (state, count) in states {
            let gauge = self.secrets.get_or_create_owned(&StateLabels { state });
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// A tool was asked.
    pub fn probed(&self, probe: &'static str, reason: Reason, took: Duration) {
        self.probes
            .get_or_create(&ProbeLabels {
                probe,
                reason: reason.as_str(),
            })
            .inc();
        self.probe_seconds.observe(took.as_secs_f64());
    }

    /// A request for files was answered.
    pub fn rendered(&self, call: &'static str, reason: Reason, took: Duration) {
        self.renders
            .get_or_create(&CallLabels {
                call,
                reason: reason.as_str(),
            })
            .inc();
        self.render_seconds.observe(took.as_secs_f64());
    }

    /// The API server was asked about a token or an access, or an earlier answer was used.
    pub fn reviewed(&self, review: &'static str, answer: &'static str) {
        self.reviews.get_or_create(&ReviewLabels { review, answer }).inc();
    }

    /// A message went out over a stream.
    pub fn pushed(&self, push: &'static str, since_change: Option<Duration>) {
        self.pushes.get_or_create(&PushLabels { push }).inc();
        if let Some(since) = since_change {
            self.push_seconds.observe(since.as_secs_f64());
        }
    }
}

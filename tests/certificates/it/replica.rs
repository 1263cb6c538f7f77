//! Replicas of the webhook and of the reconciler.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use clap::Parser as _;
use jiff::SignedDuration;
use patchbay_runtime::Context;
use patchbay_runtime::tls::{Clock, Params};

use crate::balancer::{Backend, Balancer};
use crate::chart::SYSTEM;
use crate::world::until;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Webhook,
    Broker,
}

impl Kind {
    /// In the names of its objects.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Broker => "broker",
        }
    }
}

/// How a replica is started.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) kind: Kind,
    pub(crate) kubeconfig: PathBuf,
    pub(crate) params: Params,
    /// Serves the certificate of somebody else.
    pub(crate) given: bool,
    /// Seconds that its clock is ahead.
    pub(crate) ahead: i64,
}

pub(crate) struct Replica {
    pub(crate) setup: Setup,
    pub(crate) context: Context,
    pub(crate) address: SocketAddr,
    balancer: Balancer,
}

impl Replica {
    /// Starts it, and it is called as soon as it is ready.
    pub(crate) async fn start(setup: &Setup, balancer: &Balancer) -> Self {
        let context = Context::new();
        let address = match setup.kind {
            Kind::Webhook => webhook(setup, &context).await,
            Kind::Broker => broker(setup, &context).await,
        };
        balancer.add(Backend {
            address,
            readiness: context.readiness.clone(),
        });
        Self {
            setup: setup.clone(),
            context,
            address,
            balancer: balancer.clone(),
        }
    }

    pub(crate) async fn ready(&self) {
        until(&format!("the {} is ready", self.setup.kind.word()), || async {
            let report = format!("{:?}", self.context.readiness.report());
            self.context.readiness.is_ready().then_some(()).ok_or(report)
        })
        .await;
    }

    /// As on SIGTERM.
    pub(crate) async fn stop(self) {
        self.context.readiness.stop();
        self.balancer.remove(self.address);
        self.context.tasks.drain(Duration::from_secs(20)).await.unwrap();
    }

    /// A value of its metrics.
    pub(crate) fn metric(&self, name: &str) -> i64 {
        let text = self.context.metrics.encode().unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_default();
        line.trim()
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not in\n{text}"))
    }
}

fn clock(ahead: i64) -> Clock {
    let ahead = Arc::new(AtomicI64::new(ahead));
    Clock::new(move || {
        patchbay_runtime::clock::now() + SignedDuration::from_secs(ahead.load(Ordering::Relaxed))
    })
}

fn common(kubeconfig: &Path, program: &str, secret: &str) -> Vec<String> {
    let mut words: Vec<String> = [program, "--admin-addr", "127.0.0.1:0", "--namespace", SYSTEM]
        .map(str::to_owned)
        .into();
    words.extend(["--kubeconfig".to_owned(), kubeconfig.to_str().unwrap().to_owned()]);
    words.extend(["--tls-secret".to_owned(), secret.to_owned()]);
    words
}

async fn webhook(setup: &Setup, context: &Context) -> SocketAddr {
    use patchbay_webhook::program::{Args, start};
    let mut words = common(&setup.kubeconfig, "patchbay-webhook", "patchbay-webhook-tls");
    words.extend(["--webhook-addr", "127.0.0.1:0", "--dns-name", "localhost"].map(str::to_owned));
    let mut args = Args::parse_from(words);
    args.use_tls_secret = setup.given;
    args.certificate_times = Some(setup.params);
    args.certificate_clock = clock(setup.ahead);
    start(args, context.clone()).await.unwrap().webhook
}

async fn broker(setup: &Setup, context: &Context) -> SocketAddr {
    use patchbay_reconciler::args::Args;
    use patchbay_reconciler::program::start;
    let mut words = common(&setup.kubeconfig, "patchbay-reconciler", "patchbay-broker-tls");
    words.extend(["--broker-addr", "127.0.0.1:0", "--broker-dns-name", "localhost"].map(str::to_owned));
    words.extend(["--probe-interval", "1h"].map(str::to_owned));
    let mut args = Args::parse_from(words);
    args.use_tls_secret = setup.given;
    args.certificate_times = Some(setup.params);
    args.certificate_clock = clock(setup.ahead);
    start(args, context.clone()).await.unwrap().broker
}

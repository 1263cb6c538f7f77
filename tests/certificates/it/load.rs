//! Admissions, mounts and handshakes without end, each counted.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use kube::api::PostParams;
use kube::{Api, Client};
use parking_lot::Mutex;
use patchbay_api::Connector;
use patchbay_runtime::tls::ReloadingRoots;
use rustls::pki_types::ServerName;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::balancer::Balancer;
use crate::node::{Node, write};
use crate::world::{DEMO, World};

/// What came of calls of one kind.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) good: AtomicUsize,
    bad: Mutex<Vec<String>>,
    times: Mutex<Vec<Duration>>,
}

impl Count {
    fn add(&self, outcome: Result<(), String>, took: Duration) {
        match outcome {
            Ok(()) => {
                self.good.fetch_add(1, Ordering::Relaxed);
                self.times.lock().push(took);
            }
            Err(error) => self.bad.lock().push(error),
        }
    }

    pub(crate) fn good(&self) -> usize {
        self.good.load(Ordering::Relaxed)
    }

    /// Prints the line for a report, and insists that nothing failed.
    pub(crate) fn report(&self, what: &str) {
        let mut times = self.times.lock();
        times.sort();
        let at = |percent: usize| {
            times
                .get(times.len().saturating_sub(1) * percent / 100)
                .copied()
                .unwrap_or_default()
        };
        let bad = self.bad.lock();
        println!(
            "{what}: {} good, {} failed; median {:?}, p99 {:?}, worst {:?}",
            self.good(),
            bad.len(),
            at(50),
            at(99),
            at(100)
        );
        assert!(
            bad.is_empty(),
            "{what} failed: {:#?}",
            bad.iter().take(5).collect::<Vec<_>>()
        );
    }
}

pub(crate) struct Load {
    pub(crate) admissions: Arc<Count>,
    pub(crate) mounts: Arc<Count>,
    pub(crate) handshakes: Arc<Count>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Load {
    pub(crate) fn start(world: &World, node: &Arc<Node>) -> Self {
        let mut load = Self {
            admissions: Arc::default(),
            mounts: Arc::default(),
            handshakes: Arc::default(),
            stop: Arc::default(),
            tasks: JoinSet::new(),
        };
        for worker in 0..3 {
            load.repeat(&load.admissions.clone(), Duration::from_millis(20), {
                let client = world.admin.clone();
                move |number| admission(client.clone(), worker, number)
            });
        }
        for worker in 0..2 {
            load.repeat(&load.mounts.clone(), Duration::from_millis(50), {
                let node = Arc::clone(node);
                move |number| {
                    let node = Arc::clone(&node);
                    async move { node.mount(&format!("csi-{worker}-{number}")).await }
                }
            });
        }
        let bundle = node.root.path().join("webhook.crt");
        load.tasks.spawn(follow(world.admin.clone(), bundle.clone()));
        for (balancer, file) in [(&world.webhooks, bundle), (&world.brokers, node.ca_file())] {
            let roots = ReloadingRoots::new(file);
            load.repeat(&load.handshakes.clone(), Duration::from_millis(50), {
                let balancer = balancer.clone();
                move |_| handshakes(balancer.clone(), Arc::clone(&roots))
            });
        }
        load
    }

    fn repeat<F>(
        &mut self,
        count: &Arc<Count>,
        pause: Duration,
        call: impl Fn(usize) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let (count, stop) = (Arc::clone(count), Arc::clone(&self.stop));
        self.tasks.spawn(async move {
            for number in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let began = Instant::now();
                let outcome = call(number).await;
                count.add(outcome, began.elapsed());
                tokio::time::sleep(pause).await;
            }
        });
    }

    /// Waits for so many in all, ends, and insists that nothing failed.
    pub(crate) async fn finish(mut self, admissions: usize, mounts: usize) {
        let counts = [
            Arc::clone(&self.admissions),
            Arc::clone(&self.mounts),
            Arc::clone(&self.handshakes),
        ];
        let has_failed = || counts.iter().any(|count| !count.bad.lock().is_empty());
        let enough = async {
            while !has_failed() && (self.admissions.good() < admissions || self.mounts.good() < mounts) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(180), enough).await;
        self.stop.store(true, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
        let parts = [
            ("admissions", &self.admissions),
            ("mounts", &self.mounts),
            ("handshakes", &self.handshakes),
        ];
        parts.iter().for_each(|(what, count)| count.report(what));
        in_time.expect("calls go on");
    }
}

/// A change that the webhook is asked about; without it the API server refuses it.
async fn admission(client: Client, worker: usize, number: usize) -> Result<(), String> {
    let connectors: Api<Connector> = Api::namespaced(client, DEMO);
    let object = json!({
        "apiVersion": "patchbay.dev/v1alpha1",
        "kind": "Connector",
        "metadata": {"name": format!("try-{worker}-{number}"), "namespace": DEMO},
        "spec": {"connectorClassName": "certificates-git", "address": "http://127.0.0.1:9"},
    });
    let object: Connector = serde_json::from_value(object).unwrap();
    let params = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    connectors
        .create(&params, &object)
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}

/// With each replica that is ready, as a client that is a little behind.
async fn handshakes(balancer: Balancer, roots: Arc<ReloadingRoots>) -> Result<(), String> {
    // Not there before the first copy.
    let _unchanged = roots.reload().await;
    if !roots.is_loaded() {
        return Ok(());
    }
    for address in balancer.ready() {
        let Ok(stream) = TcpStream::connect(address).await else {
            continue;
        };
        let connector = TlsConnector::from(roots.client_config(&[b"h2"]));
        let name = ServerName::try_from("localhost").unwrap();
        match connector.connect(name, stream).await {
            Ok(_) => {}
            // A replica that ends hangs up.
            Err(error) if error.get_ref().is_none_or(|inner| !inner.is::<rustls::Error>()) => {}
            Err(error) => return Err(format!("{address}: {error}")),
        }
    }
    Ok(())
}

/// Copies the bundle of the webhook's configuration to a file, now and then.
async fn follow(client: Client, file: PathBuf) {
    let configurations: Api<ValidatingWebhookConfiguration> = Api::all(client);
    loop {
        if let Ok(object) = configurations.get("patchbay").await {
            let webhooks = object.webhooks.unwrap_or_default();
            let bundle = webhooks
                .into_iter()
                .next()
                .and_then(|webhook| webhook.client_config.ca_bundle);
            write(
                &file,
                &String::from_utf8(bundle.map(|bytes| bytes.0).unwrap_or_default()).unwrap(),
            );
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

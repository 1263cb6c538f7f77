//! Two leaders-to-be that write all the time, while one of them has trouble: nothing of the one that lost the Lease is
//! written any more, however its requests were held up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::PostParams;
use kube::{Api, Client};
use patchbay_cluster::Fault;
use patchbay_runtime::client::CallError;
use patchbay_runtime::lease::{Candidate, Leadership, Params, WriteGuard};
use patchbay_runtime::readiness::Gate;
use patchbay_runtime::tasks::Supervisor;
use patchbay_runtime::watch::{self, Change, WatchMetrics};
use tokio_util::sync::CancellationToken;

use crate::world::{apply, client, client_of, cluster, eventually, namespace as make_namespace, soon};

const PARAMS: Params = Params {
    duration: Duration::from_secs(4),
    renew_deadline: Duration::from_secs(2),
    retry: Duration::from_millis(300),
};

/// One candidate that writes its name into the ConfigMap whenever it leads, in a runtime of its own, so that the whole
/// of it can be stopped.
struct Writer {
    leadership: Leadership,
    stop: CancellationToken,
    /// Blocks everything in this runtime, as a stopped process, until it is false again.
    stalled: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
    thread: std::thread::JoinHandle<()>,
}

/// Reads, and writes over what was read.
async fn write(guard: &WriteGuard, maps: &Api<ConfigMap>, name: &str) -> Result<(), CallError> {
    let within = Duration::from_secs(10);
    let mut map = guard.call(within, "read", maps.get("written")).await?;
    let data = map.data.get_or_insert_default();
    let count = data.get("count").and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    data.insert("by".to_owned(), name.to_owned());
    data.insert("count".to_owned(), (count + 1).to_string());
    let params = PostParams::default();
    guard
        .call(within, "write", maps.replace("written", &params, &map))
        .await
        .map(drop)
}

impl Writer {
    fn start(kubeconfig: std::path::PathBuf, namespace: &'static str, name: &'static str) -> Self {
        let (stop, stalled) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
        let refused = Arc::new(AtomicUsize::new(0));
        let (tell, told) = std::sync::mpsc::channel();
        let (stopped, stall, refusals) = (stop.clone(), stalled.clone(), refused.clone());
        let thread = std::thread::spawn(move || {
            // One thread: whoever blocks it blocks all.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let client = client_of(&kubeconfig).await;
                let candidate = Candidate {
                    client: client.clone(),
                    namespace: namespace.to_owned(),
                    name: "leader".to_owned(),
                    identity: name.to_owned(),
                    params: PARAMS,
                };
                let (leadership, election) = candidate.start(stopped.clone());
                tell.send(leadership.clone()).unwrap();
                let tasks = Supervisor::new();
                tasks.spawn_job("election", election);
                tasks.spawn_job("stall", {
                    let stopped = stopped.clone();
                    async move {
                        while !stopped.is_cancelled() {
                            while stall.load(Ordering::SeqCst) {
                                std::thread::sleep(Duration::from_millis(5));
                            }
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                        Ok::<_, std::convert::Infallible>(())
                    }
                });
                let (guard, maps) = (leadership.guard(), Api::namespaced(client, namespace));
                while !stopped.is_cancelled() {
                    if let Err(CallError::NotLeading { .. }) = write(&guard, &maps, name).await {
                        refusals.fetch_add(1, Ordering::SeqCst);
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                tasks.drain(Duration::from_secs(10)).await.unwrap();
            });
        });
        Self {
            leadership: told.recv().unwrap(),
            stop,
            stalled,
            refused,
            thread,
        }
    }

    fn stop(self) {
        self.stop.cancel();
        self.thread.join().unwrap();
    }
}

/// Who wrote, in the order in which the API server took it, each once per turn.
async fn turns(client: Client, namespace: &str, seen: Arc<parking_lot::Mutex<Vec<String>>>) {
    use futures::StreamExt as _;
    let mut changes = watch::guarded_in::<ConfigMap>(
        &client,
        namespace,
        watch::Options::new("written").named("written"),
        Gate::detached("written"),
        &WatchMetrics::default(),
    );
    while let Some(change) = changes.next().await {
        let Change::Applied(map) = change else { continue };
        let by = map.data.unwrap_or_default().remove("by").unwrap_or_default();
        let mut seen = seen.lock();
        if seen.last() != Some(&by) {
            seen.push(by);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// The network keeps its requests, and delivers them all when the trouble ends.
    Partition,
    /// The network delivers its requests late.
    Delay,
    /// The process is stopped, and goes on later in the middle of whatever it was doing.
    Pause,
}

async fn loses(namespace: &'static str, trouble: Trouble) {
    make_namespace(namespace);
    apply(&format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: written, namespace: {namespace}}}}}"
    ));
    let seen = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let watching = Supervisor::new();
    let (observer, log) = (client().await, seen.clone());
    watching.spawn_job("turns", async move {
        turns(observer, namespace, log).await;
        Ok::<_, std::convert::Infallible>(())
    });
    let proxy = cluster().fault_proxy().unwrap();
    let through = cluster().kubeconfig_through(&proxy).unwrap();
    let mut first = Writer::start(through, namespace, "first");
    soon("the first leads", first.leadership.acquired()).await;
    let mut second = Writer::start(cluster().kubeconfig_path().to_owned(), namespace, "second");
    eventually("the first writes", || async {
        seen.lock().contains(&"first".to_owned()).then_some(())
    })
    .await;

    match trouble {
        Trouble::Partition => proxy.set(Fault::Hang).unwrap(),
        Trouble::Delay => proxy.set(Fault::Delay(Duration::from_millis(1500))).unwrap(),
        Trouble::Pause => first.stalled.store(true, Ordering::SeqCst),
    }
    soon("the second leads", second.leadership.acquired()).await;
    eventually("the second writes", || async {
        (seen.lock().last().map(String::as_str) == Some("second")).then_some(())
    })
    .await;
    let refused = first.refused.load(Ordering::SeqCst);
    proxy.set(Fault::None).unwrap();
    first.stalled.store(false, Ordering::SeqCst);
    eventually("the first tries to write and may not", || async {
        (first.refused.load(Ordering::SeqCst) > refused + 10).then_some(())
    })
    .await;
    // Whatever was under way has come to its end by now.
    tokio::time::sleep(PARAMS.duration / 2).await;
    assert!(second.leadership.is_leader());
    let order: Vec<String> = seen.lock().iter().filter(|by| !by.is_empty()).cloned().collect();
    assert_eq!(order, ["first", "second"], "{trouble:?}");
    second.stop();
    first.stop();
    watching.drain(Duration::ZERO).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partitioned_leader_writes_nothing_after_its_claim() {
    loses("writers-partition", Trouble::Partition).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_behind_a_slow_network_writes_nothing_after_its_claim() {
    loses("writers-delay", Trouble::Delay).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_leader_writes_nothing_after_its_claim() {
    loses("writers-pause", Trouble::Pause).await;
}

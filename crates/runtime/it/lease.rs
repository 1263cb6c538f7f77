//! The election, with a candidate that loses the API server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client};
use patchbay_cluster::Fault;
use patchbay_runtime::lease::{Candidate, Leadership, Params};
use patchbay_runtime::metrics::Metrics;
use patchbay_runtime::tasks::Supervisor;
use tokio_util::sync::CancellationToken;

use crate::world::{client, client_of, cluster, eventually, namespace, soon};

const PARAMS: Params = Params {
    duration: Duration::from_secs(4),
    renew_deadline: Duration::from_secs(2),
    retry: Duration::from_millis(300),
};

/// From the holder's end to the next one's begin, when the holder ends in order.
const HAND_OVER: Duration = Duration::from_secs(2);

struct Running {
    leadership: Leadership,
    stop: CancellationToken,
    tasks: Supervisor,
}

fn start(client: Client, namespace: &str, identity: &str) -> Running {
    let candidate = Candidate {
        client,
        namespace: namespace.to_owned(),
        name: "leader".to_owned(),
        identity: identity.to_owned(),
        params: PARAMS,
    };
    let (tasks, stop) = (Supervisor::new(), CancellationToken::new());
    let (leadership, election) = candidate.start(stop.clone());
    tasks.spawn_job("election", election);
    Running {
        leadership,
        stop,
        tasks,
    }
}

impl Running {
    async fn stop(self) {
        self.stop.cancel();
        self.tasks.drain(Duration::from_secs(10)).await.unwrap();
    }
}

/// Looks all the time whether two believe.
struct Referee {
    tasks: Supervisor,
    foul: Arc<AtomicBool>,
}

impl Referee {
    fn watch(candidates: &[&Running]) -> Self {
        let (tasks, foul) = (Supervisor::new(), Arc::new(AtomicBool::new(false)));
        let handles: Vec<_> = candidates
            .iter()
            .map(|running| running.leadership.clone())
            .collect();
        let (seen, shutdown) = (Arc::clone(&foul), tasks.shutdown());
        tasks.spawn("referee", async move {
            while !shutdown.is_cancelled() {
                if handles.iter().filter(|handle| handle.is_leader()).count() > 1 {
                    seen.store(true, Ordering::Relaxed);
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok::<_, std::convert::Infallible>(())
        });
        Self { tasks, foul }
    }

    async fn verdict(self) {
        self.tasks.drain(Duration::from_secs(5)).await.unwrap();
        assert!(!self.foul.load(Ordering::Relaxed), "two leaders at a time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_loses_the_api_server_steps_down_before_another_takes_over() {
    namespace("lease-outage");
    let proxy = cluster().fault_proxy().unwrap();
    let through = client_of(&cluster().kubeconfig_through(&proxy).unwrap()).await;
    let mut first = start(through, "lease-outage", "first");
    soon("the first leads", first.leadership.acquired()).await;
    let metrics = Metrics::new();
    first.leadership.register(&metrics);
    assert!(metrics.encode().unwrap().contains("patchbay_lease_held 1"));

    let mut second = start(client().await, "lease-outage", "second");
    let referee = Referee::watch(&[&first, &second]);
    eventually("the second knows the leader", || async {
        (second.leadership.holder() == "first").then_some(())
    })
    .await;
    // The holder renews: it leads for longer than one claim lasts.
    tokio::time::sleep(PARAMS.duration).await;
    assert!(first.leadership.is_leader() && !second.leadership.is_leader());

    proxy.set(Fault::Hang).unwrap();
    let began = Instant::now();
    soon("the first steps down", first.leadership.lost()).await;
    assert!(
        began.elapsed() <= PARAMS.renew_deadline + Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert!(metrics.encode().unwrap().contains("patchbay_lease_held 0"));
    soon("the second takes over", second.leadership.acquired()).await;
    assert!(
        began.elapsed() >= PARAMS.duration - PARAMS.retry * 2,
        "{:?}",
        began.elapsed()
    );

    proxy.set(Fault::None).unwrap();
    eventually("the first knows the leader", || async {
        (first.leadership.holder() == "second").then_some(())
    })
    .await;
    assert!(second.leadership.is_leader());

    // A leader that stops gives the Lease back: nobody waits for it to expire.
    let began = Instant::now();
    second.stop().await;
    soon("the first leads again", first.leadership.acquired()).await;
    assert!(began.elapsed() < HAND_OVER, "{:?}", began.elapsed());
    referee.verdict().await;
    first.stop().await;
}

/// Also while it is writing: the write may take effect although nobody waits for its answer any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_at_any_moment_gives_the_lease_back() {
    namespace("lease-stop");
    let proxy = cluster().fault_proxy().unwrap();
    let slow = client_of(&cluster().kubeconfig_through(&proxy).unwrap()).await;
    // Half of the time of a candidate is spent in writes.
    proxy.set(Fault::Delay(Duration::from_millis(150))).unwrap();
    let leases: Api<Lease> = Api::namespaced(client().await, "lease-stop");
    for n in 0..12_u32 {
        let mut running = start(slow.clone(), "lease-stop", "one");
        soon("it leads", running.leadership.acquired()).await;
        tokio::time::sleep(Duration::from_millis(50) * n).await;
        running.stop().await;
        let spec = leases.get("leader").await.unwrap().spec.unwrap();
        assert_eq!(
            spec.holder_identity,
            None,
            "given back, stopped {} ms later",
            50 * n
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_that_start_together_one_leads() {
    namespace("lease-race");
    let client = client().await;
    let candidates: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| start(client.clone(), "lease-race", name))
        .into();
    let referee = Referee::watch(&candidates.iter().collect::<Vec<_>>());
    let leader = || async {
        candidates
            .iter()
            .position(|running| running.leadership.is_leader())
    };
    let leader = eventually("one leads", leader).await;
    let holder = || async {
        candidates
            .iter()
            .all(|running| !running.leadership.holder().is_empty())
            .then_some(())
    };
    eventually("all know it", holder).await;
    let leases: Api<Lease> = Api::namespaced(client, "lease-race");
    let spec = leases.get("leader").await.unwrap().spec.unwrap();
    assert_eq!(
        spec.holder_identity.as_deref(),
        Some(["a", "b", "c", "d"][leader])
    );
    assert_eq!(
        (spec.lease_duration_seconds, spec.lease_transitions),
        (Some(4), Some(0))
    );
    referee.verdict().await;
    for running in candidates {
        running.stop().await;
    }
    let spec = leases.get("leader").await.unwrap().spec.unwrap();
    assert_eq!(spec.holder_identity, None, "given back");
}

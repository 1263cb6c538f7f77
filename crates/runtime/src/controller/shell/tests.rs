use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;
use tokio::time::sleep;

use super::super::{Hub, outside};
use super::*;
use crate::lease::Claim;
use crate::metrics::Metrics;

#[derive(Clone, Default)]
struct World(Arc<Hub<&'static str>>);

impl Feed for World {
    type Source = &'static str;

    fn listen(&self) -> Listener<&'static str> {
        self.0.listen()
    }

    async fn complete(&self) {}
}

#[derive(Debug, thiserror::Error)]
#[error("it failed")]
struct Failed(Class, bool);

impl Failure for Failed {
    fn class(&self) -> Class {
        self.0
    }

    fn public(&self) -> String {
        "it failed".to_owned()
    }

    fn is_outage(&self) -> bool {
        self.1
    }
}

type Work = fn(u32) -> Result<Next, Failed>;

/// What a test sees of the work.
#[derive(Clone, Default)]
struct Log {
    lines: Arc<Mutex<Vec<(&'static str, Duration)>>>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Log {
    fn names(&self) -> Vec<&'static str> {
        self.lines.lock().iter().map(|(key, _)| *key).collect()
    }

    fn times(&self, key: &str) -> Vec<f32> {
        let lines = self.lines.lock();
        let mine = lines.iter().filter(|(k, _)| *k == key);
        mine.map(|(_, at)| at.as_secs_f32()).collect()
    }
}

/// Keys are sources as well. The work takes `takes` (or with a name that begins with `hangs` a minute outside), and then
/// is what the function says of the attempt.
struct Things {
    keys: BTreeMap<&'static str, Work>,
    takes: Duration,
    log: Log,
    start: Instant,
    attempts: Mutex<BTreeMap<&'static str, u32>>,
}

impl Things {
    fn new(keys: &[(&'static str, Work)], takes: Duration) -> (Self, Log) {
        let log = Log::default();
        let things = Self {
            keys: keys.iter().copied().collect(),
            takes,
            log: log.clone(),
            start: clock::mono(),
            attempts: Mutex::default(),
        };
        (things, log)
    }
}

impl Controller for Things {
    type Key = &'static str;
    type Source = &'static str;
    type Error = Failed;
    const NAME: &'static str = "things";

    fn all(&self) -> Vec<&'static str> {
        self.keys.keys().copied().collect()
    }

    fn affected(&self, changed: &BTreeSet<&'static str>) -> Vec<&'static str> {
        changed.iter().copied().collect()
    }

    async fn reconcile(&self, key: &&'static str) -> Result<Next, Failed> {
        self.log.lines.lock().push((*key, self.start.elapsed()));
        let running = self.log.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.log.most.fetch_max(running, Ordering::SeqCst);
        let _less = Less(&self.log.running);
        let attempt = {
            let mut attempts = self.attempts.lock();
            let attempt = attempts.entry(key).or_default();
            *attempt += 1;
            *attempt
        };
        if key.starts_with("hangs") {
            outside(sleep(60 * SECOND)).await;
        } else {
            sleep(self.takes).await;
        }
        self.keys
            .get(key)
            .map_or(Ok(Next::AwaitChange), |work| work(attempt))
    }
}

struct Less<'a>(&'a AtomicUsize);

impl Drop for Less<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Bench {
    world: World,
    claims: watch::Sender<Claim>,
    metrics: ControllerMetrics,
    process: Metrics,
    shutdown: CancellationToken,
    tasks: tokio::task::JoinSet<Result<(), Infallible>>,
}

fn leader(seconds: u64) -> Claim {
    Claim {
        holder: "me".to_owned(),
        expiry: clock::mono() + Duration::from_secs(seconds),
    }
}

impl Bench {
    fn start(things: Things) -> Self {
        let (claims, claim) = watch::channel(leader(1_000_000));
        let process = Metrics::new();
        let metrics = ControllerMetrics::register(&process);
        let (world, shutdown) = (World::default(), CancellationToken::new());
        let setup = Loop {
            feed: world.clone(),
            leadership: Leadership::for_test("me".to_owned(), claim),
            limits: Limits::new(4, 20),
            metrics: metrics.clone(),
            liveness: Liveness::new(),
            shutdown: shutdown.clone(),
            drain: Duration::from_secs(1),
        };
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(run(things, setup));
        Self {
            world,
            claims,
            metrics,
            process,
            shutdown,
            tasks,
        }
    }

    fn change(&self, key: &'static str) {
        self.world.0.publish(&BTreeSet::from([key]));
    }

    /// Stops, and says how long it took.
    async fn stop(mut self) -> Duration {
        let start = clock::mono();
        self.shutdown.cancel();
        self.tasks.join_next().await.unwrap().unwrap().unwrap();
        start.elapsed()
    }
}

const SECOND: Duration = Duration::from_secs(1);
const GOOD: Work = |_| Ok(Next::AwaitChange);

#[tokio::test(start_paused = true)]
async fn each_class_of_failure_is_tried_again_in_its_own_way() {
    let (things, log) = Things::new(
        &[
            ("conflict", |n| match n {
                1 => Err(Failed(Class::Conflict, false)),
                _ => Ok(Next::AwaitChange),
            }),
            ("invalid", |_| Err(Failed(Class::Invalid, false))),
            ("transient", |_| Err(Failed(Class::Transient, false))),
            ("waiting", |_| Err(Failed(Class::Waiting, false))),
        ],
        Duration::ZERO,
    );
    let bench = Bench::start(things);
    sleep(25 * SECOND).await;
    assert_eq!(log.times("conflict").len(), 2, "at once, and then it is in order");
    assert!(log.times("conflict").iter().all(|at| *at < 0.01));
    assert_eq!(log.times("invalid").len(), 1);
    assert_eq!(log.times("waiting").len(), 1);
    let transient = log.times("transient").len();
    assert!((4..=25).contains(&transient), "{transient}");

    bench.change("invalid");
    sleep(SECOND).await;
    assert_eq!(log.times("invalid").len(), 2, "a change is what it waits for");
    let page = bench.metrics.page();
    assert!(
        page.contains("invalid  2 in a row  Invalid") && page.contains("things: leading"),
        "{page}"
    );
    assert!(!page.contains("conflict"), "{page}");
    let text = bench.process.encode().unwrap();
    for line in [
        "patchbay_workqueue_depth{name=\"things\",urgency=\"change\"} 0",
        "patchbay_workqueue_failing{name=\"things\"} 3",
        "patchbay_reconcile_total{controller=\"things\",outcome=\"Conflict\"} 1",
        "patchbay_workqueue_longest_running_processor_seconds{name=\"things\"} 0",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    bench.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_its_own_object_only() {
    let (things, log) = Things::new(
        &[("bad", |_| panic!("on purpose")), ("good", GOOD)],
        Duration::ZERO,
    );
    let bench = Bench::start(things);
    sleep(SECOND / 2).await;
    bench.change("good");
    sleep(30 * SECOND).await;
    assert_eq!(log.times("good").len(), 2);
    let bad = log.times("bad").len();
    assert!((2..=12).contains(&bad), "{bad}");
    assert!(bench.metrics.page().contains("Panic"), "{}", bench.metrics.page());
    bench.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_outside_keeps_no_worker() {
    let name = |n| -> &'static str { format!("hangs {n}").leak() };
    let keys: Vec<(&str, Work)> = (0..52).map(|n| (name(n), GOOD)).collect();
    let (things, log) = Things::new(&keys, Duration::ZERO);
    let bench = Bench::start(things);
    sleep(SECOND).await;
    // With four workers. More than these would fill the memory.
    assert_eq!(log.running.load(Ordering::SeqCst), 21);
    bench.change("new");
    sleep(SECOND).await;
    assert_eq!(log.times("new"), [1.0], "a change does not wait for them");
    sleep(60 * SECOND).await;
    assert!(log.running.load(Ordering::SeqCst) > 15, "the next ones");
    bench.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_outside_does_not_hide_that_the_api_server_is_back() {
    let (things, log) = Things::new(
        &[
            ("hangs", GOOD),
            ("away", |n| match n {
                1..=4 => Err(Failed(Class::Transient, true)),
                _ => Ok(Next::AwaitChange),
            }),
        ],
        Duration::ZERO,
    );
    let bench = Bench::start(things);
    sleep(50 * SECOND).await;
    assert_eq!(log.running.load(Ordering::SeqCst), 1, "it hangs still");
    let tried = log.times("away");
    assert!(tried.len() >= 5, "{tried:?}");
    bench.stop().await;
}

#[tokio::test(start_paused = true)]
async fn side_by_side_but_not_too_many_and_periodic_work_leaves_room() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let keys: Vec<(&str, Work)> = names.iter().map(|name| (*name, GOOD)).collect();
    let (things, log) = Things::new(&keys, SECOND);
    let bench = Bench::start(things);
    sleep(SECOND / 2).await;
    assert_eq!(log.names(), ["a", "b", "c"]);
    bench.change("h");
    bench.change("new");
    sleep(SECOND / 4).await;
    // One worker is kept free for changes; the second change is next.
    assert_eq!(log.names(), ["a", "b", "c", "h"]);
    sleep(SECOND / 2).await;
    assert_eq!(log.names().get(4), Some(&"new"));
    sleep(10 * SECOND).await;
    assert_eq!(log.names().len(), 9);
    assert_eq!(log.most.load(Ordering::SeqCst), 4);
    bench.stop().await;
}

#[tokio::test(start_paused = true)]
async fn work_stops_at_once_when_the_leadership_is_lost_and_begins_anew_with_it() {
    let (things, log) = Things::new(&[("a", GOOD), ("b", GOOD)], 60 * SECOND);
    let bench = Bench::start(things);
    sleep(SECOND).await;
    assert_eq!(log.running.load(Ordering::SeqCst), 2);
    bench.claims.send_replace(leader(5));
    sleep(4 * SECOND).await;
    assert_eq!(log.running.load(Ordering::SeqCst), 2);
    // Nobody says anything any more: the claim just ends.
    sleep(2 * SECOND).await;
    assert_eq!(log.running.load(Ordering::SeqCst), 0, "dropped");
    assert!(bench.metrics.page().contains("things: not leading"));
    bench.change("a");
    sleep(SECOND).await;
    assert_eq!(log.names().len(), 2);
    bench.claims.send_replace(leader(1_000));
    sleep(SECOND).await;
    assert_eq!(log.names().len(), 4, "everything is looked at");
    bench.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_work_end_but_not_for_long() {
    for (takes, least, most) in [(SECOND / 2, 0.3, 0.6), (60 * SECOND, 0.9, 1.1)] {
        let (things, log) = Things::new(&[("a", GOOD)], takes);
        let bench = Bench::start(things);
        sleep(SECOND / 10).await;
        bench.change("b");
        let took = bench.stop().await.as_secs_f32();
        assert!((least..=most).contains(&took), "{took}");
        assert_eq!(log.names().len(), 1, "nothing new is begun");
        assert_eq!(log.running.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_api_server_is_back_everything_is_in_order_within_seconds() {
    static AWAY: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(true);
    const OUT: Work = |_| {
        if AWAY.load(Ordering::SeqCst) {
            Err(Failed(Class::Transient, true))
        } else {
            Ok(Next::AwaitChange)
        }
    };
    let names: Vec<&'static str> = (0..500).map(|i| &*i.to_string().leak()).collect();
    let keys: Vec<(&str, Work)> = names.iter().map(|name| (*name, OUT)).collect();
    let (things, log) = Things::new(&keys, Duration::from_millis(1));
    let bench = Bench::start(things);
    sleep(60 * SECOND).await;
    let tries = log.names().len();
    assert!(
        tries < 200,
        "{tries} attempts of 500 objects in a minute: they do not hammer"
    );
    assert!(bench.metrics.page().contains("does not answer"));
    AWAY.store(false, Ordering::SeqCst);
    sleep(3 * SECOND).await;
    let page = bench.metrics.page();
    assert!(
        page.contains("failing: 0") && page.contains("due: 0 changed, 0 periodic"),
        "{page}"
    );
    bench.stop().await;
}

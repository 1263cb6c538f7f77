//! One control plane with two replicas of the program for all tests; each test has a namespace of its own.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use clap::Parser as _;
use patchbay_cluster::{ControlPlane, Options};
use patchbay_reconciler::args::Args;
use patchbay_reconciler::program::{self, Running};
use patchbay_runtime::Context;
use serde_json::Value;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// In every credential of these tests; must never be anywhere but in a Secret and in files.
pub(crate) const CANARY: &str = "c4n4ry";

/// How often tools are probed here.
pub(crate) const INTERVAL: &str = "1s";

const RBAC: &str = include_str!("rbac.yaml");

pub(crate) struct Bench {
    pub(crate) cluster: ControlPlane,
    pub(crate) replicas: Vec<Replica>,
}

pub(crate) static BENCH: LazyLock<Bench> = LazyLock::new(|| Bench::start(&["one", "two"]));

/// Another one, without replicas, for tests that bring their own: two leaders would both write.
pub(crate) static ASIDE: LazyLock<Bench> = LazyLock::new(|| Bench::start(&[]));

/// And one where kinds come and go.
pub(crate) static ADDRESSED: LazyLock<Bench> = LazyLock::new(|| Bench::start(&[]));

/// Two more, for tests that make trouble for everybody.
pub(crate) static TROUBLED: LazyLock<Bench> = LazyLock::new(|| Bench::start(&[]));
pub(crate) static KILLED: LazyLock<Bench> = LazyLock::new(|| Bench::start(&[]));

static LOGS: LazyLock<Logs> = LazyLock::new(|| {
    let logs = Logs::default();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("debug,patchbay_reconciler=trace"))
        .with_writer(logs.clone())
        .with_ansi(false)
        .init();
    logs
});

impl Bench {
    fn start(replicas: &[&str]) -> Self {
        patchbay_runtime::tls::install_provider();
        LazyLock::force(&LOGS);
        let cluster = ControlPlane::start(Options::default()).unwrap();
        let crds: String = patchbay_api::crd::all()
            .iter()
            .fold(String::new(), |mut all, crd| {
                write!(all, "---\n{}\n", serde_json::to_string(crd).unwrap()).unwrap();
                all
            });
        cluster.client().apply_ok(&crds).unwrap();
        cluster
            .client()
            .run(&["wait", "--for=condition=Established", "crd", "--all"])
            .unwrap();
        cluster
            .client()
            .apply_ok(&RBAC.replace("SYSTEM", "patchbay-system"))
            .unwrap();
        let nodes = ["node-a", "node-b"]
            .map(|name| format!("---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n"));
        cluster.client().apply_ok(&nodes.concat()).unwrap();
        let kubeconfig = cluster.user_kubeconfig("patchbay-reconciler", &[]).unwrap();
        let replicas: Vec<Replica> = replicas
            .iter()
            .map(|name| Replica::start(&kubeconfig, "patchbay-system", name))
            .collect();
        for replica in &replicas {
            replica.wait_ready();
        }
        Self { cluster, replicas }
    }

    /// What the replicas logged so far.
    pub(crate) fn logs() -> String {
        String::from_utf8_lossy(&LOGS.0.lock().unwrap()).into_owned()
    }
}

/// One replica of the program, in a runtime of its own.
pub(crate) struct Replica {
    pub(crate) running: Running,
    pub(crate) context: Context,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Replica {
    pub(crate) fn start(kubeconfig: &Path, namespace: &str, name: &str) -> Self {
        let mut args = Args::parse_from([
            "patchbay-reconciler",
            "--kubeconfig",
            kubeconfig.to_str().unwrap(),
            "--namespace",
            namespace,
            "--pod-name",
            name,
            "--broker-addr",
            "127.0.0.1:0",
            "--admin-addr",
            "127.0.0.1:0",
            "--probe-interval",
            INTERVAL,
            "--probe-timeout",
            "1s",
            "--probe-allow-cidr",
            "127.0.0.1/32",
        ]);
        args.tera.patience = Duration::from_secs(10);
        args.tera.program = env!("CARGO_BIN_EXE_patchbay-reconciler").into();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let context = Context::new();
                let running = program::start(args, context.clone()).await.unwrap();
                tell.send((running, context.clone())).unwrap();
                tokio::select! {
                    failure = context.tasks.failed() => panic!("a task failed: {failure}"),
                    () = context.shutdown.cancelled() => context.tasks.drain(Duration::from_secs(10)).await.unwrap(),
                }
            });
        });
        let (running, context) = told.recv().unwrap();
        Self {
            running,
            context,
            thread: Some(thread),
        }
    }

    pub(crate) fn wait_ready(&self) {
        wait("the replica is ready", Duration::from_secs(60), || {
            self.context
                .readiness
                .is_ready()
                .then_some(())
                .ok_or_else(|| format!("{:?}", self.context.readiness.report()))
        });
    }

    /// Stops the replica as SIGTERM would.
    pub(crate) fn stop(&mut self) {
        self.context.tasks.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// `/metrics`.
    pub(crate) fn metrics(&self) -> String {
        self.context.metrics.encode().unwrap()
    }
}

/// Polls until it is so.
pub(crate) fn wait<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(last) => assert!(
                start.elapsed() < limit,
                "not within {limit:?}: {what}; last: {last}"
            ),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A namespace with a class, a Connector, its Secret, a service account that may use it, and a pod.
pub(crate) struct Demo {
    pub(crate) bench: &'static Bench,
    pub(crate) namespace: String,
}

/// Whatever a test did, nothing of a credential and no token is in the logs of what ran so far.
impl Drop for Demo {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let logs = Bench::logs();
            assert!(!logs.contains(CANARY), "a credential in the logs");
            assert!(!logs.contains("eyJhbGciOi"), "a token in the logs");
        }
    }
}

const DEMO: &str = include_str!("demo.yaml");

impl Demo {
    /// `address` is where the tool is.
    pub(crate) fn new(namespace: &str, address: &str) -> Self {
        Self::on(&BENCH, namespace, address)
    }

    pub(crate) fn on(bench: &'static Bench, namespace: &str, address: &str) -> Self {
        let demo = Self {
            bench,
            namespace: namespace.to_owned(),
        };
        demo.apply(&DEMO.replace("ADDRESS", address));
        demo
    }

    /// Applies YAML in which `NAMESPACE` and `CANARY` are replaced.
    pub(crate) fn apply(&self, yaml: &str) {
        let yaml = yaml
            .replace("NAMESPACE", &self.namespace)
            .replace("CANARY", CANARY);
        self.bench.cluster.client().apply_ok(&yaml).unwrap();
    }

    pub(crate) fn kubectl(&self, args: &[&str]) -> String {
        self.bench
            .cluster
            .client()
            .run(&[&["-n", self.namespace.as_str()], args].concat())
            .unwrap()
    }

    pub(crate) fn get(&self, args: &[&str]) -> Value {
        self.bench
            .cluster
            .client()
            .json(&[&["-n", self.namespace.as_str(), "get"], args].concat())
            .unwrap()
    }

    /// A token as kubelet would ask for.
    pub(crate) fn token(&self, pod: &str, audience: &str) -> String {
        let uid = self.uid(pod);
        let bound = [
            "--bound-object-kind",
            "Pod",
            "--bound-object-name",
            pod,
            "--bound-object-uid",
            &uid,
        ];
        let token = self.kubectl(
            &[
                &["create", "token", "default", "--audience", audience],
                &bound[..],
            ]
            .concat(),
        );
        token.trim().to_owned()
    }

    pub(crate) fn uid(&self, pod: &str) -> String {
        self.get(&["pod", pod])["metadata"]["uid"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Waits until the conditions contain all of these, and returns the object.
    pub(crate) fn wait_conditions(&self, connector: &str, wanted: &[&str]) -> Value {
        wait(
            &format!("{connector} has {wanted:?}"),
            Duration::from_secs(30),
            || {
                let object = self.get(&["connector", connector]);
                let has = conditions(&object);
                if wanted.iter().all(|want| has.split(' ').any(|c| c == *want)) {
                    Ok(object)
                } else {
                    Err(has)
                }
            },
        )
    }
}

pub(crate) fn conditions(object: &Value) -> String {
    let show = |c: &Value| {
        let text = |field: &str| c[field].as_str().unwrap_or_default().to_owned();
        format!("{}={}/{}", text("type"), text("status"), text("reason"))
    };
    let list = object["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    list.iter().map(show).collect::<Vec<_>>().join(" ")
}

pub(crate) fn message(object: &Value, type_: &str) -> String {
    let list = object["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let found = list
        .iter()
        .find(|c| c["type"] == type_)
        .unwrap_or_else(|| panic!("no {type_} in {object}"));
    found["message"].as_str().unwrap().to_owned()
}

pub(crate) fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

//! One control plane with the webhook before it, shared by all tests of the binary.

use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use patchbay_cluster::{ControlPlane, FaultProxy, Options};
use serde_json::{Value, json};

use crate::program::{Program, until};

static WORLD: LazyLock<RwLock<World>> = LazyLock::new(|| RwLock::new(World::start()));

/// For a test that leaves others alone.
pub(crate) fn world() -> RwLockReadGuard<'static, World> {
    WORLD.read()
}

/// For a test that breaks something on the way.
pub(crate) fn world_alone() -> RwLockWriteGuard<'static, World> {
    WORLD.write()
}

pub(crate) struct World {
    pub(crate) cluster: ControlPlane,
    /// Between the program and the API server.
    pub(crate) to_api: FaultProxy,
    /// Between the API server and the program.
    pub(crate) to_webhook: FaultProxy,
    pub(crate) program: Mutex<Option<Program>>,
    kubeconfig: PathBuf,
    namespaces: AtomicUsize,
}

impl World {
    fn start() -> Self {
        let cluster = ControlPlane::start(Options::default()).expect("a control plane");
        let kubectl = cluster.client();
        kubectl
            .apply_ok(include_str!("rbac.yaml"))
            .expect("the program's rights");
        for crd in patchbay_api::crd::all() {
            let text = serde_json::to_string(&crd).expect("a CRD is JSON");
            kubectl.apply_ok(&text).expect("the CRD is accepted");
        }
        for name in ["connectorclasses", "connectors"] {
            let crd = format!("crd/{name}.patchbay.dev");
            kubectl
                .run(&["wait", "--for=condition=Established", "--timeout=30s", &crd])
                .expect("the CRD is served");
        }
        let to_api = cluster.fault_proxy().expect("a proxy");
        let kubeconfig = restricted_kubeconfig(&cluster, &to_api);
        let program = Program::start(&kubeconfig, 0);
        let to_webhook = FaultProxy::start(program.addresses.webhook).expect("a proxy");
        let port = to_webhook.address().port();
        for text in [
            include_str!("../policy/validating.yaml"),
            include_str!("../policy/mutating.yaml"),
        ] {
            kubectl
                .apply_ok(&with_url(text, port))
                .expect("the configuration is accepted");
        }
        kubectl
            .apply_ok(include_str!("../policy/mounts.yaml"))
            .expect("the policy is accepted");
        program.wait_ready();
        let namespaces = AtomicUsize::new(0);
        let world = Self {
            cluster,
            to_api,
            to_webhook,
            program: Mutex::new(Some(program)),
            kubeconfig,
            namespaces,
        };
        world.wait_until_asked();
        world
    }

    /// The API server learns of configurations and policies by watches of its own.
    fn wait_until_asked(&self) {
        let bad = connector("default", "probe", "no-such-class");
        until("the API server asks the webhook", || {
            self.dry_run(&bad).expect_refused("no-such-class")
        });
        let pod = pod("kube-system", "probe", "x");
        until("the API server follows the policy", || {
            self.dry_run(&pod).expect_refused("patchbay-mounts")
        });
        let pod = crate::world::pod("default", "probe", "no-such-connector");
        until("the API server asks for pods", || {
            self.dry_run(&pod).expect_refused("no-such-connector")
        });
    }

    /// A namespace of the test's own.
    pub(crate) fn namespace(&self) -> String {
        let name = format!("test-{}", self.namespaces.fetch_add(1, Ordering::Relaxed));
        self.cluster
            .client()
            .run(&["create", "namespace", &name])
            .expect("a namespace");
        name
    }

    pub(crate) fn apply(&self, yaml: &str) -> Said {
        Said::from(&self.cluster.apply(yaml).expect("kubectl runs"))
    }

    /// `kubectl create --dry-run=server`.
    pub(crate) fn dry_run(&self, yaml: &str) -> Said {
        self.kubectl(&["create", "--dry-run=server", "-f", "-"], yaml)
    }

    /// What a pod becomes at its creation.
    pub(crate) fn created(&self, pod: &str) -> Value {
        let said = self.kubectl(&["create", "--dry-run=server", "-o", "json", "-f", "-"], pod);
        assert!(said.success, "{said}");
        serde_json::from_str(&said.out).expect("kubectl prints JSON")
    }

    pub(crate) fn kubectl(&self, args: &[&str], stdin: &str) -> Said {
        use std::io::Write as _;
        use std::process::Stdio;
        let mut command = self.cluster.kubectl();
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubectl runs");
        child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(stdin.as_bytes())
            .expect("kubectl reads");
        Said::from(&child.wait_with_output().expect("kubectl ends"))
    }

    /// Starts the program again where the configurations say that it is.
    pub(crate) fn start_program(&self) {
        let port = *PORT.get().expect("the program ran before");
        *self.program.lock() = Some(Program::start(&self.kubeconfig, port));
    }

    /// Stops the program.
    pub(crate) fn stop_program(&self) {
        let program = self.program.lock().take().expect("it runs");
        PORT.get_or_init(|| program.addresses.webhook.port());
        program.stop();
    }

    pub(crate) fn wait_ready(&self) {
        self.program.lock().as_ref().expect("it runs").wait_ready();
    }
}

static PORT: std::sync::OnceLock<u16> = std::sync::OnceLock::new();

/// The program's user, through the proxy.
fn restricted_kubeconfig(cluster: &ControlPlane, proxy: &FaultProxy) -> PathBuf {
    let path = cluster
        .user_kubeconfig("patchbay-webhook", &[])
        .expect("a kubeconfig");
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&path).expect("it can be read"))
        .expect("a kubeconfig is JSON here");
    config["clusters"][0]["cluster"]["server"] = json!(format!("https://{}", proxy.address()));
    fs::write(&path, config.to_string()).expect("it can be written");
    path
}

/// The configuration with the proxy's URL in place of a Service.
fn with_url(text: &str, port: u16) -> String {
    let mut configuration: Value = serde_saphyr::from_str(text).expect("the configuration is YAML");
    for webhook in configuration["webhooks"].as_array_mut().expect("webhooks") {
        let path = webhook["clientConfig"]["service"]["path"]
            .as_str()
            .expect("a path");
        webhook["clientConfig"] = json!({ "url": format!("https://localhost:{port}{path}") });
    }
    configuration.to_string()
}

/// What kubectl said.
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<&Output> for Said {
    fn from(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            success: output.status.success(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = if self.success { "accepted" } else { "refused" };
        write!(f, "{status}\n--- stdout\n{}--- stderr\n{}", self.out, self.err)
    }
}

impl Said {
    fn expect_refused(&self, with: &str) -> Result<(), String> {
        if !self.success && self.err.contains(with) {
            Ok(())
        } else {
            Err(self.to_string())
        }
    }

    /// The words on both streams, without the name of the test's namespace.
    pub(crate) fn in_namespace(&self, namespace: &str) -> String {
        self.to_string().replace(namespace, "NAMESPACE")
    }
}

/// A class with one parameter, a credential, a configuration and a variable.
pub(crate) fn class(name: &str) -> String {
    include_str!("class.yaml").replace("CLASS", name)
}

pub(crate) fn connector(namespace: &str, name: &str, class: &str) -> String {
    include_str!("connector.yaml")
        .replace("NAMESPACE", namespace)
        .replace("NAME", name)
        .replace("CLASS", class)
}

pub(crate) fn pod(namespace: &str, name: &str, annotation: &str) -> String {
    let annotation = serde_json::to_string(annotation).expect("text is JSON");
    include_str!("pod.yaml")
        .replace("NAMESPACE", namespace)
        .replace("NAME", name)
        .replace("ANNOTATION", &annotation)
}

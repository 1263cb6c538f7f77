//! One control plane for all tests, a namespace for each, and waiting with a deadline.

use std::fmt::Debug;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use kube::Client;
use patchbay_cluster::{ControlPlane, Options};
use patchbay_runtime::client;
use patchbay_runtime::tls::install_provider;

static CLUSTER: LazyLock<ControlPlane> = LazyLock::new(|| ControlPlane::start(Options::default()).unwrap());

/// Whatever takes longer is broken.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The control plane, started by the first test that asks.
pub(crate) fn cluster() -> &'static ControlPlane {
    install_provider();
    &CLUSTER
}

/// A client with this kubeconfig.
pub(crate) async fn client_of(kubeconfig: &Path) -> Client {
    install_provider();
    let options = client::Options {
        kubeconfig: Some(kubeconfig.to_owned()),
        user_agent: "runtime-it",
        retry: false,
    };
    client::client(&options).await.unwrap()
}

/// An administrator's client.
pub(crate) async fn client() -> Client {
    client_of(cluster().kubeconfig_path()).await
}

/// Makes a namespace.
pub(crate) fn namespace(name: &str) {
    apply(&format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}"
    ));
}

/// Applies YAML as an administrator.
pub(crate) fn apply(yaml: &str) {
    cluster().client().apply_ok(yaml).unwrap();
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            Instant::now() < deadline,
            "{what} did not happen within {LIMIT:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits for a future no longer than the limit.
pub(crate) async fn soon<T: Debug>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(answer) => answer,
        Err(_) => panic!("{what} did not happen within {LIMIT:?}"),
    }
}

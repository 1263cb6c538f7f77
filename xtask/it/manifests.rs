//! The chart, rendered.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// The helm program.
pub(crate) static HELM: LazyLock<PathBuf> =
    LazyLock::new(|| patchbay_cluster::tools::helm().expect("helm can be had"));

/// The newest Kubernetes that we test with.
pub(crate) const NEWEST: &str = "1.36.3";

/// Runs helm on the chart; what it wrote, or what it complained of.
pub(crate) fn helm(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(&*HELM)
        .args(arguments)
        // A user's own plugins, settings and cluster have no say in the result.
        .env("KUBECONFIG", "/dev/null")
        .env("HELM_NO_PLUGINS", "1")
        .output()
        .expect("helm runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stdout) + &text(&output.stderr))
    }
}

/// The folder of the chart.
pub(crate) fn chart() -> String {
    xtask::root()
        .join("charts/patchbay")
        .to_string_lossy()
        .into_owned()
}

/// The chart's text for a Kubernetes version and further arguments of `helm template`.
pub(crate) fn template(version: &str, arguments: &[&str]) -> Result<String, String> {
    let chart = chart();
    let fixed = [
        "template",
        "patchbay",
        &chart,
        "--namespace",
        "patchbay-system",
        "--kube-version",
        version,
    ];
    helm(&[&fixed[..], arguments].concat())
}

/// The chart's objects.
pub(crate) struct Manifests(Vec<Value>);

impl Manifests {
    /// With the defaults, on the newest Kubernetes.
    pub(crate) fn new() -> Self {
        Self::of(&template(NEWEST, &[]).expect("the chart renders"))
    }

    pub(crate) fn of(text: &str) -> Self {
        let all: Vec<Value> = serde_saphyr::from_multiple(text).expect("YAML");
        Self(all.into_iter().filter(Value::is_object).collect())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }

    pub(crate) fn kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let kind = kind.to_owned();
        self.all().filter(move |object| object["kind"] == kind)
    }

    pub(crate) fn get(&self, kind: &str, name: &str) -> &Value {
        self.kind(kind)
            .find(|object| object["metadata"]["name"] == name)
            .unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// The pod templates of all workloads, by name.
    pub(crate) fn pods(&self) -> Vec<(&str, &Value)> {
        self.all()
            .filter(|object| object["spec"]["template"]["spec"]["containers"].is_array())
            .map(|object| {
                (
                    object["metadata"]["name"].as_str().expect("a name"),
                    &object["spec"]["template"],
                )
            })
            .collect()
    }
}

/// The strings of a list.
pub(crate) fn strings(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

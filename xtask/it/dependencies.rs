//! Who may depend on whom, and on what.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// What each of our crates may use of the others. Tests may use the harness besides.
///
/// `api <- model <- {programs, cli}`, `template <- {model, programs, cli}`, `runtime <- programs`, `proto <- {csi-driver,
/// reconciler}`; the programs never depend on each other, and the CLI on none of them.
const ALLOWED: &[(&str, &[&str])] = &[
    ("patchbay-api", &[]),
    ("gotemplate", &[]),
    ("patchbay-cel", &[]),
    ("patchbay-template", &["gotemplate"]),
    (
        "patchbay-model",
        &["patchbay-api", "patchbay-cel", "patchbay-template"],
    ),
    ("patchbay-tera-worker", &["patchbay-template"]),
    ("patchbay-runtime", &[]),
    ("patchbay-proto", &[]),
    (
        "patchbay-webhook",
        &[
            "patchbay-api",
            "patchbay-model",
            "patchbay-runtime",
            "patchbay-template",
        ],
    ),
    (
        "patchbay-csi-driver",
        &[
            "patchbay-api",
            "patchbay-model",
            "patchbay-proto",
            "patchbay-runtime",
        ],
    ),
    (
        "patchbay-reconciler",
        &[
            "patchbay-api",
            "patchbay-cel",
            "patchbay-model",
            "patchbay-proto",
            "patchbay-runtime",
            "patchbay-template",
            "patchbay-tera-worker",
        ],
    ),
    (
        "patchbay-cli",
        &[
            "gotemplate",
            "patchbay-api",
            "patchbay-model",
            "patchbay-template",
            "patchbay-tera-worker",
        ],
    ),
    (
        "patchbay-bench",
        &[
            "gotemplate",
            "patchbay-api",
            "patchbay-cluster",
            "patchbay-model",
            "patchbay-runtime",
            "patchbay-template",
            "patchbay-webhook",
        ],
    ),
    ("patchbay-certificates", &[]),
    ("patchbay-cluster", &[]),
    ("patchbay-git-server", &[]),
    ("patchbay-oracle", &["gotemplate", "patchbay-cluster"]),
    (
        "patchbay-cel-oracle",
        &["patchbay-cel", "patchbay-cluster", "patchbay-oracle"],
    ),
    ("xtask", &["patchbay-api"]),
    (
        "patchbay-tests",
        &[
            "patchbay-api",
            "patchbay-cluster",
            "patchbay-model",
            "patchbay-proto",
            "xtask",
        ],
    ),
];

/// What tests of a crate may use besides.
const ALLOWED_IN_TESTS: &[(&str, &[&str])] = &[
    ("patchbay-runtime", &["patchbay-cluster"]),
    ("patchbay-webhook", &["patchbay-cluster"]),
    ("patchbay-csi-driver", &["patchbay-cluster"]),
    ("patchbay-reconciler", &["patchbay-cluster"]),
    (
        "patchbay-certificates",
        &[
            "patchbay-api",
            "patchbay-cluster",
            "patchbay-csi-driver",
            "patchbay-proto",
            "patchbay-reconciler",
            "patchbay-runtime",
            "patchbay-webhook",
        ],
    ),
    (
        "xtask",
        &[
            "patchbay-cli",
            "patchbay-cluster",
            "patchbay-csi-driver",
            "patchbay-model",
            "patchbay-reconciler",
            "patchbay-webhook",
        ],
    ),
];

/// Crates that may not be anywhere in the tree, and why.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "rustls with ring is the one TLS library"),
    ("native-tls", "rustls with ring is the one TLS library"),
    ("aws-lc-rs", "two providers in one tree make rustls panic"),
    ("aws-lc-sys", "two providers in one tree make rustls panic"),
    ("chrono", "jiff is the one library for time"),
    (
        "reqwest",
        "hyper is the one HTTP client, so that every connection has our deadlines and address policy",
    ),
    (
        "serde_yaml",
        "it is no longer maintained; serde-saphyr reads YAML",
    ),
];

/// Crates without input and output: no clock, no network, no files, no tasks.
const PURE: &[&str] = &[
    "gotemplate",
    "patchbay-api",
    "patchbay-cel",
    "patchbay-template",
    "patchbay-model",
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(xtask::root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned(), "--locked".to_owned()])
        .exec()
        .expect("cargo metadata runs")
}

fn ours<'a>(package: &'a Package, kind: &'a [DependencyKind]) -> impl Iterator<Item = &'a str> {
    let inside = |name: &str| name.starts_with("patchbay-") || ["gotemplate", "xtask"].contains(&name);
    package
        .dependencies
        .iter()
        .filter(move |dependency| kind.contains(&dependency.kind) && inside(&dependency.name))
        .map(|dependency| dependency.name.as_str())
}

/// The names of everything that is linked into a package when it is built alone.
fn linked(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(xtask::root())
        .args([
            "tree",
            "--offline",
            "--locked",
            "--edges=normal",
            "--prefix=none",
            "--no-dedupe",
            "--package",
            package,
        ])
        .output()
        .expect("cargo tree runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn dependencies_point_downward() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let in_tests: BTreeMap<_, _> = ALLOWED_IN_TESTS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in metadata().workspace_packages() {
        let name = package.name.as_str();
        let Some(may) = allowed.get(name) else {
            wrong.push(format!("{name} is new: say in ALLOWED what it may depend on"));
            continue;
        };
        for other in ours(package, &[DependencyKind::Normal, DependencyKind::Build]) {
            if !may.contains(&other) {
                wrong.push(format!("{name} may not depend on {other}"));
            }
        }
        let also = in_tests.get(name).copied().unwrap_or_default();
        for other in ours(package, &[DependencyKind::Development]) {
            // A crate may turn on its own features for its tests.
            if other != name && !may.contains(&other) && !also.contains(&other) {
                wrong.push(format!("tests of {name} may not depend on {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn banned_crates_are_not_in_the_tree() {
    let lock = std::fs::read_to_string(xtask::root().join("Cargo.lock")).expect("Cargo.lock");
    let names: BTreeSet<&str> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .collect();
    assert!(names.len() > 100, "Cargo.lock is not read right");
    let found: Vec<_> = BANNED.iter().filter(|(name, _)| names.contains(name)).collect();
    assert!(
        found.is_empty(),
        "{found:?}; `cargo tree -i NAME` says who brings it"
    );
}

#[test]
fn pure_crates_link_no_client_and_no_runtime() {
    for package in PURE {
        let linked = linked(package);
        for banned in [
            "tokio",
            "hyper",
            "kube-client",
            "kube-runtime",
            "rustls",
            "rand",
            "fastrand",
            "tracing-subscriber",
        ] {
            assert!(!linked.contains(banned), "{package} links {banned}");
        }
    }
}

#[test]
fn the_node_plugin_links_no_kubernetes_client() {
    let linked = linked("patchbay-csi-driver");
    for banned in ["kube-client", "kube-runtime", "rcgen"] {
        assert!(!linked.contains(banned), "patchbay-csi-driver links {banned}");
    }
}

#[test]
fn the_cli_links_no_client_and_no_server() {
    let linked = linked("patchbay-cli");
    for banned in [
        "tokio",
        "hyper",
        "axum",
        "tonic",
        "kube-client",
        "kube-runtime",
        "rustls",
        "tracing-subscriber",
    ] {
        assert!(!linked.contains(banned), "patchbay-cli links {banned}");
    }
}

#[test]
fn every_crate_takes_lints_and_versions_from_the_workspace() {
    let mut wrong = Vec::new();
    for package in metadata().workspace_packages() {
        let text = std::fs::read_to_string(&package.manifest_path).expect("a manifest");
        let name = &package.name;
        if !text.contains("[lints]\nworkspace = true") {
            wrong.push(format!("{name}: [lints] workspace = true is missing"));
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !text.contains(&format!("\n{key}.workspace = true")) {
                wrong.push(format!("{name}: {key}.workspace = true is missing"));
            }
        }
        let mut section = "";
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            } else if section.contains("dependencies") && line.contains('=') && !line.starts_with('#') {
                let from_workspace = line.contains(".workspace = true") || line.contains("workspace = true");
                if !from_workspace {
                    wrong.push(format!(
                        "{name}: {line}: versions stand in the root Cargo.toml only"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

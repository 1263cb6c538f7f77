//! Everywhere a secret could leak to: objects, logs, events, metrics, disk.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::canary::Canary;
use crate::show::Show;
use crate::world::{SYSTEM, World};

/// Kinds whose objects are searched as they are stored. Secrets are left out: there it belongs.
const KINDS: [&str; 12] = [
    "pods",
    "deployments.apps",
    "replicasets.apps",
    "daemonsets.apps",
    "configmaps",
    "services",
    "events",
    "events.events.k8s.io",
    "connectors.patchbay.dev",
    "connectorclasses.patchbay.dev",
    "leases.coordination.k8s.io",
    "validatingwebhookconfigurations,mutatingwebhookconfigurations",
];

/// The places that hold the canary; none when all is well. Each place is proved to have been read.
///
/// # Errors
/// A place cannot be read.
pub fn search(show: &Show, world: &World, canary: &Canary) -> Result<Vec<String>> {
    let mut found = Vec::new();
    objects(world, canary, &mut found)?;
    logs_and_metrics(world, canary, &mut found)?;
    disk(world, canary, &mut found)?;
    show.say(&format!(
        "searched objects, logs, metrics and disk for the password: {} hits",
        found.len()
    ));
    Ok(found)
}

fn objects(world: &World, canary: &Canary, found: &mut Vec<String>) -> Result<()> {
    for kind in KINDS {
        let text = world
            .kubectl
            .run(&["get", kind, "--all-namespaces", "-o", "json"])?;
        ensure!(text.contains("\"items\""), "no list of {kind}");
        if canary.is_in(text.as_bytes()) {
            found.push(format!("objects of kind {kind}"));
        }
    }
    Ok(())
}

fn logs_and_metrics(world: &World, canary: &Canary, found: &mut Vec<String>) -> Result<()> {
    let pods = world.kubectl.json(&["get", "pods", "-n", SYSTEM])?;
    let names: Vec<&str> = pods
        .pointer("/items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|pod| pod.pointer("/metadata/name").and_then(Value::as_str))
        .collect();
    ensure!(
        names.len() >= 3,
        "fewer pods of Patchbay than programs: {names:?}"
    );
    for name in names {
        let log = world
            .kubectl
            .run(&["logs", "-n", SYSTEM, name, "--all-containers", "--tail=-1"])?;
        ensure!(!log.is_empty(), "{name} logged nothing at all");
        if canary.is_in(log.as_bytes()) {
            found.push(format!("log of {name}"));
        }
        let path = format!("/api/v1/namespaces/{SYSTEM}/pods/{name}:8080/proxy/metrics");
        let metrics = world.kubectl.run(&["get", "--raw", &path])?;
        ensure!(metrics.contains("patchbay_"), "{name} has no metrics of ours");
        if canary.is_in(metrics.as_bytes()) {
            found.push(format!("metrics of {name}"));
        }
    }
    Ok(())
}

fn disk(world: &World, canary: &Canary, found: &mut Vec<String>) -> Result<()> {
    let Some(node) = &world.node else { return Ok(()) };
    // etcd is where Secrets are stored: there it belongs.
    let mut roots = vec![node.folder()];
    if !node.kubelet_root().starts_with(node.folder()) {
        roots.push(node.kubelet_root());
    }
    let except = [node.folder().join("etcd")];
    for root in roots {
        for file in canary.in_files(&root, &except)? {
            found.push(format!("file {}", file.display()));
        }
    }
    Ok(())
}

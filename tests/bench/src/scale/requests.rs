//! What the reconciler asked the API server, from the audit log.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use anyhow::Result;
use patchbay_cluster::ControlPlane;
use serde_json::Value;

/// The user that the reconciler is.
pub(crate) const USER: &str = "patchbay-reconciler";

/// Requests by verb and resource.
pub(crate) type Requests = BTreeMap<String, usize>;

/// All requests so far.
pub(crate) fn all(cluster: &ControlPlane) -> Result<Requests> {
    let mut found = Requests::new();
    for line in BufReader::new(std::fs::File::open(cluster.audit_log_path())?).lines() {
        let line = line?;
        // Most lines are about others, and the log is long.
        if !line.contains(USER) {
            continue;
        }
        let Ok(event) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if text("/user/username") != USER || text("/stage") != "ResponseComplete" {
            continue;
        }
        let what = match text("/objectRef/subresource") {
            "" => format!("{} {}", text("/verb"), text("/objectRef/resource")),
            sub => format!("{} {}/{sub}", text("/verb"), text("/objectRef/resource")),
        };
        *found.entry(what).or_default() += 1;
    }
    Ok(found)
}

/// How many of a verb there were so far.
pub(crate) fn count(cluster: &ControlPlane, verb: &str) -> Result<usize> {
    let all = all(cluster)?;
    Ok(all
        .iter()
        .filter(|(what, _)| what.starts_with(verb))
        .map(|(_, n)| n)
        .sum())
}

/// The difference.
pub(crate) fn since(before: &Requests, now: &Requests) -> Requests {
    now.iter()
        .map(|(what, n)| (what.clone(), n - before.get(what).copied().unwrap_or_default()))
        .filter(|(_, n)| *n > 0)
        .collect()
}

/// As text.
pub(crate) fn show(requests: &Requests) -> String {
    if requests.is_empty() {
        return "none".to_owned();
    }
    let parts: Vec<String> = requests.iter().map(|(what, n)| format!("{n} {what}")).collect();
    parts.join(", ")
}

mod denials;
mod injection;
mod properties;

use json_patch::Patch;
use serde_json::{Value, json};

use super::mutate;
use crate::review::Verdict;
use crate::testing::{INDEX, create};

/// A pod with one container `app`, one init container `setup` and one native sidecar `proxy`.
fn pod(annotation: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "web", "annotations": { "patchbay.dev/mounts": annotation } },
        "spec": {
            "initContainers": [
                { "name": "setup", "image": "i" },
                { "name": "proxy", "image": "i", "restartPolicy": "Always" },
            ],
            "containers": [{ "name": "app", "image": "i" }],
        },
    })
}

fn decide(pod: &Value) -> Verdict {
    mutate(&create("", "Pod", pod.clone()), &*INDEX)
}

/// The pod as it becomes.
fn injected(pod: &Value) -> Value {
    let verdict = decide(pod);
    assert_eq!(verdict.denial, None);
    applied(pod, &verdict)
}

fn applied(pod: &Value, verdict: &Verdict) -> Value {
    let mut result = pod.clone();
    json_patch::patch(&mut result, &Patch(verdict.patch.clone())).expect("the patch applies");
    result
}

/// The sentence that a person gets.
fn denied(pod: &Value) -> String {
    let verdict = decide(pod);
    assert_eq!(verdict.patch, vec![]);
    verdict.denial.expect("the pod is refused").message
}

//! `/mutate`: what a pod with the annotation `patchbay.dev/mounts` gets.
//!
//! `patchbay_model::admission::pod` says what it should have; `patch` is what is missing of that.
//!
//! *Guarantees*
//! - The patch only adds: no value of the pod is changed or removed but a stale stamp of our own.
//! - Applied to the pod it was made for, it applies; asked again with the result, the answer is an empty patch. Other
//!   mutators may add volumes, containers and variables in between.
//! - Containers that the mounts do not name are untouched.

mod patch;

#[cfg(test)]
mod tests;

use patchbay_model::admission::pod;
use serde_json::Value;

use crate::index::Known;
use crate::review::{Operation, Outcome, Request, Verdict};

/// Decides on a pod.
///
/// # Guarantees
/// See the module. A pod without the annotation, and one that mirrors a static pod of a node, is let through as it is.
#[must_use]
pub fn mutate(request: &Request, known: &dyn Known) -> Verdict {
    let is_pod = request.kind.group.is_empty() && request.kind.kind == "Pod";
    if !is_pod || request.operation != Operation::Create || !request.sub_resource.is_empty() {
        return Verdict::not_concerned();
    }
    if request
        .object
        .pointer("/metadata/annotations/kubernetes.io~1config.mirror")
        .is_some()
    {
        return Verdict::not_concerned();
    }
    let pod = match pod::read(&request.object) {
        Ok(Some(pod)) => pod,
        Ok(None) => return Verdict::not_concerned(),
        Err(problems) => return Verdict::invalid(Outcome::Malformed, &problems),
    };
    match pod::decide(&pod, &namespace(request), known) {
        Ok(plan) => Verdict::mutated(patch::missing(&pod, &plan.value))
            .with_warnings(plan.warnings)
            .with_audit("mounts", plan.value.mounts.join(",")),
        Err(refusal) => Verdict::invalid(refusal.why.into(), &refusal.problems),
    }
}

/// The namespace that the pod will be in.
fn namespace(request: &Request) -> String {
    let own = || {
        request
            .object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    if request.namespace.is_empty() {
        own().to_owned()
    } else {
        request.namespace.clone()
    }
}

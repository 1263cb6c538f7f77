//! `/validate`: ConnectorClasses, Connectors, and the pod templates of workloads. Pure; the rules themselves are those
//! of `patchbay-model`, which the reconciler follows too.

mod class;
mod connector;
mod workload;

#[cfg(test)]
mod tests;

use patchbay_api::names::{GROUP, VERSION};
use patchbay_model::Violations;

use crate::index::Known;
use crate::review::{Operation, Request, Verdict};

/// Decides on an object.
///
/// # Guarantees
/// Only CREATE and UPDATE are decided; whatever is being deleted, and every subresource, passes. A kind of our group
/// that this program does not know is refused: it belongs to a newer version, which has not replaced this one yet.
#[must_use]
pub fn validate(request: &Request, known: &dyn Known) -> Verdict {
    let decides = matches!(request.operation, Operation::Create | Operation::Update);
    if !decides || !request.sub_resource.is_empty() || request.is_deleting() {
        return Verdict::not_concerned();
    }
    let kind = &request.kind;
    match (kind.group.as_str(), kind.version.as_str(), kind.kind.as_str()) {
        (GROUP, VERSION, "ConnectorClass") => class::validate(request, known),
        (GROUP, VERSION, "Connector") => connector::validate(request, known),
        (GROUP, ..) => Verdict::unavailable(
            "this version of the Patchbay webhook does not know this kind; wait until its update is complete, and try \
             again",
        ),
        ("apps", _, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", _, "Job") => {
            workload::validate(request, "spec.template", known)
        }
        ("batch", _, "CronJob") => workload::validate(request, "spec.jobTemplate.spec.template", known),
        _ => Verdict::not_concerned(),
    }
}

/// The first violation of a class, for a message about something else: one line.
pub(crate) fn first(violations: &Violations) -> String {
    violations
        .iter()
        .next()
        .map(ToString::to_string)
        .unwrap_or_default()
}

//! `/mutate`: what a pod with the annotation `patchbay.dev/mounts` gets.
//!
//! `read` (the pod) → `resolve` (its mounts against the index) → `plan` (what each container should have) → `patch`
//! (what is missing of that). All of it is pure, and works on raw JSON: a typed pod would drop the fields of a
//! Kubernetes newer than this program.
//!
//! *Guarantees*
//! - The patch only adds: no value of the pod is changed or removed but a stale stamp of our own.
//! - Applied to the pod it was made for, it applies; asked again with the result, the answer is an empty patch. Other
//!   mutators may add volumes, containers and variables in between.
//! - Containers that the mounts do not name are untouched.
//!
//! *Caveats*: ephemeral containers get nothing; they do not exist yet when a pod is made.

mod patch;
mod path;
mod plan;
mod pod;
mod resolve;

#[cfg(test)]
mod tests;

use patchbay_model::mounts::{self, Mount};
use patchbay_model::{Checked, Warning};
use serde_json::Value;

use crate::index::Known;
use crate::review::{Operation, Outcome, Problems, Request, Verdict};
use plan::Plan;

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
    let mounts = match parse(&pod) {
        Ok(mounts) => mounts,
        Err(problems) => return Verdict::invalid(Outcome::Invalid, &problems),
    };
    match decide(&pod, &mounts.value, &namespace(request), known) {
        Ok((plan, warnings)) => Verdict::mutated(patch::missing(&pod, &plan))
            .with_warnings(mounts.warnings)
            .with_warnings(warnings)
            .with_audit("mounts", plan.mounts.join(",")),
        Err(refusal) => Verdict::invalid(refusal.outcome, &refusal.problems),
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

/// Why a pod is refused.
struct Refusal {
    outcome: Outcome,
    problems: Problems,
}

impl From<Problems> for Refusal {
    fn from(problems: Problems) -> Self {
        Self {
            outcome: Outcome::Invalid,
            problems,
        }
    }
}

fn parse(pod: &pod::Pod<'_>) -> Result<Checked<Vec<Mount>>, Problems> {
    mounts::parse(pod.mounts, &mounts::annotation_path(None)).map_err(Problems::from)
}

fn decide<'a>(
    pod: &'a pod::Pod<'a>,
    mounts: &[Mount],
    namespace: &str,
    known: &dyn Known,
) -> Result<(Plan<'a>, Vec<Warning>), Refusal> {
    let (resolved, mut warnings) = resolve::resolve(mounts, namespace, known)?;
    let (plan, more) = plan::plan(pod, &resolved)?;
    warnings.extend(more);
    Ok((plan, warnings))
}

/// What would be said about the pods of a template.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Preview {
    /// The annotation cannot be read.
    pub(crate) malformed: Problems,
    /// A pod of it would be refused today.
    pub(crate) refused: Problems,
    /// It refers to something that is not there.
    pub(crate) incomplete: bool,
    /// A pod of it would get these.
    pub(crate) warnings: Vec<Warning>,
}

/// Looks ahead: what a pod made from this template would be told. Paths are those of a pod, without the template's own.
pub(crate) fn preview(template: &Value, namespace: &str, known: &dyn Known) -> Preview {
    let pod = match pod::read(template) {
        Ok(Some(pod)) => pod,
        Ok(None) => return Preview::default(),
        Err(malformed) => {
            return Preview {
                malformed,
                ..Preview::default()
            };
        }
    };
    let mounts = match parse(&pod) {
        Ok(mounts) => mounts,
        Err(malformed) => {
            return Preview {
                malformed,
                ..Preview::default()
            };
        }
    };
    let mut preview = Preview {
        warnings: mounts.warnings,
        ..Preview::default()
    };
    match decide(&pod, &mounts.value, namespace, known) {
        Ok((_, warnings)) => preview.warnings.extend(warnings),
        Err(Refusal { outcome, problems }) => {
            preview.incomplete = outcome != Outcome::Invalid;
            preview.refused = problems;
        }
    }
    preview
}

//! What admission says about an object: the decisions of the webhook, as plain functions of an object and of what is
//! known of others. The webhook answers with them; the CLI says the same about files.
//!
//! - [`validate`]: ConnectorClasses, Connectors, and the pod templates of workloads.
//! - [`deletion`]: what depends on a ConnectorClass or a Connector that is about to be deleted.
//! - [`pod`]: what a pod with the annotation `patchbay.dev/mounts` gets, or why it is refused.
//! - [`volumes`]: volumes of the CSI driver that a pod's author writes by hand. The API server lets them pass; the driver
//!   and the broker would refuse them, once the pod is on a node.
//! - [`secret_use`]: which auth type of which Connector wants what of a Secret.
//! - [`Known`]: what is known of others. Where that is a part of the world only (files), what is not found is a warning
//!   and not a refusal.
//!
//! Not here: the wire of AdmissionReview, patches, the index that watches feed.

mod class;
mod connector;
mod deletion;
mod known;
pub mod pod;
mod problems;
mod secret;
mod suggest;
mod volumes;
mod workload;

#[cfg(test)]
mod tests;

use patchbay_api::names::{GROUP, VERSION};
use serde_json::Value;

pub use deletion::deletion;
pub use known::{Known, KnownClass, KnownConnector};
pub use problems::Problems;
pub use secret::{SecretUse, secret_use};
pub use volumes::volumes;

use crate::path::FieldPath;
use crate::violation::{ViolationKind, Violations, Warning};

/// An object that is created, updated or about to be deleted. Subresources are not asked about, nor are changes of objects
/// that are being deleted.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// Its API group; empty for the core.
    pub group: &'a str,
    /// Its API version without the group.
    pub version: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// Its name; may be empty.
    pub name: &'a str,
    /// The namespace that it is in, or will be.
    pub namespace: &'a str,
    /// As it will be.
    pub object: &'a Value,
    /// As it is stored; `None` when it is created.
    pub old: Option<&'a Value>,
}

/// What is said of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// Why it is refused; `None` when it is allowed.
    pub refusal: Option<Refusal>,
    /// What the person should know although it is allowed; or, beside a refusal, what could not be checked.
    pub warnings: Vec<Warning>,
    /// It is allowed, and yet something that it looked for was not there.
    pub incomplete: bool,
}

/// Why an object is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In one word.
    pub why: Why,
    /// All that is wrong.
    pub problems: Problems,
}

/// Why an object is refused, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It breaks a rule.
    Invalid,
    /// It is not of the form of its kind.
    Malformed,
    /// The class that it names does not exist.
    ConnectorClassNotFound,
    /// The class that it names cannot be used.
    ConnectorClassInvalid,
    /// The Connector that it names does not exist.
    ConnectorNotFound,
    /// Others need it.
    InUse,
}

impl Decision {
    fn refused(why: Why, problems: impl Into<Problems>) -> Self {
        let problems = problems.into();
        Self {
            refusal: Some(Refusal { why, problems }),
            ..Self::default()
        }
    }

    fn accepted(warnings: Vec<Warning>) -> Self {
        Self {
            warnings,
            ..Self::default()
        }
    }
}

impl From<Problems> for Refusal {
    fn from(problems: Problems) -> Self {
        Self {
            why: Why::Invalid,
            problems,
        }
    }
}

/// Decides on a ConnectorClass, a Connector, or the pod template of a workload. `None`: no kind of these, or nothing in
/// it concerns us.
///
/// # Guarantees
/// Ends quickly and never panics, whatever the object. An update that touches nothing of ours is never refused.
#[must_use]
pub fn validate(review: &Review<'_>, known: &dyn Known) -> Option<Decision> {
    match (review.group, review.version, review.kind) {
        (GROUP, VERSION, "ConnectorClass") => Some(class::validate(review, known)),
        (GROUP, VERSION, "Connector") => Some(connector::validate(review, known)),
        (group, _, kind) => workload::validate(review, template_of(group, kind)?, known),
    }
}

/// Where in a workload the template of its pods is. `None`: no workload that we know.
#[must_use]
pub fn template_of(group: &str, kind: &str) -> Option<&'static str> {
    match (group, kind) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => {
            Some("spec.template")
        }
        ("batch", "CronJob") => Some("spec.jobTemplate.spec.template"),
        _ => None,
    }
}

/// The first violation of a class, for a message about something else: one line.
fn first(violations: &Violations) -> String {
    violations
        .iter()
        .next()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// One problem.
fn problem(path: &FieldPath, kind: ViolationKind, message: impl Into<String>) -> Problems {
    let mut problems = Problems::default();
    problems.add(path, kind, message);
    problems
}

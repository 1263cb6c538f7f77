//! A condition as it is stored: Kubernetes' own, with when it was last looked at and whether it only informs.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// One condition: the fields of `metav1.Condition`, and two that the tools of the real system show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it speaks of. `True` is good for every type.
    #[serde(rename = "type")]
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, in one word; docs/reference/conditions.md explains each.
    pub reason: String,
    /// Why, and what to do.
    pub message: String,
    /// When the status last changed.
    pub last_transition_time: Time,
    /// When the tool was last asked before this was written. What has not changed since is not written again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_probe_time: Option<Time>,
    /// The generation of the object that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Info` where it is not part of `Ready`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
}

//! The difference between a pod and its plan, as additions.

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, PatchOperation};
use patchbay_api::names::{ANNOTATION_INJECTED, DRIVER};
use patchbay_model::admission::pod::{Plan, Pod, Target, same};
use serde_json::{Value, json};

use crate::review::Patch;

/// What the pod lacks.
///
/// # Guarantees
/// Only `add`, and only at `/spec/volumes`, `volumeMounts` and `env` of the plan's containers, and our own annotation.
/// Lists are added where they do not exist, and appended to where they do. Empty when nothing is missing.
pub(crate) fn missing(pod: &Pod<'_>, plan: &Plan<'_>) -> Patch {
    let mut patch = Patch::new();
    let has = |name: &str| pod.volumes.iter().flatten().any(|volume| volume.name == name);
    let volumes = plan.volumes.iter().filter(|(name, _)| !has(name)).map(|(name, attributes)| {
        json!({ "name": name, "csi": { "driver": DRIVER, "readOnly": true, "volumeAttributes": attributes } })
    });
    append(
        &mut patch,
        &["spec", "volumes"],
        pod.volumes.is_some(),
        volumes.collect(),
    );
    for target in &plan.targets {
        container(&mut patch, target);
    }
    if pod.stamp != Some(plan.stamp.as_str()) {
        add(
            &mut patch,
            &["metadata", "annotations", ANNOTATION_INJECTED],
            plan.stamp.as_str().into(),
        );
    }
    patch
}

fn container(patch: &mut Patch, target: &Target<'_>) {
    let container = target.container;
    let index = container.index.to_string();
    let env = target
        .env
        .iter()
        .filter(|(name, _)| container.variable(name).is_none());
    let env = env
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    append(
        patch,
        &["spec", container.list, &index, "env"],
        container.env.is_some(),
        env,
    );
    let existing = || container.mounts.iter().flatten();
    let mounts = target.mounts.iter().filter(|mount| {
        !existing().any(|other| other.volume == mount.volume && same(other.path, &mount.path))
    });
    let mounts = mounts
        .map(|mount| json!({ "name": mount.volume, "mountPath": mount.path, "readOnly": true }))
        .collect();
    append(
        patch,
        &["spec", container.list, &index, "volumeMounts"],
        container.mounts.is_some(),
        mounts,
    );
}

/// Appends to the list at a place, which is made first if need be.
fn append(patch: &mut Patch, list: &[&str], exists: bool, items: Vec<Value>) {
    if items.is_empty() {
        return;
    }
    if !exists {
        return add(patch, list, Value::Array(items));
    }
    for item in items {
        let mut place = list.to_vec();
        place.push("-");
        add(patch, &place, item);
    }
}

/// `from_tokens` escapes `/` and `~`.
fn add(patch: &mut Patch, place: &[&str], value: Value) {
    let path = PointerBuf::from_tokens(place.iter().copied());
    patch.push(PatchOperation::Add(AddOperation { path, value }));
}

//! What a pod should have when it is done: volumes, and for each container its mounts and variables.

use std::collections::BTreeMap;

use patchbay_api::names::{DEFAULT_BINDING_ROOT, DRIVER, ENV_SERVICE_BINDING_ROOT, VOLUME_PREFIX};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::path::{Relation, relation};
use super::read::{Container, Pod};
use super::resolve::Resolved;
use crate::admission::{Problems, suggest};
use crate::env;
use crate::path::FieldPath;
use crate::violation::{ViolationKind, Warning};

/// Mounts times containers. A pod of 100 containers and 20 mounts is past all reason, and the patch stays below 1 MiB.
const MOUNTS_LIMIT: usize = 2000;

/// What a pod should have when it is done.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Attributes by name.
    pub volumes: BTreeMap<String, BTreeMap<String, String>>,
    /// In the order of the pod; only those that get something.
    pub targets: Vec<Target<'a>>,
    /// The value of the annotation that says that it was done.
    pub stamp: String,
    /// The names of what is mounted; for the audit log.
    pub mounts: Vec<String>,
}

/// What a container should have.
#[derive(Debug)]
pub struct Target<'a> {
    /// Which.
    pub container: &'a Container<'a>,
    /// In the order of the annotation.
    pub mounts: Vec<PlannedMount>,
    /// Names and values, in order. Those that the container has already are among them.
    pub env: Vec<(String, String)>,
}

/// A volume in a container; always read-only.
#[derive(Debug)]
pub struct PlannedMount {
    /// The name of the volume.
    pub volume: String,
    /// Where; absolute.
    pub path: String,
}

/// Plans. `all`: no mount of the annotation is missing from `mounts`.
///
/// # Errors
/// Containers that do not exist, volumes that use the reserved prefix, paths that clash: all of them.
pub(super) fn plan<'a>(
    pod: &'a Pod<'a>,
    mounts: &[Resolved<'_>],
    all: bool,
) -> Result<(Plan<'a>, Vec<Warning>), Problems> {
    let mut planner = Planner::default();
    planner.check_containers(pod, mounts);
    let volumes = planner.volumes(pod, mounts);
    if all {
        planner.check_reserved(pod, &volumes);
    }
    if mounts.len().saturating_mul(pod.containers.len()) > MOUNTS_LIMIT {
        let message = format!("mounts times containers must not be more than {MOUNTS_LIMIT}");
        planner
            .problems
            .add(&FieldPath::new("spec"), ViolationKind::TooMany, message);
        return Err(planner.problems);
    }
    let mut targets = Vec::new();
    for container in &pod.containers {
        targets.extend(planner.target(container, mounts));
    }
    let stamp = stamp(&volumes, &targets);
    let mounts = mounts.iter().map(|mount| mount.name.to_owned()).collect();
    let plan = Plan {
        volumes,
        targets,
        stamp,
        mounts,
    };
    if planner.problems.is_empty() {
        Ok((plan, planner.warnings))
    } else {
        Err(planner.problems)
    }
}

/// Whether a mount is meant for a container.
fn is_for(mount: &Resolved<'_>, container: &Container<'_>) -> bool {
    mount
        .containers
        .is_none_or(|names| names.iter().any(|name| name == container.name))
}

#[derive(Default)]
struct Planner {
    problems: Problems,
    warnings: Vec<Warning>,
}

impl Planner {
    fn warn(&mut self, field: &FieldPath, message: String) {
        self.warnings.push(Warning {
            path: field.clone(),
            message,
        });
    }

    fn check_containers(&mut self, pod: &Pod<'_>, mounts: &[Resolved<'_>]) {
        for mount in mounts {
            for (index, name) in mount.containers.unwrap_or_default().iter().enumerate() {
                if pod.containers.iter().any(|container| container.name == name) {
                    continue;
                }
                let names: Vec<String> = pod
                    .containers
                    .iter()
                    .map(|it| it.name.to_owned())
                    .take(suggest::CANDIDATES)
                    .collect();
                let message = format!(
                    "the pod has no container {name:?}; {}",
                    suggest::hint(name, &names)
                );
                self.problems.add(
                    &mount.field.child("containers").index(index),
                    ViolationKind::NotFound,
                    message,
                );
            }
        }
    }

    /// The volumes to have.
    fn volumes(
        &mut self,
        pod: &Pod<'_>,
        mounts: &[Resolved<'_>],
    ) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut volumes = BTreeMap::new();
        let is_used = |mount: &&Resolved<'_>| pod.containers.iter().any(|container| is_for(mount, container));
        for mount in mounts.iter().filter(is_used) {
            let attributes = volumes
                .entry(mount.volume.clone())
                .or_insert_with(|| mount.attributes.clone());
            if *attributes != mount.attributes {
                let message =
                    "the name of its volume is taken by another mount; change a parameter of one of them";
                self.problems.add(mount.field, ViolationKind::Duplicate, message);
            }
        }
        volumes
    }

    /// Volumes of the pod that have no right to their name.
    fn check_reserved(&mut self, pod: &Pod<'_>, volumes: &BTreeMap<String, BTreeMap<String, String>>) {
        for (index, volume) in pod.volumes.iter().flatten().enumerate() {
            if !volume.name.starts_with(VOLUME_PREFIX) {
                continue;
            }
            let ours = volumes
                .get(volume.name)
                .is_some_and(|attributes| is_ours(volume.value, attributes));
            if !ours {
                let message = format!(
                    "names that begin with {VOLUME_PREFIX:?} are reserved for the volumes of \
                     metadata.annotations[patchbay.dev/mounts]; rename the volume, or remove it if it was copied from \
                     another pod"
                );
                let field = FieldPath::new("spec").child("volumes").index(index).child("name");
                self.problems.add(&field, ViolationKind::Forbidden, message);
            }
        }
    }

    fn target<'a>(&mut self, container: &'a Container<'a>, all: &[Resolved<'_>]) -> Option<Target<'a>> {
        let chosen: Vec<&Resolved<'_>> = all.iter().filter(|mount| is_for(mount, container)).collect();
        if chosen.is_empty() {
            return None;
        }
        let mut env = Vec::new();
        let mut root = None;
        if let Some(first) = chosen.iter().find(|mount| mount.mount_path.is_none()) {
            root = self.binding_root(container, first);
            env.extend(
                root.as_ref()
                    .map(|root| (ENV_SERVICE_BINDING_ROOT.to_owned(), root.clone())),
            );
        }
        let mut mounts: Vec<PlannedMount> = Vec::new();
        for mount in chosen {
            let path = match (mount.mount_path, &root) {
                (Some(path), _) => path.to_owned(),
                (None, Some(root)) => format!("{}/{}", root.trim_end_matches('/'), mount.name),
                (None, None) => continue,
            };
            self.check_place(container, mount, &path, &mounts);
            self.variables(container, mount, &path, &mut env);
            mounts.push(PlannedMount {
                volume: mount.volume.clone(),
                path,
            });
        }
        Some(Target {
            container,
            mounts,
            env,
        })
    }

    /// The directory below which mounts without a path go: the container's own, or ours.
    fn binding_root(&mut self, container: &Container<'_>, mount: &Resolved<'_>) -> Option<String> {
        let Some(variable) = container.variable(ENV_SERVICE_BINDING_ROOT) else {
            return Some(DEFAULT_BINDING_ROOT.to_owned());
        };
        let wrong = match variable.value {
            None => "comes from elsewhere (valueFrom) and is not known before the container starts",
            Some(value) if value.contains("$(") => {
                "refers to other variables and is not known before the container starts"
            }
            Some(value) if !value.starts_with('/') => "is not an absolute path",
            Some(value) => return Some(value.to_owned()),
        };
        let field = container.field().child("env").key(ENV_SERVICE_BINDING_ROOT);
        let message = format!(
            "{wrong}, so there is no place for {:?}; give that mount a mountPath",
            mount.name
        );
        self.problems.add(&field, ViolationKind::Invalid, message);
        None
    }

    /// A mount must not hide another, nor lie inside a read-only one, where its directory could not be made.
    fn check_place(
        &mut self,
        container: &Container<'_>,
        mount: &Resolved<'_>,
        path: &str,
        ours: &[PlannedMount],
    ) {
        let name = mount.name;
        if ours
            .iter()
            .any(|other| relation(path, &other.path) != Relation::Apart)
        {
            let message = format!(
                "{path} in container {:?} is the place of another mount of this annotation, or inside or around it; \
                 give one of them another mountPath",
                container.name
            );
            self.problems.add(mount.field, ViolationKind::Duplicate, message);
        }
        for (index, existing) in container.mounts.iter().flatten().enumerate() {
            let field = container.field().child("volumeMounts").index(index);
            match relation(existing.path, path) {
                Relation::Same if existing.volume == mount.volume => {
                    if !existing.read_only {
                        let message = "must be true: what Patchbay mounts is read-only";
                        self.problems
                            .add(&field.child("readOnly"), ViolationKind::Invalid, message);
                    }
                }
                Relation::Same => {
                    let message =
                        format!("{path} is where {name:?} is to be mounted; give one of them another path");
                    self.problems
                        .add(&field.child("mountPath"), ViolationKind::Duplicate, message);
                }
                Relation::Inside => {
                    let message = format!(
                        "lies inside {path}, where {name:?} is to be mounted read-only; give one of them another path"
                    );
                    self.problems
                        .add(&field.child("mountPath"), ViolationKind::Invalid, message);
                }
                Relation::Around if existing.read_only => {
                    let message = format!(
                        "is read-only, so the container starts only if the volume holds the directory for {path} ({name:?})"
                    );
                    self.warn(&field, message);
                }
                Relation::Around | Relation::Apart => {}
            }
        }
    }

    /// Variables that the mount's configurations ask for. One that is there already stays.
    fn variables(
        &mut self,
        container: &Container<'_>,
        mount: &Resolved<'_>,
        path: &str,
        planned: &mut Vec<(String, String)>,
    ) {
        let variables = match env::variables(&mount.class, &mount.configurations, path) {
            Ok(variables) => variables,
            Err(error) => {
                return self
                    .problems
                    .add(mount.field, ViolationKind::Invalid, error.to_string());
            }
        };
        for variable in variables {
            if let Some((_, value)) = planned.iter().find(|(name, _)| *name == variable.name) {
                if *value != variable.value {
                    let message = format!(
                        "{} of container {:?} is set for another mount already; the program that reads it will not \
                         find the files of {:?} by itself",
                        variable.name, container.name, mount.name
                    );
                    self.warn(mount.field, message);
                }
                continue;
            }
            if container
                .variable(&variable.name)
                .is_some_and(|own| own.value != Some(variable.value.as_str()))
            {
                let field = container.field().child("env").key(&variable.name);
                let message = format!(
                    "is kept; {:?} would have set it to {}",
                    mount.name, variable.value
                );
                self.warn(&field, message);
            }
            planned.push((variable.name, variable.value));
        }
    }
}

/// Whether a volume of the pod is the one that we would make.
fn is_ours(volume: &Map<String, Value>, attributes: &BTreeMap<String, String>) -> bool {
    let Some(csi) = volume.get("csi") else {
        return false;
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let theirs = csi.get("volumeAttributes").and_then(Value::as_object).map(|map| {
        map.iter()
            .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
            .collect::<BTreeMap<_, _>>()
    });
    csi.get("driver").and_then(Value::as_str) == Some(DRIVER)
        && csi.get("readOnly") == Some(&Value::Bool(true))
        && theirs.as_ref() == Some(attributes)
}

/// A digest of all that is wanted, then the names of the volumes: the admission policy of the chart reads those and
/// checks that each is still there, and mounted.
fn stamp(volumes: &BTreeMap<String, BTreeMap<String, String>>, targets: &[Target<'_>]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    };
    for (name, attributes) in volumes {
        add(name);
        attributes
            .iter()
            .for_each(|(name, value)| [name, value].into_iter().for_each(|part| add(part)));
    }
    for target in targets {
        add(target.container.name);
        target.mounts.iter().for_each(|mount| {
            [&mount.volume, &mount.path]
                .into_iter()
                .for_each(|part| add(part))
        });
        target
            .env
            .iter()
            .for_each(|(name, value)| [name, value].into_iter().for_each(|part| add(part)));
    }
    let mut stamp = hex::encode(hash.finalize());
    stamp.truncate(16);
    for name in volumes.keys() {
        stamp.push(' ');
        stamp.push_str(name);
    }
    stamp
}

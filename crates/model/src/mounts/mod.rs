//! The annotation `patchbay.dev/mounts` of a pod: which connections to mount, and how.

mod entries;
mod short;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::class::Class;
use crate::param::given_in_map;
use crate::path::FieldPath;
use crate::show;
use crate::violation::{Checked, Report, ViolationKind, Violations};
use crate::volume::{ConnectorRef, VolumeSource};

/// The longest annotation, in bytes.
const LONGEST: usize = 16 * 1024;
/// Entries of one annotation.
const ENTRIES: usize = 16;

/// One entry of the annotation.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// Where the entry stands; for messages.
    pub path: FieldPath,
    /// What to mount.
    pub target: MountTarget,
    /// Which configurations of the class; `None` is all of them.
    pub configurations: Option<Vec<String>>,
    /// Files to leave out (`!file` in `configurations`).
    pub exclude_files: Vec<String>,
    /// Where; `None` is `$SERVICE_BINDING_ROOT/<name>`.
    pub mount_path: Option<String>,
    /// In which containers; `None` is all of them.
    pub containers: Option<Vec<String>>,
    /// Parameters by configuration.
    pub params: BTreeMap<String, Map<String, Value>>,
}

impl Mount {
    /// All of a target, everywhere, at its usual place.
    fn whole(path: FieldPath, target: MountTarget) -> Self {
        Self {
            path,
            target,
            configurations: None,
            exclude_files: vec![],
            mount_path: None,
            containers: None,
            params: BTreeMap::new(),
        }
    }

    /// Whether two mounts would stand at one place of one container. The directory below `$SERVICE_BINDING_ROOT` is
    /// compared by its name, since containers may set the root.
    fn clashes_with(&self, other: &Self) -> bool {
        let same_place = match (&self.mount_path, &other.mount_path) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.target.name() == other.target.name(),
            (Some(_), None) | (None, Some(_)) => false,
        };
        let share = match (&self.containers, &other.containers) {
            (Some(a), Some(b)) => a.iter().any(|container| b.contains(container)),
            (None, _) | (_, None) => true,
        };
        same_place && share
    }
}

/// What a mount names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MountTarget {
    /// A Connector.
    Connector {
        /// Its name.
        name: String,
        /// Its namespace; the pod's own when absent.
        namespace: Option<String>,
    },
}

impl MountTarget {
    /// The name of the directory below `$SERVICE_BINDING_ROOT`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Connector { name, .. } => name,
        }
    }
}

/// The path of the annotation, in a pod or in the template of one (`prefix` is for example `spec.template`).
#[must_use]
pub fn annotation_path(prefix: Option<&FieldPath>) -> FieldPath {
    let root = prefix.cloned().unwrap_or_default();
    root.child("metadata")
        .child("annotations")
        .key(patchbay_api::names::ANNOTATION_MOUNTS)
}

/// Reads the annotation's value. Paths in messages begin with `path`.
///
/// # Guarantees
/// Ends quickly and never panics, whatever the text. The mounts are not empty, and no two of them stand at one place.
///
/// # Errors
/// Every violation.
pub fn parse(annotation: &str, path: &FieldPath) -> Result<Checked<Vec<Mount>>, Violations> {
    let mut report = Report::default();
    let mounts = read(annotation, path, &mut report);
    if report.is_clean() {
        deny_clashes(&mounts, &mut report);
    }
    report.finish(mounts)
}

fn read(annotation: &str, path: &FieldPath, report: &mut Report) -> Vec<Mount> {
    let text = annotation.trim();
    if annotation.len() > LONGEST {
        let message = format!("got {} bytes, wants at most {LONGEST}", annotation.len());
        report.deny(path, ViolationKind::TooLong, message);
        return vec![];
    }
    if text.is_empty() {
        report.deny(
            path,
            ViolationKind::Required,
            "is empty, wants the name of a Connector; or remove the annotation",
        );
        return vec![];
    }
    let mounts = if short::is_short(text) {
        short::read(text, path, report)
    } else {
        entries::read(text, path, report)
    };
    if mounts.len() > ENTRIES {
        let message = format!("got {} mounts, wants at most {ENTRIES}", mounts.len());
        report.deny(path, ViolationKind::TooMany, message);
    }
    mounts
}

fn deny_clashes(mounts: &[Mount], report: &mut Report) {
    for (i, mount) in mounts.iter().enumerate() {
        if mounts.iter().take(i).any(|earlier| earlier.clashes_with(mount)) {
            let message = match &mount.mount_path {
                Some(place) => format!("{} is mounted twice in the same container", show::text(place)),
                None => format!(
                    "{} is mounted twice in the same container; give one of them a mountPath",
                    show::text(mount.target.name())
                ),
            };
            report.deny(&mount.path, ViolationKind::Duplicate, message);
        }
    }
}

/// Checks an entry against the class of its Connector, and says what the volume asks for. The result names the
/// Connector's namespace only where the entry does.
///
/// # Errors
/// Every configuration that the class does not have, and every parameter that does not fit.
pub fn resolve(mount: &Mount, class: &Class) -> Result<Checked<VolumeSource>, Violations> {
    let mut report = Report::default();
    let all: Vec<&str> = class.configurations.iter().map(|c| c.name.as_str()).collect();
    let configurations = match &mount.configurations {
        None => all.iter().map(|name| (*name).to_owned()).collect(),
        Some(names) => {
            for name in names.iter().filter(|name| class.configuration(name).is_none()) {
                let near = show::did_you_mean(name, all.iter().copied());
                let message = format!(
                    "got {}, {} has {}{near}",
                    show::text(name),
                    class.shown(),
                    show::names(&all)
                );
                report.deny(
                    &mount.path.child("configurations"),
                    ViolationKind::NotFound,
                    message,
                );
            }
            names.clone()
        }
    };
    check_params(mount, class, &configurations, &mut report);
    warn_of_files(mount, class, &configurations, &mut report);
    let MountTarget::Connector { name, namespace } = &mount.target;
    report.finish(VolumeSource {
        connectors: vec![ConnectorRef {
            namespace: namespace.clone(),
            name: name.clone(),
        }],
        configurations,
        exclude_files: mount.exclude_files.clone(),
        params: mount.params.clone(),
        token_expiration: None,
    })
}

fn check_params(mount: &Mount, class: &Class, configurations: &[String], report: &mut Report) {
    let path = mount.path.child("params");
    for name in mount.params.keys().filter(|name| !configurations.contains(name)) {
        let near = show::did_you_mean(name, configurations.iter().map(String::as_str));
        let message = format!(
            "is not one of the mounted configurations, which are {}{near}",
            show::names(configurations)
        );
        report.deny(&path.key(name), ViolationKind::NotFound, message);
    }
    let none = Map::new();
    for configuration in configurations.iter().filter_map(|name| class.configuration(name)) {
        let path = path.key(&configuration.name);
        let given = given_in_map(mount.params.get(&configuration.name).unwrap_or(&none), &path);
        let owner = format!(
            "configuration {} of {}",
            show::text(&configuration.name),
            class.shown()
        );
        configuration.params.bind(&given, &path, &owner, report);
    }
}

/// Built-in files are not known here, so a name that no configuration has is only suspicious.
fn warn_of_files(mount: &Mount, class: &Class, configurations: &[String], report: &mut Report) {
    let chosen = configurations.iter().filter_map(|name| class.configuration(name));
    let files: BTreeSet<&str> = chosen
        .flat_map(|c| c.files.iter().map(|f| f.name.as_str()))
        .collect();
    for file in mount
        .exclude_files
        .iter()
        .filter(|file| !files.contains(file.as_str()))
    {
        if !crate::render::BUILT_IN_FILES.contains(&file.as_str()) {
            let near = show::did_you_mean(file, files.iter().copied());
            let message = format!(
                "leaves out {}, which no mounted configuration has{near}",
                show::text(file)
            );
            report.warn(&mount.path.child("configurations"), message);
        }
    }
}

#[cfg(test)]
mod tests;

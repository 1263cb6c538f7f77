//! The annotation `patchbay.dev/mounts` of a pod: which connections to mount, and how.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::class::Class;
use crate::path::FieldPath;
use crate::violation::{Checked, Violations};
use crate::volume::VolumeSource;

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
    root.child("metadata").child("annotations").key(patchbay_api::names::ANNOTATION_MOUNTS)
}

/// Reads the annotation's value. Paths in messages begin with `path`.
pub fn parse(_annotation: &str, _path: &FieldPath) -> Result<Checked<Vec<Mount>>, Violations> {
    Ok(Checked { value: vec![], warnings: vec![] })
}

/// Checks an entry against the class of its Connector, and says what the volume asks for. `pod_namespace` decides
/// nothing; the result names the Connector's namespace only where the entry does.
pub fn resolve(_mount: &Mount, _class: &Class) -> Result<Checked<VolumeSource>, Violations> {
    Ok(Checked { value: VolumeSource::default(), warnings: vec![] })
}

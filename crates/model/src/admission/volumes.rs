//! Inline volumes of the CSI driver, as people write them.

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_api::names::DRIVER;
use serde_json::{Map, Value};

use super::{Decision, Known, KnownClass, Problems, Why, suggest};
use crate::class::Class;
use crate::path::FieldPath;
use crate::render::{params, unknown_configurations};
use crate::violation::{Violation, ViolationKind, Violations, Warning};
use crate::volume::{self, VolumeSource};

/// Checks the volumes of a pod, or of the template of one that stands at `place`. `None`: it has none of our driver.
///
/// # Guarantees
/// Ends quickly and never panics, whatever the object. What has another shape than a pod has is passed over: the API
/// server says so.
#[must_use]
pub fn volumes(
    pod: &Value,
    place: Option<&FieldPath>,
    namespace: &str,
    known: &dyn Known,
) -> Option<Decision> {
    let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array)?;
    let path = place.cloned().unwrap_or_default().child("spec").child("volumes");
    let mut check = Check {
        namespace,
        known,
        problems: Problems::default(),
        warnings: vec![],
        incomplete: false,
    };
    let mut ours = 0;
    for (index, volume) in volumes.iter().enumerate() {
        let csi = volume.get("csi").and_then(Value::as_object);
        if let Some(csi) = csi.filter(|csi| csi.get("driver").and_then(Value::as_str) == Some(DRIVER)) {
            ours += 1;
            check.volume(csi, &path.index(index).child("csi"));
        }
    }
    let refusal = (!check.problems.is_empty()).then_some(super::Refusal {
        why: Why::Invalid,
        problems: check.problems,
    });
    (ours > 0).then_some(Decision {
        refusal,
        warnings: check.warnings,
        incomplete: check.incomplete,
    })
}

struct Check<'a> {
    namespace: &'a str,
    known: &'a dyn Known,
    problems: Problems,
    warnings: Vec<Warning>,
    incomplete: bool,
}

impl Check<'_> {
    fn volume(&mut self, csi: &Map<String, Value>, path: &FieldPath) {
        let is_set = |name: &str| csi.get(name).is_some_and(|value| !value.is_null());
        let mut deny =
            |field: &str, kind, message: String| self.problems.add(&path.child(field), kind, message);
        if csi.get("readOnly") != Some(&Value::Bool(true)) {
            let message = "the volume must be read-only: set `readOnly: true`";
            deny("readOnly", ViolationKind::Required, message.to_owned());
        }
        if csi
            .get("fsType")
            .and_then(Value::as_str)
            .is_some_and(|it| !it.is_empty())
        {
            let message = format!("{DRIVER} chooses the file system: remove it");
            deny("fsType", ViolationKind::Forbidden, message);
        }
        if is_set("nodePublishSecretRef") {
            let message = format!("{DRIVER} takes none: credentials come from the Connectors; remove it");
            deny("nodePublishSecretRef", ViolationKind::Forbidden, message);
        }
        let Some(attributes) = self.attributes(csi, path) else {
            return;
        };
        match volume::parse_attributes(&attributes) {
            Ok(checked) => {
                self.warnings
                    .extend(checked.warnings.into_iter().map(|warning| Warning {
                        path: below(path, &warning.path),
                        message: warning.message,
                    }));
                self.source(&checked.value, path);
            }
            Err(violations) => self.refuse(&violations, path),
        }
    }

    fn refuse(&mut self, violations: &Violations, path: &FieldPath) {
        for Violation {
            path: at,
            kind,
            message,
        } in violations
        {
            self.problems.add(&below(path, at), *kind, message.clone());
        }
    }

    /// The attributes, which are text as YAML's numbers and booleans are not.
    fn attributes(&mut self, csi: &Map<String, Value>, path: &FieldPath) -> Option<BTreeMap<String, String>> {
        let path = path.child("volumeAttributes");
        let mut attributes = BTreeMap::new();
        let mut all = true;
        for (name, value) in csi
            .get("volumeAttributes")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            match value {
                Value::String(text) => {
                    attributes.insert(name.clone(), text.clone());
                }
                _ => {
                    all = false;
                    let message = "must be text; put it in quotes";
                    self.problems
                        .add(&path.key(name), ViolationKind::TypeInvalid, message);
                }
            }
        }
        all.then_some(attributes)
    }

    /// What the volume asks for, against the classes of its Connectors.
    fn source(&mut self, source: &VolumeSource, path: &FieldPath) {
        let attribute = |name: &str| path.child("volumeAttributes").key(name);
        let connectors = attribute(patchbay_api::names::attributes::CONNECTORS);
        let mut classes = Vec::new();
        for connector in &source.connectors {
            let namespace = connector.namespace.as_deref().unwrap_or(self.namespace);
            if let Some(class) = self.class_of(namespace, &connector.name, &connectors) {
                classes.push(class);
            }
        }
        if classes.len() < source.connectors.len() {
            self.incomplete = true;
            return;
        }
        let classes: Vec<&Class> = classes
            .iter()
            .filter_map(|known| known.class.as_ref().ok())
            .collect();
        if let Some(message) = unknown_configurations(&source.configurations, classes.iter().copied()) {
            let path = attribute(patchbay_api::names::attributes::CONFIGURATION_NAMES);
            return self.problems.add(&path, ViolationKind::NotFound, message);
        }
        for name in &source.configurations {
            for class in &classes {
                let Some(configuration) = class.configuration(name) else {
                    continue;
                };
                if let Err(violations) = params(class, configuration, source) {
                    self.refuse(&violations, path);
                }
            }
        }
    }

    fn class_of(&mut self, namespace: &str, name: &str, path: &FieldPath) -> Option<Arc<KnownClass>> {
        let (missing, near) = match self.known.connector(namespace, name) {
            Some(connector) => match self.known.class(&connector.class_name) {
                Some(class) => return Some(class),
                None => (
                    format!("ConnectorClass {:?} of Connector {name:?}", connector.class_name),
                    String::new(),
                ),
            },
            None => {
                let names = self.known.connector_names(namespace, suggest::CANDIDATES);
                let near = suggest::near(name, &names);
                (format!("Connector {name:?} of namespace {namespace:?}"), near)
            }
        };
        let message = if self.known.is_complete() {
            format!("{missing} does not exist{near}; the volume will not be there until it does")
        } else {
            format!("{missing} is not among these objects{near}; the volume is not checked against it")
        };
        self.warnings.push(Warning {
            path: path.clone(),
            message,
        });
        None
    }
}

/// The model's paths of attributes begin with `volumeAttributes`.
fn below(path: &FieldPath, attribute: &FieldPath) -> FieldPath {
    path.child(attribute.as_str())
}

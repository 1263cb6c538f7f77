//! Secrets of the same files, against the Connectors that name them.

use std::collections::{BTreeMap, BTreeSet};

use patchbay_model::FieldPath;
use patchbay_model::admission::{Known as _, SecretUse, secret_use};
use serde_json::Value;

use super::Judge;
use crate::output::Severity;
use crate::validate::known::Files;
use crate::validate::place::Part;

/// Who uses which Secret, and which class says how.
pub(super) struct Secrets(BTreeMap<(String, String), Vec<(SecretUse, String)>>);

impl Secrets {
    pub(super) fn of(known: &Files) -> Self {
        let mut uses: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for connector in known.connectors().filter_map(|it| it.connector.as_ref()) {
            let class = known.class(&connector.class_name);
            let class = class.as_ref().and_then(|known| known.class.as_ref().ok());
            if let Some(used) = class.and_then(|class| secret_use(connector, class)) {
                let key = (used.namespace.clone(), used.name.clone());
                uses.entry(key)
                    .or_default()
                    .push((used, connector.class_name.clone()));
            }
        }
        Self(uses)
    }
}

impl Judge<'_> {
    /// Whether a Connector names it.
    pub(super) fn secret(&mut self, secrets: &Secrets, known: &Files) -> bool {
        let name = &self.object.name;
        let Some(uses) = secrets.0.get(&(name.namespace.clone(), name.name.clone())) else {
            return false;
        };
        let value = &self.object.value;
        let type_ = value.get("type").and_then(Value::as_str).unwrap_or_default();
        let fields = ["data", "stringData"].map(|field| value.get(field).and_then(Value::as_object));
        let keys: BTreeSet<&str> = fields
            .into_iter()
            .flatten()
            .flat_map(|it| it.keys())
            .map(String::as_str)
            .collect();
        let data = if value.get("data").is_some() {
            "data"
        } else {
            "stringData"
        };
        for (used, class) in uses {
            let class = known.class(class);
            let class = class.as_ref().and_then(|known| known.class.as_ref().ok());
            if let Some(warning) = class.and_then(|class| used.check(class, type_, &keys)) {
                let path = match warning.path.as_str() {
                    "data" => FieldPath::new(data),
                    _ => warning.path,
                };
                self.add(
                    Severity::Warning,
                    &path,
                    "SecretDoesNotFit",
                    &warning.message,
                    Part::Key,
                );
            }
        }
        true
    }
}

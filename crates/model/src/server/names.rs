//! The name of an object, and of its namespace.

use serde_json::Value;

use crate::path::FieldPath;
use crate::violation::{Violation, ViolationKind};
use crate::{name, show};

/// What is wrong with `metadata.name` and `metadata.namespace`. What is no text is for the types to say.
#[must_use]
pub fn wrong_names(object: &Value) -> Vec<Violation> {
    let metadata = FieldPath::new("metadata");
    let get = |field: &str| object.get("metadata").and_then(|it| it.get(field));
    let is_set = |value: Option<&Value>| value.is_some_and(|it| !it.is_null() && it != "");
    let mut found = Vec::new();
    if !is_set(get("name")) && !is_set(get("generateName")) {
        found.push(Violation {
            path: metadata.child("name"),
            kind: ViolationKind::Required,
            message: "is missing".to_owned(),
        });
    }
    for (field, rule) in [
        (
            "name",
            name::dns_subdomain as fn(&str) -> Result<(), &'static str>,
        ),
        ("namespace", name::dns_label),
    ] {
        let text = get(field).and_then(Value::as_str).filter(|it| !it.is_empty());
        if let Some((text, right)) = text.and_then(|text| Some((text, rule(text).err()?))) {
            found.push(Violation {
                path: metadata.child(field),
                kind: ViolationKind::Invalid,
                message: format!("got {}, {right}", show::text(text)),
            });
        }
    }
    found
}

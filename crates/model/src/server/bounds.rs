//! What is longer than the schema of a kind allows.

use serde_json::Value;

use super::{LIMIT, SCHEMAS, definitions, followed};
use crate::path::FieldPath;
use crate::show;
use crate::violation::{Violation, ViolationKind};

/// Lists, maps and texts of an object that have more items or characters than the schema of its kind allows, in the order
/// of the object. At most 64; none for a kind that is not ours.
#[must_use]
pub fn beyond_bounds(kind: &str, object: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    if let Some(schema) = SCHEMAS.get(kind) {
        walk(object, schema, schema, &FieldPath::default(), &mut found);
    }
    found
}

/// Objects come from readers that bound the depth, and the schema ends before that.
fn walk(value: &Value, schema: &Value, root: &Value, path: &FieldPath, found: &mut Vec<Violation>) {
    let schema = followed(schema, definitions(root));
    if found.len() >= LIMIT {
        return;
    }
    let mut bound = |key: &str, got: usize, noun: &str, kind: ViolationKind| {
        let most = schema.get(key).and_then(Value::as_u64);
        if let Some(most) = most.filter(|most| u64::try_from(got).is_ok_and(|got| got > *most)) {
            found.push(Violation {
                path: path.clone(),
                kind,
                message: format!("got {}, wants at most {most}", show::count(got, noun)),
            });
        }
    };
    match value {
        Value::String(text) => bound(
            "maxLength",
            text.chars().count(),
            "character",
            ViolationKind::TooLong,
        ),
        Value::Array(items) => {
            bound("maxItems", items.len(), "item", ViolationKind::TooMany);
            if let Some(schema) = schema.get("items") {
                for (index, item) in items.iter().enumerate() {
                    walk(item, schema, root, &path.index(index), found);
                }
            }
        }
        Value::Object(fields) => {
            // Kubernetes says "properties" where people see entries.
            bound("maxProperties", fields.len(), "item", ViolationKind::TooMany);
            let values = schema.get("additionalProperties").filter(|it| it.is_object());
            let known = schema.get("properties").and_then(Value::as_object);
            for (name, value) in fields {
                if let Some(schema) = known.and_then(|known| known.get(name)).or(values) {
                    walk(value, schema, root, &path.property(name), found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

//! Fields that a kind does not have. The API server drops them, or refuses them where the client asks for that; either
//! way a slip of the finger in a field's name never does what was meant.

use serde_json::{Map, Value};

use super::{LIMIT, SCHEMAS, definitions, followed};
use crate::path::FieldPath;
use crate::show;
use crate::violation::{Violation, ViolationKind};

/// The fields of an object that its kind does not have, in the order of the object, each with the name that was
/// probably meant. At most 64; none for a kind that is not ours.
///
/// # Guarantees
/// A field whose content is free (a schema, a default, a label) is not looked into, and neither is what has another type
/// than it should: that is for others to say.
#[must_use]
pub fn unknown_fields(kind: &str, object: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    if let Some(schema) = SCHEMAS.get(kind) {
        let mut walk = Walk {
            definitions: definitions(schema),
            found: &mut found,
        };
        walk.value(object, schema, &FieldPath::default());
    }
    found
}

struct Walk<'a> {
    definitions: Option<&'a Map<String, Value>>,
    found: &'a mut Vec<Violation>,
}

impl<'a> Walk<'a> {
    /// Objects come from readers that bound the depth, and the schema ends before that.
    fn value(&mut self, value: &Value, schema: &'a Value, path: &FieldPath) {
        let schema = followed(schema, self.definitions);
        let is_free = schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        if is_free || self.found.len() >= LIMIT {
            return;
        }
        match value {
            Value::Object(fields) => self.object(fields, schema, path),
            Value::Array(items) => {
                let Some(schema) = schema.get("items") else { return };
                for (index, item) in items.iter().enumerate() {
                    self.value(item, schema, &path.index(index));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn object(&mut self, fields: &Map<String, Value>, schema: &'a Value, path: &FieldPath) {
        if let Some(values) = schema.get("additionalProperties").filter(|it| it.is_object()) {
            for (key, value) in fields {
                self.value(value, values, &path.key(key));
            }
            return;
        }
        let Some(known) = schema.get("properties").and_then(Value::as_object) else {
            return;
        };
        for (name, value) in fields {
            let at = path.property(name);
            match known.get(name) {
                Some(schema) => self.value(value, schema, &at),
                None if self.found.len() < LIMIT => self.found.push(unknown(name, known, at, path)),
                None => {}
            }
        }
    }
}

fn unknown(name: &str, known: &Map<String, Value>, at: FieldPath, parent: &FieldPath) -> Violation {
    let near = show::did_you_mean(name, known.keys().map(String::as_str));
    let message = if near.is_empty() {
        let mut names: Vec<&str> = known.keys().map(String::as_str).collect();
        names.sort_unstable();
        let place = match parent.as_str() {
            "" => "an object of this kind",
            parent => parent,
        };
        format!("is not known, {place} has {}", show::names(&names))
    } else {
        format!("is not known{near}")
    };
    Violation {
        path: at,
        kind: ViolationKind::Forbidden,
        message,
    }
}

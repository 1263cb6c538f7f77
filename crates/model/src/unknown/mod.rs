//! Fields that a kind does not have.
//!
//! The API server drops what it does not know, or refuses it where the client asks for that; either way a slip of the
//! finger in a field's name never does what was meant. What a kind has is taken from the schemas of its CRD, which are
//! made from the wire types.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::path::FieldPath;
use crate::show;
use crate::violation::{Violation, ViolationKind};

/// More than these are not listed.
const LIMIT: usize = 64;

/// The schema of each kind, with the metadata that every object has.
static SCHEMAS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let metadata = patchbay_api::crd::metadata_schema();
    patchbay_api::crd::all()
        .into_iter()
        .filter_map(|crd| {
            let version = crd.spec.versions.into_iter().next()?;
            let mut schema = serde_json::to_value(version.schema?.open_api_v3_schema?).ok()?;
            let properties = schema.get_mut("properties")?.as_object_mut()?;
            properties.insert("metadata".to_owned(), metadata.clone());
            for text in ["apiVersion", "kind"] {
                properties.insert(text.to_owned(), serde_json::json!({ "type": "string" }));
            }
            Some((crd.spec.names.kind, schema))
        })
        .collect()
});

/// The kinds of our group.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    SCHEMAS.keys().map(String::as_str)
}

/// The fields of an object that its kind does not have, in the order of the object, each with the name that was
/// probably meant. At most 64; none for a kind that is not ours.
///
/// # Guarantees
/// A field whose content is free (a schema, a default, a label) is not looked into, and neither is what has another type
/// than it should: that is for others to say.
#[must_use]
pub fn fields(kind: &str, object: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    if let Some(schema) = SCHEMAS.get(kind) {
        let definitions = schema.pointer("/properties/metadata/$defs");
        let mut walk = Walk {
            definitions: definitions.and_then(Value::as_object),
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
        let schema = self.followed(schema);
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

    /// What a schema refers to.
    fn followed(&self, schema: &'a Value) -> &'a Value {
        schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|target| target.strip_prefix("#/$defs/"))
            .and_then(|name| self.definitions?.get(name))
            .unwrap_or(schema)
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

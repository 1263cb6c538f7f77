//! What the API server itself says of an object of ours, before it asks the webhook: fields that the kind does not have,
//! what is longer than may be, and names. It is said here in our words, for those who check files.
//!
//! What a kind has is taken from the schemas of its CRD, which are made from the wire types.

mod bounds;
mod names;
mod unknown;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

pub use bounds::beyond_bounds;
pub use names::wrong_names;
pub use unknown::unknown_fields;

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

/// What a schema refers to.
fn followed<'a>(schema: &'a Value, definitions: Option<&'a Map<String, Value>>) -> &'a Value {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| target.strip_prefix("#/$defs/"))
        .and_then(|name| definitions?.get(name))
        .unwrap_or(schema)
}

/// The definitions that a schema of ours refers to.
fn definitions(schema: &Value) -> Option<&Map<String, Value>> {
    schema.pointer("/properties/metadata/$defs")?.as_object()
}

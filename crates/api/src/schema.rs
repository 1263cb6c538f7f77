//! Schemas for fields that have more than one spelling or hold any JSON.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::param::ParamSpec;

/// Any JSON value.
pub(crate) fn any(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
}

/// Any JSON object.
pub(crate) fn object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

/// A short list of any JSON values.
pub(crate) fn any_list(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "maxItems": 256, "items": { "x-kubernetes-preserve-unknown-fields": true } })
}

/// The type of a parameter. The model knows which there are, and what was meant by another word.
pub(crate) fn param_type(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "default": "string", "maxLength": 64 })
}

/// The method of a probe.
pub(crate) fn method(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "default": "GET", "enum": ["GET", "POST"] })
}

/// The scheme of a probe.
pub(crate) fn scheme(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["http", "https"] })
}

/// How a probe's connection is protected.
pub(crate) fn tls(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["none", "startTLS", "direct"] })
}

/// How a probe's connection is protected, where no protocol changes to TLS on the way.
pub(crate) fn tls_direct(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["none", "direct"] })
}

/// A list of [`ParamSpec`] where the name is required and unique.
pub(crate) fn named_params(generator: &mut SchemaGenerator) -> Schema {
    let mut item = ParamSpec::json_schema(generator);
    item.insert("required".to_owned(), json!(["name"]));
    json_schema!({
        "type": "array",
        "maxItems": 64,
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
    })
}

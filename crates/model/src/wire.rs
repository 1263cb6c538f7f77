//! Reading wire types from JSON, with a path and without the value where that fails.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::path::FieldPath;
use crate::show;
use crate::violation::{ViolationKind, Violations};

/// Reads an object of any JSON.
///
/// # Errors
/// The first field that cannot be read. The value is not in the message: it may be anything, also what belongs into a
/// Secret.
pub(crate) fn from_json<T: DeserializeOwned>(object: &Value) -> Result<T, Violations> {
    if !object.is_object() {
        let message = format!("got {}, wants an object", kind_of(object));
        return Err(Violations::one(
            FieldPath::default(),
            ViolationKind::TypeInvalid,
            message,
        ));
    }
    serde_path_to_error::deserialize(object).map_err(|error| {
        let (path, value) = locate(object, error.path());
        explain(&path, value, &error.inner().to_string())
    })
}

fn locate<'a>(object: &'a Value, path: &serde_path_to_error::Path) -> (FieldPath, Option<&'a Value>) {
    let mut place = FieldPath::default();
    let mut here = Some(object);
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                place = place.index(*index);
                here = here.and_then(|v| v.get(index));
            }
            Segment::Map { key } => {
                place = place.property(key);
                here = here.and_then(|v| v.get(key));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    (place, here)
}

/// Says what serde says, without the value that serde prints.
fn explain(path: &FieldPath, value: Option<&Value>, said: &str) -> Violations {
    if let Some(field) = said
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next())
    {
        let message = "is missing";
        return Violations::one(path.child(field), ViolationKind::Required, message);
    }
    let got = value.map_or_else(|| "something else".to_owned(), kind_of);
    // The last one: what stands before it may be the value, and may say `expected` too.
    let wanted = said
        .rsplit_once(", expected ")
        .map_or("another value", |(_, wanted)| wanted);
    let message = format!("got {got}, wants {}", in_json_words(wanted));
    Violations::one(path.clone(), ViolationKind::TypeInvalid, message)
}

fn kind_of(value: &Value) -> String {
    match show::type_name(value) {
        "null" => "null".to_owned(),
        word => show::with_article(word),
    }
}

/// serde speaks of Rust's types.
fn in_json_words(wanted: &str) -> String {
    let word = match wanted {
        "a sequence" => "an array",
        "a map" => "an object",
        "i64" | "i32" | "u32" | "u64" => "an integer",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    word.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use patchbay_api::{Connector, ConnectorClass};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_named_without_its_value() {
        for (object, said) in [
            (json!("hunter2"), ": got a string, wants an object"),
            (json!({}), "metadata: is missing"),
            (
                json!({"metadata": {}, "spec": "hunter2"}),
                "spec: got a string, wants an object",
            ),
            (
                json!({"metadata": {}, "spec": {}}),
                "spec.connectorClassName: is missing",
            ),
            (
                json!({"metadata": {}, "spec": {"connectorClassName": 5}}),
                "spec.connectorClassName: got an integer, wants a string",
            ),
            (
                json!({"metadata": {}, "spec": {"connectorClassName": "git", "params": "hunter2, expected x"}}),
                "spec.params: got a string, wants an array",
            ),
            (
                json!({"metadata": {}, "spec": {"connectorClassName": "git", "params": [{"value": "hunter2"}]}}),
                "spec.params[0].name: is missing",
            ),
            (
                json!({"metadata": {}, "spec": {"connectorClassName": "git", "auth": {"secretRef": "hunter2"}}}),
                "spec.auth.secretRef: got a string, wants an object",
            ),
            (
                json!({"metadata": {"labels": {"a": 1}}, "spec": {"connectorClassName": "git"}}),
                "metadata.labels.a: got an integer, wants a string",
            ),
        ] {
            let violations = from_json::<Connector>(&object).expect_err(&object.to_string());
            let text = violations.to_string();
            assert!(text.contains(said), "{object}: {text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_class_is_read_in_both_spellings() {
        let object = json!({"metadata": {"name": "git"}, "spec": {"configurations": [
            {"name": "a", "format": "json", "env": {"A": "b"}},
            {"name": "b", "format": {"f": "json"}, "env": [{"name": "A", "value": "b"}]},
            {"name": "c", "format": 5, "env": "x"},
        ]}});
        from_json::<ConnectorClass>(&object).expect("both spellings, and what is neither, are kept");
    }
}

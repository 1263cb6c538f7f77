//! An object that may fail to parse without failing the list or the watch that it came in.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::text::cut;

/// The text of an error is bounded: paths hold keys that users chose.
const MAX_ERROR: usize = 512;

/// Either the object, or its metadata and what is wrong with it.
///
/// kube's `DeserializeGuard` does the same, but its error repeats the value that did not parse.
#[derive(Clone, Debug)]
pub(super) enum Guarded<K> {
    Valid(K),
    Invalid {
        metadata: Box<ObjectMeta>,
        error: String,
    },
}

impl<'de, K: DeserializeOwned> Deserialize<'de> for Guarded<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Value::deserialize(deserializer)?;
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            // Half of the bytes of many objects, and nothing that we read.
            metadata.remove("managedFields");
        }
        match serde_path_to_error::deserialize::<_, K>(&object) {
            Ok(object) => Ok(Self::Valid(object)),
            Err(error) => {
                let metadata = object.get("metadata").cloned().unwrap_or_default();
                let metadata = ObjectMeta::deserialize(metadata)
                    .map_err(|_| serde::de::Error::custom("an object without readable metadata"))?;
                Ok(Self::Invalid {
                    metadata: Box::new(metadata),
                    error: describe(&error),
                })
            }
        }
    }
}

/// `spec.auth.types[0].params: expected a sequence`: the place and what was expected, never what was found.
fn describe(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = error.path().to_string();
    let text = redact(&error.inner().to_string());
    let line = if path == "." {
        text
    } else {
        format!("{path}: {text}")
    };
    if line.len() > MAX_ERROR {
        format!("{}…", cut(&line, MAX_ERROR))
    } else {
        line
    }
}

/// Keeps of serde's message what comes from the type's definition, and drops what comes from the data.
fn redact(message: &str) -> String {
    let fixed = ["missing field `", "duplicate field `"];
    if fixed.iter().any(|start| message.starts_with(start)) && !message.contains(", expected ") {
        return message.to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((_found, expected)) => format!("expected {expected}"),
        None => "the value is not valid".to_owned(),
    }
}

impl<K: Resource> Resource for Guarded<K> {
    type DynamicType = K::DynamicType;
    type Scope = K::Scope;

    fn kind(dt: &Self::DynamicType) -> Cow<'_, str> {
        K::kind(dt)
    }

    fn group(dt: &Self::DynamicType) -> Cow<'_, str> {
        K::group(dt)
    }

    fn version(dt: &Self::DynamicType) -> Cow<'_, str> {
        K::version(dt)
    }

    fn plural(dt: &Self::DynamicType) -> Cow<'_, str> {
        K::plural(dt)
    }

    fn metadata_api() -> bool {
        K::metadata_api()
    }

    fn meta(&self) -> &ObjectMeta {
        match self {
            Self::Valid(object) => object.meta(),
            Self::Invalid { metadata, .. } => metadata,
        }
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::Valid(object) => object.meta_mut(),
            Self::Invalid { metadata, .. } => metadata,
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Pod, Secret};
    use kube::core::PartialObjectMeta;
    use serde_json::json;

    use super::*;

    fn error(object: Value) -> String {
        match serde_json::from_value::<Guarded<Pod>>(object).unwrap() {
            Guarded::Valid(_) => panic!("parsed"),
            Guarded::Invalid { error, metadata } => {
                assert_eq!(metadata.name.as_deref(), Some("a"));
                error
            }
        }
    }

    #[test]
    fn says_where_and_what_was_expected_but_not_what_was_found() {
        let metadata = json!({"name": "a", "namespace": "n"});
        for (spec, expected) in [
            (
                json!({"containers": "hunter2"}),
                "spec.containers: expected a sequence",
            ),
            (
                json!({"containers": [], "hostNetwork": "hunter2, expected b"}),
                "spec.hostNetwork: expected a boolean",
            ),
            (
                json!({"containers": [{"name": "c", "env": [{"name": "x", "value": {"hunter2": 1}}]}]}),
                "spec.containers[0].env[0].value: expected a string",
            ),
        ] {
            let text = error(json!({"metadata": metadata, "spec": spec}));
            assert_eq!(text, expected);
            assert!(!text.contains("hunter2"));
        }
    }

    #[test]
    fn messages_of_unknown_shape_are_dropped() {
        for (message, expected) in [
            ("the password hunter2 is too short", "the value is not valid"),
            (
                "unknown variant `hunter2`, expected one of `a`, `b`",
                "expected one of `a`, `b`",
            ),
            ("missing field `hunter2`, expected `x`", "expected `x`"),
            ("missing field `spec`", "missing field `spec`"),
        ] {
            assert_eq!(redact(message), expected);
        }
    }

    #[test]
    fn long_paths_are_cut_on_a_character() {
        let mut labels = serde_json::Map::new();
        labels.insert("ä".repeat(1000), json!(1));
        let object = json!({"metadata": {"name": "a"}, "spec": {"containers": [], "nodeSelector": labels}});
        let text = error(object);
        assert!(text.len() <= MAX_ERROR + '…'.len_utf8(), "{}", text.len());
        assert!(text.starts_with("spec.nodeSelector.ä"));
    }

    #[test]
    fn managed_fields_are_dropped_and_metadata_only_stays_so() {
        let object = json!({"metadata": {"name": "a", "managedFields": [{"manager": "kubectl"}]}});
        let Guarded::Valid(secret) = serde_json::from_value::<Guarded<Secret>>(object).unwrap() else {
            panic!("invalid")
        };
        assert_eq!(secret.metadata.managed_fields, None);
        assert!(Guarded::<PartialObjectMeta<Secret>>::metadata_api());
        assert!(!Guarded::<Secret>::metadata_api());
    }

    #[test]
    fn without_metadata_nothing_can_be_said() {
        serde_json::from_value::<Guarded<Pod>>(json!({"spec": 1, "metadata": 2})).unwrap_err();
    }
}

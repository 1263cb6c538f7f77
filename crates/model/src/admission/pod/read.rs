//! A pod as admission reads it: borrowed from the raw JSON, so that fields of a newer Kubernetes stay as they are.

use patchbay_api::names::{ANNOTATION_INJECTED, ANNOTATION_MOUNTS};
use serde_json::{Map, Value};

use crate::admission::Problems;
use crate::path::FieldPath;
use crate::violation::ViolationKind;

/// What matters of a pod.
#[derive(Debug)]
pub struct Pod<'a> {
    /// The value of `patchbay.dev/mounts`.
    pub mounts: &'a str,
    /// The value of `patchbay.dev/injected`.
    pub stamp: Option<&'a str>,
    /// `None`: the pod has no list of volumes.
    pub volumes: Option<Vec<Volume<'a>>>,
    /// The init containers (among them native sidecars), then the ordinary ones.
    pub containers: Vec<Container<'a>>,
}

/// A volume.
#[derive(Debug)]
pub struct Volume<'a> {
    /// Its name.
    pub name: &'a str,
    /// All of it.
    pub value: &'a Map<String, Value>,
}

/// A container.
#[derive(Debug)]
pub struct Container<'a> {
    /// Which list it is in.
    pub list: &'static str,
    /// Where in the list.
    pub index: usize,
    /// Its name.
    pub name: &'a str,
    /// `None`: the container has no such list.
    pub mounts: Option<Vec<VolumeMount<'a>>>,
    /// `None`: the container has no such list.
    pub env: Option<Vec<EnvVar<'a>>>,
}

/// Where a volume is mounted.
#[derive(Debug)]
pub struct VolumeMount<'a> {
    /// The name of the volume.
    pub volume: &'a str,
    /// Where.
    pub path: &'a str,
    /// Whether it is read-only.
    pub read_only: bool,
}

/// A variable.
#[derive(Debug)]
pub struct EnvVar<'a> {
    /// Its name.
    pub name: &'a str,
    /// `None`: it comes from elsewhere (`valueFrom`).
    pub value: Option<&'a str>,
}

impl Container<'_> {
    /// For messages.
    #[must_use]
    pub fn field(&self) -> FieldPath {
        FieldPath::new("spec").child(self.list).index(self.index)
    }

    /// The variable of a name. With a name given twice, the last one counts in Kubernetes.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&EnvVar<'_>> {
        self.env.as_ref()?.iter().rfind(|variable| variable.name == name)
    }
}

/// Reads a pod. `None`: it has no annotation of ours.
///
/// # Errors
/// What has another shape than a pod has. The API server checks shapes before it asks us, so this is for other callers.
pub fn read(object: &Value) -> Result<Option<Pod<'_>>, Problems> {
    let mut reader = Reader::default();
    let metadata = reader.object(object.get("metadata"), &FieldPath::new("metadata"));
    let field = FieldPath::new("metadata").child("annotations");
    let annotations = reader.object(metadata.and_then(|metadata| metadata.get("annotations")), &field);
    let Some(mounts) = annotations.and_then(|annotations| annotations.get(ANNOTATION_MOUNTS)) else {
        return reader.finish(None);
    };
    let mounts = reader.text(Some(mounts), &field.key(ANNOTATION_MOUNTS));
    let stamp = annotations
        .and_then(|annotations| annotations.get(ANNOTATION_INJECTED))
        .and_then(Value::as_str);
    let spec_field = FieldPath::new("spec");
    let spec = reader.object(object.get("spec"), &spec_field);
    let part = |name: &str| spec.and_then(|spec| spec.get(name));
    let volumes = reader.list(
        part("volumes"),
        &spec_field.child("volumes"),
        |reader, value, field| {
            let name = reader.text(value.get("name"), &field.child("name"));
            Volume { name, value }
        },
    );
    let mut containers = Vec::new();
    for list in ["initContainers", "containers"] {
        let mut index = 0;
        let read = reader.list(part(list), &spec_field.child(list), |reader, value, field| {
            index += 1;
            reader.container(value, field, list, index - 1)
        });
        containers.extend(read.into_iter().flatten());
    }
    reader.finish(Some(Pod {
        mounts,
        stamp,
        volumes,
        containers,
    }))
}

/// Reads parts of JSON and notes what has another shape. No message carries a value.
#[derive(Default)]
struct Reader(Problems);

impl Reader {
    fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    fn wrong(&mut self, field: &FieldPath, wanted: &str) {
        self.0
            .add(field, ViolationKind::TypeInvalid, format!("must be {wanted}"));
    }

    fn object<'a>(&mut self, value: Option<&'a Value>, field: &FieldPath) -> Option<&'a Map<String, Value>> {
        match value {
            None | Some(Value::Null) => None,
            Some(Value::Object(map)) => Some(map),
            Some(_) => {
                self.wrong(field, "an object");
                None
            }
        }
    }

    fn text<'a>(&mut self, value: Option<&'a Value>, field: &FieldPath) -> &'a str {
        match value {
            None | Some(Value::Null) => "",
            Some(Value::String(text)) => text,
            Some(_) => {
                self.wrong(field, "text");
                ""
            }
        }
    }

    fn list<'a, T>(
        &mut self,
        value: Option<&'a Value>,
        field: &FieldPath,
        mut item: impl FnMut(&mut Self, &'a Map<String, Value>, &FieldPath) -> T,
    ) -> Option<Vec<T>> {
        let items = match value {
            None | Some(Value::Null) => return None,
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.wrong(field, "a list");
                return None;
            }
        };
        let mut read = Vec::with_capacity(items.len());
        for (index, value) in items.iter().enumerate() {
            let field = field.index(index);
            match value {
                Value::Object(map) => read.push(item(self, map, &field)),
                _ => self.wrong(&field, "an object"),
            }
        }
        Some(read)
    }

    fn container<'a>(
        &mut self,
        value: &'a Map<String, Value>,
        field: &FieldPath,
        list: &'static str,
        index: usize,
    ) -> Container<'a> {
        let name = self.text(value.get("name"), &field.child("name"));
        let mounts = self.list(
            value.get("volumeMounts"),
            &field.child("volumeMounts"),
            |reader, value, field| VolumeMount {
                volume: reader.text(value.get("name"), &field.child("name")),
                path: reader.text(value.get("mountPath"), &field.child("mountPath")),
                read_only: value.get("readOnly").and_then(Value::as_bool).unwrap_or_default(),
            },
        );
        let env = self.list(value.get("env"), &field.child("env"), |reader, value, field| {
            let from_elsewhere = value.get("valueFrom").is_some_and(|from| !from.is_null());
            let text = reader.text(value.get("value"), &field.child("value"));
            EnvVar {
                name: reader.text(value.get("name"), &field.child("name")),
                value: (!from_elsewhere).then_some(text),
            }
        });
        Container {
            list,
            index,
            name,
            mounts,
            env,
        }
    }
}

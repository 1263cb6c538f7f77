//! Annotations that look like ours and are not.

use patchbay_api::names::{ANNOTATION_ALLOW_BREAKING, ANNOTATION_INJECTED, ANNOTATION_MOUNTS, GROUP};
use patchbay_model::FieldPath;
use patchbay_template::suggest::nearest;
use serde_json::Value;

use super::Judge;
use crate::output::Severity;
use crate::validate::place::Part;

const OURS: [&str; 3] = [ANNOTATION_MOUNTS, ANNOTATION_INJECTED, ANNOTATION_ALLOW_BREAKING];

impl Judge<'_> {
    /// Warns of annotations of our group that nobody reads, and of a mount that stands on a workload itself (`template`
    /// is where its pods are). Nothing else would ever tell. Whether there were such.
    pub(super) fn annotations(&mut self, metadata: &str, template: Option<&str>) -> bool {
        let pointer = format!("/{}/annotations", metadata.replace('.', "/"));
        let Some(annotations) = self.object.value.pointer(&pointer).and_then(Value::as_object) else {
            return false;
        };
        let path = FieldPath::new(metadata).child("annotations");
        let mut found = false;
        for name in annotations.keys().filter(|name| is_near(name)) {
            let message = match template {
                Some(template) if name == ANNOTATION_MOUNTS => format!(
                    "stands on the {} and not on its pods: move it to {template}.metadata.annotations",
                    self.object.name.kind
                ),
                _ if OURS.contains(&name.as_str()) => continue,
                _ => match nearest(name, OURS) {
                    Some(near) => format!("is not known; did you mean {near:?}?"),
                    None => "is not known, and nobody reads it".to_owned(),
                },
            };
            found = true;
            self.add(
                Severity::Warning,
                &path.key(name),
                "UnknownAnnotation",
                &message,
                Part::Key,
            );
        }
        found
    }
}

fn is_near(name: &str) -> bool {
    name.split_once('/')
        .is_some_and(|(group, _)| group.eq_ignore_ascii_case(GROUP))
}

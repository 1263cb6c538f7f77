//! Pod templates: so that people learn from `kubectl apply`, and not from the events of a ReplicaSet.

use patchbay_api::names::ANNOTATION_MOUNTS;
use patchbay_model::{FieldPath, Warning};
use serde_json::Value;

use crate::index::Known;
use crate::mutate::preview;
use crate::review::{Operation, Outcome, Request, Verdict};

/// An annotation that cannot be read is refused. What a pod of the template would be refused for is a warning: a
/// Connector may be on its way.
///
/// # Guarantees
/// An update that does not touch the annotation is never refused: what is stored can always be scaled and removed. What
/// a controller makes from its own object (a ReplicaSet of a Deployment) gets no warnings: nobody would read them.
pub(super) fn validate(request: &Request, place: &str, known: &dyn Known) -> Verdict {
    let Some(template) = at(&request.object, place) else {
        return Verdict::not_concerned();
    };
    let Some(annotation) = mounts(template) else {
        return Verdict::not_concerned();
    };
    let found = preview(template, &request.namespace, known);
    let stored = at(&request.old_object, place).and_then(mounts);
    let is_new = request.operation != Operation::Update || stored != Some(annotation);
    if is_new && !found.malformed.is_empty() {
        return Verdict::invalid(Outcome::Invalid, &found.malformed.below(&FieldPath::new(place)));
    }
    if is_controlled(&request.object) {
        return Verdict::accepted();
    }
    let warnings = found
        .malformed
        .iter()
        .chain(found.refused.iter())
        .map(|problem| Warning {
            path: below(place, &problem.path),
            message: format!("{}; pods will be refused until then", problem.message),
        });
    let more = found.warnings.iter().map(|it| Warning {
        path: below(place, &it.path),
        message: it.message.clone(),
    });
    Verdict::accepted()
        .with_warnings(warnings)
        .with_warnings(more)
        .with_incomplete(found.incomplete)
}

/// The fields of a pod, below the place of its template.
fn below(place: &str, path: &FieldPath) -> FieldPath {
    FieldPath::new(&format!("{place}.{path}"))
}

fn at<'a>(object: &'a Value, place: &str) -> Option<&'a Value> {
    place.split('.').try_fold(object, |value, field| value.get(field))
}

fn mounts(template: &Value) -> Option<&Value> {
    template
        .get("metadata")?
        .get("annotations")?
        .get(ANNOTATION_MOUNTS)
}

fn is_controlled(object: &Value) -> bool {
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    owners
        .into_iter()
        .flatten()
        .any(|owner| owner.get("controller") == Some(&Value::Bool(true)))
}

//! Pod templates: so that people learn from `kubectl apply`, and not from the events of a ReplicaSet.

use patchbay_api::names::ANNOTATION_MOUNTS;
use serde_json::Value;

use super::pod::preview;
use super::{Decision, Known, Review, Why};
use crate::path::FieldPath;
use crate::violation::Warning;

/// An annotation that cannot be read is refused. What a pod of the template would be refused for is a warning: a
/// Connector may be on its way.
///
/// # Guarantees
/// An update that does not touch the annotation is never refused: what is stored can always be scaled and removed. What
/// a controller makes from its own object (a ReplicaSet of a Deployment) gets no warnings: nobody would read them.
pub(super) fn validate(review: &Review<'_>, place: &str, known: &dyn Known) -> Option<Decision> {
    let template = at(review.object, place)?;
    let annotation = mounts(template)?;
    let found = preview(template, review.namespace, known);
    let stored = review.old.and_then(|old| at(old, place)).and_then(mounts);
    if stored != Some(annotation) && !found.malformed.is_empty() {
        let problems = found.malformed.below(&FieldPath::new(place));
        return Some(Decision::refused(Why::Invalid, problems));
    }
    if is_controlled(review.object) {
        return Some(Decision::default());
    }
    let refused = found
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
    Some(Decision {
        warnings: refused.chain(more).collect(),
        incomplete: found.incomplete,
        refusal: None,
    })
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

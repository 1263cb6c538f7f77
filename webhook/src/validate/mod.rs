//! `/validate`: ConnectorClasses, Connectors, and the pod templates of workloads. The decisions are those of
//! `patchbay_model::admission`, which the CLI makes too.

#[cfg(test)]
mod tests;

use patchbay_api::names::GROUP;
use patchbay_model::admission::{self, Review};
use serde_json::Value;

use crate::index::Known;
use crate::review::{Operation, Request, Verdict};

/// Decides on an object.
///
/// # Guarantees
/// Changes of what is being deleted, and every subresource, pass. A kind of our group that this program does not know is
/// refused: it belongs to a newer version, which has not replaced this one yet.
#[must_use]
pub fn validate(request: &Request, known: &dyn Known) -> Verdict {
    if !request.sub_resource.is_empty() || request.is_deleting() {
        return Verdict::not_concerned();
    }
    let (object, old) = match request.operation {
        Operation::Create => (&request.object, None),
        Operation::Update => (&request.object, Some(&request.old_object)),
        Operation::Delete => return deletion(request, known),
        Operation::Connect => return Verdict::not_concerned(),
    };
    let review = review(request, object, old);
    match admission::validate(&review, known) {
        Some(decision) => Verdict::of(decision),
        None if request.kind.group == GROUP => Verdict::unavailable(
            "this version of the Patchbay webhook does not know this kind; wait until its update is complete, and try \
             again",
        ),
        None => Verdict::not_concerned(),
    }
}

/// Whatever we do not know may be deleted.
fn deletion(request: &Request, known: &dyn Known) -> Verdict {
    let review = review(request, &request.old_object, None);
    admission::deletion(&review, known).map_or_else(Verdict::not_concerned, Verdict::of)
}

fn review<'a>(request: &'a Request, object: &'a Value, old: Option<&'a Value>) -> Review<'a> {
    Review {
        group: &request.kind.group,
        version: &request.kind.version,
        kind: &request.kind.kind,
        name: &request.name,
        namespace: &request.namespace,
        object,
        old,
    }
}

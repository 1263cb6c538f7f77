//! `ConnectorClass`.

use patchbay_model::class;

use crate::index::Known;
use crate::review::{Operation, Outcome, Request, Verdict};

/// Every schema and template of the class is read, and an update must not strand the Connectors that exist.
pub(super) fn validate(request: &Request, known: &dyn Known) -> Verdict {
    let new = match class::from_json(&request.object) {
        Ok(new) => new,
        Err(violations) => return Verdict::invalid(Outcome::Malformed, &violations.into()),
    };
    // What is stored and cannot be read is no reason to refuse a change for the better.
    let old = match request.operation {
        Operation::Update => class::from_json(&request.old_object).ok(),
        Operation::Create | Operation::Delete | Operation::Connect => None,
    };
    let connectors = known.connectors_of(&request.name);
    let connectors = connectors.iter().filter_map(|known| known.connector.as_ref());
    match class::admit(&new, old.as_ref(), connectors) {
        Ok(checked) => Verdict::accepted().with_warnings(checked.warnings),
        Err(violations) => Verdict::invalid(Outcome::Invalid, &violations.into()),
    }
}

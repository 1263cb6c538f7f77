//! `ConnectorClass`.

use super::{Decision, Known, Review, Why};
use crate::class;

/// Every schema and template of the class is read, and an update must not strand the Connectors that exist.
pub(super) fn validate(review: &Review<'_>, known: &dyn Known) -> Decision {
    let new = match class::from_json(review.object) {
        Ok(new) => new,
        Err(violations) => return Decision::refused(Why::Malformed, violations),
    };
    // What is stored and cannot be read is no reason to refuse a change for the better.
    let old = review.old.and_then(|old| class::from_json(old).ok());
    let connectors = known.connectors_of(review.name);
    let connectors = connectors.iter().filter_map(|known| known.connector.as_ref());
    match class::admit(&new, old.as_ref(), connectors) {
        Ok(checked) => Decision::accepted(checked.warnings),
        Err(violations) => Decision::refused(Why::Invalid, violations),
    }
}

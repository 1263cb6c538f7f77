//! Updates of a Connector: one that its class left behind is not bricked.

use serde_json::Value;

use super::{Bound, admit};
use crate::class::Class;
use crate::ratchet;
use crate::violation::{Checked, Violations};

/// Decides on an update.
///
/// # Guarantees
/// An update of the metadata only, and any update of an object that is being deleted, passes. A violation that the
/// stored object already has at the same place with the same value is a warning: a Connector that its class left
/// behind is not bricked. The value is `None` when such violations remain.
///
/// # Errors
/// The violations of new and changed fields.
pub fn admit_update(
    old: &patchbay_api::Connector,
    new: &patchbay_api::Connector,
    class: Option<&Class>,
) -> Result<Checked<Option<Bound>>, Violations> {
    if new.metadata.deletion_timestamp.is_some() {
        let value = admit(new, class).ok().and_then(|checked| checked.value);
        return Ok(Checked {
            value,
            warnings: vec![],
        });
    }
    let violations = match admit(new, class) {
        Ok(checked) => return Ok(checked),
        Err(violations) => violations,
    };
    // Another class is another set of rules, which nothing of this object was ever held to.
    if old.spec.connector_class_name != new.spec.connector_class_name {
        return Err(violations);
    }
    let before = admit(old, class).err();
    let json = |object: &patchbay_api::Connector| serde_json::json!({ "spec": spec_json(object) });
    ratchet::forgive(violations, before.as_ref(), &json(old), &json(new))
        .map(|checked| checked.map(|()| None))
}

fn spec_json(object: &patchbay_api::Connector) -> Value {
    serde_json::to_value(&object.spec).unwrap_or_default()
}

#[cfg(test)]
mod tests;

//! `Connector`.

use std::sync::Arc;

use patchbay_api::Connector;
use patchbay_model::{FieldPath, ViolationKind, connector};

use crate::index::{Known, KnownClass};
use crate::review::{Operation, Outcome, Problems, Request, Verdict};
use crate::suggest;

/// The rules of Connectors and those of the class, all violations in one list.
pub(super) fn validate(request: &Request, known: &dyn Known) -> Verdict {
    let new = match connector::from_json(&request.object) {
        Ok(new) => new,
        Err(violations) => return Verdict::invalid(Outcome::Malformed, &violations.into()),
    };
    let old = match request.operation {
        Operation::Update => connector::from_json(&request.old_object).ok(),
        Operation::Create | Operation::Delete | Operation::Connect => None,
    };
    let class_name = new.spec.connector_class_name.as_str();
    let found = if class_name.is_empty() {
        None
    } else {
        known.class(class_name)
    };
    let class = found.as_ref().and_then(|known| known.class.as_ref().ok());
    let admitted = match &old {
        None => connector::admit(&new, class),
        Some(old) => connector::admit_update(old, &new, class),
    };
    let no_class = unusable_class(&new, old.as_ref(), found.as_ref(), known);
    match (admitted, no_class) {
        (Ok(checked), None) => Verdict::accepted().with_warnings(checked.warnings),
        (admitted, no_class) => {
            let outcome = no_class
                .as_ref()
                .map_or(Outcome::Invalid, |(outcome, _)| *outcome);
            let mut problems = no_class.map(|(_, problems)| problems).unwrap_or_default();
            if let Err(violations) = admitted {
                problems.extend(&violations);
            }
            Verdict::invalid(outcome, &problems)
        }
    }
}

/// A class that does not exist, or that breaks a rule itself, cannot be chosen. A Connector that has it already may be
/// changed in other ways.
fn unusable_class(
    new: &Connector,
    old: Option<&Connector>,
    found: Option<&Arc<KnownClass>>,
    known: &dyn Known,
) -> Option<(Outcome, Problems)> {
    let name = &new.spec.connector_class_name;
    if name.is_empty() || old.is_some_and(|old| old.spec.connector_class_name == *name) {
        return None;
    }
    let (outcome, kind, message) = match found.map(|known| &known.class) {
        Some(Ok(_)) => return None,
        Some(Err(violations)) => {
            let message = format!(
                "ConnectorClass {name:?} breaks a rule itself and must be put right first: {}",
                crate::validate::first(violations)
            );
            (Outcome::ConnectorClassInvalid, ViolationKind::Invalid, message)
        }
        None => {
            let hint = suggest::hint(name, &known.class_names(suggest::CANDIDATES));
            let hint = if hint.is_empty() {
                "there are none yet".to_owned()
            } else {
                hint
            };
            let message = format!("there is no ConnectorClass {name:?}; {hint}; create the class first");
            (Outcome::ConnectorClassNotFound, ViolationKind::NotFound, message)
        }
    };
    let mut problems = Problems::default();
    problems.add(&FieldPath::new("spec").child("connectorClassName"), kind, message);
    Some((outcome, problems))
}

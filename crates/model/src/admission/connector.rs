//! `Connector`.

use patchbay_api::Connector;

use super::suggest::{self, hint};
use super::{Decision, Known, KnownClass, Problems, Refusal, Review, Why, first, problem};
use crate::connector;
use crate::path::FieldPath;
use crate::violation::{ViolationKind, Warning};

/// The rules of Connectors and those of the class, all violations in one list.
pub(super) fn validate(review: &Review<'_>, known: &dyn Known) -> Decision {
    let new = match connector::from_json(review.object) {
        Ok(new) => new,
        Err(violations) => return Decision::refused(Why::Malformed, violations),
    };
    let old = review.old.and_then(|old| connector::from_json(old).ok());
    let class_name = new.spec.connector_class_name.as_str();
    let found = if class_name.is_empty() {
        None
    } else {
        known.class(class_name)
    };
    if found.is_none() && !class_name.is_empty() && !known.is_complete() {
        return alone(&new, known);
    }
    let class = found.as_ref().and_then(|known| known.class.as_ref().ok());
    let admitted = match &old {
        None => connector::admit(&new, class),
        Some(old) => connector::admit_update(old, &new, class),
    };
    let no_class = unusable_class(&new, old.as_ref(), found.as_deref(), known);
    match (admitted, no_class) {
        (Ok(checked), None) => Decision::accepted(checked.warnings),
        (admitted, no_class) => {
            let mut refusal = no_class.unwrap_or_else(|| Refusal::from(Problems::default()));
            if let Err(violations) = admitted {
                refusal.problems.extend(&violations);
            }
            Decision {
                refusal: Some(refusal),
                ..Decision::default()
            }
        }
    }
}

/// The class may exist elsewhere: the rules that need no class.
fn alone(new: &Connector, known: &dyn Known) -> Decision {
    let name = &new.spec.connector_class_name;
    let near = suggest::near(name, &known.class_names(suggest::CANDIDATES));
    let path = FieldPath::new("spec").child("connectorClassName");
    let message = format!(
        "ConnectorClass {name:?} is not among these objects{near}; nothing of this Connector is checked against it"
    );
    match connector::parse(new) {
        Ok(checked) => {
            let mut warnings = vec![Warning { path, message }];
            warnings.extend(checked.warnings);
            Decision {
                warnings,
                incomplete: true,
                ..Decision::default()
            }
        }
        Err(violations) => Decision {
            warnings: vec![Warning { path, message }],
            incomplete: true,
            ..Decision::refused(Why::Invalid, violations)
        },
    }
}

/// A class that does not exist, or that breaks a rule itself, cannot be chosen. A Connector that has it already may be
/// changed in other ways.
fn unusable_class(
    new: &Connector,
    old: Option<&Connector>,
    found: Option<&KnownClass>,
    known: &dyn Known,
) -> Option<Refusal> {
    let name = &new.spec.connector_class_name;
    if name.is_empty() || old.is_some_and(|old| old.spec.connector_class_name == *name) {
        return None;
    }
    let (why, kind, message) = match found.map(|known| &known.class) {
        Some(Ok(_)) => return None,
        Some(Err(violations)) => {
            let message = format!(
                "ConnectorClass {name:?} breaks a rule itself and must be put right first: {}",
                first(violations)
            );
            (Why::ConnectorClassInvalid, ViolationKind::Invalid, message)
        }
        None => {
            let hint = hint(name, &known.class_names(suggest::CANDIDATES));
            let hint = if hint.is_empty() {
                "there are none yet".to_owned()
            } else {
                hint
            };
            let message = format!("there is no ConnectorClass {name:?}; {hint}; create the class first");
            (Why::ConnectorClassNotFound, ViolationKind::NotFound, message)
        }
    };
    let path = FieldPath::new("spec").child("connectorClassName");
    let problems = problem(&path, kind, message);
    Some(Refusal { why, problems })
}

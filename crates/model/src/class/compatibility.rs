//! Changing a class must not strand its Connectors.

use super::Class;
use crate::connector::Connector;
use crate::violation::{Checked, Violations};

/// A Connector that an update of its class would strand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependant {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What would be wrong with it.
    pub violations: Violations,
}

/// What an update of a class would strand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependants {
    /// Connectors that fit the old class and not the new one: the first ten by namespace and name.
    pub broken: Vec<Dependant>,
    /// How many there are in all.
    pub broken_count: usize,
    /// Configurations that the new class does not have any more, while Connectors of the class exist.
    pub removed_configurations: Vec<String>,
    /// How many Connectors the class has.
    pub connectors: usize,
}

/// Which of the class's Connectors fit `old` and do not fit `new`. `connectors` may hold those of other classes.
pub fn dependants<'a>(
    _new: &Class,
    _old: Option<&Class>,
    _connectors: impl IntoIterator<Item = &'a Connector>,
) -> Dependants {
    Dependants::default()
}

/// Decides on a new class, or on the update of one.
///
/// # Guarantees
/// An update of the metadata only, and any update of an object that is being deleted, passes. A violation that the
/// stored object already has at the same place with the same value is a warning. The value is `None` when such
/// violations remain.
///
/// # Errors
/// Every violation, including that the update would strand Connectors, unless the annotation
/// `patchbay.dev/allow-breaking-change` is there, when that is a warning.
pub fn admit<'a>(
    new: &patchbay_api::ConnectorClass,
    _old: Option<&patchbay_api::ConnectorClass>,
    _connectors: impl IntoIterator<Item = &'a Connector>,
) -> Result<Checked<Option<Class>>, Violations> {
    Ok(super::parse(new)?.map(Some))
}

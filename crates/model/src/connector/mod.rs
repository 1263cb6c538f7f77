//! `Connector`: on its own, and against its class.

mod bind;
mod read;
mod update;

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_api::connector::ConnectorSpec;
use serde_json::Value;

pub use crate::address::Address;
pub use update::admit_update;

use crate::class::Class;
use crate::path::FieldPath;
use crate::violation::{Checked, Report, Violations};
use crate::{show, wire};

/// A Connector that obeys the rules that need no class.
#[derive(Clone, Debug)]
pub struct Connector {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The class.
    pub class_name: String,
    /// The address, if it gives one.
    pub address: Option<Address>,
    /// As it was written.
    pub spec: Arc<ConnectorSpec>,
}

/// A Connector that fits its class, with all defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Where the tool is: the Connector's own, or the class's default.
    pub address: Address,
    /// Further addresses by name.
    pub address_extensions: BTreeMap<String, Address>,
    /// Parameters, with defaults.
    pub params: BTreeMap<String, Value>,
    /// The credential; `None` when the Connector has no `auth`.
    pub auth: Option<BoundAuth>,
    /// The Secret with the certificates that sign the tool's certificate; in the Connector's namespace.
    pub ca_secret: Option<String>,
}

/// A checked credential.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundAuth {
    /// The auth type's name.
    pub type_name: String,
    /// The Secret; `None` where it is optional and left out.
    pub secret: Option<SecretName>,
    /// Parameters of the auth probe, with defaults.
    pub params: BTreeMap<String, Value>,
}

/// The full name of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName {
    /// Its namespace. Another one than the Connector's needs a grant.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Reads a Connector from JSON that may be anything.
///
/// # Errors
/// One violation with the path of the first field that cannot be read, without its value.
pub fn from_json(object: &Value) -> Result<patchbay_api::Connector, Violations> {
    wire::from_json(object)
}

/// Checks the rules that need no class.
///
/// # Errors
/// Every violation, in the order of the fields.
pub fn parse(object: &patchbay_api::Connector) -> Result<Checked<Connector>, Violations> {
    let mut report = Report::default();
    let connector = read::read(object, &mut report);
    report.finish(connector)
}

/// Checks a Connector against its class.
///
/// # Errors
/// Every violation, in the order of the fields.
pub fn check(connector: &Connector, class: &Class) -> Result<Checked<Bound>, Violations> {
    let mut report = Report::default();
    let bound = bind::bind(connector, class, &mut report);
    match (report.finish(())?, bound) {
        (checked, Some(bound)) => Ok(checked.map(|()| bound)),
        // A Connector without an address is noted by `bind`, so nobody comes here.
        (_, None) => Err(bind::no_address(class)),
    }
}

/// Checks both in one go. Without the class (it does not exist yet) the result is `None`, with a warning.
///
/// # Errors
/// Every violation, in the order of the fields.
pub fn admit(
    object: &patchbay_api::Connector,
    class: Option<&Class>,
) -> Result<Checked<Option<Bound>>, Violations> {
    let mut report = Report::default();
    let connector = read::read(object, &mut report);
    let bound = match class {
        Some(class) => bind::bind(&connector, class, &mut report),
        None => {
            let path = FieldPath::new("spec").child("connectorClassName");
            if !connector.class_name.is_empty() {
                let message = format!(
                    "class {} does not exist (yet): nothing of this Connector is checked against it",
                    show::text(&connector.class_name)
                );
                report.warn(&path, message);
            }
            None
        }
    };
    report.sort_by(field_order);
    report.finish(bound)
}

/// Where a field stands in the spec: the two checks each go through all of it.
fn field_order(path: &FieldPath) -> usize {
    const FIELDS: [&str; 6] = [
        "spec.connectorClassName",
        "spec.address",
        "spec.addressExtensions",
        "spec.auth",
        "spec.params",
        "spec.caCertSecretRef",
    ];
    let same = |field: &&str| {
        path.as_str()
            .strip_prefix(field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    FIELDS.iter().position(same).unwrap_or(FIELDS.len())
}

/// The spec with the defaults of the class filled in, as templates and `spec.schema` see it. What the user wrote keeps
/// its place in the lists.
pub(crate) fn effective_spec(spec: &ConnectorSpec, class: &Class) -> ConnectorSpec {
    bind::effective_spec(spec, class)
}

#[cfg(test)]
mod tests;

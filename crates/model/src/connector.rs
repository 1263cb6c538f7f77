//! `Connector`: on its own, and against its class.

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_api::connector::ConnectorSpec;
use serde_json::Value;

use crate::class::Class;
use crate::violation::{Checked, Violations};

/// A Connector that obeys the rules that need no class.
#[derive(Clone, Debug)]
pub struct Connector {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The class.
    pub class_name: String,
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

/// A checked address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// As it was written.
    pub text: String,
    /// In lower case.
    pub scheme: String,
    /// In lower case; an IPv6 literal without brackets.
    pub host: String,
    /// The one that is written, or the scheme's own.
    pub port: Option<u16>,
    /// Begins with a slash, or is empty.
    pub path: String,
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
pub fn from_json(_object: &Value) -> Result<patchbay_api::Connector, Violations> {
    Ok(patchbay_api::Connector::default())
}

/// Checks the rules that need no class.
///
/// # Errors
/// Every violation, in the order of the fields.
pub fn parse(object: &patchbay_api::Connector) -> Result<Checked<Connector>, Violations> {
    let value = Connector {
        namespace: object.metadata.namespace.clone().unwrap_or_default(),
        name: object.metadata.name.clone().unwrap_or_default(),
        class_name: object.spec.connector_class_name.clone(),
        spec: Arc::new(object.spec.clone()),
    };
    Ok(Checked { value, warnings: vec![] })
}

/// Checks a Connector against its class.
///
/// # Errors
/// Every violation, in the order of the fields.
pub fn check(_connector: &Connector, _class: &Class) -> Result<Checked<Bound>, Violations> {
    Err(Violations::one(crate::FieldPath::new("spec"), crate::ViolationKind::Invalid, "not written yet"))
}

/// Checks both in one go. Without the class (it does not exist yet) the result is `None`, with a warning.
///
/// # Errors
/// Every violation, in the order of the fields.
pub fn admit(
    object: &patchbay_api::Connector,
    class: Option<&Class>,
) -> Result<Checked<Option<Bound>>, Violations> {
    let connector = parse(object)?;
    match class {
        Some(class) => Ok(check(&connector.value, class)?.map(Some)),
        None => Ok(connector.map(|_| None)),
    }
}

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
    _old: &patchbay_api::Connector,
    new: &patchbay_api::Connector,
    class: Option<&Class>,
) -> Result<Checked<Option<Bound>>, Violations> {
    admit(new, class)
}

//! `ConnectorClass`: a class whose schemas and templates are compiled, ready to check and to render.

mod auth;
mod compatibility;
mod configuration;
mod probe;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

pub use auth::{AuthType, SecretProblem, SecretType};
pub use compatibility::{Dependant, Dependants, admit, dependants};
pub use configuration::{ConfigFile, Configuration, EnvVar};
pub use probe::{ApiProbe, AuthProbe, HttpProbe, Method, Probe, Scheme};

use crate::param::{Param, Params};
use crate::path::FieldPath;
use crate::violation::{Checked, Violations};

/// A checked class. Cheap to clone and to share between threads.
#[derive(Clone, Debug)]
pub struct Class(Arc<ClassData>);

/// What a class holds.
#[derive(Debug)]
pub struct ClassData {
    /// The object's name.
    pub name: String,
    /// The object's generation.
    pub generation: Option<i64>,
    /// The form of the address.
    pub address: Option<Param>,
    /// Further addresses.
    pub address_extensions: Params,
    /// Parameters of a Connector.
    pub params: Params,
    /// The ways to authenticate, in order. Empty: the tool takes no credentials.
    pub auth_types: Vec<AuthType>,
    /// Whether the tool is there.
    pub liveness: Option<Probe>,
    /// Whether a credential is good.
    pub auth_probes: Vec<AuthProbe>,
    /// Config files, in order.
    pub configurations: Vec<Configuration>,
    /// What the class uses and Patchbay does not do yet; for the condition `Supported`.
    pub unsupported: Vec<Unsupported>,
    /// The object as templates see it.
    #[expect(dead_code, reason = "TODO render")]
    pub(crate) wire: Value,
}

impl std::ops::Deref for Class {
    type Target = ClassData;

    fn deref(&self) -> &ClassData {
        &self.0
    }
}

/// A field that is accepted and kept, and does nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// Where.
    pub path: FieldPath,
    /// What, for a person.
    pub what: String,
}

/// Reads a class: names, rules, schemas, templates.
///
/// # Errors
/// Every violation, in the order of the fields.
pub fn parse(object: &patchbay_api::ConnectorClass) -> Result<Checked<Class>, Violations> {
    let data = ClassData {
        name: object.metadata.name.clone().unwrap_or_default(),
        generation: object.metadata.generation,
        address: None,
        address_extensions: Params::default(),
        params: Params::default(),
        auth_types: vec![],
        liveness: None,
        auth_probes: vec![],
        configurations: vec![],
        unsupported: vec![],
        wire: Value::Null,
    };
    Ok(Checked { value: Class(Arc::new(data)), warnings: vec![] })
}

/// Reads a class from JSON that may be anything.
///
/// # Errors
/// One violation with the path of the first field that cannot be read, without its value.
pub fn from_json(_object: &Value) -> Result<patchbay_api::ConnectorClass, Violations> {
    Ok(patchbay_api::ConnectorClass::default())
}

impl ClassData {
    /// The configuration of a name.
    #[must_use]
    pub fn configuration(&self, name: &str) -> Option<&Configuration> {
        self.configurations.iter().find(|c| c.name == name)
    }

    /// The auth type of a name.
    #[must_use]
    pub fn auth_type(&self, name: &str) -> Option<&AuthType> {
        self.auth_types.iter().find(|t| t.name == name)
    }

    /// The auth probe of an auth type.
    #[must_use]
    pub fn auth_probe(&self, auth_name: &str) -> Option<&AuthProbe> {
        self.auth_probes.iter().find(|p| p.auth_name == auth_name)
    }
}

/// Parameters of a configuration with their defaults, by name.
pub type Values = BTreeMap<String, Value>;

/// Parameters by configuration, as a volume or a mount gives them.
pub type ParamsByConfiguration = BTreeMap<String, Map<String, Value>>;

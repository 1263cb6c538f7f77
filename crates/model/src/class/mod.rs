//! `ConnectorClass`: a class whose schemas and templates are compiled, ready to check and to render.

mod auth;
mod compatibility;
mod configuration;
mod endpoint;
mod named;
mod probe;
mod template;
mod unsupported;

use std::sync::Arc;

use patchbay_api::param::ParamSpec;
use patchbay_api::{ConnectorClass, ConnectorClassSpec};
use serde_json::{Value, json};

pub use auth::{AuthType, SecretProblem, SecretType};
pub use compatibility::{Dependant, Dependants, admit, dependants};
pub(crate) use compatibility::{WAY_OUT, allows_breaking};
pub use configuration::{ConfigFile, Configuration, EnvVar};
pub use endpoint::{Addressable, Endpoint, Location, locate};
pub use probe::{
    ApiProbe, AuthProbe, Check, GrpcProbe, Host, HttpProbe, LoginField, LoginTemplates, Place, Probe,
    ServerProbe, Timing, TlsProbe,
};
pub(crate) use template::is_proxy_read;
pub use unsupported::Unsupported;

use crate::param::{Param, Params, Purpose, declare_address};
use crate::path::FieldPath;
use crate::schema::Schema;
use crate::violation::{Checked, Report, ViolationKind, Violations};
use crate::{address, show, wire};

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
    /// The tool's API service.
    pub api: Option<Endpoint>,
    /// The tool's secretless proxy.
    pub proxy: Option<Endpoint>,
    /// What the class uses and Patchbay does not do yet; for the condition `Supported`.
    pub unsupported: Vec<Unsupported>,
    /// Over the whole spec of a Connector.
    pub(crate) schema: Option<Schema>,
    /// `.connectorclass` of configuration files.
    pub(crate) wire: Value,
}

impl std::ops::Deref for Class {
    type Target = ClassData;

    fn deref(&self) -> &ClassData {
        &self.0
    }
}

/// Reads a class: names, rules, schemas, templates.
///
/// # Errors
/// Every violation, in the order of the fields.
pub fn parse(object: &ConnectorClass) -> Result<Checked<Class>, Violations> {
    let mut report = Report::default();
    let data = read(object, &mut report);
    report.finish(Class(Arc::new(data)))
}

/// Reads a class from JSON that may be anything.
///
/// # Errors
/// One violation with the path of the first field that cannot be read, without its value.
pub fn from_json(object: &Value) -> Result<ConnectorClass, Violations> {
    wire::from_json(object)
}

fn read(object: &ConnectorClass, report: &mut Report) -> ClassData {
    let spec = &object.spec;
    let path = FieldPath::new("spec");
    let address = spec.address.as_ref().map(|wire| {
        let at = path.child("address");
        read_address(wire, &at, probed_over_http(object), report)
    });
    let address_extensions = read_extensions(spec, &path.child("addressExtensions"), report);
    let params = Params::declare(&spec.params, Purpose::Values, &path.child("params"), report);
    let schema = spec.schema.as_ref();
    let schema = schema.and_then(|wire| Schema::compile(wire, &path.child("schema"), report));
    let auth_types = auth::read(spec.auth.as_ref(), &path.child("auth"), report);
    let around = probe::Surroundings {
        auth_types: &auth_types,
        has_api: spec.api.is_some(),
    };
    let liveness = spec.liveness_probe.as_ref();
    let liveness =
        liveness.and_then(|wire| probe::read_liveness(wire, &path.child("livenessProbe"), &around, report));
    let auth_probes = probe::read_auth(&spec.auth_probes, &path.child("authProbes"), &around, report);
    let at = path.child("configurations");
    let declared = configuration::Declared {
        auth_types: &auth_types,
        params: &params,
        auth_probes: &auth_probes,
    };
    let configurations = configuration::read(&spec.configurations, &at, &declared, report);
    let api = spec
        .api
        .as_ref()
        .and_then(|wire| endpoint::read_api(wire, &path.child("api"), report));
    let proxy = spec
        .proxy
        .as_ref()
        .and_then(|wire| endpoint::read_proxy(wire, &path.child("proxy"), report));
    ClassData {
        name: object.metadata.name.clone().unwrap_or_default(),
        generation: object.metadata.generation,
        address,
        address_extensions,
        params,
        auth_types,
        liveness,
        auth_probes,
        configurations,
        wire: as_template_data(object, proxy.as_ref()),
        api,
        proxy,
        unsupported: unsupported::list(object),
        schema,
    }
}

fn read_address(wire: &ParamSpec, at: &FieldPath, over_http: bool, report: &mut Report) -> Param {
    let param = declare_address(wire, at, report);
    if let Some(Value::String(default)) = &param.default {
        let at = at.child("default");
        if over_http {
            address::read_http(default, &at, "the class probes over HTTP", report);
        } else {
            address::read(default, &at, report);
        }
    }
    param
}

fn read_extensions(spec: &ConnectorClassSpec, path: &FieldPath, report: &mut Report) -> Params {
    let purpose = Purpose::Strings("an address is a string");
    let extensions = Params::declare(&spec.address_extensions, purpose, path, report);
    for (i, param) in extensions.iter().enumerate() {
        if let Some(Value::String(default)) = &param.default {
            let at = path.index(i).child("default");
            address::read_http(default, &at, "further addresses are called over HTTP", report);
        }
    }
    extensions
}

fn probed_over_http(object: &ConnectorClass) -> bool {
    let auth_probes = object.spec.auth_probes.iter().filter_map(|p| p.probe.as_ref());
    object
        .spec
        .liveness_probe
        .iter()
        .chain(auth_probes)
        .any(|probe| probe.http.is_some())
}

/// `.connectorclass` of configuration files.
fn as_template_data(object: &ConnectorClass, proxy: Option<&Endpoint>) -> Value {
    let meta = &object.metadata;
    let mut data = json!({
        "name": meta.name,
        "metadata": { "name": meta.name, "labels": meta.labels, "annotations": meta.annotations },
    });
    let resolved = object
        .status
        .as_ref()
        .and_then(|s| s.proxy.as_ref()?.http_address.as_ref()?.url.clone());
    if let (Some(url), Value::Object(fields)) = (
        resolved.or_else(|| proxy.and_then(Endpoint::url).map(str::to_owned)),
        &mut data,
    ) {
        fields.insert("proxyAddress".to_owned(), Value::String(url));
    }
    data
}

/// Notes a name that was there before.
fn deny_duplicate<'a>(
    name: &str,
    mut earlier: impl Iterator<Item = &'a str>,
    path: &FieldPath,
    report: &mut Report,
) {
    if earlier.any(|e| e == name) {
        report.deny(
            path,
            ViolationKind::Duplicate,
            format!("{} is there twice", show::text(name)),
        );
    }
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

    /// Whether a probe calls the tool over HTTP, so that its address must be one of HTTP.
    #[must_use]
    pub fn probes_over_http(&self) -> bool {
        let auth_probes = self.auth_probes.iter().filter_map(|p| p.probe.as_ref());
        self.liveness
            .iter()
            .chain(auth_probes)
            .any(|probe| matches!(probe.check, Check::Http(_)))
    }

    /// The class in messages: `class "git"`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("class {}", show::text(&self.name))
    }
}

#[cfg(test)]
mod tests;

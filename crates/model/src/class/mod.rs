//! `ConnectorClass`: a class whose schemas and templates are compiled, ready to check and to render.

mod auth;
mod compatibility;
mod configuration;
mod endpoint;
mod headers;
mod named;
mod probe;
mod template;

use std::sync::Arc;

use patchbay_api::ConnectorClass;
use serde_json::{Value, json};

pub use auth::{AuthType, SecretProblem, SecretType};
pub use compatibility::{Dependant, Dependants, admit, dependants};
pub use configuration::{ConfigFile, Configuration, EnvVar};
pub use endpoint::Endpoint;
pub use probe::{ApiProbe, AuthProbe, Host, HttpProbe, Method, Probe, Scheme};
pub(crate) use template::is_proxy_read;

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
    let mut unsupported = Vec::new();

    let address = spec
        .address
        .as_ref()
        .map(|address| read_address(object, address, &path.child("address"), report));
    let why = "an address is a string";
    let extensions = path.child("addressExtensions");
    let address_extensions = Params::declare(
        &spec.address_extensions,
        Purpose::Strings(why),
        &extensions,
        report,
    );
    check_default_addresses(&address_extensions, &extensions, report);
    let params = Params::declare(&spec.params, Purpose::Values, &path.child("params"), report);
    let schema = spec
        .schema
        .as_ref()
        .and_then(|schema| Schema::compile(schema, &path.child("schema"), report));
    let auth_types = auth::read(spec.auth.as_ref(), &path.child("auth"), &mut unsupported, report);

    let around = probe::Surroundings {
        auth_types: &auth_types,
        has_api: spec.api.is_some(),
    };
    let liveness = spec.liveness_probe.as_ref().and_then(|wire| {
        probe::read_liveness(
            wire,
            &path.child("livenessProbe"),
            &around,
            &mut unsupported,
            report,
        )
    });
    let auth_probes = probe::read_auth(
        &spec.auth_probes,
        &path.child("authProbes"),
        &around,
        &mut unsupported,
        report,
    );
    let configurations = configuration::read(
        &spec.configurations,
        &path.child("configurations"),
        &auth_types,
        report,
    );
    let api = spec
        .api
        .as_ref()
        .and_then(|api| endpoint::read_api(api, &path.child("api"), report));
    let proxy = spec
        .proxy
        .as_ref()
        .and_then(|proxy| endpoint::read_proxy(proxy, &path.child("proxy"), report));
    note_unsupported(object, &path, &mut unsupported);

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
        unsupported,
        schema,
    }
}

fn read_address(
    object: &ConnectorClass,
    wire: &patchbay_api::param::ParamSpec,
    at: &FieldPath,
    report: &mut Report,
) -> Param {
    let param = declare_address(wire, at, report);
    if let Some(Value::String(default)) = &param.default {
        let at = at.child("default");
        match probed_over_http(object) {
            true => address::read_http(default, &at, "the class probes over HTTP", report),
            false => address::read(default, &at, report),
        };
    }
    param
}

fn check_default_addresses(extensions: &Params, path: &FieldPath, report: &mut Report) {
    for (i, param) in extensions.iter().enumerate() {
        if let Some(Value::String(default)) = &param.default {
            let at = path.index(i).child("default");
            address::read_http(default, &at, "further addresses are called over HTTP", report);
        }
    }
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

/// What is accepted, kept, and does nothing yet.
fn note_unsupported(object: &ConnectorClass, path: &FieldPath, unsupported: &mut Vec<Unsupported>) {
    let mut note = |path: FieldPath, what: &str| {
        unsupported.push(Unsupported {
            path,
            what: what.to_owned(),
        })
    };
    if object
        .spec
        .api
        .as_ref()
        .is_some_and(|api| api.permissions.is_some())
    {
        note(
            path.child("api").child("permissions").child("rego"),
            "policies in Rego are kept and not run",
        );
    }
    if let Some(proxy) = &object.spec.proxy {
        note(path.child("proxy"), "secretless proxies are not used yet");
        if proxy.auth_extractor.is_some() {
            note(
                path.child("proxy").child("authExtractor").child("rego"),
                "policies in Rego are kept and not run",
            );
        }
    }
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
    if let (Some(url), Value::Object(fields)) = (resolved.or_else(|| proxy.map(|p| p.url.clone())), &mut data)
    {
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
            .any(|probe| matches!(probe, Probe::Http(_)))
    }

    /// The class in messages: `class "git"`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("class {}", show::text(&self.name))
    }
}

#[cfg(test)]
mod tests;

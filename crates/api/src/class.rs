//! `ConnectorClass`: the type of a tool.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conditions::Condition;
use crate::param::ParamSpec;
use crate::probe::{AuthProbe, Probe};
use crate::schema;

/// What a type of tool needs: the form of its address, its credentials, its probes, and the config files that work
/// with it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "patchbay.dev",
    version = "v1alpha1",
    kind = "ConnectorClass",
    plural = "connectorclasses",
    status = "ConnectorClassStatus",
    derive = "PartialEq",
    derive = "Default",
    shortname = "cc",
    category = "patchbay",
    doc = "The type of a tool: its address, its credentials, its probes and its config files.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorClassSpec {
    /// The form of the tool's address; only strings today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<ParamSpec>,
    /// Further addresses of the tool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::named_params")]
    pub address_extensions: Vec<ParamSpec>,
    /// Parameters of a Connector.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::named_params")]
    pub params: Vec<ParamSpec>,
    /// A JSON Schema (2020-12) over the whole spec of a Connector. References to other documents are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::object")]
    pub schema: Option<Value>,
    /// The credentials that the tool takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<ClassAuth>,
    /// Whether the tool is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liveness_probe: Option<Probe>,
    /// Whether a credential is good, by auth type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["authName".into()]))]
    #[schemars(length(max = 16))]
    pub auth_probes: Vec<AuthProbe>,
    /// Config files that pods can mount.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    #[schemars(length(max = 64))]
    pub configurations: Vec<Configuration>,
    /// The tool's API service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ClassApi>,
    /// The tool's secretless proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ClassProxy>,
}

/// The credentials that a tool takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassAuth {
    /// The ways to authenticate, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    #[schemars(length(max = 16))]
    pub types: Vec<AuthType>,
}

/// One way to authenticate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthType {
    /// Its name, which a Connector gives in `spec.auth.name`.
    #[schemars(length(max = 253))]
    pub name: String,
    /// The type of the Secret: one that Kubernetes knows, `Opaque` (or `kubernetes.io/opaque`), or any other.
    #[serde(default)]
    pub secret_type: String,
    /// A Connector may leave the Secret out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// The keys of the Secret. Required for `Opaque` and custom types, known for the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::named_params")]
    pub params: Vec<ParamSpec>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// For tools that show it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// How a proxy puts the credential into a request. Accepted, and reported as not supported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<Rego>,
}

/// A policy in Rego. Accepted and kept; reported as not supported by a condition of the class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rego {
    /// The policy's text.
    #[serde(default)]
    #[schemars(length(max = 65536))]
    pub rego: String,
}

/// Config files that pods can mount together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    /// Its name, which pods ask for.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Templates by file name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub data: BTreeMap<String, String>,
    /// Parameters that a pod may give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::named_params")]
    pub params: Vec<ParamSpec>,
    /// The templates may read the credential as `.secret.<key>`. Says to reviewers which files carry one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub credentials: bool,
    /// `Go` (the default) or `Tera`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// What the files are, so that a broken one is never published: one of `json`, `yaml`, `toml`, `xml`, `ini` for all
    /// files, or a map from file name to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::any")]
    pub format: Option<Format>,
    /// Variables that the webhook sets in the containers, so that tools find their files: a list of `{name, value}` or
    /// a map. Values are templates that know `.mountPath`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::any")]
    pub env: Option<Env>,
    /// For tools that show it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Both spellings of `format`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Format {
    /// One word for all files.
    All(String),
    /// A word by file name.
    ByFile(BTreeMap<String, String>),
    /// Neither.
    Other(Value),
}

/// Both spellings of `env`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Env {
    /// `[{name, value}]`, the normal form.
    List(Vec<EnvVar>),
    /// `{NAME: value}`; numbers and booleans are taken as text.
    Map(BTreeMap<String, Value>),
    /// Neither.
    Other(Value),
}

/// One variable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// A template that knows `.mountPath`.
    pub value: String,
}

/// A reference to something that has an address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointRef {
    /// For example `Service`.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// The object's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object's API version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The object's API group, when `apiVersion` carries none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The name of one of the object's addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// The tool's API service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.ref) || has(self.uri)")
        .message("wants ref, uri or both")
        .reason(Reason::FieldValueRequired)
)]
pub struct ClassApi {
    /// Where it is.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub ref_: Option<EndpointRef>,
    /// An absolute address, or a path relative to `ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// PEM certificates that sign its certificate.
    #[serde(default, rename = "CACerts", skip_serializing_if = "Option::is_none")]
    pub ca_certs: Option<String>,
    /// The audience of tokens sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Its OpenAPI 3.0 description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::any")]
    pub openapi: Option<Value>,
    /// Who may do what. Accepted, and reported as not supported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Rego>,
}

/// The tool's secretless proxy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.ref) || has(self.uri)")
        .message("wants ref, uri or both")
        .reason(Reason::FieldValueRequired)
)]
pub struct ClassProxy {
    /// Where it is.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub ref_: Option<EndpointRef>,
    /// An absolute address, or a path relative to `ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// PEM certificates that sign its certificate.
    #[serde(default, rename = "CACerts", skip_serializing_if = "Option::is_none")]
    pub ca_certs: Option<String>,
    /// The audience of tokens sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// How it finds the caller's token in a request. Accepted, and reported as not supported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_extractor: Option<Rego>,
}

/// What Patchbay knows of a class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorClassStatus {
    /// `Ready` and what it is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// The generation that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Notes for tools.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The resolved API service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiStatus>,
    /// The resolved proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyStatus>,
}

/// The resolved API service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiStatus {
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// The resolved proxy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyStatus {
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_address: Option<Address>,
}

/// A resolved address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// The URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its name, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// PEM certificates that sign its certificate.
    #[serde(default, rename = "CACerts", skip_serializing_if = "Option::is_none")]
    pub ca_certs: Option<String>,
    /// The audience of tokens sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
}

//! Probes over HTTP.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema;

/// An HTTP request. Answer 200 means success, unless `response` says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpProbe {
    /// A template. Absolute: a path in the Connector's address is not put before it.
    #[serde(default)]
    #[schemars(length(max = 16384))]
    pub path: String,
    /// `GET` (the default) or `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::method")]
    pub method: Option<String>,
    /// Another host than the Connector's, with a port where it is not the scheme's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 261))]
    pub host: Option<String>,
    /// `http` or `https`; the Connector's own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::scheme")]
    pub scheme: Option<String>,
    /// Templates by header, as a list of `{name, value}` or as a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::any")]
    pub http_headers: Option<HttpHeaders>,
    /// Do not follow redirects.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disable_redirect: bool,
    /// What counts as success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ProbeResponse>,
}

/// Both spellings of headers. What is neither is kept, so that the model can say where and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HttpHeaders {
    /// `[{name, value}]`, the normal form.
    List(Vec<HttpHeader>),
    /// `{Name: value}`; numbers and booleans are taken as text.
    Map(BTreeMap<String, Value>),
    /// Neither.
    Other(Value),
}

/// One header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpHeader {
    /// Its name.
    pub name: String,
    /// A template.
    pub value: String,
}

/// A request to the class's API service. 200 is success; 401 and 403 say that the credential is wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiProbe {
    /// A template, relative to `status.api.address.url`.
    #[serde(default)]
    #[schemars(length(max = 16384))]
    pub path: String,
}

/// What counts as success of an HTTP probe.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProbeResponse {
    /// A CEL expression that gives a boolean, over `response.statusCode`, `.headers`, `.body` and `.bodyString`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1024))]
    pub cel: String,
}

//! Probes that speak something else than HTTP. All of them call the Connector's address, unless they say otherwise.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// A connection, and nothing more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TcpProbe {
    /// Another host than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub host: Option<String>,
    /// Another port than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
}

/// A TLS handshake, with a look at the certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct TlsProbe {
    /// Another host than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub host: Option<String>,
    /// Another port than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// The name that the certificate must be for; the host when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub server_name: Option<String>,
}

/// A call of gRPC's health service (`grpc.health.v1.Health/Check`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcProbe {
    /// Another host than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub host: Option<String>,
    /// Another port than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// The service that is asked about; the server as a whole when left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 253))]
    pub service: String,
    /// `none` or `direct`; when left out, as the scheme of the address says: `https` and `grpcs` are protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::tls_direct")]
    pub tls: Option<String>,
}

/// The first steps of a database's protocol; as an auth probe, up to a login.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseProbe {
    /// Another host than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub host: Option<String>,
    /// Another port than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// `none`, `startTLS` or `direct`; when left out, as the address says: `rediss://` and `sslmode=require` are
    /// protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::tls")]
    pub tls: Option<String>,
    /// A template, in auth probes only. When left out: the key `username` of the Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub username: Option<String>,
    /// A template, in auth probes only. When left out: the key `password` of the Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub password: Option<String>,
    /// A template without the Secret, in auth probes only: the database that is opened; of Redis its number. When left
    /// out: the path of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub database: Option<String>,
}

/// The first steps of a server's protocol; as an auth probe, up to a login.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerProbe {
    /// Another host than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub host: Option<String>,
    /// Another port than the Connector's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// `none`, `startTLS` or `direct`; when left out, as the scheme and port of the address say: `smtps` and `ldaps`
    /// are protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::tls")]
    pub tls: Option<String>,
    /// A template, in auth probes only. When left out: the key `username` of the Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub username: Option<String>,
    /// A template, in auth probes only. When left out: the key `password` of the Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub password: Option<String>,
}

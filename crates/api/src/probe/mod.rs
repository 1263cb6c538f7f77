//! How a class says whether a tool is there and whether a credential is good.

mod http;
mod server;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

pub use http::{ApiProbe, HttpHeader, HttpHeaders, HttpProbe, ProbeResponse};
pub use server::{DatabaseProbe, GrpcProbe, ServerProbe, TcpProbe, TlsProbe};

use crate::schema;

/// One probe: exactly one of its kinds, and how often it runs and counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "[has(self.http), has(self.api), has(self.tcp), has(self.tls), has(self.grpc), has(self.postgres), \
         has(self.mysql), has(self.redis), has(self.smtp), has(self.ldap), has(self.kafka)].filter(x, x).size() == 1"
    )
        .message("wants exactly one of http, api, tcp, tls, grpc, postgres, mysql, redis, smtp, ldap and kafka")
        .reason(Reason::FieldValueInvalid)
)]
pub struct Probe {
    /// A request to the tool itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpProbe>,
    /// A request to the class's API service (`spec.api`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiProbe>,
    /// A connection, and nothing more: `tcp: {}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpProbe>,
    /// A TLS handshake, with a look at the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsProbe>,
    /// gRPC's health service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grpc: Option<GrpcProbe>,
    /// A PostgreSQL server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<DatabaseProbe>,
    /// A MySQL or MariaDB server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mysql: Option<DatabaseProbe>,
    /// A Redis server, or another that speaks its protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redis: Option<DatabaseProbe>,
    /// A mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smtp: Option<ServerProbe>,
    /// A directory server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldap: Option<ServerProbe>,
    /// A Kafka broker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kafka: Option<ServerProbe>,
    /// From one probe to the next, 1 to 86400. Left out: as the platform's owner has set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_seconds: Option<i64>,
    /// How long one probe may take, 1 to 60, and no longer than its period. Left out: as the platform's owner has set
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i64>,
    /// After so many successes on end the tool counts as there again, 1 to 10; 1 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_threshold: Option<i64>,
    /// After so many failures on end the tool counts as gone, 1 to 10; 1 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_threshold: Option<i64>,
}

/// How the credential of one auth type is checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthProbe {
    /// One of `spec.auth.types[].name`.
    #[schemars(length(max = 253))]
    pub auth_name: String,
    /// Parameters that a Connector gives in `spec.auth.params`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::named_params")]
    pub params: Vec<crate::param::ParamSpec>,
    /// The probe. Without one the credential is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

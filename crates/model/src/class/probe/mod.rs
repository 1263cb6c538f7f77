//! Probes, checked and compiled.

mod headers;
mod http;
mod place;
mod server;
mod timing;

use patchbay_api::probe as wire;
use patchbay_template::Known;

pub use http::{ApiProbe, Host, HttpProbe};
pub use place::Place;
pub use server::{GrpcProbe, LoginField, LoginTemplates, ServerProbe, TlsProbe};
pub use timing::Timing;

use super::auth::AuthType;
use super::{deny_duplicate, named, template};
use crate::call::Protocol;
use crate::param::{self, Params};
use crate::path::FieldPath;
use crate::show;
use crate::violation::{Report, ViolationKind};

/// One probe.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What it asks.
    pub check: Check,
    /// How often, and how often it must say the same to count.
    pub timing: Timing,
}

/// What a probe asks.
#[derive(Clone, Debug)]
pub enum Check {
    /// A request to the tool.
    Http(HttpProbe),
    /// A request to the class's API service.
    Api(ApiProbe),
    /// A connection.
    Tcp(Place),
    /// A TLS handshake.
    Tls(TlsProbe),
    /// gRPC's health service.
    Grpc(GrpcProbe),
    /// The first steps of another protocol.
    Server(ServerProbe),
}

/// How the credential of one auth type is checked.
#[derive(Clone, Debug)]
pub struct AuthProbe {
    /// The auth type.
    pub auth_name: String,
    /// Parameters that a Connector gives in `spec.auth.params`.
    pub params: Params,
    /// The probe; `None`: the credential is not checked.
    pub probe: Option<Probe>,
}

/// What the rest of the class says to its probes.
pub(super) struct Surroundings<'a> {
    pub(super) auth_types: &'a [AuthType],
    pub(super) has_api: bool,
}

/// Reads `spec.livenessProbe`.
pub(super) fn read_liveness(
    wire: &wire::Probe,
    path: &FieldPath,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<Probe> {
    let types: Vec<&AuthType> = around.auth_types.iter().collect();
    // A tool is there or not, whether or not somebody has a credential for it.
    let known = Known {
        secret_optional: true,
        ..template::known_secrets(&types)
    };
    read_probe(wire, path, &known, &Purpose::Liveness, around, report)
}

/// Reads `spec.authProbes`.
pub(super) fn read_auth(
    wires: &[wire::AuthProbe],
    path: &FieldPath,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Vec<AuthProbe> {
    let mut probes: Vec<AuthProbe> = Vec::new();
    for (i, wire) in wires.iter().enumerate() {
        let at = path.index(i);
        let auth_name = at.child("authName");
        deny_duplicate(
            &wire.auth_name,
            probes.iter().map(|p| p.auth_name.as_str()),
            &auth_name,
            report,
        );
        let auth_type = around.auth_types.iter().find(|t| t.name == wire.auth_name);
        if auth_type.is_none() {
            report.deny(
                &auth_name,
                ViolationKind::NotFound,
                unknown_auth(&wire.auth_name, around.auth_types),
            );
        }
        let params = Params::declare(&wire.params, param::Purpose::Values, &at.child("params"), report);
        let known = match auth_type {
            Some(auth_type) => template::known_secrets(&[auth_type]),
            // Said above; what it reads of the Secret would only repeat that.
            None => Known::default(),
        };
        let known = Known {
            auth_params: Some(params.names().map(str::to_owned).collect()),
            ..known
        };
        let keys: Option<Vec<&str>> = auth_type.map(|t| t.keys().into_iter().collect());
        let purpose = Purpose::Auth {
            keys: keys.as_deref(),
        };
        let probe = match &wire.probe {
            Some(probe) => read_probe(probe, &at.child("probe"), &known, &purpose, around, report),
            None => {
                report.warn(&at, "has no probe, so credentials are not checked");
                None
            }
        };
        probes.push(AuthProbe {
            auth_name: wire.auth_name.clone(),
            params,
            probe,
        });
    }
    probes
}

fn unknown_auth(name: &str, types: &[AuthType]) -> String {
    let names: Vec<&str> = types.iter().map(|t| t.name.as_str()).collect();
    let near = show::did_you_mean(name, names.iter().copied());
    format!(
        "got {}, the class has auth types {}{near}",
        show::text(name),
        show::names(&names)
    )
}

/// What a probe is for.
enum Purpose<'a> {
    /// Whether the tool is there, which nobody needs a credential for.
    Liveness,
    /// Whether the tool takes the credential, whose Secret has these keys, if anyone knows.
    Auth { keys: Option<&'a [&'a str]> },
}

const KINDS: &str = "http, api, tcp, tls, grpc, postgres, mysql, redis, smtp, ldap or kafka";

fn read_probe(
    wire: &wire::Probe,
    at: &FieldPath,
    known: &Known,
    purpose: &Purpose<'_>,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<Probe> {
    let timing = timing::read(wire, at, report);
    let kind = match kinds(wire).as_slice() {
        [(_, kind)] => *kind,
        [] => {
            let message = format!("has no kind, wants exactly one of {KINDS}");
            report.deny(at, ViolationKind::Required, message);
            return None;
        }
        several => {
            let words: Vec<&str> = several.iter().map(|(word, _)| *word).collect();
            let message = format!("has {}, wants exactly one of them", words.join(" and "));
            report.deny(at, ViolationKind::Invalid, message);
            return None;
        }
    };
    let check = read_check(kind, at, known, purpose, around, report)?;
    Some(Probe { check, timing })
}

/// A kind of probe as it is written.
#[derive(Clone, Copy)]
enum Kind<'a> {
    Http(&'a wire::HttpProbe),
    Api(&'a wire::ApiProbe),
    Tcp(&'a wire::TcpProbe),
    Tls(&'a wire::TlsProbe),
    Grpc(&'a wire::GrpcProbe),
    Server(Protocol, server::Written<'a>),
}

/// The kinds that a probe has, in the order of the fields.
fn kinds(wire: &wire::Probe) -> Vec<(&'static str, Kind<'_>)> {
    [
        wire.http.as_ref().map(|p| ("http", Kind::Http(p))),
        wire.api.as_ref().map(|p| ("api", Kind::Api(p))),
        wire.tcp.as_ref().map(|p| ("tcp", Kind::Tcp(p))),
        wire.tls.as_ref().map(|p| ("tls", Kind::Tls(p))),
        wire.grpc.as_ref().map(|p| ("grpc", Kind::Grpc(p))),
        server_kind(Protocol::Postgres, wire.postgres.as_ref()),
        server_kind(Protocol::Mysql, wire.mysql.as_ref()),
        server_kind(Protocol::Redis, wire.redis.as_ref()),
        server_kind(Protocol::Smtp, wire.smtp.as_ref()),
        server_kind(Protocol::Ldap, wire.ldap.as_ref()),
        server_kind(Protocol::Kafka, wire.kafka.as_ref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn server_kind<'a, P>(protocol: Protocol, probe: Option<&'a P>) -> Option<(&'static str, Kind<'a>)>
where
    server::Written<'a>: From<&'a P>,
{
    Some((protocol.as_str(), Kind::Server(protocol, probe?.into())))
}

fn read_check(
    kind: Kind<'_>,
    at: &FieldPath,
    known: &Known,
    purpose: &Purpose<'_>,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<Check> {
    match kind {
        Kind::Http(wire) => http::read_http(wire, &at.child("http"), known, report).map(Check::Http),
        Kind::Api(wire) => http::read_api(wire, &at.child("api"), known, around, report).map(Check::Api),
        Kind::Tcp(wire) => {
            let at = at.child("tcp");
            deny_as_auth(purpose, &at, report);
            let place = place::read_place(wire.host.as_deref(), wire.port, &at, report);
            Some(Check::Tcp(place))
        }
        Kind::Tls(wire) => {
            let at = at.child("tls");
            deny_as_auth(purpose, &at, report);
            Some(Check::Tls(server::read_handshake(wire, &at, report)))
        }
        Kind::Grpc(wire) => {
            let at = at.child("grpc");
            deny_as_auth(purpose, &at, report);
            Some(Check::Grpc(server::read_grpc(wire, &at, report)))
        }
        Kind::Server(protocol, written) => {
            let at = at.child(protocol.as_str());
            server::read_server(protocol, written, &at, known, purpose, report).map(Check::Server)
        }
    }
}

/// A good credential and a bad one would look the same.
fn deny_as_auth(purpose: &Purpose<'_>, at: &FieldPath, report: &mut Report) {
    if matches!(purpose, Purpose::Auth { .. }) {
        let message = "sends no credential, so it cannot check one: use http, api or the protocol of a server, or leave the probe out";
        report.deny(at, ViolationKind::Forbidden, message);
    }
}

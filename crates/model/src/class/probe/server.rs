//! Probes that speak something else than HTTP.

use patchbay_api::probe as wire;
use patchbay_template::{Dialect, Engine, Known, Template};

use super::super::template;
use super::Purpose;
use super::place::{Place, read_host, read_place, read_tls};
use crate::call::{Encryption, Protocol};
use crate::path::FieldPath;
use crate::show;
use crate::violation::{Report, ViolationKind};

/// The longest name of a gRPC service, in bytes.
const LONGEST_SERVICE: usize = 253;

/// A TLS handshake.
#[derive(Clone, Debug)]
pub struct TlsProbe {
    /// Instead of the Connector's.
    pub place: Place,
    /// The name that the certificate must be for, where it is not the host.
    pub server_name: Option<String>,
}

/// A call of gRPC's health service.
#[derive(Clone, Debug)]
pub struct GrpcProbe {
    /// Instead of the Connector's.
    pub place: Place,
    /// The service that is asked about; empty: the server as a whole.
    pub service: String,
    /// Over TLS or not, where the class says so.
    pub tls: Option<bool>,
}

/// The first steps of another protocol.
#[derive(Clone, Debug)]
pub struct ServerProbe {
    /// Which one.
    pub protocol: Protocol,
    /// Instead of the Connector's.
    pub place: Place,
    /// Where the class says so.
    pub encryption: Option<Encryption>,
    /// The credential that is checked; only of auth probes.
    pub login: Option<LoginTemplates>,
    /// The database that is opened, where the class says so; only of auth probes. Reads nothing of the Secret.
    pub database: Option<Template>,
}

/// Where a login comes from.
#[derive(Clone, Debug)]
pub struct LoginTemplates {
    /// The user; `None` where the protocol needs none.
    pub username: Option<LoginField>,
    /// The password.
    pub password: LoginField,
}

/// One half of a login.
#[derive(Clone, Debug)]
pub enum LoginField {
    /// A key of the Secret, because the class says nothing.
    Key(&'static str),
    /// As the class says.
    Template(Template),
}

/// Both forms of a server's probe.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    host: Option<&'a str>,
    port: Option<i64>,
    tls: Option<&'a str>,
    username: Option<&'a str>,
    password: Option<&'a str>,
    database: Option<&'a str>,
}

impl<'a> From<&'a wire::DatabaseProbe> for Written<'a> {
    fn from(probe: &'a wire::DatabaseProbe) -> Self {
        Self {
            host: probe.host.as_deref(),
            port: probe.port,
            tls: probe.tls.as_deref(),
            username: probe.username.as_deref(),
            password: probe.password.as_deref(),
            database: probe.database.as_deref(),
        }
    }
}

impl<'a> From<&'a wire::ServerProbe> for Written<'a> {
    fn from(probe: &'a wire::ServerProbe) -> Self {
        Self {
            host: probe.host.as_deref(),
            port: probe.port,
            tls: probe.tls.as_deref(),
            username: probe.username.as_deref(),
            password: probe.password.as_deref(),
            database: None,
        }
    }
}

/// Reads `tls`.
pub(super) fn read_handshake(wire: &wire::TlsProbe, at: &FieldPath, report: &mut Report) -> TlsProbe {
    let server_name = wire.server_name.as_deref().filter(|name| !name.is_empty());
    TlsProbe {
        place: read_place(wire.host.as_deref(), wire.port, at, report),
        server_name: server_name.and_then(|name| read_host(name, &at.child("serverName"), report)),
    }
}

/// Reads `grpc`.
pub(super) fn read_grpc(wire: &wire::GrpcProbe, at: &FieldPath, report: &mut Report) -> GrpcProbe {
    let service = &wire.service;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if service.len() > LONGEST_SERVICE || !service.chars().all(good) {
        let message = format!(
            "got {}, wants the name of a service such as shop.v1.Orders",
            show::text(service)
        );
        report.invalid(&at.child("service"), message);
    }
    let words: &[_] = &[Encryption::Plain, Encryption::Tls];
    let tls = wire.tls.as_deref();
    GrpcProbe {
        place: read_place(wire.host.as_deref(), wire.port, at, report),
        service: service.clone(),
        tls: read_tls(tls, words, &at.child("tls"), report).map(|word| word == Encryption::Tls),
    }
}

/// Reads the probe of a server. `keys` are those of the Secret that a login may come from.
pub(super) fn read_server(
    protocol: Protocol,
    written: Written<'_>,
    at: &FieldPath,
    known: &Known,
    purpose: &Purpose<'_>,
    report: &mut Report,
) -> Option<ServerProbe> {
    let place = read_place(written.host, written.port, at, report);
    let encryption = read_tls(written.tls, encryptions(protocol), &at.child("tls"), report);
    let (login, database) = match purpose {
        Purpose::Liveness => {
            deny_login(written, at, report);
            (None, None)
        }
        Purpose::Auth { keys } => {
            let login = read_login(protocol, written, at, *keys, known, report);
            let at = at.child("database");
            let database = written
                .database
                .and_then(|text| compile(text, &at, known, report));
            (Some(login?), database.filter(|text| is_public(text, &at, report)))
        }
    };
    Some(ServerProbe {
        protocol,
        place,
        encryption,
        login,
        database,
    })
}

/// How connections of a protocol can be protected.
const fn encryptions(protocol: Protocol) -> &'static [Encryption] {
    use Encryption::{Plain, StartTls, Tls};
    match protocol {
        Protocol::Postgres | Protocol::Mysql => &[Plain, StartTls],
        Protocol::Redis | Protocol::Kafka => &[Plain, Tls],
        Protocol::Smtp | Protocol::Ldap => &[Plain, StartTls, Tls],
    }
}

fn deny_login(written: Written<'_>, at: &FieldPath, report: &mut Report) {
    for (field, value) in [
        ("username", written.username),
        ("password", written.password),
        ("database", written.database),
    ] {
        if value.is_some() {
            let message = "is not used: a liveness probe never logs in; to check the credential, add a probe to spec.authProbes";
            report.deny(&at.child(field), ViolationKind::Forbidden, message);
        }
    }
}

/// A login: what the class says, and the keys of the Secret where it says nothing. Without `keys` nobody knows the
/// Secret, which is said elsewhere.
fn read_login(
    protocol: Protocol,
    written: Written<'_>,
    at: &FieldPath,
    keys: Option<&[&str]>,
    known: &Known,
    report: &mut Report,
) -> Option<LoginTemplates> {
    let mut field = |text: Option<&str>, key: &'static str, needed: bool| {
        let at = at.child(key);
        if let Some(text) = text {
            return compile(text, &at, known, report).map(LoginField::Template);
        }
        let keys = keys?;
        if keys.contains(&key) {
            return Some(LoginField::Key(key));
        }
        if needed {
            let message = format!(
                "is missing, and the Secret has no key {key}: wants a template such as \"{{{{ .Secret.StringData.{} }}}}\"",
                keys.first().unwrap_or(&"token")
            );
            report.deny(&at, ViolationKind::Required, message);
        }
        None
    };
    let username = field(written.username, "username", protocol != Protocol::Redis);
    let password = field(written.password, "password", true);
    Some(LoginTemplates {
        username,
        password: password?,
    })
}

fn compile(text: &str, at: &FieldPath, known: &Known, report: &mut Report) -> Option<Template> {
    template::compile(text, Engine::Go, Dialect::Probe, known, at, report)
}

/// The database's name is shown in messages and kept, as nothing of a Secret may be.
fn is_public(template: &Template, at: &FieldPath, report: &mut Report) -> bool {
    let public = !template.references().reads_below(&["Secret"]);
    if !public {
        let message = "reads the Secret, and the name of a database is no secret: take it from a parameter";
        report.deny(at, ViolationKind::Forbidden, message);
    }
    public
}

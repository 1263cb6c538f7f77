//! Calls that speak something else than HTTP.

use patchbay_api::conditions::Reason;
use patchbay_template::Template;

use super::super::data;
use super::super::error::RenderError;
use super::renderer::Renderer;
use super::{Place, ProbeInput, place};
use crate::call::{Exchange, Login, Protocol, ServerCall};
use crate::class::{self, GrpcProbe, LoginField, LoginTemplates, ServerProbe, TlsProbe};
use crate::secret::SecretBytes;

/// The longest user, password and name of a database, in bytes.
const LONGEST: usize = 1024;
/// How many databases a Redis server can be told to have, at most.
const MOST_DATABASES: u32 = 65_536;

/// A connection.
pub(super) fn tcp(
    input: &ProbeInput<'_>,
    to: &class::Place,
    renderer: &Renderer,
) -> Result<(Place, Exchange), RenderError> {
    match to.port.or(input.bound.address.port) {
        Some(port) => Ok(((host(input, to), port), Exchange::Tcp)),
        None => {
            let problem = "needs a port: write one into spec.address of the Connector, or into the probe";
            Err(renderer.failed(Reason::Invalid, problem))
        }
    }
}

/// A TLS handshake. An address without a port of its own is one of the web.
pub(super) fn handshake(input: &ProbeInput<'_>, probe: &TlsProbe) -> (Place, Exchange) {
    let address = &input.bound.address;
    let written = address
        .port
        .filter(|port| address.scheme != "http" || *port != 80);
    let port = probe.place.port.or(written).unwrap_or(443);
    let exchange = Exchange::Tls {
        server_name: probe.server_name.clone(),
    };
    ((host(input, &probe.place), port), exchange)
}

/// gRPC's health service.
pub(super) fn grpc(input: &ProbeInput<'_>, probe: &GrpcProbe) -> (Place, Exchange) {
    let address = &input.bound.address;
    let (own, by_scheme) = match address.scheme.as_str() {
        "grpc" | "http" => (true, false),
        "grpcs" | "https" => (true, true),
        _ => (false, false),
    };
    let tls = probe.tls.unwrap_or(by_scheme);
    let written = place::written_port(address, own && tls == by_scheme);
    let default = if tls { 443 } else { 80 };
    let port = probe.place.port.or(written).unwrap_or(default);
    let exchange = Exchange::Grpc {
        service: probe.service.clone(),
        tls,
    };
    ((host(input, &probe.place), port), exchange)
}

/// The first steps of another protocol.
pub(super) fn server(
    input: &ProbeInput<'_>,
    probe: &ServerProbe,
    renderer: &Renderer,
) -> Result<(Place, Exchange), RenderError> {
    let address = &input.bound.address;
    let told = place::told(probe.protocol, address);
    let encryption = probe.encryption.unwrap_or(told.encryption);
    // The default port of a scheme is that of its own protection.
    let own =
        told.own && place::port(probe.protocol, encryption) == place::port(probe.protocol, told.encryption);
    let port = probe
        .place
        .port
        .or_else(|| place::written_port(address, own))
        .unwrap_or(place::port(probe.protocol, encryption));
    let login = match &probe.login {
        Some(login) => self::login(input, login, probe.protocol, renderer)?,
        None => None,
    };
    let database = match (&probe.database, &login) {
        (_, None) => None,
        (Some(template), Some(_)) => database(template, renderer)?,
        (None, Some(_)) => place::database(address).filter(|_| told.own && has_databases(probe.protocol)),
    };
    if let Some(name) = &database {
        check_database(probe.protocol, name, renderer)?;
    }
    let exchange = Exchange::Server(ServerCall {
        protocol: probe.protocol,
        encryption,
        login,
        database,
    });
    Ok(((host(input, &probe.place), port), exchange))
}

fn host(input: &ProbeInput<'_>, to: &class::Place) -> String {
    to.host
        .clone()
        .unwrap_or_else(|| input.bound.address.host.clone())
}

/// The login; `None` where the class lets the Connector go without a Secret, and it does.
fn login(
    input: &ProbeInput<'_>,
    from: &LoginTemplates,
    protocol: Protocol,
    renderer: &Renderer,
) -> Result<Option<Login>, RenderError> {
    let field = |field: &LoginField, what: &str| match field {
        LoginField::Key(key) => match data::probe_key(input.class, input.bound, input.secret, key) {
            Some(value) => renderer.login_part(value, what, LONGEST),
            None => Ok(SecretBytes::new(vec![])),
        },
        LoginField::Template(template) => {
            let value = renderer.text(template, what)?;
            renderer.login_part(value, what, LONGEST)
        }
    };
    let username = match &from.username {
        Some(username) => field(username, "username")?,
        None => SecretBytes::new(vec![]),
    };
    let password = field(&from.password, "password")?;
    match (username.is_empty(), password.is_empty()) {
        (true, true) => Ok(None),
        // Some servers take a login without a password for one without a user, and say that it is good.
        (false, true) => Err(renderer.error("has an empty password")),
        (true, false) if protocol != Protocol::Redis => Err(renderer.error("has an empty username")),
        (_, false) => Ok(Some(Login { username, password })),
    }
}

const fn has_databases(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Postgres | Protocol::Mysql | Protocol::Redis)
}

fn database(template: &Template, renderer: &Renderer) -> Result<Option<String>, RenderError> {
    let text = renderer.text(template, "database")?;
    let text = String::from_utf8_lossy(text.expose().trim_ascii()).into_owned();
    Ok((!text.is_empty()).then_some(text))
}

fn check_database(protocol: Protocol, name: &str, renderer: &Renderer) -> Result<(), RenderError> {
    if name.len() > LONGEST || name.chars().any(char::is_control) {
        return Err(renderer
            .error("names a database that no server can have: it is too long, or has control characters"));
    }
    let is_number = name.parse::<u32>().is_ok_and(|n| n < MOST_DATABASES);
    if protocol == Protocol::Redis && !(is_number && name.bytes().all(|b| b.is_ascii_digit())) {
        return Err(renderer.error("names a database that is no number: Redis counts its databases from 0"));
    }
    Ok(())
}

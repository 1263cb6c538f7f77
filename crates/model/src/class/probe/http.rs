//! Probes over HTTP: of the tool itself, and of the class's API service.

use patchbay_api::probe as wire;
use patchbay_cel::{Program, Type};
use patchbay_template::{Dialect, Engine, Known, Template};

use super::super::template;
use super::place::parse_host;
use super::{Surroundings, headers};
use crate::call::{Method, Scheme};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{response, show};

/// The longest expression of `response.cel`, in bytes.
const LONGEST_CEL: usize = 1024;

/// A request to the tool.
#[derive(Clone, Debug)]
pub struct HttpProbe {
    /// The method.
    pub method: Method,
    /// Instead of the Connector's host.
    pub host: Option<Host>,
    /// Instead of the Connector's scheme.
    pub scheme: Option<Scheme>,
    /// The path and query; absolute.
    pub path: Template,
    /// Headers in the order of the class; each name once, in lower case.
    pub headers: Vec<(String, Template)>,
    /// Do not follow redirects.
    pub disable_redirect: bool,
    /// What holds for a success; without it, answer 200 is one.
    pub success: Option<Program>,
}

/// A host that a class names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// A name or a literal, an IPv6 one without brackets.
    pub name: String,
    /// The port, where one is written.
    pub port: Option<u16>,
}

/// A request to the class's API service. 200 is success; 401 and 403 say that the credential is wrong.
#[derive(Clone, Debug)]
pub struct ApiProbe {
    /// Relative to the address of the API service.
    pub path: Template,
}

/// Reads `api`.
pub(super) fn read_api(
    wire: &wire::ApiProbe,
    at: &FieldPath,
    known: &Known,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<ApiProbe> {
    if !around.has_api {
        let message = "asks the class's API service, and the class has none: set spec.api or use http";
        report.deny(at, ViolationKind::Forbidden, message);
    }
    let at = at.child("path");
    template::compile(&wire.path, Engine::Go, Dialect::Probe, known, &at, report)
        .map(|path| ApiProbe { path })
}

/// Reads `http`.
pub(super) fn read_http(
    wire: &wire::HttpProbe,
    at: &FieldPath,
    known: &Known,
    report: &mut Report,
) -> Option<HttpProbe> {
    let path_at = at.child("path");
    if wire.path.is_empty() {
        report.deny(
            &path_at,
            ViolationKind::Required,
            "is missing, wants a path such as /",
        );
    } else if !wire.path.starts_with('/') && !wire.path.trim_start().starts_with("{{") {
        report.invalid(
            &path_at,
            format!("got {}, wants a path that begins with /", show::text(&wire.path)),
        );
    }
    let path = template::compile(&wire.path, Engine::Go, Dialect::Probe, known, &path_at, report);
    let method = read_method(wire.method.as_deref(), &at.child("method"), report);
    let host = wire.host.as_deref().filter(|h| !h.is_empty());
    let host = host.and_then(|host| read_host(host, &at.child("host"), report));
    let scheme = wire.scheme.as_deref().filter(|s| !s.is_empty());
    let scheme = scheme.and_then(|scheme| read_scheme(scheme, &at.child("scheme"), report));
    let headers = headers::read(
        wire.http_headers.as_ref(),
        &at.child("httpHeaders"),
        known,
        report,
    );
    let cel_at = at.child("response").child("cel");
    let success = wire.response.as_ref();
    let success = success.and_then(|response| read_cel(&response.cel, &cel_at, report));
    let disable_redirect = wire.disable_redirect;
    path.map(|path| HttpProbe {
        method,
        host,
        scheme,
        path,
        headers,
        disable_redirect,
        success,
    })
}

fn read_method(word: Option<&str>, path: &FieldPath, report: &mut Report) -> Method {
    match word {
        None | Some("" | "GET") => Method::Get,
        Some("POST") => Method::Post,
        Some(other) => {
            let near = show::did_you_mean(other, ["GET", "POST"]);
            let message = format!("got {}, wants GET or POST{near}", show::text(other));
            report.deny(path, ViolationKind::NotSupported, message);
            Method::Get
        }
    }
}

fn read_scheme(word: &str, path: &FieldPath, report: &mut Report) -> Option<Scheme> {
    match word {
        "http" => Some(Scheme::Http),
        "https" => Some(Scheme::Https),
        other => {
            let near = show::did_you_mean(other, ["http", "https"]);
            let message = format!("got {}, wants http or https{near}", show::text(other));
            report.deny(path, ViolationKind::NotSupported, message);
            None
        }
    }
}

fn read_host(text: &str, path: &FieldPath, report: &mut Report) -> Option<Host> {
    let host = parse_host(text);
    if host.is_none() {
        let message = format!(
            "got {}, wants a host such as git.example.com or git.example.com:8443",
            show::text(text)
        );
        report.invalid(path, message);
    }
    host
}

/// Every problem of an expression, with its place in it.
fn read_cel(cel: &str, path: &FieldPath, report: &mut Report) -> Option<Program> {
    if cel.trim().is_empty() {
        report.deny(
            path,
            ViolationKind::Required,
            "is empty, wants an expression; without one, answer 200 is success",
        );
        return None;
    }
    if cel.len() > LONGEST_CEL {
        let message = format!("got {} bytes, wants at most {LONGEST_CEL}", cel.len());
        report.deny(path, ViolationKind::TooLong, message);
        return None;
    }
    match patchbay_cel::compile(cel, &response::env(), &Type::Bool) {
        Ok(program) => Some(program),
        Err(problems) => {
            for problem in problems {
                let message = format!(
                    "line {}, column {}: {}",
                    problem.line, problem.column, problem.message
                );
                report.invalid(path, message);
            }
            None
        }
    }
}

//! Probes, checked and compiled.

use patchbay_api::probe as wire;
use patchbay_template::{Dialect, Engine, Known, Template};

use super::auth::AuthType;
use super::{deny_duplicate, headers, template, unsupported};
use crate::call::{Method, Scheme};
use crate::param::{Params, Purpose};
use crate::path::FieldPath;
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

/// The longest expression of `response.cel`, in bytes.
const LONGEST_CEL: usize = 1024;

/// One probe.
#[derive(Clone, Debug)]
pub enum Probe {
    /// A request to the tool.
    Http(HttpProbe),
    /// A request to the class's API service.
    Api(ApiProbe),
}

/// A request to the tool. Answer 200 is success.
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
    read_probe(wire, path, &known, around, report)
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
        let params = Params::declare(&wire.params, Purpose::Values, &at.child("params"), report);
        let known = match auth_type {
            Some(auth_type) => template::known_secrets(&[auth_type]),
            // Said above; what it reads of the Secret would only repeat that.
            None => Known::default(),
        };
        let known = Known {
            auth_params: Some(params.names().map(str::to_owned).collect()),
            ..known
        };
        let probe = match &wire.probe {
            Some(probe) => read_probe(probe, &at.child("probe"), &known, around, report),
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

fn read_probe(
    wire: &wire::Probe,
    path: &FieldPath,
    known: &Known,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<Probe> {
    match (&wire.http, &wire.api) {
        (Some(http), None) => read_http(http, &path.child("http"), known, report).map(Probe::Http),
        (None, Some(api)) => {
            if !around.has_api {
                let message =
                    "asks the class's API service, and the class has none: set spec.api or use http";
                report.deny(&path.child("api"), ViolationKind::Forbidden, message);
            }
            let path = path.child("api").child("path");
            template::compile(&api.path, Engine::Go, Dialect::Probe, known, &path, report)
                .map(|path| Probe::Api(ApiProbe { path }))
        }
        (Some(_), Some(_)) => {
            report.deny(
                path,
                ViolationKind::Invalid,
                "has both http and api, wants exactly one of them",
            );
            None
        }
        (None, None) => {
            report.deny(
                path,
                ViolationKind::Required,
                "has neither http nor api, wants exactly one of them",
            );
            None
        }
    }
}

fn read_http(
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
    if let Some(response) = &wire.response {
        read_cel(&response.cel, &at.child("response").child("cel"), report);
    }
    let disable_redirect = wire.disable_redirect;
    path.map(|path| HttpProbe {
        method,
        host,
        scheme,
        path,
        headers,
        disable_redirect,
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
    // The URL parser knows ports, IPv6 literals and international names.
    let alone = !text.contains(['/', '?', '#', '@', '\\']) && !text.chars().any(char::is_whitespace);
    let url = alone
        .then(|| url::Url::parse(&format!("http://{text}")))
        .and_then(Result::ok);
    let host = url.as_ref().and_then(url::Url::host).map(|host| match host {
        url::Host::Ipv6(ip) => ip.to_string(),
        other => other.to_string(),
    });
    let good =
        host.filter(|host| name::host(host).is_ok() && url.as_ref().and_then(url::Url::port) != Some(0));
    if good.is_none() {
        let message = format!(
            "got {}, wants a host such as git.example.com or git.example.com:8443",
            show::text(text)
        );
        report.invalid(path, message);
    }
    // A written `:80` is the default of the URL parser's scheme, and so not in the URL any more.
    let port = text.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    good.map(|name| Host {
        name,
        port: port.filter(|_| !text.ends_with(']')),
    })
}

fn read_cel(cel: &str, path: &FieldPath, report: &mut Report) {
    if cel.is_empty() {
        report.deny(
            path,
            ViolationKind::Required,
            "is empty, wants an expression; without one, answer 200 is success",
        );
    } else if cel.len() > LONGEST_CEL {
        let message = format!("got {} bytes, wants at most {LONGEST_CEL}", cel.len());
        report.deny(path, ViolationKind::TooLong, message);
    } else {
        report.warn(path, unsupported::CEL);
    }
}

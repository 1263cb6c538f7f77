//! The request of a probe.

use patchbay_api::conditions::Reason;
use patchbay_template::{Limits, SecretScope, Template, go_names};
use serde_json::{Value, json};
use url::Url;

use super::data;
use super::error::RenderError;
use crate::call::{Call, Exchange, HttpCall, Method, Scheme, Success};
use crate::class::{Class, HttpProbe, Probe};
use crate::connector::Bound;
use crate::secret::{SecretBytes, SecretData};
use crate::show;

/// A path with its query, in bytes.
const LONGEST_TARGET: usize = 8 * 1024;
/// The value of a header, in bytes.
const LONGEST_HEADER: usize = 16 * 1024;

/// What a probe is made of.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds secrets")]
pub struct ProbeInput<'a> {
    /// The object.
    pub object: &'a patchbay_api::Connector,
    /// Its class.
    pub class: &'a Class,
    /// The Connector against its class.
    pub bound: &'a Bound,
    /// The Secret of `bound.auth.secret`.
    pub secret: Option<&'a SecretData>,
    /// The class's `status.api.address.url`.
    pub api_address: Option<&'a str>,
}

/// The request of the class's liveness probe; `None` where it has none.
///
/// # Errors
/// A template fails, or renders to what no request can carry. No message carries a value.
pub fn liveness_request(input: &ProbeInput<'_>) -> Result<Option<Call>, RenderError> {
    match &input.class.liveness {
        Some(probe) => plan(input, probe, "the liveness probe").map(Some),
        None => Ok(None),
    }
}

/// The request of the auth probe of the Connector's auth type; `None` where there is none, or the Connector has no
/// `auth`.
///
/// # Errors
/// As [`liveness_request`].
pub fn auth_request(input: &ProbeInput<'_>) -> Result<Option<Call>, RenderError> {
    let auth = input.bound.auth.as_ref();
    let probe = auth
        .and_then(|auth| input.class.auth_probe(&auth.type_name))
        .and_then(|p| p.probe.as_ref());
    match probe {
        Some(probe) => plan(input, probe, "the auth probe").map(Some),
        None => Ok(None),
    }
}

fn plan(input: &ProbeInput<'_>, probe: &Probe, name: &str) -> Result<Call, RenderError> {
    let renderer = Renderer {
        root: json!({ "Connector": go_names(&data::connector(input.object, input.class)) }),
        secrets: data::probe_secrets(input.class, input.bound, input.secret),
        what: format!("{name} of {}", input.class.shown()),
    };
    match probe {
        Probe::Http(http) => http_plan(input, http, &renderer),
        Probe::Api(api) => {
            let Some(address) = input
                .api_address
                .or(input.class.api.as_ref().map(|a| a.url.as_str()))
            else {
                return Err(renderer.error("asks the API service of the class, which has none"));
            };
            api_plan(address, &api.path, &renderer)
        }
    }
}

fn http_plan(input: &ProbeInput<'_>, probe: &HttpProbe, renderer: &Renderer) -> Result<Call, RenderError> {
    let address = &input.bound.address;
    let own_scheme = match address.scheme.as_str() {
        "http" => Some(Scheme::Http),
        "https" => Some(Scheme::Https),
        _ => None,
    };
    let Some(scheme) = probe.scheme.or(own_scheme) else {
        return Err(renderer.error("asks over HTTP, and the address of the Connector is no HTTP address"));
    };
    // The default port of another scheme would be the wrong one.
    let own_port = address
        .port
        .filter(|port| Some(scheme) == own_scheme || !is_default(own_scheme, *port));
    let (host, port) = match &probe.host {
        Some(host) => (host.name.clone(), host.port),
        None => (address.host.clone(), own_port),
    };
    let path = renderer.text(&probe.path, "path")?;
    let mut headers = Vec::new();
    for (name, template) in &probe.headers {
        let value = renderer.header(template, name)?;
        // What a guard left out is left out.
        if !value.is_empty() {
            headers.push((name.clone(), value));
        }
    }
    Ok(Call {
        host,
        port: port.unwrap_or(scheme.port()),
        timeout: None,
        exchange: Exchange::Http(HttpCall {
            method: probe.method,
            scheme,
            target: renderer.target(path.expose())?,
            headers,
            disable_redirect: probe.disable_redirect,
            success: Success::Http,
        }),
    })
}

fn is_default(scheme: Option<Scheme>, port: u16) -> bool {
    scheme.is_some_and(|scheme| scheme.port() == port)
}

/// The path of an API probe is relative to the address of the API, whose own path stays.
fn api_plan(address: &str, path: &Template, renderer: &Renderer) -> Result<Call, RenderError> {
    let wrong = || renderer.error("cannot be sent: the address of the API service is not an HTTP URL");
    let base = Url::parse(address).map_err(|_| wrong())?;
    let scheme = match base.scheme() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return Err(wrong()),
    };
    let host = match base.host() {
        Some(url::Host::Ipv6(ip)) => ip.to_string(),
        Some(host) => host.to_string(),
        None => return Err(wrong()),
    };
    let relative = renderer.text(path, "path")?;
    let mut target = base.path().trim_end_matches('/').as_bytes().to_vec();
    let start = relative
        .expose()
        .iter()
        .position(|b| *b != b'/')
        .unwrap_or(relative.len());
    let rest = relative.expose().get(start..).unwrap_or_default();
    // A query alone belongs to the address itself.
    if !rest.starts_with(b"?") || target.is_empty() {
        target.push(b'/');
    }
    target.extend_from_slice(rest);
    Ok(Call {
        host,
        port: base.port().unwrap_or(scheme.port()),
        timeout: None,
        exchange: Exchange::Http(HttpCall {
            method: Method::Get,
            scheme,
            target: renderer.target(&target)?,
            headers: vec![],
            disable_redirect: false,
            success: Success::Api,
        }),
    })
}

struct Renderer {
    root: Value,
    secrets: SecretScope,
    what: String,
}

impl Renderer {
    fn error(&self, problem: &str) -> RenderError {
        RenderError::new(Reason::TemplateFailed, format!("{} {problem}", self.what))
    }

    fn text(&self, template: &Template, field: &str) -> Result<SecretBytes, RenderError> {
        let limits = Limits {
            output_bytes: LONGEST_HEADER,
            ..Limits::default()
        };
        let what = format!("{field} of {}", self.what);
        let rendered = template
            .render(&self.root, &self.secrets, &limits)
            .map_err(|error| RenderError::template(&what, &error))?;
        Ok(SecretBytes::from(rendered.into_bytes()))
    }

    /// The value of a header, without space around it. A line break would begin another header.
    fn header(&self, template: &Template, name: &str) -> Result<SecretBytes, RenderError> {
        let value = self.text(template, &format!("header {}", show::text(name)))?;
        let trimmed = value.expose().trim_ascii();
        if trimmed.iter().any(|b| b.is_ascii_control() && *b != b'\t') {
            let problem = format!(
                "gives header {} a line break or another control character",
                show::text(name)
            );
            return Err(self.error(&problem));
        }
        Ok(SecretBytes::new(trimmed.to_vec()))
    }

    /// A path and query for the request line: what may not stand there is percent-encoded, a fragment dropped.
    fn target(&self, path: &[u8]) -> Result<SecretBytes, RenderError> {
        let path = path.split(|b| *b == b'#').next().unwrap_or_default();
        if path.iter().any(u8::is_ascii_control) {
            return Err(self.error("has a line break or another control character in its path"));
        }
        if path.is_empty() {
            return Err(self.error("has a path that renders to nothing"));
        }
        if !path.starts_with(b"/") {
            return Err(self.error("has a path that does not begin with a slash when rendered"));
        }
        let mut target = Vec::with_capacity(path.len());
        for byte in path {
            if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(byte) {
                target.push(*byte);
            } else {
                target.extend_from_slice(format!("%{byte:02X}").as_bytes());
            }
        }
        if target.len() > LONGEST_TARGET {
            let problem = format!("has a path of more than {LONGEST_TARGET} bytes");
            return Err(RenderError::new(
                Reason::LimitExceeded,
                format!("{} {problem}", self.what),
            ));
        }
        Ok(SecretBytes::new(target))
    }
}

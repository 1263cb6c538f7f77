//! Requests over HTTP: to the tool itself, and to the class's API service.

use patchbay_api::conditions::Reason;
use url::Url;

use super::super::error::RenderError;
use super::renderer::Renderer;
use super::{Place, ProbeInput};
use crate::call::{Exchange, HttpCall, Method, Scheme, Success};
use crate::class::{ApiProbe, Endpoint, HttpProbe};
use crate::secret::SecretBytes;

/// Names and values of all headers, in bytes: about what servers take.
const LONGEST_HEADERS: usize = 32 * 1024;

/// A request to the tool. The path is absolute: one in the Connector's address is not put before it.
pub(super) fn tool(
    input: &ProbeInput<'_>,
    probe: &HttpProbe,
    renderer: &Renderer,
) -> Result<(Place, Exchange), RenderError> {
    let address = &input.bound.address;
    let own_scheme = scheme_of(&address.scheme);
    let Some(scheme) = probe.scheme.or(own_scheme) else {
        return Err(renderer.error("asks over HTTP, and the address of the Connector is no HTTP address"));
    };
    // The default port of another scheme would be the wrong one.
    let own_port = address
        .port
        .filter(|port| Some(scheme) == own_scheme || own_scheme.is_none_or(|own| own.port() != *port));
    let (host, port) = match &probe.host {
        Some(host) => (host.name.clone(), host.port),
        None => (address.host.clone(), own_port),
    };
    let path = renderer.text(&probe.path, "path")?;
    let call = HttpCall {
        method: probe.method,
        scheme,
        target: renderer.target(path.expose())?,
        headers: headers(probe, renderer)?,
        disable_redirect: probe.disable_redirect,
        success: probe.success.clone().map_or(Success::Http, Success::Cel),
    };
    Ok(((host, port.unwrap_or(scheme.port())), Exchange::Http(call)))
}

fn scheme_of(word: &str) -> Option<Scheme> {
    match word {
        "http" => Some(Scheme::Http),
        "https" => Some(Scheme::Https),
        _ => None,
    }
}

fn headers(probe: &HttpProbe, renderer: &Renderer) -> Result<Vec<(String, SecretBytes)>, RenderError> {
    let mut headers = Vec::new();
    let mut bytes = 0;
    for (name, template) in &probe.headers {
        let value = renderer.header(template, name)?;
        bytes += name.len() + value.len();
        if bytes > LONGEST_HEADERS {
            let problem = format!("has headers of more than {LONGEST_HEADERS} bytes in all");
            return Err(renderer.failed(Reason::LimitExceeded, &problem));
        }
        // What a guard left out is left out.
        if !value.is_empty() {
            headers.push((name.clone(), value));
        }
    }
    Ok(headers)
}

/// A request to the class's API service. The path is relative to its address, whose own path stays.
pub(super) fn api(
    input: &ProbeInput<'_>,
    probe: &ApiProbe,
    renderer: &Renderer,
) -> Result<(Place, Exchange), RenderError> {
    let own = input.class.api.as_ref().and_then(Endpoint::url);
    let Some(address) = input.api_address.or(own) else {
        let problem = "asks the API service of the class, whose address is not known: see the class's condition APIReady";
        return Err(renderer.failed(Reason::DependencyNotReady, problem));
    };
    let wrong = || renderer.error("cannot be sent: the address of the API service is not an HTTP URL");
    let base = Url::parse(address).map_err(|_| wrong())?;
    let scheme = scheme_of(base.scheme()).ok_or_else(wrong)?;
    let host = match base.host().ok_or_else(wrong)? {
        url::Host::Ipv6(ip) => ip.to_string(),
        host => host.to_string(),
    };
    let relative = renderer.text(&probe.path, "path")?;
    let target = below(base.path(), relative.expose());
    if leaves(target.expose()) {
        return Err(renderer.error("has a path with \"..\", which could leave the path of the API"));
    }
    let call = HttpCall {
        method: Method::Get,
        scheme,
        target: renderer.target(target.expose())?,
        headers: vec![],
        disable_redirect: false,
        success: Success::Api,
    };
    Ok(((host, base.port().unwrap_or(scheme.port())), Exchange::Http(call)))
}

/// A path with its query below another path.
fn below(base: &str, relative: &[u8]) -> SecretBytes {
    let base = base.trim_end_matches('/').as_bytes();
    let start = relative.iter().position(|b| *b != b'/').unwrap_or(relative.len());
    let rest = relative.get(start..).unwrap_or_default();
    let mut target = Vec::with_capacity(base.len() + 1 + rest.len());
    target.extend_from_slice(base);
    // A query alone belongs to the address itself.
    if !rest.starts_with(b"?") || base.is_empty() {
        target.push(b'/');
    }
    target.extend_from_slice(rest);
    SecretBytes::new(target)
}

/// Whether a server might take a part of the path for the way up, in any of its spellings.
fn leaves(target: &[u8]) -> bool {
    let path = target
        .split(|b| matches!(b, b'?' | b'#'))
        .next()
        .unwrap_or_default();
    path.split(|b| matches!(b, b'/' | b'\\')).any(|part| {
        [&b".."[..], b"%2e%2e", b".%2e", b"%2e."]
            .iter()
            .any(|up| part.eq_ignore_ascii_case(up))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_up_are_found() {
        for (target, up) in [
            ("/v1/..", true),
            ("/v1/../admin", true),
            ("/v1/%2E%2e/admin", true),
            ("/v1/.%2e/admin", true),
            ("/v1/..\\admin", true),
            ("/v1/..x", false),
            ("/v1/...", false),
            ("/v1/.", false),
            ("/v1?x=../y", false),
        ] {
            assert_eq!(leaves(target.as_bytes()), up, "{target}");
        }
    }
}

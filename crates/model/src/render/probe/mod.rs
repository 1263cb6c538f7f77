//! The call of a probe.

mod http;
mod place;
mod renderer;
mod server;

use patchbay_template::go_names;
use serde_json::json;

use self::renderer::Renderer;
use super::data;
use super::error::RenderError;
use crate::call::Call;
use crate::class::{Check, Class, Probe};
use crate::connector::Bound;
use crate::secret::SecretData;

/// Host and port.
type Place = (String, u16);

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

/// The call of the class's liveness probe; `None` where it has none.
///
/// # Errors
/// A template fails, or renders to what no call can carry; or nobody says which port to call. No message carries a
/// value.
pub fn liveness_request(input: &ProbeInput<'_>) -> Result<Option<Call>, RenderError> {
    match &input.class.liveness {
        Some(probe) => plan(input, probe, "the liveness probe").map(Some),
        None => Ok(None),
    }
}

/// The call of the auth probe of the Connector's auth type; `None` where there is none, or the Connector has no
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
    let (place, exchange) = match &probe.check {
        Check::Http(http) => http::tool(input, http, &renderer)?,
        Check::Api(api) => http::api(input, api, &renderer)?,
        Check::Tcp(place) => server::tcp(input, place, &renderer)?,
        Check::Tls(tls) => server::handshake(input, tls),
        Check::Grpc(grpc) => server::grpc(input, grpc),
        Check::Server(server) => server::server(input, server, &renderer)?,
    };
    let (host, port) = place;
    Ok(Call {
        host,
        port,
        timeout: probe.timing.timeout,
        exchange,
    })
}

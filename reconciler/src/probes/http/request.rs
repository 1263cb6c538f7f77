//! The request: what the class gives, and what every request has. Pure.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Uri, header};
use patchbay_model::call::HttpCall;

use super::target::Target;
use crate::probes::error::ProbeError;

const USER_AGENT: &str = concat!("patchbay-probe/", env!("CARGO_PKG_VERSION"));

/// Headers that only the client may set: with two opinions about them, two programs read two different requests.
const SET_BY_CLIENT: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether the headers of a call may be sent. Whoever made the call has looked as well.
///
/// # Errors
/// A header that only the client may set, or a value with a control character.
pub(super) fn check(call: &HttpCall) -> Result<(), ProbeError> {
    for (name, value) in &call.headers {
        if SET_BY_CLIENT.iter().any(|taken| name.eq_ignore_ascii_case(taken)) || name.starts_with(':') {
            return Err(ProbeError::Header);
        }
        if value.expose().iter().any(|b| b.is_ascii_control() && *b != b'\t') {
            return Err(ProbeError::BadRequest);
        }
    }
    Ok(())
}

/// The request. With `bare`, without the headers of the class.
///
/// # Errors
/// The path or a header has characters that cannot be sent.
pub(super) fn build(
    call: &HttpCall,
    target: &Target,
    path: &str,
    bare: bool,
) -> Result<Request<Empty<Bytes>>, ProbeError> {
    let path = PathAndQuery::try_from(path).map_err(|_| ProbeError::BadRequest)?;
    let mut request = Request::builder()
        .method(call.method.as_str())
        .uri(Uri::from(path));
    let headers = if bare { &[][..] } else { &call.headers[..] };
    for (name, value) in headers {
        let mut value =
            header::HeaderValue::from_bytes(value.expose()).map_err(|_| ProbeError::BadRequest)?;
        value.set_sensitive(true);
        request = request.header(name.as_str(), value);
    }
    let given =
        |name: &header::HeaderName| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name.as_str()));
    for (name, value) in [
        (header::HOST, target.authority()),
        (header::USER_AGENT, USER_AGENT.to_owned()),
        (header::ACCEPT, "*/*".to_owned()),
        (header::ACCEPT_ENCODING, "identity".to_owned()),
        (header::CONNECTION, "close".to_owned()),
    ] {
        if !given(&name) {
            request = request.header(name, value);
        }
    }
    request.body(Empty::new()).map_err(|_| ProbeError::BadRequest)
}

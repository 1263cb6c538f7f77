//! HTTP: the request of a class, redirects as far as they may be followed, and the answer.
//!
//! No proxy settings are taken from the environment: the address that was checked is the one that is called. Nothing is
//! unpacked: `Accept-Encoding: identity` is asked for, and what comes packed nevertheless stays so.

pub mod exchange;
mod expression;
pub mod request;
pub mod target;

use patchbay_model::call::{HttpCall, Success};
use url::Host;

use self::exchange::Raw;
use self::target::{Redirect, StopReason, Target, is_redirect, redirect};
use super::error::ProbeError;
use super::net::tls::Trust;
use super::net::trip::Trip;
use super::net::{Net, Way};
use super::outcome::HttpAnswer;
use super::safe::Hidden;

/// Sends the request of a probe and follows redirects as far as [`redirect`] lets it.
///
/// *Guarantees*: each request goes to an address that the policy allows, also after a redirect. At most 64 KiB of a
/// body are read.
///
/// # Errors
/// See [`ProbeError`].
pub async fn send(
    net: &Net,
    host: &Host<String>,
    port: u16,
    call: &HttpCall,
    trust: &Trust,
    hidden: &Hidden,
    trip: &Trip,
) -> Result<HttpAnswer, ProbeError> {
    let mut answer = follow(net, host, port, call, trust, hidden, trip).await?;
    if let Success::Cel(program) = &call.success {
        answer.expression = Some(expression::evaluate(program, &answer).await);
    }
    Ok(answer)
}

async fn follow(
    net: &Net,
    host: &Host<String>,
    port: u16,
    call: &HttpCall,
    trust: &Trust,
    hidden: &Hidden,
    trip: &Trip,
) -> Result<HttpAnswer, ProbeError> {
    request::check(call)?;
    let path = std::str::from_utf8(call.target.expose()).map_err(|_| ProbeError::BadRequest)?;
    let mut target = Target::new(call.scheme.as_str(), host, port, path).map_err(ProbeError::Target)?;
    let mut path = path.to_owned();
    let mut headers_dropped = false;
    for hops in 0.. {
        let request = request::build(call, &target, &path, headers_dropped)?;
        let way = Way {
            host: target.host(),
            port: target.port(),
            trust,
            hidden,
        };
        let mut link = net.open(&way, trip).await?;
        if target.is_https() {
            link = net.secure(link, &way, None, &[b"http/1.1"], trip).await?;
        }
        let raw = exchange::ask(link, request, trip).await?;
        if !is_redirect(raw.status) {
            return Ok(answer(raw, None, headers_dropped, &target));
        }
        match redirect(&target, raw.location().as_deref(), hops, call.disable_redirect) {
            Redirect::Stop(why) => return Ok(answer(raw, Some(why), headers_dropped, &target)),
            Redirect::Follow(to) => target = to,
            Redirect::FollowWithoutHeaders(to) => {
                target = to;
                headers_dropped |= !call.headers.is_empty();
            }
        }
        path = target.path_and_query();
    }
    Err(ProbeError::Internal)
}

fn answer(raw: Raw, stopped: Option<StopReason>, headers_dropped: bool, at: &Target) -> HttpAnswer {
    let location = raw.location();
    HttpAnswer {
        status: raw.status,
        stopped,
        headers_dropped,
        expression: None,
        to_login: stopped.is_some() && location.is_some_and(|location| looks_like_login(&location)),
        wants_tls: raw.status == 400 && !at.is_https() && says_tls(raw.body.expose()),
        headers: raw.headers,
        body: raw.body,
        body_cut: raw.body_cut,
    }
}

/// Whether a redirect leads to a page for people to log in, by its path or host.
fn looks_like_login(location: &str) -> bool {
    const WORDS: [&str; 9] = [
        "login", "signin", "sign_in", "sign-in", "logon", "sso", "oauth", "openid", "saml",
    ];
    let place = location.split(['?', '#']).next().unwrap_or_default();
    let place = place.to_ascii_lowercase();
    let mut parts = place.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    parts.any(|part| WORDS.contains(&part) || part.starts_with("login") || part.starts_with("oauth"))
}

/// What servers say to a request in plain text on a port for TLS: nginx, Go, Apache, Jetty.
fn says_tls(body: &[u8]) -> bool {
    const SAYINGS: [&str; 4] = [
        "plain http request was sent to https port",
        "sent an http request to an https server",
        "speaking plain http to an ssl-enabled server port",
        "requires tls",
    ];
    let text = String::from_utf8_lossy(body.get(..2048).unwrap_or(body)).to_ascii_lowercase();
    SAYINGS.iter().any(|saying| text.contains(saying))
}

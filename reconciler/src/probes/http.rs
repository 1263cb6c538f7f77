//! One HTTP exchange of a probe: resolve, check, connect to what was checked, ask, read the status.
//!
//! Not here: what an answer means ([`super::verdict`]), when to ask ([`super::schedule`]). No proxy settings are taken
//! from the environment: the address that was checked is the one that is called.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response, Uri, header};
use hyper_util::rt::TokioIo;
use patchbay_model::call::{Call, Exchange, HttpCall};
use patchbay_model::secret::SecretData;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use url::Host;

use super::error::{ProbeError, Stage, connect_problem, tls_problem};
use super::policy::Policy;
use super::target::{Redirect, StopReason, Target, is_redirect, redirect};
use super::tls::{Roots, bundles};

/// Bytes of a body that are read; nothing is done with them today, but a tool whose page breaks off is not well.
const MAX_BODY: usize = 64 * 1024;
/// Bytes that the head of an answer may have (hyper's smallest bound is 8 KiB).
const MAX_HEAD: usize = 32 * 1024;
/// Header lines that an answer may have.
const MAX_HEADERS: usize = 100;
/// Addresses of one name that are tried. All of them are checked.
const MAX_TRIED: usize = 4;

/// Looks names up.
pub trait Resolve: Send + Sync {
    /// The addresses of a name.
    fn resolve(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The system's own way.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name, 0))
                .await?
                .map(|address| address.ip())
                .collect())
        })
    }
}

/// Sends probes.
#[derive(Clone)]
pub struct Client {
    policy: Arc<Policy>,
    roots: Roots,
    resolver: Arc<dyn Resolve>,
    timeout: Duration,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("policy", &self.policy)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of the last answer.
    pub status: u16,
    /// Why a redirect was not followed.
    pub stopped: Option<StopReason>,
    /// A redirect was followed without the headers of the class.
    pub headers_dropped: bool,
}

impl Client {
    /// A client; `timeout` bounds one probe from the first lookup to the last byte, redirects included.
    #[must_use]
    pub fn new(policy: Policy, roots: Roots, resolver: Arc<dyn Resolve>, timeout: Duration) -> Self {
        Self {
            policy: Arc::new(policy),
            roots,
            resolver,
            timeout,
        }
    }

    /// Sends the request of a probe and follows redirects as far as [`redirect`] lets it.
    ///
    /// *Guarantees*: only addresses that the policy allows are connected to, also after a redirect, and a name that
    /// resolves to something else a moment later changes nothing; a name with a single address that is denied is
    /// denied. At most [`MAX_BODY`] bytes of a body are read.
    ///
    /// # Errors
    /// See [`ProbeError`].
    pub async fn send(&self, call: &Call, ca: Option<&SecretData>) -> Result<Answer, ProbeError> {
        let Exchange::Http(plan) = &call.exchange else {
            return Err(ProbeError::BadRequest);
        };
        let clock = Deadline {
            at: Instant::now() + self.timeout,
            after: self.timeout,
        };
        let tls = self.roots.config(ca.map(bundles).as_deref())?;
        let path = std::str::from_utf8(plan.target.expose()).map_err(|_| ProbeError::BadRequest)?;
        let mut target = Target::new(plan.scheme.as_str(), &call.host, call.port, path)?;
        let mut path = path.to_owned();
        let mut headers_dropped = false;
        for hops in 0.. {
            let request = build(plan, &target, &path, headers_dropped)?;
            let (status, location) = self.exchange(&target, request, tls.clone(), clock).await?;
            if !is_redirect(status) {
                return Ok(Answer {
                    status,
                    stopped: None,
                    headers_dropped,
                });
            }
            match redirect(&target, location.as_deref(), hops, plan.disable_redirect) {
                Redirect::Stop(why) => {
                    return Ok(Answer {
                        status,
                        stopped: Some(why),
                        headers_dropped,
                    });
                }
                Redirect::Follow(to) => target = to,
                Redirect::FollowWithoutHeaders(to) => {
                    target = to;
                    headers_dropped |= !plan.headers.is_empty();
                }
            }
            path = target.path_and_query();
        }
        Err(ProbeError::NotHttp)
    }

    /// Whether anything answers HTTP at a URL; the status does not matter. `ca_certs` is trusted as well.
    ///
    /// # Errors
    /// See [`ProbeError`].
    pub async fn reach(&self, url: &str, ca_certs: Option<&str>) -> Result<(), ProbeError> {
        let clock = Deadline {
            at: Instant::now() + self.timeout,
            after: self.timeout,
        };
        let target = Target::parse(url)?;
        let request = Request::get(target.path_and_query())
            .header(header::HOST, target.authority())
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::CONNECTION, "close")
            .body(Empty::new())
            .map_err(|_| ProbeError::BadRequest)?;
        let tls = self.roots.config(
            ca_certs
                .map(|pem| [pem.as_bytes()])
                .as_ref()
                .map(<[_; 1]>::as_slice),
        )?;
        self.exchange(&target, request, tls, clock).await.map(|_| ())
    }

    async fn exchange(
        &self,
        target: &Target,
        request: Request<Empty<Bytes>>,
        tls: Arc<ClientConfig>,
        clock: Deadline,
    ) -> Result<(u16, Option<String>), ProbeError> {
        let addresses = clock.run(Stage::Resolve, self.addresses(target)).await??;
        let stream = clock
            .run(Stage::Connect, connect(&addresses, target.port()))
            .await??;
        if !target.is_https() {
            return ask(stream, request, clock).await;
        }
        let name = match target.host() {
            Host::Domain(name) => ServerName::try_from(name).map_err(|_| ProbeError::Tls)?,
            Host::Ipv4(a) => ServerName::IpAddress(IpAddr::V4(a).into()),
            Host::Ipv6(a) => ServerName::IpAddress(IpAddr::V6(a).into()),
        };
        let handshake = TlsConnector::from(tls).connect(name, stream);
        let stream = clock
            .run(Stage::Tls, handshake)
            .await?
            .map_err(|error| tls_problem(&error))?;
        ask(stream, request, clock).await
    }

    /// The addresses of the target's host, every one of them allowed.
    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, ProbeError> {
        let found = match target.host() {
            Host::Ipv4(a) => vec![IpAddr::V4(a)],
            Host::Ipv6(a) => vec![IpAddr::V6(a)],
            Host::Domain(name) => {
                let found = self.resolver.resolve(name.clone()).await.unwrap_or_default();
                if found.is_empty() {
                    return Err(ProbeError::NoAddress(name));
                }
                found
            }
        };
        for address in &found {
            self.policy.check(*address).map_err(ProbeError::Denied)?;
        }
        Ok(found)
    }
}

const USER_AGENT: &str = concat!("patchbay-probe/", env!("CARGO_PKG_VERSION"));

#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    after: Duration,
}

impl Deadline {
    async fn run<F: Future>(self, stage: Stage, future: F) -> Result<F::Output, ProbeError> {
        timeout_at(self.at, future)
            .await
            .map_err(|_| ProbeError::Timeout {
                stage,
                after: self.after,
            })
    }
}

fn build(
    plan: &HttpCall,
    target: &Target,
    path: &str,
    bare: bool,
) -> Result<Request<Empty<Bytes>>, ProbeError> {
    let path = PathAndQuery::try_from(path).map_err(|_| ProbeError::BadRequest)?;
    let mut request = Request::builder()
        .method(plan.method.as_str())
        .uri(Uri::from(path));
    let headers = if bare { &[][..] } else { &plan.headers[..] };
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
        (header::CONNECTION, "close".to_owned()),
    ] {
        if !given(&name) {
            request = request.header(name, value);
        }
    }
    request.body(Empty::new()).map_err(|_| ProbeError::BadRequest)
}

/// Connects to the first address that takes a connection.
async fn connect(addresses: &[IpAddr], port: u16) -> Result<TcpStream, ProbeError> {
    let mut last = ProbeError::Connect("no address");
    for address in addresses.iter().take(MAX_TRIED) {
        match TcpStream::connect(SocketAddr::new(*address, port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = ProbeError::Connect(connect_problem(&error)),
        }
    }
    Err(last)
}

/// Sends the request and reads the status and the `Location`.
async fn ask<S>(
    stream: S,
    request: Request<Empty<Bytes>>,
    clock: Deadline,
) -> Result<(u16, Option<String>), ProbeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
    let (mut sender, connection) = clock
        .run(Stage::Head, builder.handshake(TokioIo::new(stream)))
        .await?
        .map_err(|_| ProbeError::Closed)?;
    let exchange = async move {
        let answer = clock
            .run(Stage::Head, sender.send_request(request))
            .await?
            .map_err(|error| {
                if error.is_parse() || error.is_parse_too_large() {
                    ProbeError::NotHttp
                } else {
                    ProbeError::Closed
                }
            })?;
        let location = location(&answer);
        let status = answer.status().as_u16();
        clock.run(Stage::Body, drain(answer.into_body())).await??;
        Ok((status, location))
    };
    // The connection is driven here and not in a task of its own: when the deadline ends the exchange, the socket is
    // closed with it.
    tokio::pin!(exchange);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        result = &mut exchange => return result,
        _ = &mut connection => {}
    }
    exchange.await
}

fn location(answer: &Response<Incoming>) -> Option<String> {
    answer
        .headers()
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// Reads a body and forgets it.
async fn drain(mut body: Incoming) -> Result<(), ProbeError> {
    let mut read = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ProbeError::Closed)?;
        read += frame.data_ref().map_or(0, Bytes::len);
        if read >= MAX_BODY {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

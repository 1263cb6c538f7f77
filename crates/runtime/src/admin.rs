//! The admin server: `/livez`, `/readyz` and `/metrics` over plain HTTP on an address of its own, and [`pages`] for
//! those who are inside.
//!
//! It is built on hyper alone, with one small answer per path, because the node plugin carries it too. It says
//! nothing that a neighbour in the cluster may not know.

mod pages;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::liveness::Liveness;
use crate::metrics::Metrics;
use crate::readiness::Readiness;
use pages::is_inside;

pub use pages::Pages;

/// Kubelet and a scraper need two or three.
const MAX_CONNECTIONS: usize = 64;
/// Probes come from the same node; a client that takes longer to say what it wants is no probe.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// No connection lives longer, whatever it does.
const CONNECTION_LIFE: Duration = Duration::from_secs(300);
/// The text format of prometheus-client.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What the answers are made from.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// For `/readyz`.
    pub readiness: Readiness,
    /// For `/livez`.
    pub liveness: Liveness,
    /// For `/metrics`.
    pub metrics: Metrics,
    /// For everything under `/debug/`.
    pub pages: Pages,
}

/// Serves until `shutdown`. Readiness answers "stopping" meanwhile: the caller closes it first.
///
/// # Errors
/// None: a connection that fails is dropped.
pub async fn serve(
    listener: TcpListener,
    state: State,
    shutdown: CancellationToken,
) -> Result<(), Infallible> {
    let state = Arc::new(state);
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, slot)) = accepted else { continue };
        let state = Arc::clone(&state);
        connections.spawn(async move {
            connection(stream, state).await;
            drop(slot);
        });
    }
    connections.shutdown().await;
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, slot)),
        Err(error) => {
            // Out of descriptors: the error comes at once and again, so do not spin.
            tracing::warn!(%error, "the admin server could not accept a connection");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    let inside = match (stream.peer_addr(), stream.local_addr()) {
        (Ok(peer), Ok(local)) => is_inside(peer, local),
        _ => false,
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(answer(&state, &request, inside)) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    if let Ok(Err(error)) = tokio::time::timeout(CONNECTION_LIFE, serving).await {
        tracing::debug!(%error, "admin connection");
    }
}

/// The answer to one request. The body is never read. `inside`: see [`pages`].
fn answer<B>(state: &State, request: &Request<B>, inside: bool) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET\n".to_owned());
        response
            .headers_mut()
            .insert(ALLOW, http::HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let verbose = request
        .uri()
        .query()
        .is_some_and(|query| query.split('&').any(|part| part.starts_with("verbose")));
    match request.uri().path() {
        "/livez" | "/healthz" => livez(state),
        "/readyz" => readyz(state, verbose),
        "/metrics" => match state.metrics.encode() {
            Ok(body) => text(StatusCode::OK, OPENMETRICS, body),
            Err(_) => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                PLAIN,
                "a metric could not be encoded\n".to_owned(),
            ),
        },
        path if path.starts_with("/debug/") && !inside => text(
            StatusCode::FORBIDDEN,
            PLAIN,
            "only from inside the pod: use kubectl port-forward\n".to_owned(),
        ),
        path => match state.pages.get(path) {
            Some(page) => text(StatusCode::OK, PLAIN, page),
            None => text(
                StatusCode::NOT_FOUND,
                PLAIN,
                "try /livez, /readyz?verbose or /metrics\n".to_owned(),
            ),
        },
    }
}

fn livez(state: &State) -> Response<Full<Bytes>> {
    let stalled = state.liveness.stalled(clock::mono());
    if stalled.is_empty() {
        return text(StatusCode::OK, PLAIN, "ok\n".to_owned());
    }
    let lines: String = stalled
        .iter()
        .map(|name| format!("[-]{name} stalled\n"))
        .collect();
    text(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, lines)
}

/// As the API server prints its own: `[+]name ok`, `[-]name reason`. When not ready the list is always there.
fn readyz(state: &State, verbose: bool) -> Response<Full<Bytes>> {
    let ready = state.readiness.is_ready();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    if ready && !verbose {
        return text(status, PLAIN, "ok\n".to_owned());
    }
    let mut lines: String = state
        .readiness
        .report()
        .into_iter()
        .map(|gate| match gate.closed {
            None => format!("[+]{} ok\n", gate.name),
            Some(reason) => format!("[-]{} {reason}\n", gate.name),
        })
        .collect();
    lines.push_str(if ready { "ready\n" } else { "not ready\n" });
    text(status, PLAIN, lines)
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests;

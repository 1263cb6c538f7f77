//! HTTP/1.1 and HTTP/2 over TLS for an axum router.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::accept::{accept, handshake};
use super::{Limits, PeerInfo, ServeError};

/// Serves `router` until `shutdown`, then lets connections finish within `limits.drain`.
///
/// Every request carries [`PeerInfo`] in its extensions.
///
/// # Errors
/// None at present: accept errors are waited out. The type leaves room.
pub async fn https(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, address, slot)) = accepted else {
            continue;
        };
        let (config, router, watcher) = (Arc::clone(&config), router.clone(), graceful.watcher());
        let shutdown = shutdown.clone();
        connections.spawn(async move {
            let stream = tokio::select! {
                () = shutdown.cancelled() => return,
                stream = handshake(stream, address, config, limits.handshake_timeout) => stream,
            };
            let Some(stream) = stream else { return };
            let service = service_fn(move |request: Request<Incoming>| {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(PeerInfo { address });
                router.clone().oneshot(request)
            });
            let builder = builder(&limits);
            let serving = watcher.watch(
                builder
                    .serve_connection(TokioIo::new(stream), service)
                    .into_owned(),
            );
            if let Err(error) = serving.await {
                tracing::debug!(%address, %error, "HTTPS connection");
            }
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            connections = connections.len(),
            "HTTPS connections did not finish in time; closing them"
        );
    }
    connections.shutdown().await;
    Ok(())
}

fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(64 * 1024)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.keep_alive)
        .keep_alive_timeout(limits.keep_alive)
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(32 * 1024);
    builder
}

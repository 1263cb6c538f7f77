//! Speaks HTTP: accepts, asks for the password, hands the rest to Git.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::request::Route;
use crate::{backend, cgi, credentials, request};

/// What a client may use up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once. Further ones wait.
    pub connections: usize,
    /// Time from a request's head to the end of its answer.
    pub request: Duration,
    /// Time to send the head of a request.
    pub head: Duration,
    /// Bytes of a request's body.
    pub body: usize,
    /// Time that requests under way have once the server is told to stop.
    pub drain: Duration,
}

impl Default for Limits {
    /// Enough for the small repositories of a demo.
    fn default() -> Self {
        Self {
            connections: 64,
            request: Duration::from_secs(60),
            head: Duration::from_secs(10),
            body: 64 * 1024 * 1024,
            drain: Duration::from_secs(5),
        }
    }
}

/// What to serve, to whom.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that holds the repositories.
    pub root: PathBuf,
    /// Where the credential is; see [`credentials::read`].
    pub credentials: PathBuf,
    /// What a client may use up.
    pub limits: Limits,
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

struct Server {
    config: Config,
    tasks: TaskTracker,
}

/// Serves until `shutdown`, then lets requests under way finish, for at most [`Limits::drain`].
pub async fn serve(listener: TcpListener, config: Config, shutdown: CancellationToken) {
    let limits = config.limits;
    let places = Arc::new(Semaphore::new(limits.connections));
    let server = Arc::new(Server {
        config,
        tasks: TaskTracker::new(),
    });
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        match accepted {
            Ok((stream, place)) => connection(&server, &graceful, stream, place),
            Err(error) => {
                // For example too many open files: wait for some to close rather than spin.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    server.tasks.close();
    let drained = async {
        graceful.shutdown().await;
        server.tasks.wait().await;
    };
    if tokio::time::timeout(limits.drain, drained).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

fn connection(
    server: &Arc<Server>,
    graceful: &GracefulShutdown,
    stream: TcpStream,
    place: OwnedSemaphorePermit,
) {
    let service = {
        let server = Arc::clone(server);
        service_fn(move |request| {
            let server = Arc::clone(&server);
            async move { Ok::<_, std::convert::Infallible>(server.answer(request).await) }
        })
    };
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(server.config.limits.head)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    server.tasks.spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
        drop(place);
    });
}

impl Server {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let line = format!("{} {}", request.method(), request.uri().path());
        let response = match request::route(request.method(), request.uri().path()) {
            Route::Alive => return plain(StatusCode::OK, "ok\n"),
            Route::Refuse(status, sentence) => plain(status, sentence),
            Route::Git { path } => self.git(request, &path).await,
        };
        tracing::info!(request = line, status = response.status().as_u16(), "answered");
        response
    }

    async fn git(&self, request: Request<Incoming>, path: &str) -> Response<Body> {
        let credentials = match credentials::read(&self.config.credentials).await {
            Ok(credentials) => credentials,
            Err(error) => {
                tracing::error!(%error, "cannot read the credential");
                return plain(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the server has no credential to compare with\n",
                );
            }
        };
        let given = request.headers().get(header::AUTHORIZATION);
        let Some(user) = given.and_then(|value| credentials.user(value.as_bytes())) else {
            return challenge();
        };
        let limits = &self.config.limits;
        if request::declared_length(request.headers()).is_some_and(|length| length > limits.body as u64) {
            return plain(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long\n");
        }
        let (parts, body) = request.into_parts();
        let call = cgi::Call {
            method: &parts.method,
            path,
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            user: &user,
        };
        let root = &self.config.root;
        let variables = cgi::environment(&call, root, std::env::var_os("PATH"));
        let body = Limited::new(body, limits.body);
        match backend::call(&self.tasks, variables, root, body, limits.request).await {
            Ok(response) => response.map(BodyExt::boxed_unsync),
            Err(error) => {
                let cause = std::error::Error::source(&error)
                    .map(ToString::to_string)
                    .unwrap_or_default();
                tracing::error!(%error, cause, "Git did not answer");
                plain(StatusCode::BAD_GATEWAY, "Git did not answer\n")
            }
        }
    }
}

fn challenge() -> Response<Body> {
    let mut response = plain(
        StatusCode::UNAUTHORIZED,
        "a user name and a password are needed\n",
    );
    let realm = HeaderValue::from_static("Basic realm=\"git\", charset=\"UTF-8\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    response
}

fn plain(status: StatusCode, sentence: &'static str) -> Response<Body> {
    let body = Full::new(Bytes::from_static(sentence.as_bytes())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

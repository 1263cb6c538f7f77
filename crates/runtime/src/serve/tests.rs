//! The servers on loopback: what a slow, silent or hostile client can do, and how they stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server as Grpc;

use super::*;
use crate::tls::testing::{Projected, bundle, ca, connect, roots, serve_with};
use crate::tls::{Alpn, Resolver, install_provider, server_config};

const LIMITS: Limits = Limits {
    max_connections: 4,
    handshake_timeout: Duration::from_millis(400),
    header_read_timeout: Duration::from_millis(400),
    keep_alive: Duration::from_secs(30),
    max_streams: 8,
    drain: Duration::from_secs(2),
};

struct Server {
    address: SocketAddr,
    client: Arc<ClientConfig>,
    shutdown: CancellationToken,
    task: JoinSet<()>,
    /// The slow handler has been entered; and may go on.
    entered: Arc<Notify>,
    release: Arc<Notify>,
}

#[derive(Clone, Copy)]
enum Kind {
    Https,
    Grpc,
}

async fn start(kind: Kind) -> Server {
    install_provider();
    let authority = ca();
    let resolver = Resolver::new();
    serve_with(&resolver, &authority);
    let client = roots(&Projected::new(&bundle(&[&authority])))
        .await
        .client_config(&[b"h2"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (entering, releasing) = (Arc::clone(&entered), Arc::clone(&release));
    let router = Router::new()
        .route(
            "/peer",
            get(async |Extension(peer): Extension<PeerInfo>| peer.address.to_string()),
        )
        .route(
            "/slow",
            get(async move || {
                entering.notify_one();
                releasing.notified().await;
                "done"
            }),
        );
    let (shutdown, mut task) = (CancellationToken::new(), JoinSet::new());
    let stop = shutdown.clone();
    match kind {
        Kind::Https => {
            let config = server_config(resolver, Alpn::Http);
            task.spawn(async move { https(listener, config, router, LIMITS, stop).await.unwrap() });
        }
        Kind::Grpc => {
            let incoming = tls_incoming(listener, server_config(resolver, Alpn::Grpc), LIMITS);
            let routes = Grpc::builder().add_routes(Routes::from(router));
            task.spawn(async move {
                routes
                    .serve_with_incoming_shutdown(incoming, stop.cancelled_owned())
                    .await
                    .unwrap();
            });
        }
    }
    Server {
        address,
        client,
        shutdown,
        task,
        entered,
        release,
    }
}

impl Server {
    /// One request over HTTP/2: the body, and the address that the client has.
    async fn get(
        &self,
        path: &str,
    ) -> Result<(String, SocketAddr), Box<dyn std::error::Error + Send + Sync>> {
        let stream = connect(self.address, Arc::clone(&self.client)).await?;
        let address = stream.get_ref().0.local_addr()?;
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move { drop(connection.await) });
        let request = Request::get(format!("https://localhost{path}")).body(Empty::<Bytes>::new())?;
        let body = sender.send_request(request).await?.into_body().collect().await?;
        Ok((String::from_utf8(body.to_bytes().to_vec())?, address))
    }

    async fn works(&self) {
        let (body, address) = tokio::time::timeout(Duration::from_secs(10), self.get("/peer"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(body, address.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_know_their_peer() {
    for kind in [Kind::Https, Kind::Grpc] {
        start(kind).await.works().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_and_slow_clients_do_not_keep_others_out() {
    for kind in [Kind::Https, Kind::Grpc] {
        let server = start(kind).await;
        // One slot is left: others are served at once.
        let mut silent = Vec::new();
        for _ in 0..LIMITS.max_connections - 1 {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            // The start of a handshake record that never ends.
            stream.write_all(&[22, 3, 1, 2, 0]).await.unwrap();
            silent.push(stream);
        }
        let began = Instant::now();
        server.works().await;
        assert!(
            began.elapsed() < LIMITS.handshake_timeout,
            "waited for the silent ones"
        );
        // Far more than there are slots: they time out in turn, and then others are served again.
        for _ in 0..2 * LIMITS.max_connections {
            silent.push(TcpStream::connect(server.address).await.unwrap());
        }
        server.works().await;
        // The server has closed what was silent for too long.
        let mut end = Vec::new();
        drop(
            tokio::time::timeout(Duration::from_secs(5), silent[0].read_to_end(&mut end))
                .await
                .unwrap(),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_instead_of_a_handshake_ends_only_its_connection() {
    for kind in [Kind::Https, Kind::Grpc] {
        let server = start(kind).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut end = Vec::new();
        drop(
            tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut end))
                .await
                .unwrap(),
        );
        server.works().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_never_end_close_the_connection() {
    let server = start(Kind::Https).await;
    let mut config = (*server.client).clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let mut stream = connect(server.address, Arc::new(config)).await.unwrap();
    stream
        .write_all(b"GET /peer HTTP/1.1\r\nhost: localhost\r\n")
        .await
        .unwrap();
    let mut end = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut end)).await;
    assert!(ended.is_ok(), "still open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_flight_is_finished_before_the_end() {
    for kind in [Kind::Https, Kind::Grpc] {
        let mut server = start(kind).await;
        let waiting = async {
            server.entered.notified().await;
            server.shutdown.cancel();
            // The listening socket is closed while the request is still being served.
            while TcpStream::connect(server.address).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            server.release.notify_one();
        };
        let both = async { tokio::join!(server.get("/slow"), waiting) };
        let (answer, ()) = tokio::time::timeout(Duration::from_secs(10), both).await.unwrap();
        assert_eq!(answer.unwrap().0, "done");
        tokio::time::timeout(Duration::from_secs(10), server.task.join_next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_takes_too_long_is_cut_off() {
    let mut server = start(Kind::Https).await;
    let waiting = async {
        server.entered.notified().await;
        server.shutdown.cancel();
    };
    let both = async { tokio::join!(server.get("/slow"), waiting) };
    let (answer, ()) = tokio::time::timeout(2 * LIMITS.drain, both).await.unwrap();
    answer.unwrap_err();
    tokio::time::timeout(Duration::from_secs(5), server.task.join_next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_before_tls_1_2_and_other_protocols_are_refused() {
    let server = start(Kind::Grpc).await;
    let mut config = (*server.client).clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    connect(server.address, Arc::new(config)).await.unwrap_err();
    // A ClientHello of TLS 1.1 and nothing newer.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut hello = vec![22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0, 47, 1, 0]);
    stream.write_all(&hello).await.unwrap();
    let mut answer = Vec::new();
    drop(
        tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer))
            .await
            .unwrap(),
    );
    assert_eq!(answer.first(), Some(&21), "an alert: {answer:?}");
}

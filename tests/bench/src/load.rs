//! A closed loop of clients: each sends its next request when the answer to the last one is there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// No answer takes longer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends `each` requests over each of `connections` connections, and gives the time of every one.
pub(crate) async fn run(
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
    body: &Bytes,
    connections: usize,
    each: usize,
) -> Result<Vec<Duration>> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (tls, body) = (Arc::clone(tls), body.clone());
        tasks.spawn(async move { connection(address, tls, body, each).await });
    }
    let mut all = Vec::with_capacity(connections * each);
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

async fn connection(
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    body: Bytes,
    each: usize,
) -> Result<Vec<Duration>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost")?;
    let stream = TlsConnector::from(tls).connect(name, stream).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with this function.
    let mut driver = tokio::task::JoinSet::new();
    driver.spawn(connection);
    let mut times = Vec::with_capacity(each);
    for _ in 0..each {
        let request = Request::post("/validate?timeout=10s")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Full::new(body.clone()))?;
        let start = Instant::now();
        let answer = tokio::time::timeout(TIMEOUT, sender.send_request(request))
            .await
            .context("no answer in time")??;
        let status = answer.status();
        let answer = answer.into_body().collect().await?.to_bytes();
        times.push(start.elapsed());
        let text = String::from_utf8_lossy(&answer);
        ensure!(
            status.is_success() && text.contains("\"allowed\":true"),
            "{status}: {text}"
        );
    }
    Ok(times)
}

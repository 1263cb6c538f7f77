//! A stream of TLS connections for tonic's `serve_with_incoming_shutdown`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use super::accept::{Slot, accept, handshake};
use super::{Limits, PeerInfo};

/// Accepts on `listener` and yields connections whose handshake is complete.
///
/// Handshakes run side by side, at most `limits.max_connections` of them and established connections together. The
/// stream must be polled inside a tokio runtime; dropping it closes the listening socket and ends pending handshakes.
/// It never ends by itself and never yields an error.
#[must_use]
pub fn tls_incoming(listener: TcpListener, config: Arc<ServerConfig>, limits: Limits) -> TlsIncoming {
    let (ready, connections) = mpsc::channel(16);
    let mut acceptor = JoinSet::new();
    acceptor.spawn(accept_all(listener, config, limits, ready));
    TlsIncoming {
        connections,
        _acceptor: acceptor,
    }
}

async fn accept_all(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    limits: Limits,
    ready: mpsc::Sender<TlsConnection>,
) {
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let mut handshakes = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = ready.closed() => return,
            Some(_) = handshakes.join_next(), if !handshakes.is_empty() => continue,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, address, slot)) = accepted else {
            continue;
        };
        let (config, ready) = (Arc::clone(&config), ready.clone());
        handshakes.spawn(async move {
            if let Some(stream) = handshake(stream, address, config, limits.handshake_timeout).await {
                // The receiver is gone only when the server is stopping.
                drop(
                    ready
                        .send(TlsConnection {
                            stream,
                            peer: PeerInfo { address },
                            _slot: slot,
                        })
                        .await,
                );
            }
        });
    }
}

/// The stream of [`tls_incoming`].
#[derive(Debug)]
pub struct TlsIncoming {
    connections: mpsc::Receiver<TlsConnection>,
    _acceptor: JoinSet<()>,
}

impl Stream for TlsIncoming {
    type Item = io::Result<TlsConnection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.connections
            .poll_recv(cx)
            .map(|connection| connection.map(Ok))
    }
}

/// An established connection. Holds its share of the connection limit until it is dropped.
#[derive(Debug)]
pub struct TlsConnection {
    stream: TlsStream<TcpStream>,
    peer: PeerInfo,
    _slot: Slot,
}

impl Connected for TlsConnection {
    type ConnectInfo = PeerInfo;

    fn connect_info(&self) -> PeerInfo {
        self.peer
    }
}

impl AsyncRead for TlsConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for TlsConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

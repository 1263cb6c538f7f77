//! Lets kubelet in although the name that it calls us by is not one.
//!
//! To register a plugin, kubelet dials the socket's path, and its gRPC library sends that path, percent-encoded, as
//! the HTTP/2 `:authority` (kubelet's calls to the CSI socket send `localhost`). A path is no authority (RFC 3986,
//! 3.2), so our HTTP/2 library resets such a stream with `PROTOCOL_ERROR`, and the driver would never be registered.
//! This wraps the connection and replaces that one value on the way in by `localhost`. Everything else passes as it is.

mod frames;
mod hpack;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

use frames::Rewriter;

/// Kubelet's calls are a few hundred bytes.
const PIECE: usize = 2048;

/// A connection whose `:authority` is always one.
#[derive(Debug)]
pub struct Named<S> {
    inner: S,
    rewriter: Rewriter,
    /// Rewritten, and not read yet from `at`.
    ready: Vec<u8>,
    at: usize,
}

impl<S> Named<S> {
    /// Wraps a connection that a client has just opened.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            rewriter: Rewriter::default(),
            ready: Vec::new(),
            at: 0,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Named<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let left = self.ready.get(self.at..).unwrap_or_default();
            if !left.is_empty() {
                let some = left.len().min(buf.remaining());
                buf.put_slice(left.get(..some).unwrap_or_default());
                self.at += some;
                return Poll::Ready(Ok(()));
            }
            let mut piece = [0; PIECE];
            let mut read = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            let this = &mut *self;
            this.ready.clear();
            this.at = 0;
            this.rewriter.feed(read.filled(), &mut this.ready);
            // Nothing yet: the rest of a frame is still to come.
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Named<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S: Connected> Connected for Named<S> {
    type ConnectInfo = S::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.inner.connect_info()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn reads_in_any_pieces_and_ends_with_its_connection() {
        let (mut client, server) = tokio::io::duplex(16);
        let sending = async {
            client.write_all(frames::PREFACE).await.unwrap();
            client.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
            drop(client);
        };
        let reading = async {
            let mut got = Vec::new();
            Named::new(server).read_to_end(&mut got).await.unwrap();
            got
        };
        let ((), got) = tokio::join!(sending, reading);
        assert_eq!(got, [frames::PREFACE, &[0, 0, 0, 4, 0, 0, 0, 0, 0]].concat());
    }
}

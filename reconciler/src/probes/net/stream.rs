//! A connection, plain or with TLS, of which no more than so much is read whatever the other side sends.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::gate::Slot;

/// Bytes that are read of one connection, TLS and all. The largest answer that is wanted has 64 KiB of body and 32 KiB
/// of head; a certificate chain may have another 64 KiB.
pub const MAX_HEARD: usize = 512 * 1024;
/// Bytes from the beginning that are kept, to tell what speaks there.
const MAX_FIRST: usize = 64;

/// A connection with its place in the queue.
#[derive(Debug)]
pub struct Link {
    /// What is read and written.
    pub stream: Stream,
    /// The other side.
    pub peer: SocketAddr,
    /// The place.
    pub slot: Slot,
}

/// Plain, or with TLS.
#[derive(Debug)]
pub enum Stream {
    /// Plain.
    Plain(Metered),
    /// With TLS.
    Tls(Box<TlsStream<Metered>>),
}

/// What was heard from the other side, before TLS.
#[derive(Clone, Debug, Default)]
pub struct Ear(Arc<Mutex<Heard>>);

/// See [`Ear`].
#[derive(Clone, Debug, Default)]
struct Heard {
    first: Vec<u8>,
    total: usize,
}

impl Ear {
    /// The first bytes.
    #[must_use]
    pub fn first(&self) -> Vec<u8> {
        self.0.lock().first.clone()
    }

    /// Whether it was more than is read.
    #[must_use]
    pub fn too_much(&self) -> bool {
        self.0.lock().total > MAX_HEARD
    }

    fn hear(&self, bytes: &[u8]) -> bool {
        let mut heard = self.0.lock();
        let room = MAX_FIRST.saturating_sub(heard.first.len());
        heard.first.extend(bytes.iter().take(room));
        heard.total = heard.total.saturating_add(bytes.len());
        heard.total <= MAX_HEARD
    }
}

/// A connection whose bytes are counted.
#[derive(Debug)]
pub struct Metered {
    inner: TcpStream,
    ear: Ear,
}

impl Metered {
    /// Counts from now on.
    #[must_use]
    pub const fn new(inner: TcpStream, ear: Ear) -> Self {
        Self { inner, ear }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if self.ear.hear(buf.filled().get(before..).unwrap_or_default()) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Ready(Err(io::Error::other("more than is read")))
        }
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_read(cx, buf),
            Self::Tls(s) => Pin::new(s).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_write(cx, buf),
            Self::Tls(s) => Pin::new(s).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_flush(cx),
            Self::Tls(s) => Pin::new(s).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_shutdown(cx),
            Self::Tls(s) => Pin::new(s).poll_shutdown(cx),
        }
    }
}

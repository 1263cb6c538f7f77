//! Servers over TLS: HTTPS for an axum router, and a stream of connections for tonic.
//!
//! Both accept in the same way: a client gets a slot, then a bounded time for its handshake, in a task of its own. A
//! slow or hostile client holds one slot for that time and never the accept loop.

mod accept;
mod https;
mod incoming;

use std::net::SocketAddr;
use std::time::Duration;

pub use https::https;
pub use incoming::{TlsConnection, TlsIncoming, tls_incoming};

/// Bounds of a server. The defaults fit a server whose clients are the API server or our own programs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time, handshakes included. More wait in the kernel's backlog.
    pub max_connections: usize,
    /// From the accept to the end of the handshake.
    pub handshake_timeout: Duration,
    /// From the start of a request, or of waiting for one on an idle HTTP/1 connection, to the end of its headers.
    pub header_read_timeout: Duration,
    /// HTTP/2: ping an idle client this often, and drop it when the answer takes as long.
    pub keep_alive: Duration,
    /// HTTP/2: requests at a time on one connection.
    pub max_streams: u32,
    /// How long connections may finish what they are doing after the shutdown began.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 512,
            handshake_timeout: Duration::from_secs(10),
            header_read_timeout: Duration::from_secs(30),
            keep_alive: Duration::from_secs(30),
            max_streams: 256,
            drain: Duration::from_secs(15),
        }
    }
}

/// Who is on the other end. In the extensions of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerInfo {
    /// The peer's address.
    pub address: SocketAddr,
}

/// Why a server ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listening socket is of no use any more.
    #[error("the listening socket failed")]
    Listener(#[source] std::io::Error),
}

#[cfg(test)]
mod tests;

//! Connections to the broker: TCP and TLS with deadlines, trusting the roots that the broker publishes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use patchbay_runtime::tls::ReloadingRoots;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

/// For the name, the connection and the handshake together: the broker is in the same cluster.
pub const CONNECT_DEADLINE: Duration = Duration::from_secs(3);
/// How often a quiet connection is tried, and how long an answer may take: a broker whose node died sends nothing.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_DEADLINE: Duration = Duration::from_secs(5);
/// A volume has at most 1 MiB: this much may be on its way to the driver unread.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// Why the broker's address can not be used.
#[derive(Debug, thiserror::Error)]
#[error("the broker's endpoint {0:?} must be https://host or https://host:port")]
pub struct EndpointError(String);

/// Makes connections to the broker.
#[derive(Clone)]
pub struct Dialer {
    endpoint: Endpoint,
    address: Arc<Address>,
    roots: Arc<ReloadingRoots>,
    tls: Arc<ClientConfig>,
}

#[derive(Debug)]
struct Address {
    host: String,
    port: u16,
    name: ServerName<'static>,
}

impl std::fmt::Display for Dialer {
    /// Where to.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.address.host, self.address.port)
    }
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Dialer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Dialer {
    /// For an endpoint such as `https://patchbay-broker.patchbay-system.svc:9443`. The host is also the name that
    /// the broker's certificate must carry.
    ///
    /// # Errors
    /// [`EndpointError`] when it is no such URL.
    pub fn new(endpoint: &str, roots: Arc<ReloadingRoots>) -> Result<Self, EndpointError> {
        let malformed = || EndpointError(endpoint.to_owned());
        let uri: Uri = endpoint.parse().map_err(|_| malformed())?;
        let plain =
            uri.scheme_str() == Some("https") && matches!(uri.path(), "" | "/") && uri.query().is_none();
        let host = uri.host().filter(|_| plain).ok_or_else(malformed)?.to_owned();
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare.clone()).map_err(|_| malformed())?;
        let address = Address {
            host: bare,
            port: uri.port_u16().unwrap_or(443),
            name,
        };
        let tls = roots.client_config(&[b"h2"]);
        let endpoint = Endpoint::from(uri)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_DEADLINE)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .buffer_size(64);
        Ok(Self {
            endpoint,
            address: Arc::new(address),
            roots,
            tls,
        })
    }

    /// A connection of its own, made at the first call. Each may end at another replica of the broker.
    #[must_use]
    pub fn channel(&self) -> Channel {
        let (address, roots, tls) = (
            Arc::clone(&self.address),
            Arc::clone(&self.roots),
            Arc::clone(&self.tls),
        );
        self.endpoint
            .connect_with_connector_lazy(tower::service_fn(move |_uri: Uri| {
                let (address, roots, tls) = (Arc::clone(&address), Arc::clone(&roots), Arc::clone(&tls));
                async move {
                    let connected =
                        tokio::time::timeout(CONNECT_DEADLINE, connect(&address, &roots, tls)).await;
                    connected.map_err(|_| late())?.map(TokioIo::new)
                }
            }))
    }
}

/// The roots are read again for each connection: a file of a few kilobytes, against a connection that lives for days.
async fn connect(
    address: &Address,
    roots: &ReloadingRoots,
    tls: Arc<ClientConfig>,
) -> io::Result<TlsStream<TcpStream>> {
    if let Err(error) = roots.reload().await
        && !roots.is_loaded()
    {
        return Err(io::Error::other(
            patchbay_runtime::error::Chain(&error).to_string(),
        ));
    }
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    stream.set_nodelay(true)?;
    TlsConnector::from(tls)
        .connect(address.name.clone(), stream)
        .await
}

fn late() -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("no connection within {} s", CONNECT_DEADLINE.as_secs()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        patchbay_runtime::tls::install_provider();
        for (endpoint, want) in [
            (
                "https://patchbay-broker.patchbay-system.svc:9443",
                Some(("patchbay-broker.patchbay-system.svc", 9443)),
            ),
            ("https://broker", Some(("broker", 443))),
            ("https://[::1]:9443/", Some(("::1", 9443))),
            ("https://127.0.0.1:1", Some(("127.0.0.1", 1))),
            ("http://broker:9443", None),
            ("broker:9443", None),
            ("https://broker/path", None),
            ("https://broker?x", None),
            ("https://", None),
            ("", None),
        ] {
            let got = Dialer::new(endpoint, ReloadingRoots::new("/nowhere"));
            let got = got
                .as_ref()
                .map(|dialer| (dialer.address.host.as_str(), dialer.address.port));
            assert_eq!(got.ok(), want, "{endpoint}");
        }
    }
}

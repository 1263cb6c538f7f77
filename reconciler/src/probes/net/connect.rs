//! Opens a TCP connection to one of the addresses of a name.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use url::Host;

use super::gate::Gate;
use super::stream::{Link, Metered, Stream};
use super::trip::Trip;
use crate::probes::error::{ProbeError, Stage};

/// Addresses of one name that are tried. All of them are checked.
const MAX_TRIED: usize = 4;

/// Why a connection was not opened. The order is by how much it tells: of several addresses the one that tells most is
/// reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectProblem {
    /// Nothing listens there.
    Refused,
    /// It was taken and broken off.
    Reset,
    /// Nothing came back.
    NoAnswer,
    /// A router says no.
    HostUnreachable,
    /// A firewall on this side says no.
    NotPermitted,
    /// There is no way there.
    NetworkUnreachable,
    /// Anything else.
    Other,
}

impl ConnectProblem {
    fn of(error: &io::Error) -> Self {
        use io::ErrorKind as K;
        match error.kind() {
            K::ConnectionRefused => Self::Refused,
            K::ConnectionReset | K::ConnectionAborted => Self::Reset,
            K::HostUnreachable => Self::HostUnreachable,
            K::NetworkUnreachable | K::AddrNotAvailable => Self::NetworkUnreachable,
            K::PermissionDenied => Self::NotPermitted,
            K::TimedOut => Self::NoAnswer,
            _ => Self::Other,
        }
    }
}

/// Connects to the first address of `host` that takes a connection. Each has its share of the time that is left, so that
/// one that swallows packets does not hide the others.
pub(super) async fn connect(
    gate: &Gate,
    host: &Host<String>,
    addresses: &[IpAddr],
    port: u16,
    trip: &Trip,
) -> Result<Link, ProbeError> {
    let mut worst: Option<(ConnectProblem, SocketAddr)> = None;
    let tried = addresses.len().min(MAX_TRIED);
    for (done, address) in addresses.iter().take(tried).enumerate() {
        let peer = SocketAddr::new(*address, port);
        let slot = gate.enter(host, peer, trip).await?;
        trip.dials(peer);
        let left = u32::try_from(tried - done).unwrap_or(u32::MAX);
        let share = trip.left() / left.max(1);
        let end = Instant::now() + share;
        let opened = timeout_at(end, TcpStream::connect(peer));
        let problem = match trip.run(Stage::Connect, opened).await {
            Ok(Ok(Ok(stream))) => {
                let stream = Stream::Plain(Metered::new(stream, trip.ear()));
                return Ok(Link { stream, peer, slot });
            }
            Ok(Ok(Err(error))) => ConnectProblem::of(&error),
            Ok(Err(_)) if matches!(trip.expired(end), ProbeError::Busy) => return Err(ProbeError::Busy),
            Err(ProbeError::Busy) => return Err(ProbeError::Busy),
            Ok(Err(_)) | Err(_) => ConnectProblem::NoAnswer,
        };
        let found = (problem, peer);
        worst = Some(worst.map_or(found, |before| before.min(found)));
    }
    let Some((problem, peer)) = worst else {
        return Err(ProbeError::Closed);
    };
    trip.dials(peer);
    if problem == ConnectProblem::NoAnswer {
        return Err(trip.timeout());
    }
    Err(ProbeError::Connect(problem))
}

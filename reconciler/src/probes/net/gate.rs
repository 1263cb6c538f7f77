//! How many calls there are at once: to one host, to one address, and in all. A tool that hangs holds a few places of its
//! own and not those of the others, also where many tools are behind the one address of an ingress.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Host;

use super::trip::Trip;
use crate::probes::error::ProbeError;

/// How long a call waits for its place. After that it was not made, and what was known before stays.
pub const MAX_WAIT: Duration = Duration::from_secs(20);

/// How many calls there may be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// To one host at one address and port: what a tool sees of us.
    pub per_host: usize,
    /// To one address and port, whatever the hosts are called.
    pub per_address: usize,
    /// In all.
    pub all: usize,
}

impl Bounds {
    /// So many in all.
    #[must_use]
    pub const fn new(all: usize) -> Self {
        Self {
            per_host: 32,
            per_address: 256,
            all,
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::new(128)
    }
}

/// What calls can have in common, from what is narrow to what is wide.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Host(Host<String>, SocketAddr),
    Address(SocketAddr),
}

type Places = Arc<Mutex<HashMap<Place, Arc<Semaphore>>>>;

/// Lets calls in, in the order in which they came.
#[derive(Debug)]
pub struct Gate {
    bounds: Bounds,
    longest: Duration,
    all: Arc<Semaphore>,
    places: Places,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new(Bounds::default(), MAX_WAIT)
    }
}

/// A place. Whoever holds it may have one connection to the address.
#[derive(Debug)]
pub struct Slot {
    _all: OwnedSemaphorePermit,
    _address: Held,
    _host: Held,
}

/// A part of a place; nothing is kept of one that nobody holds or waits for.
#[derive(Debug)]
struct Held {
    place: Place,
    places: Places,
    permit: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// Lets so many calls in, and has nobody wait longer than `longest`.
    #[must_use]
    pub fn new(bounds: Bounds, longest: Duration) -> Self {
        Self {
            bounds,
            longest,
            all: Arc::new(Semaphore::new(bounds.all)),
            places: Places::default(),
        }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// [`ProbeError::Busy`] after the longest wait.
    pub async fn enter(
        &self,
        host: &Host<String>,
        address: SocketAddr,
        trip: &Trip,
    ) -> Result<Slot, ProbeError> {
        // From the narrow to the wide: who waits for a slow tool must not hold what others wait for meanwhile.
        let enter = async {
            let host = self.hold(Place::Host(host.clone(), address), self.bounds.per_host);
            let host = host.await?;
            let address = self.hold(Place::Address(address), self.bounds.per_address);
            let address = address.await?;
            let all = self.all.clone().acquire_owned().await;
            Ok(Slot {
                _all: all.map_err(|_| ProbeError::Busy)?,
                _address: address,
                _host: host,
            })
        };
        trip.wait(self.longest, enter).await?
    }

    async fn hold(&self, place: Place, most: usize) -> Result<Held, ProbeError> {
        let places = self
            .places
            .lock()
            .entry(place.clone())
            .or_insert_with(|| Arc::new(Semaphore::new(most)))
            .clone();
        // First, so that one who gives up waiting tidies up as well.
        let mut held = Held {
            place,
            places: self.places.clone(),
            permit: None,
        };
        let permit = places.acquire_owned().await;
        held.permit = Some(permit.map_err(|_| ProbeError::Busy)?);
        Ok(held)
    }

    /// How many hosts and addresses are being called or waited for.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places.lock().len()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.permit = None;
        let mut places = self.places.lock();
        if places
            .get(&self.place)
            .is_some_and(|place| Arc::strong_count(place) == 1)
        {
            places.remove(&self.place);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn trip() -> Trip {
        Trip::new(Duration::from_secs(5))
    }

    fn host(name: &str) -> Host<String> {
        Host::Domain(name.to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn a_hanging_tool_keeps_nobody_else_waiting() {
        let bounds = Bounds {
            per_host: 2,
            per_address: 5,
            all: 6,
        };
        let gate = Gate::new(bounds, Duration::from_secs(10));
        let ingress: SocketAddr = "10.0.0.1:80".parse().unwrap();
        let other: SocketAddr = "10.0.0.2:80".parse().unwrap();
        let (slow, fast) = (host("slow"), host("fast"));
        let held = [
            gate.enter(&slow, ingress, &trip()).await.unwrap(),
            gate.enter(&slow, ingress, &trip()).await.unwrap(),
        ];
        let third = trip();
        let mut waiting: Vec<_> = (0..20)
            .map(|_| Box::pin(gate.enter(&slow, ingress, &third)))
            .collect();
        for one in &mut waiting {
            assert!(one.now_or_never().is_none(), "the slow tool has its two");
        }
        for address in [ingress, other] {
            // Also behind the same address.
            drop(gate.enter(&fast, address, &trip()).await.unwrap());
        }
        drop(waiting);
        assert_eq!(gate.places(), 2, "of the slow one alone");
        assert!(matches!(
            gate.enter(&slow, ingress, &third).await,
            Err(ProbeError::Busy)
        ));
        // The wait is none of the tool's time.
        assert_eq!(third.left(), Duration::from_secs(5));
        assert!(third.waited() >= Duration::from_secs(10));
        drop(held);
        assert_eq!(gate.places(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_has_a_bound_and_so_have_all() {
        let bounds = Bounds {
            per_host: 2,
            per_address: 3,
            all: 4,
        };
        let gate = Gate::new(bounds, Duration::from_secs(1));
        let mut held = Vec::new();
        for (address, entered) in [("10.0.0.1:80", 3), ("10.0.0.2:80", 1), ("10.0.0.3:80", 0)] {
            let address = address.parse().unwrap();
            for n in 0..5 {
                let slot = gate.enter(&host(&n.to_string()), address, &trip()).await;
                assert_eq!(slot.is_ok(), n < entered, "{address} {n}");
                held.extend(slot.ok());
            }
        }
        drop(held);
        assert_eq!(gate.places(), 0);
    }
}

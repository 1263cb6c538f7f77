//! How many calls there are at once: in all, and to one address. A tool that hangs holds a few places of its own and
//! not those of the others.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::trip::Trip;
use crate::probes::error::ProbeError;

/// Calls at once to one address and port.
pub const MAX_PER_ADDRESS: usize = 4;
/// Calls at once.
pub const MAX_CALLS: usize = 128;
/// How long a call waits for its place. After that it was not made, and what was known before stays.
pub const MAX_WAIT: Duration = Duration::from_secs(20);

type Places = Arc<Mutex<HashMap<SocketAddr, Arc<Semaphore>>>>;

/// Lets calls in, in the order in which they came.
#[derive(Debug)]
pub struct Gate {
    all: Arc<Semaphore>,
    per_address: usize,
    longest: Duration,
    places: Places,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new(MAX_CALLS, MAX_PER_ADDRESS, MAX_WAIT)
    }
}

/// A place. Whoever holds it may have one connection to the address.
#[derive(Debug)]
pub struct Slot {
    address: SocketAddr,
    places: Places,
    own: Option<OwnedSemaphorePermit>,
    _all: OwnedSemaphorePermit,
}

impl Gate {
    /// Lets `all` calls in at once, `per_address` of them to the same address, and has nobody wait longer than `longest`.
    #[must_use]
    pub fn new(all: usize, per_address: usize, longest: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            per_address,
            longest,
            places: Places::default(),
        }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// [`ProbeError::Busy`] after the longest wait.
    pub async fn enter(&self, address: SocketAddr, trip: &Trip) -> Result<Slot, ProbeError> {
        let place = self
            .places
            .lock()
            .entry(address)
            .or_insert_with(|| Arc::new(Semaphore::new(self.per_address)))
            .clone();
        // First the place at the address: who waits for a slow tool must not hold one of all places meanwhile.
        let own = place.acquire_owned();
        let enter = async {
            let own = own.await.map_err(|_| ProbeError::Busy)?;
            let all = self
                .all
                .clone()
                .acquire_owned()
                .await
                .map_err(|_| ProbeError::Busy)?;
            Ok(Slot {
                address,
                places: self.places.clone(),
                own: Some(own),
                _all: all,
            })
        };
        let entered = trip.wait(self.longest, enter).await;
        if entered.is_err() {
            tidy(&self.places, address);
        }
        entered?
    }

    /// How many addresses are being called or waited for.
    #[must_use]
    pub fn addresses(&self) -> usize {
        self.places.lock().len()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.own = None;
        tidy(&self.places, self.address);
    }
}

/// Forgets an address that nobody calls or waits for.
fn tidy(places: &Places, address: SocketAddr) {
    let mut places = places.lock();
    if places
        .get(&address)
        .is_some_and(|place| Arc::strong_count(place) == 1)
    {
        places.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hanging_tool_keeps_nobody_else_waiting() {
        let gate = Gate::new(6, 2, Duration::from_secs(10));
        let trip = || Trip::new(Duration::from_secs(5));
        let slow: SocketAddr = "10.0.0.1:80".parse().unwrap();
        let fast: SocketAddr = "10.0.0.2:80".parse().unwrap();
        let _held = [
            gate.enter(slow, &trip()).await.unwrap(),
            gate.enter(slow, &trip()).await.unwrap(),
        ];
        let (third, trip_of_third) = (Trip::new(Duration::from_secs(5)), trip());
        let mut waiting: Vec<_> = (0..20).map(|_| Box::pin(gate.enter(slow, &third))).collect();
        for one in &mut waiting {
            assert!(one.now_or_never().is_none(), "the slow tool has its two");
        }
        drop(gate.enter(fast, &trip_of_third).await.unwrap());
        drop(waiting);
        assert_eq!(gate.addresses(), 1);
        assert!(matches!(gate.enter(slow, &third).await, Err(ProbeError::Busy)));
        // The wait is none of the tool's time.
        assert_eq!(third.left(), Duration::from_secs(5));
        assert!(third.waited() >= Duration::from_secs(10));
        drop(_held);
        assert_eq!(gate.addresses(), 0);
    }
}

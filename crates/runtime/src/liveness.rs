//! Heartbeats: `/livez` fails when a loop that must turn has stopped turning.
//!
//! Only loops whose stall a restart would cure get a heartbeat. An API server that is away is no such thing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::clock;

/// All heartbeats of the process. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Liveness {
    beats: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    beats: BTreeMap<u64, Beat>,
}

#[derive(Debug)]
struct Beat {
    name: Cow<'static, str>,
    deadline: Duration,
    last: Instant,
}

impl Liveness {
    /// No heartbeats yet: alive.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Promises that [`Heartbeat::beat`] is called at least once per `deadline`, from now until the handle is dropped.
    #[must_use]
    pub fn heartbeat(&self, name: impl Into<Cow<'static, str>>, deadline: Duration) -> Heartbeat {
        let mut state = self.beats.lock();
        let id = state.next;
        state.next += 1;
        state.beats.insert(
            id,
            Beat {
                name: name.into(),
                deadline,
                last: clock::mono(),
            },
        );
        Heartbeat {
            id,
            liveness: self.clone(),
        }
    }

    /// The names of the loops that missed their deadline at `now`. Empty is good.
    #[must_use]
    pub fn stalled(&self, now: Instant) -> Vec<Cow<'static, str>> {
        let state = self.beats.lock();
        state
            .beats
            .values()
            .filter(|beat| now.saturating_duration_since(beat.last) > beat.deadline)
            .map(|beat| beat.name.clone())
            .collect()
    }
}

/// The handle of one loop. Dropping it ends the promise.
#[derive(Debug)]
pub struct Heartbeat {
    id: u64,
    liveness: Liveness,
}

impl Heartbeat {
    /// The loop has turned.
    pub fn beat(&self) {
        if let Some(beat) = self.liveness.beats.lock().beats.get_mut(&self.id) {
            beat.last = clock::mono();
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.liveness.beats.lock().beats.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_stops_turning_is_named() {
        let liveness = Liveness::new();
        let slow = liveness.heartbeat("slow", Duration::from_secs(60));
        let fast = liveness.heartbeat("fast", Duration::from_secs(5));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(liveness.stalled(clock::mono()), ["fast"]);
        fast.beat();
        assert!(liveness.stalled(clock::mono()).is_empty());
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(liveness.stalled(clock::mono()), ["slow", "fast"]);
        drop((slow, fast));
        assert!(liveness.stalled(clock::mono()).is_empty());
    }
}

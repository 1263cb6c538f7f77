//! What is known of a call while it is under way: its deadline, how far it is, whom it reached.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use super::certificate::TlsFacts;
use super::stream::Ear;
use crate::probes::error::{ProbeError, Stage};

/// One call under way.
#[derive(Debug)]
pub struct Trip {
    limit: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    at: Instant,
    began: Instant,
    waited: Duration,
    stage: Stage,
    peer: Option<SocketAddr>,
    tls: Option<Arc<TlsFacts>>,
    ear: Ear,
}

/// A process that has the processor notices the end of a wait within milliseconds.
const LATE: Duration = Duration::from_millis(500);

impl Trip {
    /// A call that begins now and may take as long as this.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            limit,
            state: Mutex::new(State {
                at: now + limit,
                began: now,
                waited: Duration::ZERO,
                stage: Stage::Resolve,
                peer: None,
                tls: None,
                ear: Ear::default(),
            }),
        }
    }

    /// Does the next thing, within the deadline of the whole call.
    ///
    /// # Errors
    /// It did not end in time.
    pub async fn run<F: Future>(&self, stage: Stage, future: F) -> Result<F::Output, ProbeError> {
        let at = {
            let mut state = self.state.lock();
            state.stage = stage;
            state.at
        };
        timeout_at(at, future).await.map_err(|_| self.expired(at))
    }

    /// The error of a wait that was to end at `at`. One that ended much later says that this process was kept from
    /// looking, and nothing about the tool.
    #[must_use]
    pub fn expired(&self, at: Instant) -> ProbeError {
        if at.elapsed() > LATE {
            ProbeError::Busy
        } else {
            self.timeout()
        }
    }

    /// Waits for something that is none of the tool's doing: it does not count as time of the call.
    ///
    /// # Errors
    /// It took longer than `most`.
    pub async fn wait<F: Future>(&self, most: Duration, future: F) -> Result<F::Output, ProbeError> {
        let start = Instant::now();
        let result = timeout(most, future).await.map_err(|_| ProbeError::Busy);
        let waited = start.elapsed();
        let mut state = self.state.lock();
        state.at += waited;
        state.waited += waited;
        result
    }

    /// The error of a deadline that has passed.
    #[must_use]
    pub fn timeout(&self) -> ProbeError {
        ProbeError::Timeout {
            stage: self.stage(),
            after: self.limit,
        }
    }

    /// What is left of the time.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.state.lock().at.saturating_duration_since(Instant::now())
    }

    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.state.lock().stage
    }

    /// Notes whom it dials.
    pub fn dials(&self, peer: SocketAddr) {
        let mut state = self.state.lock();
        state.peer = Some(peer);
        state.ear = Ear::default();
        state.tls = None;
    }

    /// Who was dialled last.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.state.lock().peer
    }

    /// Notes the other side's certificate.
    pub fn saw(&self, facts: Arc<TlsFacts>) {
        self.state.lock().tls = Some(facts);
    }

    /// Puts back what was known of the certificate.
    pub fn forget_tls(&self, before: Option<Arc<TlsFacts>>) {
        self.state.lock().tls = before;
    }

    /// The other side's certificate.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<TlsFacts>> {
        self.state.lock().tls.clone()
    }

    /// What was heard on the connection of now.
    #[must_use]
    pub fn ear(&self) -> Ear {
        self.state.lock().ear.clone()
    }

    /// How long it took until now, without the waiting for a place.
    #[must_use]
    pub fn took(&self) -> Duration {
        let state = self.state.lock();
        state.began.elapsed().saturating_sub(state.waited)
    }

    /// How long it waited for a place.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.state.lock().waited
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_whose_end_was_noticed_late_says_nothing_about_the_tool() {
        let limit = Duration::from_secs(5);
        let in_time = Trip::new(limit);
        let error = in_time.run(Stage::Answer, pending::<()>()).await.unwrap_err();
        assert!(
            matches!(error, ProbeError::Timeout { stage: Stage::Answer, after } if after == limit),
            "{error:?}"
        );
        // The process is stopped in the middle of it, for longer than all of the time.
        let late = Trip::new(limit);
        let mut wait = Box::pin(late.run(Stage::Answer, pending::<()>()));
        assert!(futures::poll!(wait.as_mut()).is_pending());
        tokio::time::advance(limit * 2).await;
        assert!(matches!(wait.await, Err(ProbeError::Busy)));
    }
}

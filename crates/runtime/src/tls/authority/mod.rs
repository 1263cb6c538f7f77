//! Our own certificate authority, kept in a Secret and renewed by itself.
//!
//! The Secret holds the current CA; for a while before and after a change also the next one and the previous one's
//! certificate. What clients trust is the union of the three. The rule that keeps every handshake good: *a CA signs
//! only after the API has shown that the union with it is published and has been for long enough to reach every
//! client; a CA leaves the union only when nothing that it signed can be alive.*
//!
//! [`plan`] decides; `tls::maintain` does the I/O. Several replicas run it side by side: each write carries the
//! resourceVersion that the decision was based on, and on a conflict everything is read and decided again.

mod ca;
mod plan;
mod record;
#[cfg(test)]
mod simulation;

use std::time::Duration;

pub use ca::{Ca, CaError};
pub(super) use ca::{common_name, set_validity};
pub use plan::{CaFacts, LeafFacts, Op, PlaceFacts, PreviousFacts, State, Union, plan};
pub use record::{Data, Record, keys};

/// The times of the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// How long a CA is valid. The next one is made when a third of it is left.
    pub ca_life: Duration,
    /// How long the union with the next CA must have been published before the next CA signs: how long the slowest
    /// client takes to read it. The kubelet takes up to two minutes for a projected ConfigMap.
    pub settle: Duration,
    /// How long a leaf is valid. It is renewed when a third of it is left.
    pub leaf_life: Duration,
    /// Certificates are valid from this long before they are made, for clients whose clock is behind.
    pub skew: Duration,
}

impl Default for Params {
    /// A year, 10 minutes, 24 hours, an hour.
    fn default() -> Self {
        Self {
            ca_life: Duration::from_secs(365 * 24 * 3600),
            settle: Duration::from_secs(10 * 60),
            leaf_life: Duration::from_secs(24 * 3600),
            skew: Duration::from_secs(3600),
        }
    }
}

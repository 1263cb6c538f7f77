//! The driver's only partner beside kubelet: it makes the files. The driver shows it the pod's own token.

pub mod client;
pub mod dial;
pub mod outbox;
pub mod watch;
pub mod wire;

use std::time::Duration;

/// How long the driver waits for the broker.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the files of a new volume, all attempts together. Kubelet gives a call two minutes and cannot be told
    /// otherwise; a person who waits for a pod should read why well before that.
    pub render: Duration,
    /// For anything at all on the stream. The broker sends a heartbeat every 10 s: three of them missing is a broker
    /// that is gone.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            render: Duration::from_secs(20),
            silence: Duration::from_secs(30),
        }
    }
}

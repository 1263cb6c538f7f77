//! The only place that reads the time. Everything else takes it as an argument.

use jiff::Timestamp;
use tokio::time::Instant;

/// The wall clock: for certificates, conditions and whatever other machines also see.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The monotonic clock: for deadlines and ages. It stands still in tests with paused time, and may stand still while
/// the machine sleeps, so nothing that must hold in the world outside may rest on it alone.
#[must_use]
pub fn mono() -> Instant {
    Instant::now()
}

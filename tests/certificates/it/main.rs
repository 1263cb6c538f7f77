//! Certificates change while the API server asks the webhook and nodes ask the broker: no call fails.
//!
//! The webhook, the reconciler and the CSI driver run in the test, two replicas of the first two behind balancers that
//! stand for Services, with the rights and the configurations that the chart gives. Needs root for mounts.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what went wrong by failing"
)]

mod balancer;
mod chart;
mod faults;
mod given;
mod handover;
mod load;
mod node;
mod replica;
mod rotation;
mod world;

/// What the programs do when they start, for a test in its namespace.
fn prepare() {
    patchbay_runtime::tls::install_provider();
    patchbay_runtime::telemetry::init("test");
}

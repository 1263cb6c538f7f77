//! The driver as kubelet sees it: on real sockets, with real mounts in a mount namespace of the test's own, against
//! a broker that does what the test says, over TLS.
//!
//! Needs root. Each test runs itself again under `unshare --mount`, so that it can leave no mount behind.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod broker;
mod hostile;
mod lifecycle;
mod node;
mod publish;
mod refresh;
mod register;

/// What the programs do when they start, for a test in its namespace.
fn prepare() {
    patchbay_runtime::tls::install_provider();
    patchbay_runtime::telemetry::init("test");
}

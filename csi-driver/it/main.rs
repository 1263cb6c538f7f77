//! The driver as kubelet sees it: on real sockets, with real mounts in a mount namespace of the test's own, against
//! a broker that does what the test says, over TLS.
//!
//! Needs root. Each test runs itself again under `unshare --mount`, so that it can leave no mount behind.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test says what went wrong by failing"
)]

mod broker;
mod hostile;
mod lifecycle;
mod namespace;
mod node;
mod publish;
mod refresh;
mod register;

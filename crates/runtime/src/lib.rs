//! Process plumbing shared by the three programs: telemetry, admin server, TLS, lease, client, watches, tasks.
//!
//! No domain code: nothing here knows what a Connector is. Every part is a pure decision (a plan, a step, a state)
//! with a thin shell around it that does the I/O.
//!
//! Features: `serve` (HTTPS and gRPC servers, certificates) and `kube` (everything that talks to the Kubernetes
//! API; includes `serve`). Without them the crate is what the node plugin needs, and links no Kubernetes client.

pub mod admin;
pub mod backoff;
pub mod clock;
pub mod error;
pub mod files;
pub mod ids;
pub mod liveness;
pub mod metrics;
pub mod readiness;
pub mod tasks;
pub mod telemetry;
pub mod text;
pub mod tls;
pub mod trace;

#[cfg(feature = "serve")]
pub mod serve;

#[cfg(feature = "kube")]
pub mod apply;
#[cfg(feature = "kube")]
pub mod client;
#[cfg(feature = "kube")]
pub mod controller;
#[cfg(feature = "kube")]
pub mod events;
#[cfg(feature = "kube")]
pub mod lease;
#[cfg(feature = "kube")]
pub mod watch;

pub use tasks::run::{Context, Program, run};

//! Starts a real Kubernetes on this machine, for tests and for the demo.
//!
//! Two modes: [`ControlPlane`] (etcd and the API server; no root, a few seconds, one per test binary) and a
//! whole node. Both find or make their programs by themselves, may run beside others of their kind, and leave
//! nothing behind.
//!
//! What is deliberately not here: anything about Patchbay.

mod component;
mod control_plane;
mod dump;
mod env;
mod error;
mod existing;
mod fault;
mod find;
mod fleet;
pub mod image;
mod kubectl;
pub mod namespace;
mod node;
mod pki;
mod process;
mod say;
pub mod tools;
mod watchdog;

pub use self::{
    component::Component,
    control_plane::{ControlPlane, Options, remove_abandoned},
    dump::{DumpGuard, Logs, on_failure_dump},
    env::Env,
    error::{Error, Result, capable},
    existing::Existing,
    fault::{Fault, FaultProxy},
    kubectl::Kubectl,
    node::{BUSYBOX_IMAGE, Node, NodeOptions, can_run_node, leftovers},
    pki::{Authority, Pair},
    process::{ProcessId, output, run},
    say::{Progress, line as say},
};

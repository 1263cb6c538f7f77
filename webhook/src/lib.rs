//! Admission: validates ConnectorClasses, Connectors and pod templates, and injects connection mounts into pods.
//!
//! - [`review`] is the wire. [`validate`] and [`mutate`] turn the decisions of `patchbay_model::admission` into verdicts
//!   and patches: plain functions of a request and of what the [`index`] knows of the cluster. Nothing in these knows of
//!   the network, a clock or a lock.
//! - [`watch`] feeds the index ([`shared`] lets threads share it), [`server`] asks for decisions and answers, and
//!   [`program`] starts the tasks.
//!
//! Invariants: no I/O on the path of a request; no values of Secrets in memory; what is refused by one replica is
//! refused by all.

pub mod index;
pub mod metrics;
pub mod mutate;
pub mod program;
pub mod review;
pub mod server;
pub mod shared;
pub mod validate;
pub mod watch;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod testing;

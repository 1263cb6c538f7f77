//! Reconciler and broker: conditions, probes, and the only identity that reads Secrets.
//!
//! [`sources`] holds what is observed. On every replica the [`broker`] answers node plugins from it. On the leader the
//! controllers ([`classes`], [`connectors`]) write conditions and probe tools ([`probes`]). Each decision is a plain
//! function over values; [`program`] puts the shells around them together.

pub mod args;
pub mod broker;
pub mod calls;
pub mod classes;
pub mod connectors;
pub mod metrics;
pub mod probes;
pub mod program;
pub mod sources;
pub mod status;

#[cfg(test)]
mod testing;

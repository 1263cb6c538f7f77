//! The reconciler and the broker against a real API server, real tokens and real tools on loopback.

mod bench;
mod conditions;
mod driver;
mod outage;
mod render;
mod replicas;
mod tool;
mod watch;

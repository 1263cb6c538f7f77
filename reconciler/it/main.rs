//! The reconciler and the broker against a real API server, real tokens and real tools on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic, its helpers too"
)]

mod addressables;
mod bench;
mod conditions;
mod driver;
mod events;
mod faults;
mod outage;
mod render;
mod replicas;
mod tool;
mod watch;

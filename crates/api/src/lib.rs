//! Wire types of every Patchbay kind: what users write and what the API server stores.
//!
//! These types are lenient on purpose. They take every spelling that the seeds and the real systems behind them
//! print, and they say nothing about validity: that is `patchbay-model`'s job, which turns them into checked types.
//! Not here: I/O, clocks, defaults that need another object.

#![allow(
    unreachable_pub,
    reason = "the schema derive repeats each struct inside a function, where `pub` reaches nobody"
)]
#![allow(clippy::duplicated_attributes, reason = "print columns repeat their keys")]

pub mod class;
pub mod conditions;
pub mod connector;
pub mod crd;
pub mod names;
pub mod param;
pub mod probe;

pub use class::{ConnectorClass, ConnectorClassSpec, ConnectorClassStatus};
pub use connector::{Connector, ConnectorSpec, ConnectorStatus};

mod schema;

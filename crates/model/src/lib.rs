//! Parse, don't validate: from wire types to checked domain types. The one place that says what is valid.
//!
//! The webhook (refuse), the reconciler (condition) and the broker (render) call the same functions, so that they
//! can never disagree. All of them are plain functions over values.
//!
//! - [`class::parse`]: a `ConnectorClass` with its schemas and templates compiled.
//! - [`connector::admit`]: a `Connector` on its own and against its class, every violation in one list.
//! - [`mounts::parse`]: the annotation of a pod. [`volume`]: the attributes of a volume.
//! - [`render`]: the files of a volume, the request of a probe.
//! - [`admission`]: what the webhook says of an object, and the CLI of a file.
//! - conditions are the business of [`status`].
//!
//! Not here: I/O, clocks, randomness, logging.

pub mod admission;
pub mod call;
pub mod class;
pub mod connector;
pub mod env;
pub mod mounts;
pub mod param;
pub mod path;
pub mod render;
pub mod response;
pub mod secret;
pub mod server;
pub mod status;
pub mod violation;
pub mod volume;

mod address;
mod duration;
mod name;
mod ratchet;
mod schema;
mod show;
mod wire;

pub use path::FieldPath;
pub use violation::{Checked, Violation, ViolationKind, Violations, Warning};

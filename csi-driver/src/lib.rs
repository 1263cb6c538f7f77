//! CSI node plugin: mounts rendered config files into pods and keeps them fresh.
//!
//! Kubelet calls over a unix socket; the files come from the broker, to which the driver shows the pod's own token.
//! The driver has no Kubernetes identity, reads no Secret, and knows no API server.
//!
//! - [`publish`], [`unpublish`], [`stats`]: the calls of kubelet. Each parses, plans and applies.
//! - [`broker`], [`refresh`]: the stream of new files, and how they get into volumes.
//! - [`volume`]: mounts, files and records on the node.
//! - [`restore`], [`janitor`]: what is left over by a restart, or by time.
//! - [`identity`], [`node`], [`registration`]: the services, which decide nothing; [`authority`] lets kubelet reach the
//!   last one.

pub mod authority;
pub mod broker;
pub mod errors;
pub mod identity;
pub mod inflight;
pub mod janitor;
pub mod metrics;
pub mod node;
pub mod program;
pub mod publish;
pub mod refresh;
pub mod registration;
pub mod restore;
pub mod shared;
pub mod socket;
pub mod stats;
pub mod unpublish;
pub mod volume;

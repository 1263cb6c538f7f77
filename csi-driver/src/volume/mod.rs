//! A volume on the node: where it is, its tmpfs, its files, and what is remembered of it.

pub mod condition;
#[cfg(test)]
pub(crate) mod fake;
pub mod files;
pub mod mount;
pub mod mountinfo;
pub mod paths;
pub mod registry;
pub mod state;

//! Generated files, the image, and the checks on the tree itself.
//!
//! `cargo xtask codegen` writes what is made from the code, `cargo xtask image` builds the image without Docker or a
//! registry, `cargo xtask rbac` compares what the chart grants with what the programs really asked for. The checks on
//! the tree (direction of dependencies, banned crates, sizes of files, generated files that are out of date) are
//! tests, in `it/`.

pub mod codegen;
pub mod image;
pub mod rbac;

use std::path::{Path, PathBuf};

/// The root of the checkout.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

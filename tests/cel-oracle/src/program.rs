//! The Go program.

use std::path::PathBuf;

use patchbay_cluster::{Env, Result};
use patchbay_oracle::program::GoProgram;

const EXPRESSIONS: GoProgram = GoProgram {
    name: "cel-oracle",
    answers: "What cel-go makes of expressions",
    files: [
        ("go.mod", include_str!("../go.mod")),
        ("go.sum", include_str!("../go.sum")),
        ("main.go", include_str!("../main.go")),
    ],
};

/// The program that answers what cel-go makes of expressions; see [`GoProgram::find`].
///
/// # Errors
/// Those of [`GoProgram::find`].
pub fn find(env: &Env) -> Result<PathBuf> {
    EXPRESSIONS.find(env)
}

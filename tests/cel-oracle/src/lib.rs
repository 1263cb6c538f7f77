//! What cel-go makes of expressions, and whether our engine makes the same of them.
//!
//! - [`client`] asks the Go program, which [`program`] builds.
//! - [`goldens`] reads the lists of cases, asks for all of them, and keeps the answers beside our engine, whose tests then
//!   need no Go.
//! - [`fuzz`] compares both engines, on cases that [`generate`] makes, for as long as one likes.
//! - [`hostile`] measures expressions that mean harm.

pub mod client;
pub mod fuzz;
pub mod generate;
pub mod goldens;
pub mod hostile;
pub mod program;

// Shared with the engine's own tests, which read what this crate writes.
#[path = "../../../crates/cel/tests/it/golden.rs"]
pub mod golden;

#[path = "../../../crates/cel/tests/it/hostile_cases.rs"]
pub mod hostile_cases;

//! Asks Go's own `text/template` (with sprig's functions) what a template means, and compares our engine with it.
//!
//! - `cases/*.txt` are lists of templates by topic ([`lists`]); [`generate`] makes more of them by a grammar.
//! - [`goldens`] asks Go for all of them and keeps the answers beside our engine, whose tests then need no Go.
//! - [`fuzz`] compares both engines for as long as one likes.
//! - [`program`] builds a Go program and [`process`] asks it. These, the form of the lists and the files of the goldens
//!   serve the oracle of CEL too.

pub mod client;
pub mod fuzz;
pub mod generate;
pub mod goldens;
pub mod hostile;
pub mod lists;
pub mod mutate;
pub mod process;
pub mod program;
pub mod shrink;

// Shared with the engine's own tests, which read what this crate writes.
#[path = "../../../crates/gotemplate/tests/it/golden.rs"]
pub mod golden;

#[path = "../../../crates/gotemplate/tests/it/hostile_cases.rs"]
pub mod hostile_cases;

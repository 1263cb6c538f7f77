//! How much a template written in Tera may cost.

use std::time::Duration;

/// Processor time that one file may take.
pub const FILE_TIME: Duration = Duration::from_millis(100);

/// The memory that a worker may take beyond what it has when it starts.
pub const WORKER_MEMORY: u64 = 48 * 1024 * 1024;

/// The data of one file, encoded.
pub const MAX_JOB_BYTES: usize = 16 * 1024 * 1024;

/// Tags inside one another, as in Tera itself.
pub(super) const NESTED_TAGS: usize = 40;
/// Expressions inside one another, as in Tera itself.
pub(super) const NESTED_EXPRESSIONS: usize = 40;
/// Operators of one expression. Tera allows 256, each of which takes stack.
pub(super) const OPERATORS: usize = 128;
/// The stack of what reads a template: more than twice of what the deepest takes in a build without optimisation.
pub(super) const STACK: usize = 16 * 1024 * 1024;
/// `elif`s inside one another, which Tera does not bound.
pub(super) const ARMS: usize = 64;
/// Lists and maps inside one another in the data.
pub(super) const DATA_DEPTH: usize = 64;
/// Readings of the data that are looked at.
pub(super) const VISITS: usize = 20_000;

/// A word of the template, as it may stand in a message.
pub(super) fn shown(word: &str) -> String {
    const LONGEST: usize = 60;
    let line = word.lines().next().unwrap_or_default();
    let mut text: String = line.chars().take(LONGEST).collect();
    if text.len() < word.len() {
        text.push('…');
    }
    text
}

/// A sentence of Tera's, as ours are written.
pub(super) fn sentence(message: &str) -> String {
    const LONGEST: usize = 200;
    let line = message.lines().next().unwrap_or_default().trim_end_matches('.');
    let mut chars = line.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).take(LONGEST).collect()
}

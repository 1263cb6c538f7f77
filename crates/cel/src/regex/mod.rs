//! Regular expressions: the syntax of RE2 as Go has it, matched in linear time, with every step counted.
//!
//! No library is used for matching, because none counts what it does: with a short pattern that is large inside, even a
//! linear search of 64 KiB takes a second.

mod compile;
mod find;
mod parse;
mod translate;

#[cfg(test)]
mod tests;

use crate::run::{Failure, Meter};

pub(crate) use find::Program;

/// States that a pattern may have.
const MOST_STATES: usize = 2000;
/// Bytes that a pattern may have.
const MOST_BYTES: usize = 1024;
/// Groups inside one another.
const MOST_LEVELS: u32 = 40;
/// The most that a repetition may say, and that those inside one another may come to.
const MOST_TIMES: u32 = 1000;

/// What is wrong with a pattern, without the pattern, which may be data.
type Wrong = &'static str;

/// Compiles a pattern. That is paid for.
pub(crate) fn compile(pattern: &str, meter: &mut Meter) -> Result<Program, Failure> {
    if pattern.len() > MOST_BYTES {
        return Err(Failure::Regex("the pattern is too long"));
    }
    meter.step(20 + pattern.len())?;
    let (translated, cost) = translate::translate(pattern).map_err(Failure::Regex)?;
    meter.step(cost)?;
    let tree = parse::parse(&translated).map_err(Failure::Regex)?;
    compile::compile(&tree, meter)
}

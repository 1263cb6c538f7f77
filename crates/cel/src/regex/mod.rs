//! Regular expressions: the syntax of RE2 as Go has it, matched in linear time, with every step counted.
//!
//! No library is used for matching, because none counts what it does: with a short pattern that is large inside, even a
//! linear search of 64 KiB takes a second.

mod compile;
mod find;
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

/// Compiles a pattern. That is paid for.
pub(crate) fn compile(pattern: &str, meter: &mut Meter) -> Result<Program, Failure> {
    if pattern.len() > MOST_BYTES {
        return Err(Failure::Regex("the pattern is too long"));
    }
    meter.step(20 + pattern.len())?;
    let (translated, cost) = translate::translate(pattern).map_err(Failure::Regex)?;
    meter.step(cost)?;
    let parsed = regex_syntax::ParserBuilder::new()
        .nest_limit(MOST_LEVELS)
        .utf8(false)
        .build()
        .parse(&translated);
    let tree = match parsed {
        Ok(tree) => tree,
        Err(error) => return Err(Failure::Regex(why(&error))),
    };
    compile::compile(&tree, meter)
}

/// What is wrong with a pattern, without the pattern, which may be data.
fn why(error: &regex_syntax::Error) -> &'static str {
    use regex_syntax::ast::ErrorKind;
    let regex_syntax::Error::Parse(error) = error else {
        return "a class of characters in the pattern is not known";
    };
    match error.kind() {
        ErrorKind::GroupUnclosed => "a \"(\" is not closed",
        ErrorKind::GroupUnopened => "a \")\" closes nothing",
        ErrorKind::NestLimitExceeded(_) => "the groups of the pattern nest too deeply",
        ErrorKind::RepetitionMissing => "nothing stands before a repetition",
        _ => "the pattern is not well-formed",
    }
}

//! Regular expressions with Go's meaning: linear in the text, and bounded in size.

mod syntax;

use std::collections::BTreeMap;

use regex::bytes::{NoExpand, Regex, RegexBuilder};

use super::{Arguments, Function, fixed};
use crate::engine::meter::Failure;
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("regexMatch", 2, matches),
    fixed("regexMatch", 2, matches).called("mustRegexMatch"),
    fixed("regexFind", 2, find),
    fixed("regexFind", 2, find).called("mustRegexFind"),
    fixed("regexFindAll", 3, find_all),
    fixed("regexFindAll", 3, find_all).called("mustRegexFindAll"),
    fixed("regexReplaceAll", 3, |a| replace(a, false)),
    fixed("regexReplaceAll", 3, |a| replace(a, false)).called("mustRegexReplaceAll"),
    fixed("regexReplaceAllLiteral", 3, |a| replace(a, true)),
    fixed("regexReplaceAllLiteral", 3, |a| replace(a, true)).called("mustRegexReplaceAllLiteral"),
    fixed("regexSplit", 3, split),
    fixed("regexSplit", 3, split).called("mustRegexSplit"),
    fixed("regexQuoteMeta", 1, quote_meta),
];

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 512;
/// Sizes of compiled patterns, in bytes. The smallest that is enough says what a search costs: short patterns such as
/// `(a{50}){50}` can be large programs.
const PROGRAM_SIZES: [usize; 4] = [4 * 1024, 16 * 1024, 64 * 1024, 256 * 1024];
/// About how many bytes one state of a program takes.
const STATE_BYTES: u64 = 32;
/// What compiling one pattern costs, in steps.
const COMPILE_STEPS: u64 = 2000;

/// Compiled patterns of one rendering, with the number of their states.
#[derive(Default)]
pub(crate) struct Cache(BTreeMap<String, (Regex, u64)>);

fn compiled(arguments: &mut Arguments<'_>, text: u64) -> Result<Regex, Failure> {
    let pattern = arguments.str(0)?;
    if pattern.len() > MAX_PATTERN {
        return Err(Failure::message(format!(
            "the pattern is longer than {MAX_PATTERN} bytes"
        )));
    }
    let (regex, states) = match arguments.cache.0.get(pattern) {
        Some(known) => known.clone(),
        None => {
            arguments.meter.step(COMPILE_STEPS)?;
            let made = compile(pattern)?;
            arguments.cache.0.insert(pattern.to_owned(), made.clone());
            made
        }
    };
    // A search may look at each state at each byte of the text.
    arguments.meter.read(text.saturating_mul(states))?;
    Ok(regex)
}

fn compile(pattern: &str) -> Result<(Regex, u64), Failure> {
    let pattern = syntax::as_rust(pattern);
    for size in PROGRAM_SIZES {
        let built = RegexBuilder::new(&pattern)
            .size_limit(size)
            .dfa_size_limit(size * 4)
            .nest_limit(50)
            .build();
        match built {
            Ok(regex) => return Ok((regex, size as u64 / STATE_BYTES)),
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(_) => return Err(Failure::message("the pattern is not a regular expression")),
        }
    }
    Err(Failure::message("the pattern is too large"))
}

fn matches(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text = arguments.bytes(1)?;
    Ok(Value::Bool(
        compiled(arguments, text.len() as u64)?.is_match(text),
    ))
}

fn find(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text = arguments.bytes(1)?;
    let regex = compiled(arguments, text.len() as u64)?;
    arguments.give(regex.find(text).map(|found| found.as_bytes()).unwrap_or_default())
}

/// Negative is no limit.
fn limit(arguments: &Arguments<'_>, index: usize) -> Result<usize, Failure> {
    Ok(usize::try_from(arguments.int(index)?).unwrap_or(usize::MAX))
}

fn find_all(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (text, limit) = (arguments.bytes(1)?, limit(arguments, 2)?);
    let regex = compiled(arguments, text.len() as u64)?;
    let mut found = Vec::new();
    for part in regex.find_iter(text).take(limit) {
        found.push(arguments.give(part.as_bytes())?);
    }
    arguments.give_list(found)
}

fn replace(arguments: &mut Arguments<'_>, literal: bool) -> Result<Value, Failure> {
    let (text, with) = (arguments.bytes(1)?, arguments.bytes(2)?);
    let regex = compiled(arguments, text.len() as u64)?;
    let found = regex.find_iter(text).count() as u64;
    // Each reference to a group may bring the whole match.
    let groups = with.iter().filter(|byte| **byte == b'$').count() as u64;
    let longest = groups.saturating_mul(text.len() as u64);
    arguments
        .meter
        .make(found.saturating_mul(with.len() as u64).saturating_add(longest))?;
    let replaced = if literal {
        regex.replace_all(text, NoExpand(with))
    } else {
        regex.replace_all(text, with)
    };
    arguments.give(replaced.into_owned())
}

fn split(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (text, limit) = (arguments.bytes(1)?, limit(arguments, 2)?);
    let regex = compiled(arguments, text.len() as u64)?;
    if limit == 0 {
        return arguments.give_list(Vec::new());
    }
    let mut parts = Vec::new();
    let (mut from, mut end) = (0, 0);
    for found in regex.find_iter(text) {
        if parts.len() + 1 >= limit {
            break;
        }
        end = found.start();
        // Go leaves out the empty text before a match of nothing at the start.
        if found.end() != 0 {
            parts.push(arguments.give(text.get(from..end).unwrap_or_default())?);
        }
        from = found.end();
    }
    if end != text.len() || text.is_empty() {
        parts.push(arguments.give(text.get(from..).unwrap_or_default())?);
    }
    arguments.give_list(parts)
}

fn quote_meta(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut out = Vec::new();
    for byte in arguments.bytes(0)? {
        if br"\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    arguments.give(out)
}

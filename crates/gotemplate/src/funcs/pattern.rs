//! Regular expressions: Go's syntax and meaning, in time that grows with the expression and the text only.
//!
//! *Guarantees*: what an expression matches is what Go matches, for any bytes; sets of characters are those of the
//! version of Unicode that Go knows. *Caveats*: groups may be 200 deep, a compiled expression has at most 20,000 steps;
//! Go allows more of both.

mod class;
mod compile;
mod parse;
mod replace;
mod search;
mod sets;
mod tree;
mod unicode;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::rc::Rc;

use crate::{Call, Elem, Failure, Function, Type, Value};

pub(crate) use compile::Program;
use sets::Sets;

pub(crate) use search::{Places, Search};
pub(crate) use tree::PatternError;

const TEXTS: &[Type] = &[Type::String, Type::String];
const TEXTS_AND_COUNT: &[Type] = &[Type::String, Type::String, Type::Int];
const THREE_TEXTS: &[Type] = &[Type::String, Type::String, Type::String];

pub(super) static TABLE: &[Function] = &[
    Function::new("regexMatch", TEXTS, Type::Bool, |call| {
        // Here sprig takes a wrong expression as one that does not match.
        match compiled(call)? {
            Ok(program) => matches(call, &program),
            Err(PatternError::Wrong(_)) => Ok(Value::Bool(false)),
            Err(error) => Err(failure(error)),
        }
    }),
    Function::new("mustRegexMatch", TEXTS, Type::Bool, |call| {
        let program = program(call)?;
        matches(call, &program)
    }),
    Function::new("regexFind", TEXTS, Type::String, find),
    Function::new("mustRegexFind", TEXTS, Type::String, find),
    Function::new("regexFindAll", TEXTS_AND_COUNT, Type::Strings, find_all),
    Function::new("mustRegexFindAll", TEXTS_AND_COUNT, Type::Strings, find_all),
    Function::new("regexSplit", TEXTS_AND_COUNT, Type::Strings, split),
    Function::new("mustRegexSplit", TEXTS_AND_COUNT, Type::Strings, split),
    Function::new("regexReplaceAll", THREE_TEXTS, Type::String, replace::replace_all),
    Function::new(
        "mustRegexReplaceAll",
        THREE_TEXTS,
        Type::String,
        replace::replace_all,
    ),
    Function::new(
        "regexReplaceAllLiteral",
        THREE_TEXTS,
        Type::String,
        replace::replace_all_literal,
    ),
    Function::new(
        "mustRegexReplaceAllLiteral",
        THREE_TEXTS,
        Type::String,
        replace::replace_all_literal,
    ),
    Function::new("regexQuoteMeta", &[Type::String], Type::String, quote_meta),
];

/// Expressions that were compiled in this rendering.
#[derive(Default)]
pub(crate) struct Patterns(HashMap<Vec<u8>, Result<Rc<Program>, PatternError>>);

/// Compiles an expression.
///
/// # Errors
/// It is none, or too large.
pub(crate) fn compile(pattern: &[u8]) -> Result<Program, PatternError> {
    compile_within(pattern, &mut Sets::default())
}

fn compile_within(pattern: &[u8], sets: &mut Sets) -> Result<Program, PatternError> {
    compile::compile(parse::parse(pattern, sets)?)
}

/// The first argument as an expression. Compiling is paid for.
fn compiled(call: &mut Call<'_, '_>) -> Result<Result<Rc<Program>, PatternError>, Failure> {
    let pattern = call.bytes(0)?;
    if let Some(known) = call.cache.patterns.0.get(pattern) {
        return Ok(known.clone());
    }
    call.meter().step(8 + pattern.len() as u64 / 2)?;
    call.meter().make(pattern.len() * 2 + 128)?;
    let mut sets = Sets::default();
    let compiled = compile_within(pattern, &mut sets).map(Rc::new);
    call.meter().step(sets.cost() as u64)?;
    if let Ok(program) = &compiled {
        call.meter().make(program.size() * 16)?;
        call.meter().step(program.size() as u64 / 16)?;
    }
    call.cache.patterns.0.insert(pattern.to_vec(), compiled.clone());
    Ok(compiled)
}

fn program(call: &mut Call<'_, '_>) -> Result<Rc<Program>, Failure> {
    compiled(call)?.map_err(failure)
}

fn failure(error: PatternError) -> Failure {
    match error {
        PatternError::Wrong(why) => Failure::Argument(0, why),
        PatternError::TooLarge => Failure::Limit("the regular expression is too large, or nests too deeply"),
    }
}

/// Begins to look in the second argument.
fn search<'p, 'a>(call: &mut Call<'_, 'a>, program: &'p Program) -> Result<Search<'p, 'a>, Failure> {
    let text = call.bytes(1)?;
    call.meter().step(program.size() as u64 / 64)?;
    Ok(Search::new(program, text))
}

fn matches<'a>(call: &mut Call<'_, 'a>, program: &Program) -> Result<Value<'a>, Failure> {
    let found = search(call, program)?.find(0, 0, call.meter())?;
    Ok(Value::Bool(found.is_some()))
}

/// The places of a match itself.
pub(crate) fn whole(places: &Places) -> (usize, usize) {
    let at = |index: usize| places.get(index).copied().flatten().unwrap_or_default();
    (at(0), at(1))
}

fn find<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let program = program(call)?;
    let text = call.bytes(1)?;
    let found = search(call, &program)?.find(0, 1, call.meter())?;
    let (start, end) = found.as_ref().map(whole).unwrap_or_default();
    Ok(Value::Str(text.get(start..end).unwrap_or_default()))
}

/// The matches one after the other, at most so many. An empty one does not come right after another match.
fn all_matches(
    call: &mut Call<'_, '_>,
    program: &Program,
    most: usize,
) -> Result<Vec<(usize, usize)>, Failure> {
    let text = call.bytes(1)?;
    let mut search = search(call, program)?;
    let mut matches = Vec::new();
    let (mut from, mut last_end) = (0, None);
    while matches.len() < most && from <= text.len() {
        let Some(places) = search.find(from, 1, call.meter())? else {
            break;
        };
        let (start, end) = whole(&places);
        let mut accept = true;
        if end == from {
            accept = last_end != Some(start);
            let (_, width) = search::char_at(text, from);
            from = if width > 0 { from + width } else { text.len() + 1 };
        } else {
            from = end;
        }
        last_end = Some(end);
        if accept {
            call.meter().make(24)?;
            matches.push((start, end));
        }
    }
    Ok(matches)
}

fn count(call: &Call<'_, '_>) -> Result<usize, Failure> {
    // Less than none: as many as there are.
    Ok(usize::try_from(call.int(2)?).unwrap_or(usize::MAX))
}

fn find_all<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let program = program(call)?;
    let (text, most) = (call.bytes(1)?, count(call)?);
    let matches = all_matches(call, &program, most)?;
    if matches.is_empty() {
        return Ok(call.arena().nil_list(Elem::String));
    }
    let items = matches
        .into_iter()
        .map(|(start, end)| Value::Str(text.get(start..end).unwrap_or_default()));
    call.give_list(Elem::String, items.collect())
}

fn split<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let program = program(call)?;
    let (text, most) = (call.bytes(1)?, count(call)?);
    if most == 0 {
        return Ok(call.arena().nil_list(Elem::String));
    }
    if text.is_empty() && !call.bytes(0)?.is_empty() {
        return call.give_list(Elem::String, vec![Value::Str(b"")]);
    }
    let mut items = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for (start, after) in all_matches(call, &program, most)? {
        if items.len() >= most - 1 {
            break;
        }
        end = start;
        if after != 0 {
            items.push(Value::Str(text.get(begin..end).unwrap_or_default()));
        }
        begin = after;
    }
    if end != text.len() {
        items.push(Value::Str(text.get(begin..).unwrap_or_default()));
    }
    call.give_list(Elem::String, items)
}

fn quote_meta<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    call.meter().make(text.len() * 2)?;
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    Ok(Value::Str(call.arena().bytes(out)))
}

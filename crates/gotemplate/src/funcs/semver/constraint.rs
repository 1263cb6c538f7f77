//! Reading constraints: `>=1.2 <3 || ~4.x`, `1.2 - 2.3`.
//!
//! What a constraint is, is defined by regular expressions over the whole text; the same ones are used here, so that
//! the odd texts mean the same.

use std::sync::LazyLock;

use super::check::Operator;
use crate::funcs::pattern::{self, Places, Program, Search};
use crate::object::Version;
use crate::{Failure, Meter};

/// One constraint.
pub(super) struct Constraint {
    pub(super) operator: Operator,
    pub(super) version: Version,
    /// Not all three numbers are given.
    pub(super) partial: bool,
    /// Only the first number is given.
    pub(super) any_minor: bool,
    /// Only the first two numbers are given.
    pub(super) any_patch: bool,
}

const IMPROPER: Failure = Failure::Argument(0, "is not a constraint on versions such as >=1.2 <3");

const VERSION: &str = r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";
const OPERATORS: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";

static SINGLE: LazyLock<Option<Program>> =
    LazyLock::new(|| program(&format!(r"^\s*({OPERATORS})\s*({VERSION})\s*$")));
static RANGE: LazyLock<Option<Program>> =
    LazyLock::new(|| program(&format!(r"\s*({VERSION})\s+-\s+({VERSION})\s*")));
static FIND: LazyLock<Option<Program>> = LazyLock::new(|| program(&format!(r"({OPERATORS})\s*({VERSION})")));
static VALID: LazyLock<Option<Program>> = LazyLock::new(|| {
    program(&format!(
        r"^(\s*({OPERATORS})\s*({VERSION})\s*)((?:\s+|,\s*)({OPERATORS})\s*({VERSION})\s*)*$"
    ))
});

fn program(pattern: &str) -> Option<Program> {
    pattern::compile(pattern.as_bytes()).ok()
}

fn compiled(program: &'static LazyLock<Option<Program>>) -> Result<&'static Program, Failure> {
    LazyLock::force(program).as_ref().ok_or(IMPROPER)
}

/// Reads constraints: any of the outer list must hold, each of them all over.
///
/// # Errors
/// They are none, or the steps are used up.
pub(super) fn parse(text: &[u8], meter: &mut Meter) -> Result<Vec<Vec<Constraint>>, Failure> {
    meter.make(text.len() * 4)?;
    let text = without_ranges(text, meter)?;
    let mut any = Vec::new();
    for part in split(&text) {
        if find(compiled(&VALID)?, part, 0, 0, meter)?.is_none() {
            return Err(IMPROPER);
        }
        let mut all = Vec::new();
        for (start, end) in each(compiled(&FIND)?, part, meter)? {
            meter.make(256)?;
            all.push(single(part.get(start..end).unwrap_or_default(), meter)?);
        }
        if all.is_empty() {
            all.push(single(part, meter)?);
        }
        any.push(all);
    }
    Ok(any)
}

/// The parts between `||`.
fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"||") {
            parts.push(text.get(begin..at).unwrap_or_default());
            at += 2;
            begin = at;
        } else {
            at += 1;
        }
    }
    parts.push(text.get(begin..).unwrap_or_default());
    parts
}

fn find(
    program: &Program,
    text: &[u8],
    from: usize,
    groups: usize,
    meter: &mut Meter,
) -> Result<Option<Places>, Failure> {
    meter.step(1 + text.len() as u64 / 16)?;
    Search::new(program, text).find(from, groups, meter)
}

/// All matches of an expression that never is empty.
fn each(program: &Program, text: &[u8], meter: &mut Meter) -> Result<Vec<(usize, usize)>, Failure> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut search = Search::new(program, text);
    while let Some(places) = search.find(from, 1, meter)? {
        meter.step(1)?;
        let (start, end) = pattern::whole(&places);
        found.push((start, end));
        from = end.max(from + 1);
    }
    Ok(found)
}

/// `1.2 - 2.3` as `>= 1.2, <= 2.3`.
fn without_ranges(text: &[u8], meter: &mut Meter) -> Result<Vec<u8>, Failure> {
    let program = compiled(&RANGE)?;
    let mut search = Search::new(program, text);
    let mut out = text.to_vec();
    let mut from = 0;
    while let Some(places) = search.find(from, program.names().len(), meter)? {
        let (start, end) = pattern::whole(&places);
        let whole = text.get(start..end).unwrap_or_default();
        // The version has nine groups of its own.
        let (low, high) = (group(text, &places, 1), group(text, &places, 11));
        let new = [b">= ", low, b", <= ", high, b" "].concat();
        // As there, the first place where the same text stands is changed.
        meter.make(out.len() + new.len())?;
        if let Some(at) = out.windows(whole.len().max(1)).position(|part| part == whole) {
            out.splice(at..at + whole.len(), new);
        }
        from = end.max(from + 1);
    }
    Ok(out)
}

fn group<'t>(text: &'t [u8], places: &Places, group: usize) -> &'t [u8] {
    let place = |index: usize| places.get(index).copied().flatten();
    match (place(group * 2), place(group * 2 + 1)) {
        (Some(start), Some(end)) => text.get(start..end).unwrap_or_default(),
        _ => b"",
    }
}

fn single(text: &[u8], meter: &mut Meter) -> Result<Constraint, Failure> {
    let program = compiled(&SINGLE)?;
    if text.is_empty() {
        return Ok(Constraint {
            operator: Operator::Equal,
            version: Version::parse(b"0.0.0").map_err(|_| IMPROPER)?,
            partial: true,
            any_minor: false,
            any_patch: false,
        });
    }
    let places = find(program, text, 0, program.names().len(), meter)?.ok_or(IMPROPER)?;
    let part = |index: usize| group(text, &places, index);
    let given = |part: &[u8]| {
        let part = part.strip_prefix(b".").unwrap_or(part);
        !matches!(part, b"" | b"x" | b"X" | b"*")
    };
    let (major, minor, patch, pre) = (part(3), part(4), part(5), part(6));
    let (any_major, any_minor, any_patch) = match (given(major), given(minor), given(patch)) {
        (false, ..) => (true, false, false),
        (_, false, _) => (false, true, false),
        (_, _, false) => (false, false, true),
        _ => (false, false, false),
    };
    let version = if any_major {
        [b"0.0.0", pre].concat()
    } else if any_minor {
        [major, b".0.0", pre].concat()
    } else if any_patch {
        [major, minor, b".0", pre].concat()
    } else {
        part(2).to_vec()
    };
    Ok(Constraint {
        operator: Operator::of(part(1)),
        version: Version::parse(&version).map_err(|_| IMPROPER)?,
        partial: any_major || any_minor || any_patch,
        any_minor,
        any_patch,
    })
}

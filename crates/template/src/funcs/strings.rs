//! Text.

use std::collections::BTreeMap;

use super::{Arguments, Function, Special, between, fixed, many};
use crate::engine::meter::{Buffer, Failure};
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("upper", 1, |a| each_char(a, upper)),
    fixed("lower", 1, |a| each_char(a, lower)),
    fixed("title", 1, title),
    fixed("untitle", 1, untitle),
    fixed("swapcase", 1, swapcase),
    fixed("nospace", 1, nospace),
    fixed("trim", 1, trim),
    fixed("trimAll", 2, trim_all),
    fixed("trimall", 2, trim_all),
    fixed("trimSuffix", 2, trim_suffix),
    fixed("trimPrefix", 2, trim_prefix),
    fixed("replace", 3, replace),
    fixed("repeat", 2, repeat),
    fixed("contains", 2, contains),
    fixed("hasPrefix", 2, has_prefix),
    fixed("hasSuffix", 2, has_suffix),
    fixed("trunc", 2, trunc),
    fixed("substr", 3, substr),
    many("quote", 0, quote).special(Special::Forgives),
    many("squote", 0, squote).special(Special::Forgives),
    many("cat", 0, cat).special(Special::Forgives),
    fixed("indent", 2, |a| indented(a, "")),
    fixed("nindent", 2, |a| indented(a, "\n")),
    fixed("splitList", 2, split_list),
    fixed("split", 2, |a| split_map(a, None)),
    fixed("splitn", 3, |a| {
        let limit = a.int(1)?;
        split_map(a, Some(limit))
    }),
    fixed("join", 2, join),
    fixed("toStrings", 1, to_strings),
    fixed("toString", 1, to_string),
    fixed("plural", 3, plural),
    between("atoi", 1, 1, atoi),
];

/// Go changes the case of a letter only where the result is one letter again.
fn upper(c: char) -> char {
    let mut changed = c.to_uppercase();
    match (changed.next(), changed.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn lower(c: char) -> char {
    let mut changed = c.to_lowercase();
    match (changed.next(), changed.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn each_char(arguments: &mut Arguments<'_>, change: fn(char) -> char) -> Result<Value, Failure> {
    let text: String = arguments.str(0)?.chars().map(change).collect();
    arguments.give(text)
}

/// Changes each letter, knowing the one before it.
fn with_previous(
    arguments: &mut Arguments<'_>,
    change: fn(Option<char>, char) -> char,
) -> Result<Value, Failure> {
    let mut previous = None;
    let text: String = arguments
        .str(0)?
        .chars()
        .map(|c| {
            let changed = change(previous, c);
            previous = Some(c);
            changed
        })
        .collect();
    arguments.give(text)
}

fn title(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    fn separates(c: char) -> bool {
        if c.is_ascii() {
            !c.is_ascii_alphanumeric() && c != '_'
        } else {
            c.is_whitespace()
        }
    }
    with_previous(arguments, |previous, c| {
        if previous.is_none_or(separates) {
            upper(c)
        } else {
            c
        }
    })
}

fn untitle(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    with_previous(arguments, |previous, c| {
        if previous.is_none_or(char::is_whitespace) {
            lower(c)
        } else {
            c
        }
    })
}

fn swapcase(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    each_char(arguments, |c| match c {
        c if c.is_uppercase() => lower(c),
        c if c.is_lowercase() => upper(c),
        c => c,
    })
}

fn nospace(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text: String = arguments.str(0)?.chars().filter(|c| !c.is_whitespace()).collect();
    arguments.give(text)
}

fn trim(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text = arguments.str(0)?.trim();
    arguments.give(text)
}

fn trim_all(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (cut, text) = (arguments.str(0)?, arguments.str(1)?);
    // Each letter may be compared with each.
    arguments
        .meter
        .read((cut.len() as u64).saturating_mul(text.len() as u64))?;
    arguments.give(text.trim_matches(|c| cut.contains(c)))
}

fn trim_suffix(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (suffix, text) = (arguments.bytes(0)?, arguments.bytes(1)?);
    arguments.give(text.strip_suffix(suffix).unwrap_or(text))
}

fn trim_prefix(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (prefix, text) = (arguments.bytes(0)?, arguments.bytes(1)?);
    arguments.give(text.strip_prefix(prefix).unwrap_or(text))
}

fn replace(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (old, new, text) = (arguments.str(0)?, arguments.str(1)?, arguments.str(2)?);
    let found = text.matches(old).count() as u64;
    arguments.meter.make(found.saturating_mul(new.len() as u64))?;
    arguments.give(text.replace(old, new))
}

fn repeat(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (count, text) = (arguments.count(0)?, arguments.bytes(1)?);
    // Before it is made: it may be larger than the memory.
    let size = (count as u64).saturating_mul(text.len() as u64);
    arguments.meter.make(size)?;
    arguments.give(text.repeat(count))
}

fn contains(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(arguments.str(1)?.contains(arguments.str(0)?)))
}

fn has_prefix(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(arguments.bytes(1)?.starts_with(arguments.bytes(0)?)))
}

fn has_suffix(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(arguments.bytes(1)?.ends_with(arguments.bytes(0)?)))
}

/// The first bytes, or with a negative count the last ones.
fn trunc(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (count, text) = (arguments.int(0)?, arguments.bytes(1)?);
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let part = if count >= 0 {
        text.get(..length).unwrap_or(text)
    } else {
        text.len()
            .checked_sub(length)
            .filter(|start| *start > 0)
            .and_then(|start| text.get(start..))
            .unwrap_or(text)
    };
    arguments.give(part)
}

fn substr(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (start, end, text) = (arguments.int(0)?, arguments.int(1)?, arguments.bytes(2)?);
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let end = if start >= 0 && (end < 0 || end > length) {
        length
    } else {
        end
    };
    let range = usize::try_from(start.max(0)).ok().zip(usize::try_from(end).ok());
    let part = range.and_then(|(start, end)| text.get(start..end));
    let part = part.ok_or_else(|| Failure::message("the text is shorter than the positions say"))?;
    arguments.give(part)
}

/// Appends every value that is there, with what `write` puts around it, and spaces between.
fn spaced(arguments: &mut Arguments<'_>, write: fn(&mut Buffer, &[u8])) -> Result<Value, Failure> {
    let mut out = Buffer::default();
    let mut first = true;
    for value in arguments.values {
        if matches!(value, Value::Nil) {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(b" ");
        }
        let text = arguments.printed(value)?;
        write(&mut out, text.bytes());
    }
    arguments.give(out.take())
}

fn quote(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    spaced(arguments, crate::escape::go_quote)
}

fn squote(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    spaced(arguments, |out, text| {
        out.push(b"'");
        out.push(text);
        out.push(b"'");
    })
}

fn cat(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    spaced(arguments, Buffer::push)
}

fn indented(arguments: &mut Arguments<'_>, before: &str) -> Result<Value, Failure> {
    let (spaces, text) = (arguments.count(0)?, arguments.bytes(1)?);
    let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    arguments.meter.make(lines.saturating_mul(spaces as u64))?;
    let pad = " ".repeat(spaces);
    let mut out = Buffer::default();
    out.push(before.as_bytes());
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            out.push(b"\n");
        }
        out.push(pad.as_bytes());
        out.push(line);
    }
    arguments.give(out.take())
}

/// Go's `strings.SplitN`: an empty separator splits after each character, a negative limit is none.
fn parts<'t>(separator: &str, text: &'t str, limit: Option<i64>) -> Vec<&'t str> {
    let limit = limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    if limit == 0 {
        return Vec::new();
    }
    if !separator.is_empty() {
        return text.splitn(limit, separator).collect();
    }
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = if out.len() + 1 == limit {
            rest.len()
        } else {
            c.len_utf8()
        };
        let (head, tail) = rest.split_at(at);
        out.push(head);
        rest = tail;
    }
    out
}

fn split_list(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let parts = parts(arguments.str(0)?, arguments.str(1)?, None);
    arguments.give_texts(parts.into_iter())
}

/// Parts by the names `_0`, `_1`, …
fn split_map(arguments: &mut Arguments<'_>, limit: Option<i64>) -> Result<Value, Failure> {
    let text = arguments.str(arguments.len() - 1)?;
    let mut entries = BTreeMap::new();
    for (index, part) in parts(arguments.str(0)?, text, limit).into_iter().enumerate() {
        entries.insert(format!("_{index}"), arguments.give(part)?);
    }
    arguments.give_map(entries)
}

/// What `join` and its like go through: the items that are there, or the value alone.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(list) => &list.items,
        Value::Nil => &[],
        other => std::slice::from_ref(other),
    }
}

fn join(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let separator = arguments.bytes(0)?;
    let mut out = Buffer::default();
    let mut first = true;
    for item in items(arguments.value(1))
        .iter()
        .filter(|item| !matches!(item, Value::Nil))
    {
        if !std::mem::take(&mut first) {
            arguments.meter.make(separator.len() as u64)?;
            out.push(separator);
        }
        let text = arguments.printed(item)?;
        arguments.meter.make(text.bytes().len() as u64)?;
        out.push(text.bytes());
    }
    arguments.give(out.take())
}

pub(super) fn texts(arguments: &mut Arguments<'_>, index: usize) -> Result<Vec<Value>, Failure> {
    let mut texts = Vec::new();
    for item in items(arguments.value(index))
        .iter()
        .filter(|item| !matches!(item, Value::Nil))
    {
        texts.push(Value::Text(arguments.printed(item)?));
    }
    Ok(texts)
}

fn to_strings(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let texts = texts(arguments, 0)?;
    arguments.give_list(texts)
}

fn to_string(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    if matches!(arguments.value(0), Value::Nil) {
        return Err(Failure::Missing(0));
    }
    arguments.printed(arguments.value(0)).map(Value::Text)
}

fn plural(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (one, many) = (arguments.value(0).clone(), arguments.value(1).clone());
    Ok(if arguments.int(2)? == 1 { one } else { many })
}

fn atoi(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Int(arguments.str(0)?.parse().unwrap_or(0)))
}

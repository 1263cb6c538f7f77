//! Replacing what matches.

use super::search::char_at;
use super::{Places, Program, program, search, whole};
use crate::fmt::decode;
use crate::meter::Buffer;
use crate::unicode::{is_digit, is_letter};
use crate::{Call, Failure, Value};

/// `$1`, `${name}` and `$$` in the replacement stand for groups and for `$`.
pub(super) fn replace_all<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let program = program(call)?;
    let (text, template) = (call.bytes(1)?, call.bytes(2)?);
    if !template.contains(&b'$') {
        return replace_all_literal(call);
    }
    let template = parse(template, &program);
    replace(call, &program, program.names.len(), |out, places, call| {
        for part in &template {
            let piece = match part {
                Part::Text(piece) => piece,
                Part::Groups(groups) => groups
                    .iter()
                    .find_map(|group| group_text(text, places, *group))
                    .unwrap_or_default(),
            };
            push(out, piece, call)?;
        }
        Ok(())
    })
}

pub(super) fn replace_all_literal<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let program = program(call)?;
    let replacement = call.bytes(2)?;
    replace(call, &program, 1, |out, _, call| push(out, replacement, call))
}

fn push(out: &mut Buffer, piece: &[u8], call: &mut Call<'_, '_>) -> Result<(), Failure> {
    call.meter().make(piece.len())?;
    out.push(piece);
    Ok(())
}

fn replace<'a>(
    call: &mut Call<'_, 'a>,
    program: &Program,
    groups: usize,
    mut put: impl FnMut(&mut Buffer, &Places, &mut Call<'_, 'a>) -> Result<(), Failure>,
) -> Result<Value<'a>, Failure> {
    let text = call.bytes(1)?;
    let mut search = search(call, program)?;
    let mut out = Buffer::with_capacity(text.len());
    let (mut from, mut last_end) = (0, 0);
    while from <= text.len() {
        let Some(places) = search.find(from, groups, call.meter())? else {
            break;
        };
        let (start, end) = whole(&places);
        push(&mut out, text.get(last_end..start).unwrap_or_default(), call)?;
        // An empty match right after another one is none.
        if end > last_end || start == 0 {
            put(&mut out, &places, call)?;
        }
        last_end = end;
        let (_, width) = char_at(text, from);
        from = end.max(from + width.max(1));
    }
    push(&mut out, text.get(last_end..).unwrap_or_default(), call)?;
    call.meter().make(16)?;
    Ok(Value::Str(
        call.arena().bytes(std::mem::take(&mut *out.into_zeroizing())),
    ))
}

/// A piece of a replacement.
enum Part<'t> {
    Text(&'t [u8]),
    /// The first of these groups that has a match.
    Groups(Vec<usize>),
}

fn group_text<'t>(text: &'t [u8], places: &Places, group: usize) -> Option<&'t [u8]> {
    let place = |index: usize| places.get(index).copied().flatten();
    text.get(place(group * 2)?..place(group * 2 + 1)?)
}

fn parse<'t>(mut template: &'t [u8], program: &Program) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    while let Some(at) = template.iter().position(|byte| *byte == b'$') {
        parts.push(Part::Text(template.get(..at).unwrap_or_default()));
        let after = template.get(at + 1..).unwrap_or_default();
        if let Some(rest) = after.strip_prefix(b"$") {
            parts.push(Part::Text(b"$"));
            template = rest;
        } else if let Some((name, rest)) = name_at(after) {
            parts.push(Part::Groups(groups(name, program)));
            template = rest;
        } else {
            // Not well formed: a `$` as such.
            parts.push(Part::Text(b"$"));
            template = after;
        }
    }
    parts.push(Part::Text(template));
    parts
}

/// The longest run of letters, digits and `_`, or one in braces.
fn name_at(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let braced = text.strip_prefix(b"{");
    let inner = braced.unwrap_or(text);
    let mut len = 0;
    while let Some((char, width)) = decode(inner.get(len..)?) {
        if !char.is_some_and(|char| char == '_' || is_letter(char) || is_digit(char)) {
            break;
        }
        len += width;
    }
    let (name, rest) = inner.split_at_checked(len)?;
    if name.is_empty() {
        return None;
    }
    match braced {
        Some(_) => Some((name, rest.strip_prefix(b"}")?)),
        None => Some((name, rest)),
    }
}

/// The groups of a number or name. Numbers have no leading zeros.
fn groups(name: &[u8], program: &Program) -> Vec<usize> {
    let number = name.iter().all(u8::is_ascii_digit) && (name.len() == 1 || !name.starts_with(b"0"));
    if number && name.len() <= 9 {
        let number = std::str::from_utf8(name)
            .ok()
            .and_then(|name| name.parse::<usize>().ok());
        return number.into_iter().collect();
    }
    let names = program.names.iter().enumerate();
    names
        .filter(|(_, own)| own.as_bytes() == name)
        .map(|(index, _)| index)
        .collect()
}

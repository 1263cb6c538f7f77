//! Sets of characters, and escapes.

use regex_syntax::hir::ClassUnicode;

use super::parse::{BAD_ESCAPE, TRAILING};
use super::sets::{Sets, set};
use super::tree::{Node, PatternError};

const BAD_RANGE: PatternError =
    PatternError::Wrong("is not a regular expression: a set in brackets has an invalid range or name");
const UNCLOSED: PatternError = PatternError::Wrong("is not a regular expression: a closing ] is missing");

/// `\d`, `\s`, `\w`: ASCII only.
fn perl(letter: char) -> Option<ClassUnicode> {
    Some(match letter {
        'd' => set(&[('0', '9')]),
        's' => set(&[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')]),
        'w' => set(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        _ => return None,
    })
}

/// The sets that POSIX names.
fn posix(name: &str) -> Option<ClassUnicode> {
    Some(match name {
        "alnum" => set(&[('0', '9'), ('A', 'Z'), ('a', 'z')]),
        "alpha" => set(&[('A', 'Z'), ('a', 'z')]),
        "ascii" => set(&[('\0', '\u{7f}')]),
        "blank" => set(&[('\t', '\t'), (' ', ' ')]),
        "cntrl" => set(&[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')]),
        "digit" => set(&[('0', '9')]),
        "graph" => set(&[('!', '~')]),
        "lower" => set(&[('a', 'z')]),
        "print" => set(&[(' ', '~')]),
        "punct" => set(&[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
        "space" => set(&[('\t', '\r'), (' ', ' ')]),
        "upper" => set(&[('A', 'Z')]),
        "word" => set(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        "xdigit" => set(&[('0', '9'), ('A', 'F'), ('a', 'f')]),
        _ => return None,
    })
}

type Taken<'p, T> = Result<Option<(T, &'p str)>, PatternError>;

/// `\d`, `\W`, `\pL`, `\P{Greek}` at the beginning of a text.
pub(super) fn named_escape<'p>(text: &'p str, fold: bool, sets: &mut Sets) -> Taken<'p, ClassUnicode> {
    let Some(letter) = text.strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
        return Ok(None);
    };
    if let Some(class) = perl(letter.to_ascii_lowercase()) {
        let rest = text.get(2..).unwrap_or_default();
        let class = sets.finished(class, fold, letter.is_ascii_uppercase())?;
        return Ok(Some((class, rest)));
    }
    if !matches!(letter, 'p' | 'P') {
        return Ok(None);
    }
    let rest = text.get(2..).unwrap_or_default();
    let first = rest.chars().next();
    let (name, rest) = match rest.strip_prefix('{') {
        Some(inner) => inner.split_once('}').ok_or(BAD_RANGE)?,
        None => rest
            .split_at_checked(first.map_or(0, char::len_utf8))
            .unwrap_or_default(),
    };
    let (name, negate) = match name.strip_prefix('^') {
        Some(name) => (name, letter == 'p'),
        None => (name, letter == 'P'),
    };
    let class = sets.named(name, fold)?.ok_or(BAD_RANGE)?;
    Ok(Some((sets.finished(class, false, negate)?, rest)))
}

/// A character that is written as an escape, and what follows it. It may be a surrogate.
pub(super) fn char_escape(text: &str) -> Result<(u32, &str), PatternError> {
    let rest = text.get(1..).unwrap_or_default();
    let letter = rest.chars().next().ok_or(TRAILING)?;
    let rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    let next_is_octal = rest.starts_with(|char: char| char.is_digit(8));
    let code = match letter {
        '1'..='7' if !next_is_octal => return Err(BAD_ESCAPE),
        '0'..='7' => {
            let more = rest
                .bytes()
                .take(2)
                .take_while(|byte| matches!(byte, b'0'..=b'7'))
                .count();
            let (more, rest) = rest.split_at_checked(more).unwrap_or_default();
            let code = more
                .chars()
                .fold(letter.to_digit(8).unwrap_or_default(), |code, digit| {
                    code * 8 + digit.to_digit(8).unwrap_or_default()
                });
            return Ok((code, rest));
        }
        'x' => return hex_escape(rest),
        'a' => 7,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => letter.into(),
        _ => return Err(BAD_ESCAPE),
    };
    Ok((code, rest))
}

/// `41` or `{1F600}`.
fn hex_escape(text: &str) -> Result<(u32, &str), PatternError> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(inner) => inner.split_once('}').ok_or(BAD_ESCAPE)?,
        None => text.split_at_checked(2).ok_or(BAD_ESCAPE)?,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(BAD_ESCAPE);
    }
    let digits = digits.trim_start_matches('0');
    let code = if digits.is_empty() {
        0
    } else {
        u32::from_str_radix(digits, 16).map_err(|_| BAD_ESCAPE)?
    };
    if code > u32::from(char::MAX) {
        return Err(BAD_ESCAPE);
    }
    Ok((code, rest))
}

/// `[^a-z\d[:space:]]`, and what follows it.
pub(super) fn bracketed<'p>(
    text: &'p str,
    fold: bool,
    sets: &mut Sets,
) -> Result<(Node, &'p str), PatternError> {
    let mut rest = text.get(1..).unwrap_or_default();
    let negate = rest.starts_with('^');
    if negate {
        rest = rest.get(1..).unwrap_or_default();
    }
    let mut class = ClassUnicode::empty();
    // The first character may be a closing bracket.
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some((own, after)) = posix_at(rest, fold, sets)? {
            class.union(&own);
            rest = after;
            continue;
        }
        if let Some((own, after)) = named_escape(rest, fold, sets)? {
            class.union(&own);
            rest = after;
            continue;
        }
        let (low, mut after) = class_char(rest)?;
        let mut high = low;
        if let Some(end) = after
            .strip_prefix('-')
            .filter(|end| !end.is_empty() && !end.starts_with(']'))
        {
            (high, after) = class_char(end)?;
            if high < low {
                return Err(BAD_RANGE);
            }
        }
        let own = sets.finished(range(low, high), fold, false)?;
        class.union(&own);
        rest = after;
    }
    if negate {
        class.negate();
    }
    Ok((sets.node(&class)?, rest.get(1..).unwrap_or_default()))
}

/// The characters between two numbers. Surrogates are none.
fn range(low: u32, high: u32) -> ClassUnicode {
    let low = char::from_u32(low).unwrap_or('\u{e000}');
    let high = char::from_u32(high).unwrap_or('\u{d7ff}');
    if low > high {
        return ClassUnicode::empty();
    }
    set(&[(low, high)])
}

fn class_char(text: &str) -> Result<(u32, &str), PatternError> {
    match text.chars().next() {
        None => Err(UNCLOSED),
        Some('\\') => char_escape(text),
        Some(char) => Ok((char.into(), text.get(char.len_utf8()..).unwrap_or_default())),
    }
}

/// `[:alpha:]` or `[:^alpha:]` at the beginning of a text. Without an end it is no such thing.
fn posix_at<'p>(text: &'p str, fold: bool, sets: &mut Sets) -> Taken<'p, ClassUnicode> {
    let Some(inner) = text.strip_prefix("[:") else {
        return Ok(None);
    };
    let Some((name, rest)) = inner.split_once(":]") else {
        return Ok(None);
    };
    let (name, negate) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let class = posix(name).ok_or(BAD_RANGE)?;
    Ok(Some((sets.finished(class, fold, negate)?, rest)))
}

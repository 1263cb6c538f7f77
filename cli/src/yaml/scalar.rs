//! What a scalar stands for, as `sigs.k8s.io/yaml` 1.6 has it: go-yaml 2 reads, and what it reads is written as JSON and
//! read again. `cases/yaml-scalars.tsv` holds what that library says.

use base64::Engine as _;

/// What a scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text,
}

/// A scalar that cannot be read: why, for a person.
pub(super) type Refused = &'static str;

/// The core tag, without its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// None: the text decides.
    None,
    /// `!!word`.
    Core(&'a str),
    /// `!` or `!word`: text, whatever it looks like.
    Own,
}

/// Numbers as go-yaml has them, before JSON.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Null,
    Bool(bool),
    Int(i64),
    /// Above [`i64::MAX`].
    Large(u64),
    Float(f64),
    Text,
}

/// What a scalar stands for as a value. The text is given where it is not the one that is written.
pub(super) fn value(text: &str, plain: bool, tag: Tag<'_>) -> Result<(Scalar, Option<String>), Refused> {
    let means = match word(text, plain, tag)? {
        (_, Some(decoded)) => return Ok((Scalar::Text, Some(decoded))),
        (Word::Null, None) => Scalar::Null,
        (Word::Bool(value), None) => Scalar::Bool(value),
        (Word::Int(value), None) => Scalar::Int(value),
        #[expect(
            clippy::cast_precision_loss,
            reason = "so does JSON's reader, with what does not fit"
        )]
        (Word::Large(value), None) => Scalar::Float(value as f64),
        (Word::Float(value), None) => through_json(value)?,
        (Word::Text, None) => Scalar::Text,
    };
    Ok((means, None))
}

/// What a scalar stands for as a key, which JSON has as text.
pub(super) fn key(text: &str, plain: bool, tag: Tag<'_>) -> Result<String, Refused> {
    Ok(match word(text, plain, tag)? {
        (_, Some(decoded)) => decoded,
        (Word::Text, None) => text.to_owned(),
        (Word::Bool(value), None) => value.to_string(),
        (Word::Int(value), None) => value.to_string(),
        (Word::Float(value), None) => short_float(value),
        (Word::Null, None) => return Err("a key cannot be null; put it in quotes"),
        (Word::Large(_), None) => return Err("a key cannot be a number of this size; put it in quotes"),
    })
}

fn word(text: &str, plain: bool, tag: Tag<'_>) -> Result<(Word, Option<String>), Refused> {
    let core = match tag {
        Tag::Own => return Ok((Word::Text, None)),
        Tag::None if !plain => return Ok((Word::Text, None)),
        Tag::None => return Ok((plain_word(text), None)),
        Tag::Core(core) => core,
    };
    let found = plain_word(text);
    let word = match (core, found) {
        ("str", _) => Word::Text,
        ("int", Word::Int(_) | Word::Large(_))
        | ("float", Word::Float(_))
        | ("bool", Word::Bool(_))
        | ("null", Word::Null) => found,
        #[expect(clippy::cast_precision_loss, reason = "the tag asks for it")]
        ("float", Word::Int(value)) => Word::Float(value as f64),
        #[expect(clippy::cast_precision_loss, reason = "the tag asks for it")]
        ("float", Word::Large(value)) => Word::Float(value as f64),
        ("int", _) => return Err("is not an integer, as its tag says"),
        ("float", _) => return Err("is not a number, as its tag says"),
        ("bool", _) => return Err("is not a boolean, as its tag says"),
        ("null", _) => return Err("is not null, as its tag says"),
        ("binary", _) => {
            let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(text);
            let bytes = bytes.map_err(|_| "is not base64, as its tag says")?;
            return Ok((Word::Text, Some(String::from_utf8_lossy(&bytes).into_owned())));
        }
        _ => Word::Text,
    };
    Ok((word, None))
}

fn plain_word(text: &str) -> Word {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Word::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Word::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Word::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Word::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Word::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Word::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') => float(text).map_or(Word::Text, Word::Float),
        Some(b'0'..=b'9' | b'+' | b'-') => number(&text.replace('_', "")).unwrap_or(Word::Text),
        _ => Word::Text,
    }
}

/// An integer as Go writes them in its source (`0x`, `0b`, `0o`, and `0` for octal), or a float.
fn number(text: &str) -> Option<Word> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (base, digits) = match (lower.as_deref(), digits.as_bytes()) {
        (Some("0x"), _) => (16, digits.get(2..)?),
        (Some("0b"), _) => (2, digits.get(2..)?),
        (Some("0o"), _) => (8, digits.get(2..)?),
        (_, [b'0', _, ..]) => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    // `from_str_radix` takes a sign.
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let size = all_digits
        .then(|| u64::from_str_radix(digits, base).ok())
        .flatten();
    if let Some(size) = size {
        let small = i64::try_from(size).ok();
        match (negative, small) {
            (false, Some(value)) => return Some(Word::Int(value)),
            (true, Some(value)) => return Some(Word::Int(-value)),
            (true, None) if size == i64::MIN.unsigned_abs() => return Some(Word::Int(i64::MIN)),
            // Go reads a sign for numbers of 64 bits only.
            (false, None) if !text.starts_with('+') => return Some(Word::Large(size)),
            _ => {}
        }
    }
    float(text).map(Word::Float)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, not too large.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (digits, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, Some(unsigned.get(at + 1..)?)),
        None => (unsigned, None),
    };
    let (whole, part) = match digits.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (digits, None),
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || part.is_some_and(|part| !part.is_empty());
    let exponent = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    let is_one = has_digits
        && are_digits(whole)
        && part.is_none_or(are_digits)
        && exponent.is_none_or(|text| !text.is_empty() && are_digits(text));
    let value: f64 = is_one.then(|| text.parse().ok()).flatten()?;
    value.is_finite().then_some(value)
}

/// A float as JSON writes it is an integer again where it has no fraction.
fn through_json(value: f64) -> Result<Scalar, Refused> {
    if !value.is_finite() {
        return Err("is a number that JSON does not have; put it in quotes");
    }
    // Shortest digits, and zeros up to the point, as Go's writer has them below 1e21.
    let integer = (value.abs() < 1e21)
        .then(|| value.to_string().parse().ok())
        .flatten();
    Ok(integer.map_or(Scalar::Float(value), Scalar::Int))
}

/// JSON's own numbers.
pub(super) fn json_number(text: &str) -> Option<Scalar> {
    if let Ok(value) = text.parse() {
        return Some(Scalar::Int(value));
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Scalar::Float(value))
}

/// A number as a key: the shortest digits that a number of 32 bits needs, in the form that Go's `%g` chooses.
fn short_float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "that is what is meant")]
    let value = value as f32;
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    } else {
        value.to_string()
    }
}

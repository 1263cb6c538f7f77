//! Values to JSON.

use crate::funcs::encode::base64;
use crate::funcs::math::shortest_digits;
use crate::meter::Buffer;
use crate::{Elem, Failure, List, Map, Meter, Value};

/// How it is written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// On lines of their own, indented by two spaces.
    pub(super) pretty: bool,
    /// What HTML gives a meaning is escaped.
    pub(super) html: bool,
}

/// Why nothing can be written.
enum Stop {
    /// The value has no form in JSON.
    Unsupported,
    Failure(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

struct Writer<'m, 'a> {
    out: Buffer,
    style: Style,
    meter: &'m mut Meter,
    /// The maps that the place is in, to see one that holds itself.
    within: Vec<&'a Map<'a>>,
    level: u32,
}

/// The value as JSON, paid for. Nothing where it has no such form.
///
/// # Errors
/// It nests too deeply, or bytes or steps are used up.
pub(super) fn write(value: Value<'_>, style: Style, meter: &mut Meter) -> Result<Option<Vec<u8>>, Failure> {
    let mut writer = Writer {
        out: Buffer::default(),
        style,
        meter,
        within: Vec::new(),
        level: 0,
    };
    match writer.value(value) {
        Ok(()) => Ok(Some(std::mem::take(&mut *writer.out.into_zeroizing()))),
        Err(Stop::Unsupported) => Ok(None),
        Err(Stop::Failure(failure)) => Err(failure),
    }
}

impl<'a> Writer<'_, 'a> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.meter.make(bytes.len())?;
        self.out.push(bytes);
        Ok(())
    }

    fn value(&mut self, value: Value<'a>) -> Result<(), Stop> {
        match value {
            Value::Missing | Value::Nil => self.push(b"null"),
            Value::Bool(value) => self.push(if value { b"true" } else { b"false" }),
            Value::Int(value) | Value::Int64(value) => self.push(value.to_string().as_bytes()),
            Value::Int32(value) => self.push(value.to_string().as_bytes()),
            Value::Uint8(value) => self.push(value.to_string().as_bytes()),
            Value::Uint64(value) => self.push(value.to_string().as_bytes()),
            Value::Float(value) => {
                let text = float(value).ok_or(Stop::Unsupported)?;
                self.push(text.as_bytes())
            }
            Value::Complex(..) => Err(Stop::Unsupported),
            Value::Str(text) => self.text(text),
            Value::List(list) => self.list(list),
            Value::Map(map) => self.map(map),
            Value::Object(object) => {
                let text = object.json().ok_or(Stop::Unsupported)?;
                self.push(text.as_bytes())
            }
        }
    }

    fn list(&mut self, list: &'a List<'a>) -> Result<(), Stop> {
        if list.is_nil() {
            return self.push(b"null");
        }
        if list.elem == Elem::Byte {
            return self.byte_list(list);
        }
        if list.is_empty() {
            return self.push(b"[]");
        }
        self.open(b"[")?;
        for (at, item) in list.items().iter().enumerate() {
            self.next(at)?;
            self.value(*item)?;
        }
        self.close(b"]")
    }

    fn byte_list(&mut self, list: &List<'_>) -> Result<(), Stop> {
        let bytes = list.items().iter().map(|item| match item {
            Value::Uint8(byte) => *byte,
            _ => 0,
        });
        self.meter.make(list.len() * 2 + 2)?;
        let text = base64(&bytes.collect::<Vec<_>>());
        self.out.push(b"\"");
        self.out.push(&text);
        self.out.push(b"\"");
        Ok(())
    }

    fn map(&mut self, map: &'a Map<'a>) -> Result<(), Stop> {
        if map.is_nil() {
            return self.push(b"null");
        }
        if map.is_empty() {
            return self.push(b"{}");
        }
        if self.within.iter().any(|outer| std::ptr::eq(*outer, map)) {
            return Err(Stop::Unsupported);
        }
        self.within.push(map);
        self.open(b"{")?;
        for (at, (key, value)) in map.entries().into_iter().enumerate() {
            self.next(at)?;
            self.text(key)?;
            self.push(if self.style.pretty { b": " } else { b":" })?;
            self.value(value)?;
        }
        self.within.pop();
        self.close(b"}")
    }

    fn open(&mut self, bracket: &[u8]) -> Result<(), Stop> {
        self.level += 1;
        if self.level > self.meter.depth() {
            return Err(Failure::Limit("the value is nested too deeply").into());
        }
        self.push(bracket)
    }

    /// Before each element.
    fn next(&mut self, at: usize) -> Result<(), Stop> {
        if at > 0 {
            self.push(b",")?;
        }
        self.line()
    }

    fn close(&mut self, bracket: &[u8]) -> Result<(), Stop> {
        self.level -= 1;
        self.line()?;
        self.push(bracket)
    }

    fn line(&mut self) -> Result<(), Stop> {
        if !self.style.pretty {
            return Ok(());
        }
        self.push(b"\n")?;
        for _ in 0..self.level {
            self.push(b"  ")?;
        }
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Stop> {
        // Most texts need no escapes; those that do are paid for as they grow.
        self.meter.make(text.len() + 2)?;
        self.out.push(b"\"");
        for chunk in text.utf8_chunks() {
            let valid = chunk.valid();
            let mut plain = 0;
            for (at, char) in valid.char_indices() {
                if let Some(escape) = self.escape(char) {
                    self.out.push(valid.get(plain..at).unwrap_or_default().as_bytes());
                    self.push(escape.as_bytes())?;
                    plain = at + char.len_utf8();
                }
            }
            self.out.push(valid.get(plain..).unwrap_or_default().as_bytes());
            // Go takes each byte that is not UTF-8 as one error.
            for _ in chunk.invalid() {
                self.push(b"\\ufffd")?;
            }
        }
        self.out.push(b"\"");
        Ok(())
    }

    fn escape(&self, char: char) -> Option<String> {
        Some(match char {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '<' | '>' | '&' if !self.style.html => return None,
            '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                format!("\\u{:04x}", u32::from(char))
            }
            _ => return None,
        })
    }
}

/// As JavaScript writes numbers. Nothing for those that are not finite.
fn float(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let size = value.abs();
    if size == 0.0 {
        return Some(format!("{sign}0"));
    }
    let (digits, exponent) = shortest_digits(value);
    let count = i64::try_from(digits.len()).unwrap_or_default();
    // Where the point is, counted from the first digit.
    let point = count + exponent;
    if !(1e-6..1e21).contains(&size) {
        let (first, rest) = digits.split_at_checked(1).unwrap_or_default();
        let dot = if rest.is_empty() { "" } else { "." };
        return Some(format!("{sign}{first}{dot}{rest}e{:+}", point - 1));
    }
    let places = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
    Some(if exponent >= 0 {
        format!("{sign}{digits}{}", places(exponent))
    } else if point <= 0 {
        format!("{sign}0.{}{digits}", places(-point))
    } else {
        let (whole, fraction) = digits
            .split_at_checked(usize::try_from(point).unwrap_or_default())
            .unwrap_or_default();
        format!("{sign}{whole}.{fraction}")
    })
}

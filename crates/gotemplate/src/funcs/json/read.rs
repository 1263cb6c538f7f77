//! JSON to values.

use crate::{Call, Elem, Failure, Value};

/// What was read.
pub(super) struct Read<'a> {
    /// Nil where it was no JSON.
    pub(super) value: Value<'a>,
    /// It was no JSON, or holds a number that no `float64` can.
    pub(super) failed: bool,
}

/// Why reading stopped.
enum Stop {
    Syntax,
    Failure(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

struct Reader<'t, 'c, 'k, 'a> {
    text: &'t [u8],
    at: usize,
    level: u32,
    /// A number was too large. Go reads on, and leaves nil in its place.
    range: bool,
    call: &'c mut Call<'k, 'a>,
}

/// Reads the first argument: all numbers as `float64`, of equal keys the last one.
///
/// # Errors
/// It nests too deeply, or bytes or steps are used up.
pub(super) fn read<'a>(call: &mut Call<'_, 'a>) -> Result<Read<'a>, Failure> {
    let text = call.bytes(0)?;
    let mut reader = Reader {
        text,
        at: 0,
        level: 0,
        range: false,
        call,
    };
    match reader.document() {
        Ok(value) => Ok(Read {
            value,
            failed: reader.range,
        }),
        Err(Stop::Syntax) => Ok(Read {
            value: Value::Nil,
            failed: true,
        }),
        Err(Stop::Failure(failure)) => Err(failure),
    }
}

impl<'a> Reader<'_, '_, '_, 'a> {
    fn document(&mut self) -> Result<Value<'a>, Stop> {
        let value = self.value()?;
        match self.peek() {
            None => Ok(value),
            Some(_) => Err(Stop::Syntax),
        }
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek() != Some(byte) {
            return Err(Stop::Syntax);
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self) -> Result<Value<'a>, Stop> {
        self.call.meter().step(1)?;
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            Some(b'"') => Ok(Value::Str(self.string()?)),
            Some(b't') => self.word(b"true", Value::Bool(true)),
            Some(b'f') => self.word(b"false", Value::Bool(false)),
            Some(b'n') => self.word(b"null", Value::Nil),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(Stop::Syntax),
        }
    }

    fn word(&mut self, word: &[u8], value: Value<'a>) -> Result<Value<'a>, Stop> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(Stop::Syntax);
        }
        self.at += word.len();
        Ok(value)
    }

    fn open(&mut self) -> Result<(), Stop> {
        self.at += 1;
        self.level += 1;
        if self.level > self.call.meter().depth() {
            return Err(Failure::Limit("the JSON is nested too deeply").into());
        }
        Ok(())
    }

    fn list(&mut self) -> Result<Value<'a>, Stop> {
        self.open()?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                items.push(self.value()?);
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b']') => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(Stop::Syntax),
                }
            }
        }
        self.level -= 1;
        Ok(self.call.give_list(Elem::Any, items)?)
    }

    fn object(&mut self) -> Result<Value<'a>, Stop> {
        self.open()?;
        let mut entries = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(Stop::Syntax);
                }
                let key = self.string()?;
                self.expect(b':')?;
                entries.push((key, self.value()?));
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(Stop::Syntax),
                }
            }
        }
        self.level -= 1;
        Ok(self.call.give_map(Elem::Any, entries)?)
    }

    fn digits(&mut self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn take(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        if !bytes.contains(&byte) {
            return None;
        }
        self.at += 1;
        Some(byte)
    }

    fn number(&mut self) -> Result<Value<'a>, Stop> {
        let start = self.at;
        self.take(b"-");
        if self.take(b"0").is_none() && self.digits() == 0 {
            return Err(Stop::Syntax);
        }
        if self.take(b".").is_some() && self.digits() == 0 {
            return Err(Stop::Syntax);
        }
        if self.take(b"eE").is_some() {
            self.take(b"+-");
            if self.digits() == 0 {
                return Err(Stop::Syntax);
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let value = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse::<f64>().ok())
            .ok_or(Stop::Syntax)?;
        if value.is_infinite() {
            self.range = true;
            return Ok(Value::Nil);
        }
        Ok(Value::Float(value))
    }

    /// A string. What is no UTF-8, and half a surrogate pair, becomes U+FFFD.
    fn string(&mut self) -> Result<&'a [u8], Stop> {
        self.at += 1;
        let start = self.at;
        let mut out = Vec::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain = rest
                .iter()
                .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f))
                .count();
            push_valid(&mut out, rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match rest.get(plain) {
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut out)?,
                _ => return Err(Stop::Syntax),
            }
        }
        self.call.meter().make(self.at - start + 16)?;
        self.at += 1;
        Ok(self.call.arena().bytes(out))
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Stop> {
        let byte = self.text.get(self.at + 1).ok_or(Stop::Syntax)?;
        self.at += 2;
        out.push(match byte {
            b'"' | b'\\' | b'/' => *byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let char = self.unicode()?;
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(Stop::Syntax),
        });
        Ok(())
    }

    fn unicode(&mut self) -> Result<char, Stop> {
        let first = self.hex(self.at).ok_or(Stop::Syntax)?;
        self.at += 4;
        if let Some(char) = char::from_u32(first) {
            return Ok(char);
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let second = rest.strip_prefix(b"\\u").and_then(|_| self.hex(self.at + 2));
        if let (..0xdc00, Some(second @ 0xdc00..=0xdfff)) = (first, second) {
            self.at += 6;
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at.checked_add(4)?)?;
        digits.iter().try_fold(0, |value, digit| {
            Some(value << 4 | char::from(*digit).to_digit(16)?)
        })
    }
}

/// One U+FFFD for each byte that is no UTF-8.
fn push_valid(out: &mut Vec<u8>, text: &[u8]) {
    for chunk in text.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for _ in chunk.invalid() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

//! JSON, one value or several after each other.

use super::build::{Builder, Written, unreadable};
use super::node::Style;
use super::scalar::Tag;
use super::{MAX_DEPTH, Stream, Unreadable};

pub(super) fn read(text: &str) -> Stream {
    let mut reader = Reader {
        text,
        at: 0,
        builder: Builder::default(),
    };
    let mut stream = Stream::default();
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    loop {
        reader.space();
        if reader.peek().is_none() {
            return stream;
        }
        match reader.value(0) {
            Ok(()) => stream.documents.push(reader.builder.finish()),
            Err(error) => {
                stream.error = Some(error);
                return stream;
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    builder: Builder,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes a byte if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn wrong<T>(&self, wanted: &str) -> Result<T, Unreadable> {
        let message = if self.peek().is_none() {
            format!("the text ends too early, {wanted} is expected")
        } else {
            format!("{wanted} is expected here")
        };
        Err(unreadable(self.at, &message))
    }

    /// The depth is bounded by the builder.
    fn value(&mut self, depth: usize) -> Result<(), Unreadable> {
        self.space();
        let at = self.at;
        match self.peek() {
            Some(b'{') => {
                self.builder.open_map(at, 0)?;
                self.at += 1;
                self.items(depth, b'}', true)
            }
            Some(b'[') => {
                self.builder.open_list(at, 0)?;
                self.at += 1;
                self.items(depth, b']', false)
            }
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for word in ["true", "false", "null"] {
                    if self.text.get(at..).is_some_and(|rest| rest.starts_with(word)) {
                        self.at += word.len();
                        return self.scalar(at, word, Style::Plain);
                    }
                }
                self.wrong("a value")
            }
        }
    }

    fn scalar(&mut self, at: usize, text: &str, style: Style) -> Result<(), Unreadable> {
        self.builder.scalar(Written {
            at,
            text,
            style,
            tag: Tag::None,
            anchor: 0,
        })
    }

    fn items(&mut self, depth: usize, end: u8, keys: bool) -> Result<(), Unreadable> {
        if depth > MAX_DEPTH {
            return self.wrong("less nesting");
        }
        self.space();
        if self.take(end) {
            return self.builder.close();
        }
        loop {
            if keys {
                self.space();
                if self.peek() != Some(b'"') {
                    return self.wrong("a key in double quotes");
                }
                self.string()?;
                self.space();
                if !self.take(b':') {
                    return self.wrong("a colon");
                }
            }
            self.value(depth + 1)?;
            self.space();
            if self.take(end) {
                return self.builder.close();
            }
            if !self.take(b',') {
                return self.wrong(if keys { "a comma or }" } else { "a comma or ]" });
            }
        }
    }

    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`
    fn number(&mut self) -> Result<(), Unreadable> {
        let at = self.at;
        self.take(b'-');
        let zero = self.peek() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || (zero && digits > 1) {
            return self.wrong("a number without leading zeros");
        }
        if self.take(b'.') && self.digits() == 0 {
            return self.wrong("a digit");
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return self.wrong("a digit");
            }
        }
        let text = self.text.get(at..self.at).unwrap_or_default();
        self.builder.json_number(at, text)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// The parser of serde reads what is between the quotes: escapes, surrogates and all.
    fn string(&mut self) -> Result<(), Unreadable> {
        let at = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(unreadable(at, "the text in quotes does not end")),
            }
        }
        self.at += 1;
        let written = self.text.get(at..self.at);
        let Some(text) = written.and_then(|written| serde_json::from_str::<String>(written).ok()) else {
            let message = "the text in quotes has a control character or an escape that JSON does not have";
            return Err(unreadable(at, message));
        };
        self.scalar(at, &text, Style::Double)
    }
}

//! What is wrong, and where, before the name of the template is put to it.

use crate::place::shortened;
use crate::{ParseError, ParseErrorKind, Place, Span};

/// A mistake in the source.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) kind: ParseErrorKind,
    /// What to show to a person.
    pub(super) span: Span,
    /// An offset in the line that Go names.
    pub(super) go_at: usize,
}

impl Problem {
    #[cold]
    pub(super) fn syntax(message: impl Into<String>, go: impl Into<String>) -> Box<Self> {
        Self::of(ParseErrorKind::Syntax {
            message: message.into(),
            go: go.into(),
        })
    }

    #[cold]
    pub(super) fn too_large(message: &'static str) -> Box<Self> {
        Self::of(ParseErrorKind::TooLarge(message))
    }

    #[cold]
    pub(super) fn of(kind: ParseErrorKind) -> Box<Self> {
        Box::new(Self {
            kind,
            span: Span::default(),
            go_at: 0,
        })
    }

    /// Where it is, also for Go.
    pub(super) fn at(self: Box<Self>, start: usize, end: usize) -> Box<Self> {
        self.on(Span::new(start, end)).go_at(start)
    }

    /// Where it is, for a person.
    pub(super) fn on(mut self: Box<Self>, span: Span) -> Box<Self> {
        self.span = span;
        self
    }

    /// An offset in the line that Go names.
    pub(super) fn go_at(mut self: Box<Self>, go_at: usize) -> Box<Self> {
        self.go_at = go_at;
        self
    }

    #[cold]
    pub(super) fn into_error(self, name: &str, source: &str) -> ParseError {
        ParseError {
            template: name.to_owned(),
            span: self.span,
            place: Place::of(source, self.span.start as usize),
            go_line: Place::of(source, self.go_at).line,
            kind: self.kind,
        }
    }
}

/// Go's `%q` for words of the template. Very long ones are cut.
pub(super) fn quoted(text: &str) -> String {
    let text = shortened(text);
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            _ if crate::fmt::is_printable(c) => out.push(c),
            _ if u32::from(c) < 0x80 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ if u32::from(c) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Go's `%#U`: `U+0021 '!'`.
pub(super) fn code_point(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if crate::fmt::is_printable(c) {
        format!("{code} '{c}'")
    } else {
        code
    }
}

//! Writing YAML in the layout of go-yaml 2: two spaces per level, lists at the level of their key, long lines folded
//! at a space after 80 columns.

use std::fmt::Write as _;

use zeroize::{Zeroize as _, Zeroizing};

use super::scalar::{self, Style};
use super::words::{self, Meaning};
use super::{Node, Shape, keys};
use crate::escape::{EscapeError, Escaped, refuse};

/// Text is folded at the first space after this many columns.
const WIDTH: usize = 80;
/// Longer keys are written with `?`.
const SIMPLE_KEY_BYTES: usize = 128;
/// Lists and maps within one another.
const DEPTH: usize = 128;
const INDENT: usize = 2;

/// A value as YAML, without the line break at its end.
///
/// *Guarantees*: a reader of YAML 1.1 or 1.2 gets the value back; keys are sorted; the same value gives the same text.
/// *Errors*: numbers that are not finite, and nesting deeper than 128.
pub fn to_yaml<N: Node>(value: &N) -> Result<Escaped, EscapeError> {
    let mut writer = Writer::default();
    writer.node(value, Context::Root, 0)?;
    writer.end();
    Ok(writer.out)
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    Root,
    Item,
    Value,
    SimpleKey,
}

struct Writer {
    out: Escaped,
    column: usize,
    /// Of the innermost list or map; `None` at the root.
    indent: Option<usize>,
    /// The last thing written was white space.
    whitespace: bool,
    /// Nothing but indentation and indicators stands on this line.
    indention: bool,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            out: Zeroizing::new(String::new()),
            column: 0,
            indent: None,
            whitespace: true,
            indention: true,
        }
    }
}

impl Writer {
    fn node<N: Node>(&mut self, value: &N, context: Context, depth: usize) -> Result<(), EscapeError> {
        refuse(depth > DEPTH, "YAML", "it is nested too deeply")?;
        match value.shape() {
            Shape::Null => self.word("null"),
            Shape::Bool(value) => self.word(if value { "true" } else { "false" }),
            Shape::Int(number) => self.word(&number.to_string()),
            Shape::Uint(number) => self.word(&number.to_string()),
            Shape::Float(number) => {
                refuse(!number.is_finite(), "YAML", "a number is not finite")?;
                self.word(&float(number));
            }
            Shape::Text(text) => self.text(text, context),
            Shape::List(items) if items.is_empty() => self.indicator("[]", true, false),
            Shape::Map(fields) if fields.is_empty() => self.indicator("{}", true, false),
            Shape::List(items) => self.list(&items, context, depth)?,
            Shape::Map(fields) => self.map(fields, depth)?,
        }
        Ok(())
    }

    fn list<N: Node>(&mut self, items: &[&N], context: Context, depth: usize) -> Result<(), EscapeError> {
        let outer = self.indent;
        // A list stays at the level of its key.
        let stays = context == Context::Value && !self.indention;
        self.indent = match outer {
            None => Some(0),
            Some(indent) if stays => Some(indent),
            Some(indent) => Some(indent + INDENT),
        };
        for item in items {
            self.line();
            self.indicator("-", true, true);
            self.node(*item, Context::Item, depth + 1)?;
        }
        self.indent = outer;
        Ok(())
    }

    fn map<N: Node>(&mut self, fields: Vec<(&str, &N)>, depth: usize) -> Result<(), EscapeError> {
        let outer = self.indent;
        self.indent = Some(outer.map_or(0, |indent| indent + INDENT));
        for (key, value) in keys::sort(fields) {
            self.line();
            if key.len() <= SIMPLE_KEY_BYTES && !scalar::is_multiline(key) {
                self.text(key, Context::SimpleKey);
                self.indicator(":", false, false);
            } else {
                self.indicator("?", true, true);
                self.text(key, Context::Value);
                self.line();
                self.indicator(":", true, true);
            }
            self.node(value, Context::Value, depth + 1)?;
        }
        self.indent = outer;
        Ok(())
    }

    /// The last line break, which Helm takes away again.
    fn end(&mut self) {
        if self.out.ends_with('\n') {
            self.out.pop();
        }
    }

    fn push(&mut self, c: char) {
        // A copy must not stay behind when the text grows.
        if self.out.capacity() - self.out.len() < c.len_utf8() {
            let mut larger = String::with_capacity((self.out.capacity() * 2).max(64));
            larger.push_str(&self.out);
            self.out.zeroize();
            self.out = Zeroizing::new(larger);
        }
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.push('\n');
        self.column = 0;
    }

    /// Goes to the indentation, on a new line unless it is there already.
    fn line(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.push(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, space_before: bool, indents: bool) {
        if space_before && !self.whitespace {
            self.push(' ');
        }
        text.chars().for_each(|c| self.push(c));
        self.whitespace = false;
        self.indention = self.indention && indents;
    }

    fn word(&mut self, word: &str) {
        self.indicator(word, true, false);
    }

    fn text(&mut self, text: &str, context: Context) {
        let simple_key = context == Context::SimpleKey;
        let outer = self.indent;
        // Lines of a text that goes on are indented below it.
        self.indent = Some(outer.map_or(INDENT, |indent| indent + INDENT));
        match scalar::style(text, simple_key) {
            Style::Plain if text.is_empty() => {}
            Style::Plain => self.flow(text, "", !simple_key),
            Style::SingleQuoted => self.flow(text, "'", !simple_key),
            Style::DoubleQuoted => self.double_quoted(text, !simple_key),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    /// Plain text, or text in single quotes.
    fn flow(&mut self, text: &str, quote: &str, folds: bool) {
        self.indicator(quote, true, false);
        let mut in_spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let inner = quote.is_empty() || (at > 0 && at + 1 < text.len());
            let lone = !in_spaces && chars.peek().is_none_or(|(_, next)| *next != ' ');
            if c == ' ' && folds && inner && lone && self.column > WIDTH {
                self.line();
            } else {
                if c == '\'' && !quote.is_empty() {
                    self.push(c);
                }
                self.push(c);
            }
            in_spaces = c == ' ';
            self.indention = false;
        }
        self.indicator(quote, false, false);
    }

    fn double_quoted(&mut self, text: &str, folds: bool) {
        self.indicator("\"", true, false);
        let mut in_spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == ' ' && folds && !in_spaces && self.column > WIDTH && at > 0 && at + 1 < text.len() {
                self.line();
                if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                    self.push('\\');
                }
            } else if c == '"' || c == '\\' || c == '\n' || !scalar::is_printable(c) {
                escape(c, |c| self.push(c));
            } else {
                self.push(c);
            }
            in_spaces = c == ' ';
        }
        self.indicator("\"", false, false);
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false);
        if text.starts_with([' ', '\n']) {
            self.indicator("2", false, false);
        }
        if !text.ends_with('\n') {
            self.indicator("-", false, false);
        } else if text == "\n" || text.ends_with("\n\n") {
            self.indicator("+", false, false);
        }
        self.line_break();
        self.indention = true;
        self.whitespace = true;
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.line();
            }
            for c in line.trim_end_matches('\n').chars() {
                self.push(c);
                self.indention = false;
            }
            if line.ends_with('\n') {
                self.line_break();
                self.indention = true;
            }
        }
    }
}

fn escape(c: char, mut push: impl FnMut(char)) {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => 'x',
    };
    push('\\');
    if short != 'x' {
        push(short);
        return;
    }
    let (kind, digits) = match u32::from(c) {
        0..=0xff => ('x', 2),
        0x100..=0xffff => ('u', 4),
        _ => ('U', 8),
    };
    push(kind);
    for place in (0..digits).rev() {
        let digit = char::from_digit((u32::from(c) >> (4 * place)) & 15, 16);
        push(digit.unwrap_or('0').to_ascii_uppercase());
    }
}

/// A float as Go writes it after a way through JSON: whole ones lose their point.
fn float(number: f64) -> String {
    let magnitude = number.abs();
    if number == 0.0 {
        return "0".to_owned();
    }
    // JSON spells these out, and YAML reads them as integers if they fit.
    if (1e-6..1e21).contains(&magnitude) {
        match words::meaning(&format!("{number}")) {
            Meaning::Int(number) => return number.to_string(),
            Meaning::Uint(number) => return number.to_string(),
            _ => {}
        }
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let mut out = digits.to_owned();
    let written = write!(out, "e{sign}{:02}", exponent.abs());
    debug_assert!(written.is_ok(), "a String takes all text");
    out
}

//! Go's syntax of regular expressions.

use super::class;
use super::sets::Sets;
use super::tree::{Assertion, Node, Parsed, PatternError};

/// How deep groups may be in one another. Go allows a thousand.
const MAX_DEPTH: usize = 200;
/// How many repetitions may be directly in one another, as in `(?:(?:a*)*)*`.
const MAX_STACKED: usize = 4;
/// How often a thing may be repeated, as in Go.
const MAX_REPEAT: u32 = 1000;

const BAD_UTF8: PatternError = PatternError::Wrong("is not a regular expression: it is not UTF-8");
const NO_ARGUMENT: PatternError =
    PatternError::Wrong("is not a regular expression: there is nothing to repeat before a repetition");
const STACKED: PatternError =
    PatternError::Wrong("is not a regular expression: a repetition follows another one");
const REPEAT_SIZE: PatternError =
    PatternError::Wrong("is not a regular expression: a repetition has a wrong or too large count");
const UNCLOSED: PatternError = PatternError::Wrong("is not a regular expression: a closing ) is missing");
const UNOPENED: PatternError = PatternError::Wrong("is not a regular expression: a ) has no opening (");
const BAD_GROUP: PatternError =
    PatternError::Wrong("is not a regular expression: what follows (? is not supported");
const BAD_NAME: PatternError =
    PatternError::Wrong("is not a regular expression: a group has an invalid name");
pub(super) const BAD_ESCAPE: PatternError =
    PatternError::Wrong("is not a regular expression: it has an invalid escape");
pub(super) const TRAILING: PatternError =
    PatternError::Wrong("is not a regular expression: it ends with a backslash");

/// What flags change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    /// `i`
    pub(super) fold: bool,
    /// `m`
    lines: bool,
    /// `s`
    dot_all: bool,
    /// `U`
    lazy: bool,
}

/// A group that is open.
#[derive(Default)]
struct Group {
    /// The flags around it.
    flags: Flags,
    capture: Option<usize>,
    /// What stands before the last `|`.
    branches: Vec<Node>,
    /// What stands after it.
    items: Vec<Node>,
}

impl Group {
    fn close(mut self) -> Node {
        let last = concat(self.items);
        if self.branches.is_empty() {
            return last;
        }
        self.branches.push(last);
        Node::Either(self.branches)
    }
}

fn concat(mut items: Vec<Node>) -> Node {
    match items.len() {
        0 => Node::Empty,
        1 => items.pop().unwrap_or(Node::Empty),
        _ => Node::Concat(items),
    }
}

struct Parser<'p, 's> {
    rest: &'p str,
    sets: &'s mut Sets,
    flags: Flags,
    open: Vec<Group>,
    group: Group,
    names: Vec<String>,
    /// The last thing was a repetition.
    repeated: bool,
}

/// Parses a regular expression.
///
/// # Errors
/// It is none, or nests more deeply than can be handled.
pub(super) fn parse(pattern: &[u8], sets: &mut Sets) -> Result<Parsed, PatternError> {
    let mut parser = Parser {
        rest: std::str::from_utf8(pattern).map_err(|_| BAD_UTF8)?,
        sets,
        flags: Flags::default(),
        open: Vec::new(),
        group: Group::default(),
        names: vec![String::new()],
        repeated: false,
    };
    while let Some(first) = parser.rest.chars().next() {
        parser.repeated = parser.item(first)?;
    }
    if !parser.open.is_empty() {
        return Err(UNCLOSED);
    }
    Ok(Parsed {
        node: parser.group.close(),
        names: parser.names,
    })
}

impl Parser<'_, '_> {
    fn push(&mut self, node: Node) {
        self.group.items.push(node);
    }

    fn literal(&mut self, char: char) -> Result<(), PatternError> {
        let node = self.sets.literal(char, self.flags.fold)?;
        self.push(node);
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Reads one thing; whether it was a repetition.
    fn item(&mut self, first: char) -> Result<bool, PatternError> {
        let assertions = match first {
            '^' if self.flags.lines => Some(Assertion::LineStart),
            '^' => Some(Assertion::TextStart),
            '$' if self.flags.lines => Some(Assertion::LineEnd),
            '$' => Some(Assertion::TextEnd),
            _ => None,
        };
        match first {
            '(' if self.rest.starts_with("(?") => self.special_group()?,
            '(' => {
                self.skip(1);
                self.capture("")?;
            }
            '|' => {
                self.skip(1);
                let items = std::mem::take(&mut self.group.items);
                self.group.branches.push(concat(items));
            }
            ')' => {
                self.skip(1);
                self.close()?;
            }
            '^' | '$' => {
                self.skip(1);
                self.group.items.extend(assertions.map(Node::Assert));
            }
            '.' => {
                self.skip(1);
                self.push(if self.flags.dot_all {
                    Node::Any
                } else {
                    Node::AnyInLine
                });
            }
            '[' => {
                let (node, rest) = class::bracketed(self.rest, self.flags.fold, self.sets)?;
                self.push(node);
                self.rest = rest;
            }
            '*' | '+' | '?' => {
                self.skip(1);
                let (min, max) = match first {
                    '*' => (0, None),
                    '+' => (1, None),
                    _ => (0, Some(1)),
                };
                self.repeat(min, max, false)?;
                return Ok(true);
            }
            '{' => return self.counted(),
            '\\' => self.escape()?,
            _ => {
                self.skip(first.len_utf8());
                self.literal(first)?;
            }
        }
        Ok(false)
    }

    fn enter(&mut self, capture: Option<usize>) -> Result<(), PatternError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(PatternError::TooLarge);
        }
        let group = Group {
            flags: self.flags,
            capture,
            ..Group::default()
        };
        self.open.push(std::mem::replace(&mut self.group, group));
        Ok(())
    }

    fn capture(&mut self, name: &str) -> Result<(), PatternError> {
        let index = self.names.len();
        self.names.push(name.to_owned());
        self.enter(Some(index))
    }

    fn close(&mut self) -> Result<(), PatternError> {
        let outer = self.open.pop().ok_or(UNOPENED)?;
        let group = std::mem::replace(&mut self.group, outer);
        self.flags = group.flags;
        let capture = group.capture;
        let node = group.close();
        self.push(match capture {
            Some(index) => Node::Capture(index, Box::new(node)),
            None => node,
        });
        Ok(())
    }

    /// `(?i)`, `(?i:`, `(?P<name>`, `(?<name>`.
    fn special_group(&mut self) -> Result<(), PatternError> {
        let named = ["(?P<", "(?<"]
            .into_iter()
            .find_map(|start| self.rest.strip_prefix(start))
            .filter(|rest| !rest.is_empty());
        if let Some(rest) = named {
            let (name, rest) = rest.split_once('>').ok_or(BAD_NAME)?;
            let fits = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
            if name.is_empty() || !name.bytes().all(fits) {
                return Err(BAD_NAME);
            }
            self.rest = rest;
            return self.capture(name);
        }
        self.skip(2);
        let mut flags = self.flags;
        let (mut value, mut seen) = (true, false);
        loop {
            let char = self.rest.chars().next().ok_or(BAD_GROUP)?;
            self.skip(char.len_utf8());
            match char {
                'i' => flags.fold = value,
                'm' => flags.lines = value,
                's' => flags.dot_all = value,
                'U' => flags.lazy = value,
                '-' if value => {
                    (value, seen) = (false, false);
                    continue;
                }
                ':' | ')' if value || seen => {
                    if char == ':' {
                        self.enter(None)?;
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => return Err(BAD_GROUP),
            }
            seen = true;
        }
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else is a brace.
    fn counted(&mut self) -> Result<bool, PatternError> {
        let Some((min, max, len)) = counts(self.rest) else {
            self.skip(1);
            self.literal('{')?;
            return Ok(false);
        };
        if min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || max < min) {
            return Err(REPEAT_SIZE);
        }
        self.skip(len);
        self.repeat(min, max, true)?;
        Ok(true)
    }

    fn repeat(&mut self, min: u32, max: Option<u32>, counted: bool) -> Result<(), PatternError> {
        let mut greedy = !self.flags.lazy;
        if self.rest.starts_with('?') {
            self.skip(1);
            greedy = !greedy;
        }
        if self.repeated {
            return Err(STACKED);
        }
        let node = self.group.items.pop().ok_or(NO_ARGUMENT)?;
        if node.repetitions() >= MAX_STACKED {
            return Err(PatternError::TooLarge);
        }
        let node = Node::Repeat {
            node: Box::new(node),
            min,
            max,
            greedy,
        };
        if counted && (min >= 2 || max.is_some_and(|max| max >= 2)) && !node.repeats_at_most(MAX_REPEAT) {
            return Err(REPEAT_SIZE);
        }
        self.push(node);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), PatternError> {
        let rest = self.rest.get(1..).unwrap_or_default();
        let assertion = match rest.chars().next() {
            Some('A') => Assertion::TextStart,
            Some('z') => Assertion::TextEnd,
            Some('b') => Assertion::WordBoundary,
            Some('B') => Assertion::NoWordBoundary,
            Some('Q') => {
                self.skip(2);
                return self.quoted();
            }
            _ => return self.escaped(),
        };
        self.skip(2);
        self.push(Node::Assert(assertion));
        Ok(())
    }

    /// Up to `\E` all stands for itself.
    fn quoted(&mut self) -> Result<(), PatternError> {
        let (text, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        for char in text.chars() {
            self.literal(char)?;
        }
        self.rest = rest;
        Ok(())
    }

    fn escaped(&mut self) -> Result<(), PatternError> {
        if let Some((set, rest)) = class::named_escape(self.rest, self.flags.fold, self.sets)? {
            let node = self.sets.node(&set)?;
            self.push(node);
            self.rest = rest;
            return Ok(());
        }
        let (code, rest) = class::char_escape(self.rest)?;
        match char::from_u32(code) {
            Some(char) => self.literal(char)?,
            // A surrogate is a number that no character of a text has.
            None => self.push(Node::Class(Vec::new())),
        }
        self.rest = rest;
        Ok(())
    }
}

/// The counts of a repetition and its length. Numbers too large for any use are as large as there are.
fn counts(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let inner = text.strip_prefix('{')?;
    let (min, rest) = count(inner)?;
    let (max, rest) = match rest.strip_prefix(',') {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => {
            let (max, rest) = count(rest)?;
            (Some(max), rest)
        }
    };
    let rest = rest.strip_prefix('}')?;
    Some((min, max, text.len() - rest.len()))
}

/// Digits without leading zeros.
fn count(text: &str) -> Option<(u32, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(len)?;
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}

//! Text of a template to tokens, one at a time.

use super::letters::{is_alphanumeric, is_space};
use super::problem::{Problem, code_point, quoted};
use super::token::{Kind, Token};
use crate::Span;

const LEFT_COMMENT: &[u8] = b"/*";
const RIGHT_COMMENT: &[u8] = b"*/";
/// A trim marker is a minus and a space.
const MARKER: usize = 2;

/// Reads tokens. After an error there is nothing but the end.
pub(super) struct Lexer<'s> {
    source: &'s str,
    bytes: &'s [u8],
    left: &'s [u8],
    right: &'s [u8],
    /// `break` and `continue` are keywords, and not functions that somebody brought.
    pub(super) break_is_keyword: bool,
    pub(super) continue_is_keyword: bool,
    pos: usize,
    /// Between two delimiters.
    inside: bool,
    /// Where the action begins that is being read.
    action: usize,
    /// Where parentheses open that are not closed yet.
    parens: Vec<usize>,
    failed: bool,
    problem: Option<Box<Problem>>,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str, left: &'s str, right: &'s str) -> Self {
        let or = |own: &'s str, usual: &'static str| if own.is_empty() { usual } else { own }.as_bytes();
        Self {
            source,
            bytes: source.as_bytes(),
            left: or(left, "{{"),
            right: or(right, "}}"),
            break_is_keyword: true,
            continue_is_keyword: true,
            pos: 0,
            inside: false,
            action: 0,
            parens: Vec::new(),
            failed: false,
            problem: None,
        }
    }

    /// Why the last token is an error.
    pub(super) fn take_problem(&mut self) -> Option<Box<Problem>> {
        self.problem.take()
    }

    pub(super) fn next(&mut self) -> Token {
        if self.failed {
            return self.token(Kind::Eof, self.pos);
        }
        if self.inside {
            self.inside()
        } else {
            self.outside()
        }
    }

    fn rest(&self, at: usize) -> &'s [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        match self.bytes.get(self.pos) {
            None => None,
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            Some(_) => self.source.get(self.pos..).and_then(|rest| rest.chars().next()),
        }
    }

    fn skip(&mut self, c: char) {
        self.pos += c.len_utf8();
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        Token {
            kind,
            start,
            end: self.pos,
        }
    }

    /// An error where Go sees it: at the start of its token.
    #[cold]
    fn error(&mut self, start: usize, problem: Box<Problem>) -> Token {
        self.failed = true;
        let token = self.token(Kind::Error, start);
        self.problem = Some(problem.go_at(start));
        token
    }

    /// Text, up to the next action or the end. Comments are passed over.
    fn outside(&mut self) -> Token {
        loop {
            let start = self.pos;
            let Some(before) = find(self.rest(start), self.left) else {
                self.pos = self.bytes.len();
                let kind = if self.pos > start { Kind::Text } else { Kind::Eof };
                return self.token(kind, start);
            };
            self.pos = start + before;
            let text = self.bytes.get(start..self.pos).unwrap_or_default();
            let trimmed = if self.marks_left(self.pos + self.left.len()) {
                text.len() - text.iter().rev().take_while(|byte| is_space(**byte)).count()
            } else {
                text.len()
            };
            if trimmed > 0 {
                return Token {
                    kind: Kind::Text,
                    start,
                    end: start + trimmed,
                };
            }
            if let Some(token) = self.left_delim() {
                return token;
            }
        }
    }

    /// A minus and a space, as behind a left delimiter.
    fn marks_left(&self, at: usize) -> bool {
        matches!(self.rest(at), [b'-', space, ..] if is_space(*space))
    }

    /// A space and a minus, as before a right delimiter.
    fn marks_right(&self, at: usize) -> bool {
        matches!(self.rest(at), [space, b'-', ..] if is_space(*space))
    }

    /// Whether a right delimiter stands here, with the length of its trim marker.
    fn right_delim_here(&self, at: usize) -> Option<usize> {
        if self.marks_right(at) && self.rest(at + MARKER).starts_with(self.right) {
            Some(MARKER)
        } else {
            self.rest(at).starts_with(self.right).then_some(0)
        }
    }

    /// Nothing where it opens a comment, which is passed over.
    fn left_delim(&mut self) -> Option<Token> {
        self.action = self.pos;
        self.pos += self.left.len();
        let end = self.pos;
        if self.marks_left(self.pos) {
            self.pos += MARKER;
        }
        if self.rest(self.pos).starts_with(LEFT_COMMENT) {
            return self.comment();
        }
        self.inside = true;
        self.parens.clear();
        Some(Token {
            kind: Kind::LeftDelim,
            start: self.action,
            end,
        })
    }

    fn comment(&mut self) -> Option<Token> {
        let start = self.pos;
        let Some(length) = find(self.rest(start + LEFT_COMMENT.len()), RIGHT_COMMENT) else {
            let problem = Problem::syntax("the comment is not closed; close it with */", "unclosed comment");
            return Some(self.error(start, problem.on(Span::new(start, start + LEFT_COMMENT.len()))));
        };
        let end = start + LEFT_COMMENT.len() + length + RIGHT_COMMENT.len();
        let Some(marker) = self.right_delim_here(end) else {
            let message = "a comment must be alone in its action, and end right before the closing delimiter";
            let problem = Problem::syntax(message, "comment ends before closing delimiter");
            return Some(self.error(start, problem.on(Span::new(start, end))));
        };
        self.pos = end + marker + self.right.len();
        if marker > 0 {
            self.skip_spaces();
        }
        None
    }

    fn skip_spaces(&mut self) {
        self.pos += self
            .rest(self.pos)
            .iter()
            .take_while(|byte| is_space(**byte))
            .count();
    }

    fn right_delim(&mut self, marker: usize) -> Token {
        self.pos += marker;
        let start = self.pos;
        self.pos += self.right.len();
        let token = self.token(Kind::RightDelim, start);
        if marker > 0 {
            self.skip_spaces();
        }
        self.inside = false;
        token
    }

    /// One token between two delimiters.
    fn inside(&mut self) -> Token {
        let start = self.pos;
        if let Some(marker) = self.right_delim_here(start) {
            return match self.parens.last().copied() {
                None => self.right_delim(marker),
                Some(open) => {
                    let problem = Problem::syntax("the parenthesis is not closed", "unclosed left paren");
                    self.error(start, problem.on(Span::new(open, open + 1)))
                }
            };
        }
        let Some(c) = self.peek() else {
            return self.unclosed(start);
        };
        let next = self.bytes.get(start + 1);
        match c {
            ' ' | '\t' | '\r' | '\n' => self.space(),
            '+' | '-' | '0'..='9' => self.number(),
            // The last byte of the source cannot be a field, and Go reads it as a number.
            '.' if next.is_none_or(u8::is_ascii_digit) => self.number(),
            c if is_alphanumeric(c) => self.identifier(),
            c => {
                self.skip(c);
                self.sign(start, c)
            }
        }
    }

    /// A token that begins with a sign, which is read.
    fn sign(&mut self, start: usize, c: char) -> Token {
        match c {
            '=' => self.token(Kind::Assign, start),
            ':' => self.declare(start),
            '|' => self.token(Kind::Pipe, start),
            '"' => self.quoted(start, '"', Kind::String),
            '\'' => self.quoted(start, '\'', Kind::CharConstant),
            '`' => self.raw_string(start),
            '$' => self.field_or_variable(start, Kind::Variable),
            '.' => self.field_or_variable(start, Kind::Field),
            '(' => {
                self.parens.push(start);
                self.token(Kind::LeftParen, start)
            }
            ')' => self.right_paren(start),
            ' '..='~' => self.token(Kind::Char, start),
            _ => {
                let point = code_point(c);
                let message = format!("the character {point} does not belong into an action");
                let go = format!("unrecognized character in action: {point}");
                self.error(
                    start,
                    Problem::syntax(message, go).at(start, start + c.len_utf8()),
                )
            }
        }
    }

    #[cold]
    fn unclosed(&mut self, start: usize) -> Token {
        let message = format!(
            "the action is not closed; close it with {}",
            String::from_utf8_lossy(self.right)
        );
        let opening = Span::new(self.action, self.action + self.left.len());
        self.error(start, Problem::syntax(message, "unclosed action").on(opening))
    }

    fn declare(&mut self, start: usize) -> Token {
        if self.peek() == Some('=') {
            self.pos += 1;
            return self.token(Kind::Declare, start);
        }
        let problem = Problem::syntax("a colon must be followed by =, as in $x := 1", "expected :=");
        self.error(start, problem.at(start, start + 1))
    }

    fn right_paren(&mut self, start: usize) -> Token {
        if self.parens.pop().is_some() {
            return self.token(Kind::RightParen, start);
        }
        let problem = Problem::syntax("there is no parenthesis to close", "unexpected right paren");
        self.error(start, problem.at(start, start + 1))
    }

    /// White space. The last space may belong to a trim marker.
    fn space(&mut self) -> Token {
        let start = self.pos;
        self.skip_spaces();
        let last = self.pos - 1;
        if self.marks_right(last) && self.rest(last + MARKER).starts_with(self.right) {
            self.pos = last;
            if last == start {
                return self.right_delim(MARKER);
            }
        }
        self.token(Kind::Space, start)
    }

    fn skip_name(&mut self) {
        while let Some(c) = self.peek().filter(|c| is_alphanumeric(*c)) {
            self.skip(c);
        }
    }

    /// Whether something stands here that may follow a name.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest(self.pos).starts_with(self.right),
        }
    }

    #[cold]
    fn bad_character(&mut self, start: usize) -> Token {
        // Go names the end of the source as if it were a character.
        let c = self.peek().unwrap_or(char::REPLACEMENT_CHARACTER);
        let point = code_point(c);
        let message = format!("the character {point} cannot follow a name; put a space between them");
        let problem = Problem::syntax(message, format!("bad character {point}"));
        self.error(start, problem.on(Span::new(self.pos, self.pos + c.len_utf8())))
    }

    fn identifier(&mut self) -> Token {
        let start = self.pos;
        self.skip_name();
        if !self.at_terminator() {
            return self.bad_character(start);
        }
        let word = self.source.get(start..self.pos).unwrap_or_default();
        let kind = match Kind::keyword(word) {
            Some(Kind::Break) if !self.break_is_keyword => Kind::Identifier,
            Some(Kind::Continue) if !self.continue_is_keyword => Kind::Identifier,
            Some(keyword) => keyword,
            None if word == "true" || word == "false" => Kind::Bool,
            None => Kind::Identifier,
        };
        self.token(kind, start)
    }

    /// `.name` or `$name`, behind its sign.
    fn field_or_variable(&mut self, start: usize, kind: Kind) -> Token {
        if self.at_terminator() {
            let alone = if kind == Kind::Variable { kind } else { Kind::Dot };
            return self.token(alone, start);
        }
        self.skip_name();
        if self.at_terminator() {
            self.token(kind, start)
        } else {
            self.bad_character(start)
        }
    }

    /// A string or a character, behind its first quote. What is in it is looked at by the parser.
    fn quoted(&mut self, start: usize, quote: char, kind: Kind) -> Token {
        loop {
            let c = self.peek();
            self.pos += c.map_or(0, char::len_utf8);
            match c {
                Some('\\') if self.peek().is_some_and(|c| c != '\n') => {
                    self.pos += self.peek().map_or(0, char::len_utf8);
                }
                None | Some('\n' | '\\') => return self.unterminated(start, kind),
                Some(c) if c == quote => return self.token(kind, start),
                Some(_) => {}
            }
        }
    }

    #[cold]
    fn unterminated(&mut self, start: usize, kind: Kind) -> Token {
        let (message, go) = match kind {
            Kind::CharConstant => (
                "the character is not closed; close it with ' on its line, or use \"…\" for text",
                "unterminated character constant",
            ),
            Kind::RawString => (
                "the string is not closed; close it with `",
                "unterminated raw quoted string",
            ),
            _ => (
                "the string is not closed; a string in quotes ends on its line",
                "unterminated quoted string",
            ),
        };
        self.error(start, Problem::syntax(message, go).at(start, start + 1))
    }

    fn raw_string(&mut self, start: usize) -> Token {
        match self.rest(self.pos).iter().position(|byte| *byte == b'`') {
            Some(length) => {
                self.pos += length + 1;
                self.token(Kind::RawString, start)
            }
            None => self.unterminated(start, Kind::RawString),
        }
    }

    /// What looks like a number. Whether it is one is for the parser to say.
    fn number(&mut self) -> Token {
        let start = self.pos;
        if !self.scan_number() {
            return self.bad_number(start);
        }
        if !matches!(self.peek(), Some('+' | '-')) {
            return self.token(Kind::Number, start);
        }
        if !self.scan_number() || self.bytes.get(self.pos - 1) != Some(&b'i') {
            return self.bad_number(start);
        }
        self.token(Kind::Complex, start)
    }

    #[cold]
    fn bad_number(&mut self, start: usize) -> Token {
        let text = quoted(self.source.get(start..self.pos).unwrap_or_default());
        let problem = Problem::syntax(
            format!("{text} is no number"),
            format!("bad number syntax: {text}"),
        );
        self.error(start, problem.at(start, self.pos))
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let found = self.bytes.get(self.pos).is_some_and(|byte| valid.contains(byte));
        self.pos += usize::from(found);
        found
    }

    fn accept_run(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }

    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let (mut digits, mut exponent): (&[u8], &[u8]) = (b"0123456789_", b"eE");
        if self.accept(b"0") {
            if self.accept(b"xX") {
                (digits, exponent) = (b"0123456789abcdefABCDEF_", b"pP");
            } else if self.accept(b"oO") {
                (digits, exponent) = (b"01234567_", b"");
            } else if self.accept(b"bB") {
                (digits, exponent) = (b"01_", b"");
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        match self.peek().filter(|c| is_alphanumeric(*c)) {
            Some(c) => {
                self.skip(c);
                false
            }
            None => true,
        }
    }
}

/// Where `what` first stands.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == first)?;
        if bytes.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

//! Cuts a template into words, as Tera does. Tera keeps its own words to itself, and the static checks need them.

use super::Problem;

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// Text outside of tags.
    Content,
    /// `{{`
    PrintStart,
    /// `}}`
    PrintEnd,
    /// `{%`
    TagStart,
    /// `%}`
    TagEnd,
    /// A name or a keyword.
    Ident(&'a str),
    /// A string without its quotes and escapes.
    Text(String),
    /// An integer, which may be the key of a map.
    Integer,
    Float,
    Bool,
    /// Everything else.
    Op(&'static str),
}

/// A word and the bytes where it stands.
#[derive(Clone, Debug)]
pub(super) struct Lexed<'a> {
    pub(super) token: Token<'a>,
    pub(super) at: usize,
    pub(super) end: usize,
}

/// Longer operators first.
const OPERATORS: [&str; 31] = [
    "...", "//", "**", "==", "!=", ">=", "<=", "</", "?.", "?[", "+", "-", "*", "/", "%", "!", ".", ",", ":",
    "~", "|", "=", ">", "<", "(", ")", "[", "]", "{", "}", "@",
];

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: Vec<Lexed<'a>>,
}

/// The words of a template.
///
/// *Errors*: a comment, raw block or string without its end, a number that is too large, a stray character.
pub(super) fn lex(text: &str) -> Result<Vec<Lexed<'_>>, Problem> {
    let mut lexer = Lexer {
        text,
        at: 0,
        out: Vec::new(),
    };
    while lexer.at < text.len() {
        lexer.outside()?;
    }
    Ok(lexer.out)
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, token: Token<'a>, length: usize) {
        self.out.push(Lexed {
            token,
            at: self.at,
            end: self.at + length,
        });
        self.at += length;
    }

    /// Text, a comment, a raw block, or the whole of a tag.
    fn outside(&mut self) -> Result<(), Problem> {
        let rest = self.rest();
        let dash = |length: usize| length + usize::from(rest.as_bytes().get(length) == Some(&b'-'));
        if rest.starts_with("{{") {
            self.push(Token::PrintStart, dash(2));
            return self.inside("}}", Token::PrintEnd);
        }
        if rest.starts_with("{#") {
            let start = dash(2);
            let Some(end) = rest.get(start..).and_then(|rest| rest.find("#}")) else {
                return Err(Problem::syntax(
                    self.at,
                    "the comment has no end; close it with `#}`",
                ));
            };
            self.at += start + end + 2;
            return Ok(());
        }
        if rest.starts_with("{%") {
            let start = dash(2);
            let inner = rest.get(start..).unwrap_or_default();
            if let Some(body) = tag_named(inner, "raw") {
                return self.raw(start + body);
            }
            self.push(Token::TagStart, start);
            return self.inside("%}", Token::TagEnd);
        }
        let next = ["{{", "{%", "{#"].iter().filter_map(|mark| rest.find(mark)).min();
        self.push(Token::Content, next.unwrap_or(rest.len()));
        Ok(())
    }

    /// Everything up to `{% endraw %}` is text.
    fn raw(&mut self, body: usize) -> Result<(), Problem> {
        let rest = self.rest();
        let mut from = body;
        while let Some(found) = rest.get(from..).and_then(|rest| rest.find("{%")) {
            from += found + 2;
            if let Some(end) = tag_named(rest.get(from..).unwrap_or_default(), "endraw") {
                self.push(Token::Content, from + end);
                return Ok(());
            }
        }
        Err(Problem::syntax(
            self.at,
            "the raw block has no end; close it with {% endraw %}",
        ))
    }

    /// The words of a tag, with its end.
    fn inside(&mut self, close: &str, end: Token<'a>) -> Result<(), Problem> {
        loop {
            let rest = self.rest();
            let blank = rest.bytes().take_while(u8::is_ascii_whitespace).count();
            self.at += blank;
            let rest = self.rest();
            if rest.is_empty() {
                // What is missing is told by the parser, which knows what was begun.
                return Ok(());
            }
            let dash = usize::from(rest.starts_with('-'));
            if rest.get(dash..).is_some_and(|rest| rest.starts_with(close)) {
                self.push(end, dash + close.len());
                return Ok(());
            }
            self.word(rest)?;
        }
    }

    fn word(&mut self, rest: &'a str) -> Result<(), Problem> {
        if let Some(op) = OPERATORS.iter().find(|op| rest.starts_with(**op)) {
            self.push(Token::Op(op), op.len());
            return Ok(());
        }
        match rest.as_bytes().first() {
            Some(quote @ (b'\'' | b'"' | b'`')) => self.string(rest, char::from(*quote)),
            Some(c) if c.is_ascii_digit() => self.number(rest),
            Some(c) if c.is_ascii_alphabetic() || *c == b'_' => {
                let length = rest
                    .bytes()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == b'_')
                    .count();
                let name = rest.get(..length).unwrap_or_default();
                let token = match name {
                    "true" | "True" | "false" | "False" => Token::Bool,
                    _ => Token::Ident(name),
                };
                self.push(token, length);
                Ok(())
            }
            _ => Err(Problem::syntax(self.at, "this character has no meaning in a tag")),
        }
    }

    fn string(&mut self, rest: &'a str, quote: char) -> Result<(), Problem> {
        let mut value = String::new();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.push(Token::Text(value), at + 1);
                    return Ok(());
                }
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some(c @ ('"' | '\'' | '/' | '\\')) => value.push(c),
                    Some('n') => value.push('\n'),
                    Some('t') => value.push('\t'),
                    Some('r') => value.push('\r'),
                    _ => {
                        let message = r#"after a backslash, only \" \' \/ \\ \n \t \r have a meaning"#;
                        return Err(Problem::syntax(self.at + at, message));
                    }
                },
                c => value.push(c),
            }
        }
        Err(Problem::syntax(
            self.at,
            format!("the string has no closing {quote}"),
        ))
    }

    fn number(&mut self, rest: &'a str) -> Result<(), Problem> {
        let mut point = false;
        let digits = rest.bytes().take_while(|c| {
            let first = *c == b'.' && !point;
            point |= first;
            first || c.is_ascii_digit()
        });
        let length = digits.count();
        if !point
            && rest
                .get(..length)
                .is_none_or(|digits| digits.parse::<i64>().is_err())
        {
            return Err(Problem::syntax(self.at, "the number is too large"));
        }
        self.push(if point { Token::Float } else { Token::Integer }, length);
        Ok(())
    }
}

/// How long the rest of a tag is that holds nothing but this name.
fn tag_named(inner: &str, name: &str) -> Option<usize> {
    let blank = |text: &str| text.bytes().take_while(u8::is_ascii_whitespace).count();
    let mut rest = inner.strip_prefix('-').unwrap_or(inner);
    rest = rest.get(blank(rest)..)?.strip_prefix(name)?;
    rest = rest.get(blank(rest)..)?;
    rest = rest.strip_prefix('-').unwrap_or(rest).strip_prefix("%}")?;
    Some(inner.len() - rest.len())
}

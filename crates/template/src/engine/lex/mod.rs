//! Text of a template to tokens, with Go's rules for trim markers, comments, strings and numbers.

mod quote;

use quote::{quoted_length, unquote};

use super::{Problem, number};
use crate::source::Delims;

/// One token. Text pieces have their trim markers applied.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Text(String),
    Open,
    Close,
    Word(String),
    /// `.name`, without the dot.
    Field(String),
    /// `$name`, with the dollar.
    Variable(String),
    Dot,
    Quoted(Vec<u8>),
    Number(number::Number),
    ParenOpen,
    ParenClose,
    Pipe,
    Comma,
    Declare,
    Assign,
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Lexed {
    pub(crate) token: Token,
    pub(crate) at: usize,
    pub(crate) end: usize,
    /// White space stands before it.
    pub(crate) spaced: bool,
}

/// Splits a template into tokens; the last one is [`Token::End`].
pub(crate) fn lex(text: &str, delims: Delims) -> Result<Vec<Lexed>, Problem> {
    let mut lexer = Lexer {
        text,
        delims,
        at: 0,
        tokens: Vec::new(),
    };
    while lexer.at < text.len() {
        lexer.text_then_action()?;
    }
    lexer.push(Token::End, text.len(), false);
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    delims: Delims,
    at: usize,
    tokens: Vec<Lexed>,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_word_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, token: Token, at: usize, spaced: bool) {
        self.tokens.push(Lexed {
            token,
            at,
            end: self.at.max(at),
            spaced,
        });
    }

    /// `- ` right after the opening delimiter.
    fn trims_left(rest: &str) -> bool {
        matches!(rest.as_bytes(), [b'-', space, ..] if is_space(*space))
    }

    fn text_then_action(&mut self) -> Result<(), Problem> {
        let rest = self.rest();
        let Some(open) = rest.find(self.delims.left) else {
            self.at = self.text.len();
            self.push_text(rest);
            return Ok(());
        };
        let text = rest.get(..open).unwrap_or_default();
        let start = self.at + open;
        let mut inside = start + self.delims.left.len();
        let trims = Self::trims_left(self.text.get(inside..).unwrap_or_default());
        self.at = start;
        self.push_text(if trims {
            text.trim_end_matches(SPACES)
        } else {
            text
        });
        if trims {
            inside += 2;
        }
        self.at = inside;
        if self.rest().starts_with("/*") {
            return self.comment(start);
        }
        self.push(Token::Open, start, false);
        self.action(start)
    }

    fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            let at = self.at;
            self.push(Token::Text(text.to_owned()), at, false);
        }
    }

    /// `Some(trims)` when the closing delimiter is next.
    fn closes(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with(self.delims.right) {
            return Some(false);
        }
        let trimmed = matches!(rest.as_bytes(), [space, b'-', ..] if is_space(*space));
        (trimmed
            && rest
                .get(2..)
                .is_some_and(|after| after.starts_with(self.delims.right)))
        .then_some(true)
    }

    fn close(&mut self, trims: bool) {
        self.at += self.delims.right.len() + if trims { 2 } else { 0 };
        if trims {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        }
    }

    fn comment(&mut self, start: usize) -> Result<(), Problem> {
        let Some(length) = self.rest().find("*/") else {
            return Err(Problem::syntax(
                start,
                "the comment is not closed; close it with */ and the delimiter",
            ));
        };
        self.at += length + 2;
        let Some(trims) = self.closes() else {
            return Err(Problem::syntax(
                start,
                "a comment must be alone in its action, and end right before the delimiter",
            ));
        };
        self.close(trims);
        Ok(())
    }

    fn action(&mut self, start: usize) -> Result<(), Problem> {
        let mut parens: Vec<usize> = Vec::new();
        let mut spaced = false;
        loop {
            if let Some(trims) = self.closes() {
                if let Some(at) = parens.last() {
                    return Err(Problem::syntax(*at, "the parenthesis is not closed"));
                }
                let at = self.at;
                self.close(trims);
                self.push(Token::Close, at, spaced);
                return Ok(());
            }
            let Some(c) = self.rest().chars().next() else {
                return Err(Problem::syntax(
                    start,
                    format!("the action is not closed; close it with {}", self.delims.right),
                ));
            };
            if SPACES.contains(&c) {
                self.at += 1;
                spaced = true;
                continue;
            }
            let at = self.at;
            match c {
                '(' => parens.push(at),
                ')' if parens.pop().is_none() => {
                    return Err(Problem::syntax(at, "there is no parenthesis to close"));
                }
                _ => {}
            }
            let token = self.token(c)?;
            self.push(token, at, spaced);
            spaced = false;
        }
    }

    fn token(&mut self, c: char) -> Result<Token, Problem> {
        let simple = match c {
            '(' => Some(Token::ParenOpen),
            ')' => Some(Token::ParenClose),
            '|' => Some(Token::Pipe),
            ',' => Some(Token::Comma),
            '=' => Some(Token::Assign),
            _ => None,
        };
        if let Some(token) = simple {
            self.at += 1;
            return Ok(token);
        }
        match c {
            ':' if self.rest().starts_with(":=") => {
                self.at += 2;
                Ok(Token::Declare)
            }
            ':' => Err(Problem::syntax(self.at, "expected := ")),
            '"' => self.quoted(),
            '`' => self.raw(),
            '\'' => self.character(),
            '.' if !self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit) => self.field(),
            '$' => {
                self.at += 1;
                let name = self.word_chars();
                self.terminated()?;
                Ok(Token::Variable(format!("${name}")))
            }
            '+' | '-' | '.' | '0'..='9' => self.number(),
            c if is_word_char(c) => {
                let word = self.word_chars();
                self.terminated()?;
                Ok(Token::Word(word.to_owned()))
            }
            c => Err(self.bad_character(c)),
        }
    }

    fn bad_character(&self, c: char) -> Problem {
        Problem::syntax(self.at, format!("the character {c:?} does not belong here"))
    }

    fn word_chars(&mut self) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Names must be followed by something that ends them.
    fn terminated(&self) -> Result<(), Problem> {
        match self.rest().chars().next() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | '(' | ')') => Ok(()),
            Some(_) if self.rest().starts_with(self.delims.right) => Ok(()),
            Some(c) => Err(self.bad_character(c)),
        }
    }

    fn field(&mut self) -> Result<Token, Problem> {
        self.at += 1;
        let name = self.word_chars();
        self.terminated()?;
        Ok(if name.is_empty() {
            Token::Dot
        } else {
            Token::Field(name.to_owned())
        })
    }

    fn number(&mut self) -> Result<Token, Problem> {
        let at = self.at;
        let rest = self.rest();
        let mut previous = ' ';
        let signed = |c: char, previous: char| {
            matches!(c, '+' | '-') && matches!(previous, ' ' | 'e' | 'E' | 'p' | 'P')
        };
        let length = rest
            .find(|c: char| {
                let part = is_word_char(c) || c == '.' || signed(c, previous);
                previous = c;
                !part
            })
            .unwrap_or(rest.len());
        self.at += length;
        let text = rest.get(..length).unwrap_or_default();
        number::parse(text)
            .map(Token::Number)
            .ok_or_else(|| Problem::syntax(at, format!("{text:?} is not a number that can be used here")))
    }

    fn quoted(&mut self) -> Result<Token, Problem> {
        let at = self.at;
        let length = quoted_length(self.rest(), '"').ok_or_else(|| {
            Problem::syntax(
                at,
                "the string is not closed; a string in quotes ends on its line",
            )
        })?;
        let inner = self.rest().get(1..length - 1).unwrap_or_default();
        self.at += length;
        unquote(inner, '"').map(Token::Quoted).ok_or_else(|| {
            Problem::syntax(
                at,
                "the string has a backslash that means nothing; write \\\\ for a backslash, or use `…`",
            )
        })
    }

    fn raw(&mut self) -> Result<Token, Problem> {
        let at = self.at;
        let inner = self.rest().get(1..).unwrap_or_default();
        let length = inner
            .find('`')
            .ok_or_else(|| Problem::syntax(at, "the string in backquotes is not closed"))?;
        self.at += length + 2;
        Ok(Token::Quoted(
            inner
                .get(..length)
                .unwrap_or_default()
                .replace('\r', "")
                .into_bytes(),
        ))
    }

    fn character(&mut self) -> Result<Token, Problem> {
        let at = self.at;
        let bad = || Problem::syntax(at, "single quotes hold one character; use \"…\" for text");
        let length = quoted_length(self.rest(), '\'').ok_or_else(bad)?;
        let inner = self.rest().get(1..length - 1).unwrap_or_default();
        self.at += length;
        let bytes = unquote(inner, '\'').ok_or_else(bad)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| bad())?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(Token::Number(number::Number::Int(i64::from(u32::from(c))))),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests;

//! From text to tokens.

use std::sync::Arc;

use crate::{
    place::{Span, shortened},
    problem::Problem,
    syntax::{
        token::{SIGNS, Token, TokenKind},
        unquote::{self, Unquoted},
    },
};

/// All tokens of a source; the last is the end.
///
/// # Errors
/// The first thing that is no token.
pub(crate) fn lex(source: &str) -> Result<Vec<Token>, Problem> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let end = token.kind == TokenKind::End;
        tokens.push(token);
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Result<Token, Problem> {
        self.skip();
        let start = self.at;
        let rest = self.rest();
        let kind = match rest.bytes().next() {
            None => TokenKind::End,
            Some(b'0'..=b'9') => self.number(),
            Some(b'.') if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => self.number(),
            Some(b'`') => self.quoted()?,
            Some(_) => match unquote::prefix(rest) {
                Some(_) => self.text()?,
                None => self.word_or_sign()?,
            },
        };
        Ok(Token {
            kind,
            span: Span::new(start, self.at),
        })
    }

    /// White space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{c}']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let count = self.rest().bytes().take_while(|byte| wanted(*byte)).count();
        self.at += count;
        count
    }

    fn starts_with_digit(&self, skipped: usize) -> bool {
        self.rest()
            .as_bytes()
            .get(skipped)
            .is_some_and(u8::is_ascii_digit)
    }

    fn number(&mut self) -> TokenKind {
        let rest = self.rest();
        if rest.starts_with("0x") && rest.as_bytes().get(2).is_some_and(u8::is_ascii_hexdigit) {
            self.at += 2;
            self.take(|byte| byte.is_ascii_hexdigit());
            return self.suffix();
        }
        self.take(|byte| byte.is_ascii_digit());
        let mut double = false;
        if self.rest().starts_with('.') && self.starts_with_digit(1) {
            self.at += 1;
            self.take(|byte| byte.is_ascii_digit());
            double = true;
        }
        if self.rest().starts_with(['e', 'E']) {
            let sign = usize::from(self.rest().as_bytes().get(1).is_some_and(|b| b"+-".contains(b)));
            if self.starts_with_digit(1 + sign) {
                self.at += 1 + sign;
                self.take(|byte| byte.is_ascii_digit());
                double = true;
            }
        }
        if double { TokenKind::Double } else { self.suffix() }
    }

    fn suffix(&mut self) -> TokenKind {
        if self.rest().starts_with(['u', 'U']) {
            self.at += 1;
            return TokenKind::Uint;
        }
        TokenKind::Int
    }

    fn quoted(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        self.at += 1;
        let count = self.take(|b| b.is_ascii_alphanumeric() || b"_.-/ ".contains(&b));
        let name = self.source.get(start + 1..start + 1 + count).unwrap_or_default();
        if count == 0 || !self.rest().starts_with('`') {
            return Err(self.problem(
                start,
                "this name between backticks is not closed, or has something else than letters, digits, \
                 \"_\", \".\", \"-\", \"/\" and spaces in it",
            ));
        }
        self.at += 1;
        Ok(TokenKind::Quoted(Arc::from(name)))
    }

    fn text(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        match unquote::unquote(self.rest()) {
            Ok((length, text)) => {
                self.at += length;
                Ok(match text {
                    Unquoted::String(text) => TokenKind::String(text.into()),
                    Unquoted::Bytes(bytes) => TokenKind::Bytes(bytes.into()),
                })
            }
            Err((offset, why)) => Err(self.problem(start + offset, why)),
        }
    }

    fn word_or_sign(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        if !self.starts_with_digit(0) && self.take(|b| b.is_ascii_alphanumeric() || b == b'_') > 0 {
            return Ok(TokenKind::Name);
        }
        let rest = self.rest();
        let sign = SIGNS
            .into_iter()
            .find(|sign| rest.starts_with(sign))
            .unwrap_or_default();
        match sign {
            "" => {
                let character: String = rest.chars().take(1).collect();
                let message = match character.as_str() {
                    "|" => "\"or\" is written \"||\"".to_owned(),
                    "“" | "”" | "‘" | "’" => {
                        "this is a typographic quotation mark; strings stand between ' or \"".to_owned()
                    }
                    _ => format!("\"{}\" has no meaning here", shortened(&character)),
                };
                Err(self.problem(start, message))
            }
            "=" => Err(self.problem(start, "\"is equal to\" is written \"==\"")),
            "&" => Err(self.problem(start, "\"and\" is written \"&&\"")),
            sign => {
                self.at += sign.len();
                Ok(TokenKind::Sign(sign))
            }
        }
    }

    fn problem(&self, start: usize, message: impl Into<String>) -> Problem {
        Problem::new(self.source, Span::new(start, start + 1), message)
    }
}

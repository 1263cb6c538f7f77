//! Tokens to the tree: blocks, definitions and scopes of variables.
//!
//! Variables become slots here. A slot is the place of the variable in a stack that grows and shrinks with the
//! blocks, and the interpreter keeps the same stack.

mod calls;
mod pipeline;

use std::collections::BTreeMap;

use super::Problem;
use super::ast::{Branches, Pipe, Program, Range, Stmt};
use super::lex::{Lexed, Token, lex};
use crate::CompileErrorKind;
use crate::source::Delims;

/// Blocks and parentheses inside one another.
pub(crate) const MAX_NESTING: usize = 64;

/// Parses a template.
///
/// *Guarantees*: every variable has a slot, every function exists and takes the number of arguments it gets, every
/// template called is defined, and none calls itself, directly or through others.
pub(crate) fn parse(text: &str, delims: Delims) -> Result<Program, Problem> {
    let tokens = lex(text, delims)?;
    let mut parser = Parser {
        tokens,
        next: 0,
        variables: vec!["$".to_owned()],
        loops: 0,
        nesting: 0,
        defines: BTreeMap::new(),
    };
    let (main, stop) = parser.list(true)?;
    if let Stop::End(at) | Stop::Else(at) = stop {
        return Err(Problem::syntax(at, "there is no block to end or continue here"));
    }
    let program = Program {
        main,
        defines: parser.defines,
    };
    calls::check(&program)?;
    Ok(program)
}

/// Why a list of statements ended.
enum Stop {
    /// `{{end}}`, consumed.
    End(usize),
    /// `{{else`, consumed up to the word.
    Else(usize),
    /// The source ended.
    Source,
}

struct Parser {
    tokens: Vec<Lexed>,
    next: usize,
    variables: Vec<String>,
    loops: usize,
    nesting: usize,
    defines: BTreeMap<String, Vec<Stmt>>,
}

/// The two kinds of block that `else` may chain.
#[derive(Clone, Copy, PartialEq)]
enum Chain {
    If,
    With,
}

const END_OF_SOURCE: Lexed = Lexed {
    token: Token::End,
    at: 0,
    end: 0,
    spaced: false,
};

impl Parser {
    fn peek(&self) -> &Lexed {
        self.tokens
            .get(self.next)
            .or(self.tokens.last())
            .unwrap_or(&END_OF_SOURCE)
    }

    fn take(&mut self) -> Lexed {
        let lexed = self.peek().clone();
        self.next = (self.next + 1).min(self.tokens.len());
        lexed
    }

    fn peek_word(&self) -> Option<&str> {
        match &self.peek().token {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    fn close(&mut self, after: &str) -> Result<(), Problem> {
        let lexed = self.take();
        if lexed.token == Token::Close {
            return Ok(());
        }
        Err(Problem::syntax(
            lexed.at,
            format!("expected the end of the action after {after}"),
        ))
    }

    fn deeper<T>(
        &mut self,
        at: usize,
        body: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        if self.nesting >= MAX_NESTING {
            let message = format!("blocks and parentheses are nested deeper than {MAX_NESTING} levels");
            return Err(Problem {
                at,
                kind: CompileErrorKind::TooLarge(message.into()),
            });
        }
        self.nesting += 1;
        let result = body(self);
        self.nesting -= 1;
        result
    }

    /// Statements up to `end`, `else` or the end of the source.
    fn list(&mut self, top: bool) -> Result<(Vec<Stmt>, Stop), Problem> {
        let mut list = Vec::new();
        loop {
            let lexed = self.take();
            match lexed.token {
                Token::Text(text) => list.push(Stmt::Text { at: lexed.at, text }),
                Token::End => return Ok((list, Stop::Source)),
                _ => match self.peek_word() {
                    Some("end") => {
                        self.take();
                        self.close("end")?;
                        return Ok((list, Stop::End(lexed.at)));
                    }
                    Some("else") => {
                        self.take();
                        return Ok((list, Stop::Else(lexed.at)));
                    }
                    _ => list.extend(self.action(lexed.at, top)?),
                },
            }
        }
    }

    /// One action, after its opening delimiter at `at`. `define` gives no statement.
    fn action(&mut self, at: usize, top: bool) -> Result<Option<Stmt>, Problem> {
        let word = self.peek_word().unwrap_or_default().to_owned();
        let statement = match word.as_str() {
            "if" | "with" | "range" | "define" | "block" | "template" | "break" | "continue" => {
                self.take();
                word.as_str()
            }
            _ => return self.printed().map(Some),
        };
        match statement {
            "if" => self
                .deeper(at, |parser| parser.branches(at, Chain::If))
                .map(|branches| Some(Stmt::If(branches))),
            "with" => self
                .deeper(at, |parser| parser.branches(at, Chain::With))
                .map(|branches| Some(Stmt::With(branches))),
            "range" => self
                .deeper(at, |parser| parser.range(at))
                .map(|range| Some(Stmt::Range(range))),
            "define" if !top => Err(Problem::syntax(at, "define must stand outside of all blocks")),
            "define" => self.deeper(at, |parser| parser.define(at)).map(|()| None),
            "block" => self.deeper(at, |parser| parser.block(at)).map(Some),
            "template" => self.template(at).map(Some),
            _ if self.loops == 0 => Err(Problem::syntax(at, format!("{word} must stand inside of range"))),
            _ => {
                self.close(&word)?;
                Ok(Some(if word == "break" {
                    Stmt::Break
                } else {
                    Stmt::Continue
                }))
            }
        }
    }

    fn printed(&mut self) -> Result<Stmt, Problem> {
        let pipe = self.pipeline(pipeline::Place::Action)?;
        self.close("the value")?;
        Ok(Stmt::Action(pipe))
    }

    fn branches(&mut self, at: usize, chain: Chain) -> Result<Branches, Problem> {
        let word = if chain == Chain::If { "if" } else { "with" };
        let outer = self.variables.len();
        let mut branches = Branches {
            arms: Vec::new(),
            otherwise: Vec::new(),
        };
        loop {
            let pipe = self.pipeline(pipeline::Place::Block(word))?;
            self.close(word)?;
            let inner = self.variables.len();
            let (body, stop) = self.list(false)?;
            self.variables.truncate(inner);
            branches.arms.push((pipe, body));
            match stop {
                Stop::End(_) => break,
                Stop::Source => return Err(never_ends(at, word)),
                Stop::Else(else_at) if self.peek().token == Token::Close => {
                    self.take();
                    branches.otherwise = self.last_else(at, else_at, word)?;
                    break;
                }
                Stop::Else(else_at) => {
                    let next = self.take();
                    if next.token != Token::Word(word.to_owned()) {
                        return Err(Problem::syntax(else_at, format!("expected else or else {word}")));
                    }
                }
            }
        }
        self.variables.truncate(outer);
        Ok(branches)
    }

    /// What follows a bare `{{else}}`.
    fn last_else(&mut self, at: usize, else_at: usize, word: &str) -> Result<Vec<Stmt>, Problem> {
        let inner = self.variables.len();
        let (body, stop) = self.list(false)?;
        self.variables.truncate(inner);
        match stop {
            Stop::End(_) => Ok(body),
            Stop::Source => Err(never_ends(at, word)),
            Stop::Else(_) => Err(Problem::syntax(else_at, "this else is followed by another one")),
        }
    }

    fn range(&mut self, at: usize) -> Result<Range, Problem> {
        let outer = self.variables.len();
        let pipe = self.pipeline(pipeline::Place::Range)?;
        self.close("range")?;
        let inner = self.variables.len();
        self.loops += 1;
        let (body, stop) = self.list(false)?;
        self.loops -= 1;
        self.variables.truncate(inner);
        let otherwise = match stop {
            Stop::End(_) => Vec::new(),
            Stop::Source => return Err(never_ends(at, "range")),
            Stop::Else(else_at) => {
                self.close("else")?;
                self.last_else(at, else_at, "range")?
            }
        };
        self.variables.truncate(outer);
        Ok(Range {
            pipe,
            body,
            otherwise,
        })
    }

    fn define(&mut self, at: usize) -> Result<(), Problem> {
        let name = self.template_name("define")?;
        self.close("the name of the template")?;
        self.definition(at, name, "define")
    }

    fn block(&mut self, at: usize) -> Result<Stmt, Problem> {
        let name = self.template_name("block")?;
        let argument = self.pipeline(pipeline::Place::Block("block"))?;
        self.close("block")?;
        self.definition(at, name.clone(), "block")?;
        Ok(Stmt::Template {
            at,
            name,
            argument: Some(argument),
        })
    }

    /// The body of `define` or `block`: its own variables, no loop around it.
    fn definition(&mut self, at: usize, name: String, word: &str) -> Result<(), Problem> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let loops = std::mem::take(&mut self.loops);
        let (body, stop) = self.list(false)?;
        self.variables = variables;
        self.loops = loops;
        match stop {
            Stop::End(_) => {}
            Stop::Source => return Err(never_ends(at, word)),
            Stop::Else(else_at) => return Err(Problem::syntax(else_at, format!("{word} takes no else"))),
        }
        let blank = |body: &[Stmt]| {
            body.iter()
                .all(|stmt| matches!(stmt, Stmt::Text { text, .. } if text.trim().is_empty()))
        };
        match self.defines.get(&name) {
            Some(old) if !blank(old) && !blank(&body) => Err(Problem::syntax(
                at,
                format!("the template {name:?} is defined twice"),
            )),
            Some(old) if !blank(old) => Ok(()),
            _ => {
                self.defines.insert(name, body);
                Ok(())
            }
        }
    }

    fn template(&mut self, at: usize) -> Result<Stmt, Problem> {
        let name = self.template_name("template")?;
        let argument = match self.peek().token {
            Token::Close => None,
            _ => Some(self.pipeline(pipeline::Place::Block("template"))?),
        };
        self.close("template")?;
        Ok(Stmt::Template { at, name, argument })
    }

    fn template_name(&mut self, word: &str) -> Result<String, Problem> {
        let lexed = self.take();
        let wrong = || Problem::syntax(lexed.at, format!("{word} needs the name of a template in quotes"));
        match lexed.token {
            Token::Quoted(ref name) => String::from_utf8(name.clone()).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

fn never_ends(at: usize, word: &str) -> Problem {
    Problem::syntax(at, format!("{word} is not ended; add {{{{ end }}}}"))
}

/// Whether a pipe sets variables and so prints nothing.
pub(crate) fn is_silent(pipe: &Pipe) -> bool {
    !pipe.sets.is_empty()
}

#[cfg(test)]
mod tests;

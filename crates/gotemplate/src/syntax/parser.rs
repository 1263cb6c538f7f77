//! The parser's hands: tokens with lookahead, errors, nesting.

use std::collections::BTreeMap;

use super::MAX_NESTING;
use super::lex::Lexer;
use super::problem::{Problem, quoted};
use super::token::{Kind, Token};
use super::variables::Variables;
use crate::ast::{Define, Program, Stmt};
use crate::{Functions, Lookup, Options, Span};

/// The error is boxed: the stack of the parser is as deep as the template is nested.
pub(super) type Parsed<T> = Result<T, Box<Problem>>;

/// Where a pipeline stands; Go says it in its errors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Command,
    If,
    With,
    Range,
    Block,
    Template,
    Paren,
}

impl Context {
    pub(super) fn go(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
            Self::Block => "block clause",
            Self::Template => "template clause",
            Self::Paren => "parenthesized pipeline",
        }
    }
}

pub(super) struct Parser<'s> {
    pub(super) name: &'s str,
    pub(super) source: &'s str,
    pub(super) functions: &'s Functions,
    lexer: Lexer<'s>,
    /// Tokens that were put back, the next one last.
    tokens: [Token; 3],
    peeked: usize,
    pub(super) variables: Variables<'s>,
    /// Ranges around this place in this template.
    pub(super) ranges: usize,
    nesting: u32,
    /// Where the last token ends that was read.
    end: usize,
    /// Where the action began that is being read, as far as Go remembers.
    pub(super) action: Option<usize>,
    pub(super) defines: BTreeMap<Box<str>, Define>,
}

impl<'s> Parser<'s> {
    pub(super) fn new(name: &'s str, source: &'s str, options: &'s Options) -> Self {
        let mut lexer = Lexer::new(source, &options.left, &options.right);
        let is_function = |name| matches!(options.functions.lookup(name), Lookup::Known(_));
        lexer.break_is_keyword = !is_function("break");
        lexer.continue_is_keyword = !is_function("continue");
        let none = Token {
            kind: Kind::Eof,
            start: 0,
            end: 0,
        };
        Self {
            name,
            source,
            functions: &options.functions,
            lexer,
            tokens: [none; 3],
            peeked: 0,
            variables: Variables::new(),
            ranges: 0,
            nesting: 0,
            end: 0,
            action: None,
            defines: BTreeMap::new(),
        }
    }

    /// All of the source.
    pub(super) fn program(mut self) -> Parsed<Program> {
        let mut main = self.top()?;
        // The source is a template as well, under its own name. Of two only one may say something.
        if let Some(own) = self.defines.remove(self.name) {
            if self.is_blank(&main) {
                main = own.body;
            } else if !self.is_blank(&own.body) {
                return Err(self.defined_twice(self.name, own.span));
            }
        }
        Ok(Program {
            main,
            defines: self.defines,
        })
    }

    #[cold]
    pub(super) fn defined_twice(&self, name: &str, span: Span) -> Box<Problem> {
        let message = format!(
            "the template {} is defined twice; give one of them another name",
            quoted(name)
        );
        let go = format!("template: multiple definition of template {}", quoted(name));
        self.error(span, message, go)
    }

    /// Nothing but white space and comments.
    pub(super) fn is_blank(&self, list: &[Stmt]) -> bool {
        list.iter()
            .all(|stmt| matches!(stmt, Stmt::Text(span) if span.text(self.source).trim().is_empty()))
    }

    pub(super) fn text(&self, token: Token) -> &'s str {
        token.text(self.source)
    }

    #[expect(clippy::indexing_slicing, reason = "at most three tokens are put back")]
    pub(super) fn next(&mut self) -> Token {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.tokens[0] = self.lexer.next();
        }
        let token = self.tokens[self.peeked];
        self.end = token.end;
        token
    }

    /// Where the token ends that was read last. Not to be asked after a token was put back.
    pub(super) fn last_end(&self) -> usize {
        self.end
    }

    pub(super) fn backup(&mut self) {
        self.peeked += 1;
    }

    /// Puts back `first` and the last token.
    pub(super) fn backup2(&mut self, first: Token) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    /// Puts back `first`, `second` and the last token.
    pub(super) fn backup3(&mut self, first: Token, second: Token) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.peeked = 3;
    }

    #[expect(clippy::indexing_slicing, reason = "at most three tokens are put back")]
    pub(super) fn peek(&mut self) -> Token {
        if self.peeked == 0 {
            self.peeked = 1;
            self.tokens[0] = self.lexer.next();
        }
        self.tokens[self.peeked - 1]
    }

    pub(super) fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    pub(super) fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }

    /// Where Go is: its errors name the line of the token that was read last.
    fn go_at(&self) -> usize {
        self.tokens[0].start
    }

    #[cold]
    pub(super) fn error(
        &self,
        span: Span,
        message: impl Into<String>,
        go: impl Into<String>,
    ) -> Box<Problem> {
        Problem::syntax(message, go).on(span).go_at(self.go_at())
    }

    pub(super) fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token> {
        let token = self.next_non_space();
        if token.kind == kind {
            Ok(token)
        } else {
            Err(self.unexpected(token, context))
        }
    }

    /// A token that does not belong here, or what the lexer found wrong.
    #[cold]
    pub(super) fn unexpected(&mut self, token: Token, context: &str) -> Box<Problem> {
        if token.kind == Kind::Error
            && let Some(problem) = self.lexer.take_problem()
        {
            return self.with_start_of_action(problem, token);
        }
        let shown = self.shown(token);
        let message = match token.kind {
            Kind::Eof => format!("the template ends in the middle of {}", article(context)),
            Kind::RightDelim => format!("the action ends in the middle of {}", article(context)),
            Kind::Else | Kind::End | Kind::Define | Kind::Break | Kind::Continue => {
                format!("{} does not belong here", self.text(token))
            }
            Kind::If | Kind::With | Kind::Range if context == "input" => format!(
                "only else if may follow in an if, and only else with in a with; {} needs an action of its own",
                self.text(token)
            ),
            _ => format!("{shown} does not belong into {}", article(context)),
        };
        self.error(token.span(), message, format!("unexpected {shown} in {context}"))
    }

    /// Go adds where the action began, if that was on another line.
    fn with_start_of_action(&self, mut problem: Box<Problem>, token: Token) -> Box<Problem> {
        let line = |offset| crate::Place::of(self.source, offset).line;
        if let Some(action) = self.action
            && line(action) != line(token.start)
            && let crate::ParseErrorKind::Syntax { go, .. } = &mut problem.kind
        {
            let of_action = if go.ends_with(" action") { "" } else { " in action" };
            *go = format!("{go}{of_action} started at {}:{}", self.name, line(action));
        }
        problem.go_at(self.go_at())
    }

    /// A token as Go shows it.
    fn shown(&self, token: Token) -> String {
        let text = self.text(token);
        match token.kind {
            Kind::Eof => "EOF".to_owned(),
            kind if kind.is_keyword() => format!("<{text}>"),
            _ if text.len() > 10 => {
                let start: String = text.chars().take(10).collect();
                format!("{}...", quoted(&start))
            }
            _ => quoted(text),
        }
    }

    /// One level of nesting more.
    pub(super) fn enter(&mut self, span: Span) -> Parsed<()> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let problem = Problem::too_large("blocks and parentheses are nested too deeply");
            return Err(problem.on(span).go_at(self.go_at()));
        }
        Ok(())
    }

    /// One level of nesting less.
    pub(super) fn leave(&mut self) {
        self.nesting -= 1;
    }
}

/// The context in words for a person.
fn article(context: &str) -> String {
    match context {
        "input" => "the text".to_owned(),
        "command" => "this action".to_owned(),
        "parenthesized pipeline" => "these parentheses".to_owned(),
        "{{break}}" => "break, which stands alone".to_owned(),
        "{{continue}}" => "continue, which stands alone".to_owned(),
        _ => format!("this {context}"),
    }
}

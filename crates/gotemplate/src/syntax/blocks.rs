//! Statements and blocks.

use super::parser::{Context, Parsed, Parser};
use super::problem::{Problem, quoted};
use super::token::{Kind, Token};
use super::unquote;
use crate::Span;
use crate::ast::{Arm, Branches, Define, Range, Stmt};

/// What ends a list of statements.
enum Stop {
    End(Span),
    /// `if` or `with` may follow.
    Else(Span),
}

impl Stop {
    fn go(&self) -> &'static str {
        match self {
            Self::End(_) => "{{end}}",
            Self::Else(_) => "{{else}}",
        }
    }
}

impl<'s> Parser<'s> {
    /// The source outside of `define`.
    pub(super) fn top(&mut self) -> Parsed<Vec<Stmt>> {
        let mut list = Vec::new();
        loop {
            let token = self.peek();
            if token.kind == Kind::Eof {
                return Ok(list);
            }
            if token.kind == Kind::LeftDelim {
                let open = self.next();
                if self.next_non_space().kind == Kind::Define {
                    self.define(open)?;
                    continue;
                }
                self.backup2(open);
            }
            if let Some(stop) = self.piece(&mut list)? {
                return Err(self.no_block(&stop));
            }
        }
    }

    #[cold]
    fn no_block(&self, stop: &Stop) -> Box<Problem> {
        let (word, span) = match stop {
            Stop::End(span) => ("end", *span),
            Stop::Else(span) => ("continue", *span),
        };
        let message = format!("there is no block to {word} here");
        self.error(span, message, format!("unexpected {}", stop.go()))
    }

    /// Statements up to `end` or `else`. `opening` is shown where neither comes.
    fn list(&mut self, opening: Span) -> Parsed<(Vec<Stmt>, Stop)> {
        let mut list = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            if let Some(stop) = self.piece(&mut list)? {
                return Ok((list, stop));
            }
        }
        let message = "this is not ended; add {{ end }}";
        Err(self.error(opening, message, "unexpected EOF"))
    }

    /// One piece of a template, which goes onto the list, or what ends the list.
    fn piece(&mut self, list: &mut Vec<Stmt>) -> Parsed<Option<Stop>> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => {
                list.push(Stmt::Text(token.span()));
                Ok(None)
            }
            Kind::LeftDelim => {
                self.action = Some(token.start);
                let stop = self.action(token, list)?;
                self.action = None;
                Ok(stop)
            }
            _ => Err(self.unexpected(token, "input")),
        }
    }

    /// One action, behind its delimiter. Each kind puts its statement onto the list itself: the less this function
    /// holds, the deeper blocks may nest.
    fn action(&mut self, open: Token, list: &mut Vec<Stmt>) -> Parsed<Option<Stop>> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Block => self.block(open, list)?,
            Kind::Break | Kind::Continue => self.jump(open, token, list)?,
            Kind::Else => return self.otherwise(open, token).map(Some),
            Kind::End => return self.end(open).map(Some),
            Kind::If => self.branches(open, Context::If, list)?,
            Kind::With => self.branches(open, Context::With, list)?,
            Kind::Range => self.range(open, list)?,
            Kind::Template => self.template(open, list)?,
            _ => {
                self.backup();
                self.printed(list)?;
            }
        }
        Ok(None)
    }

    fn printed(&mut self, list: &mut Vec<Stmt>) -> Parsed<()> {
        let pipe = self.pipeline(Context::Command, Kind::RightDelim)?;
        list.push(Stmt::Action(pipe));
        Ok(())
    }

    fn end(&mut self, open: Token) -> Parsed<Stop> {
        let close = self.expect(Kind::RightDelim, "end")?;
        Ok(Stop::End(Span::new(open.start, close.end)))
    }

    fn jump(&mut self, open: Token, word: Token, list: &mut Vec<Stmt>) -> Parsed<()> {
        let (shown, stmt): (_, fn(Span) -> Stmt) = match word.kind {
            Kind::Break => ("{{break}}", Stmt::Break),
            _ => ("{{continue}}", Stmt::Continue),
        };
        let close = self.expect(Kind::RightDelim, shown)?;
        if self.ranges == 0 {
            let message = format!("{} must stand inside of range", self.text(word));
            return Err(self.error(word.span(), message, format!("{shown} outside {{{{range}}}}")));
        }
        list.push(stmt(Span::new(open.start, close.end)));
        Ok(())
    }

    /// `else`, behind the word. An `if` or `with` behind it is left for the block.
    fn otherwise(&mut self, open: Token, word: Token) -> Parsed<Stop> {
        let next = self.peek_non_space();
        let end = match next.kind {
            Kind::If | Kind::With => word.end,
            _ => self.expect(Kind::RightDelim, "else")?.end,
        };
        Ok(Stop::Else(Span::new(open.start, end)))
    }

    /// `if` and `with`, with all that is chained to them.
    fn branches(&mut self, open: Token, context: Context, list: &mut Vec<Stmt>) -> Parsed<()> {
        let chained = if context == Context::If {
            Kind::If
        } else {
            Kind::With
        };
        let outer = self.variables.mark();
        let mut branches = Branches {
            span: open.span(),
            arms: Vec::new(),
            otherwise: Vec::new(),
        };
        self.enter(open.span())?;
        let mut opening = open.start;
        loop {
            let pipe = self.pipeline(context, Kind::RightDelim)?;
            let action = Span::new(opening, self.last_end());
            if branches.arms.is_empty() {
                branches.span = action;
            }
            let mark = self.variables.mark();
            let (body, stop) = self.list(branches.span)?;
            self.variables.leave_branch(mark);
            branches.arms.push(Arm { pipe, body });
            let Stop::Else(otherwise) = stop else {
                break;
            };
            if self.peek().kind == chained {
                self.next();
                opening = otherwise.start as usize;
                continue;
            }
            branches.otherwise = self.last_branch(otherwise)?;
            break;
        }
        self.leave();
        self.variables.leave(outer);
        list.push(if context == Context::If {
            Stmt::If(branches)
        } else {
            Stmt::With(branches)
        });
        Ok(())
    }

    /// What follows a bare `else`.
    fn last_branch(&mut self, otherwise: Span) -> Parsed<Vec<Stmt>> {
        let (list, stop) = self.list(otherwise)?;
        match stop {
            Stop::End(_) => Ok(list),
            Stop::Else(span) => {
                let message = "there is an else before this one; a block has one, and it is the last branch";
                Err(self.error(span, message, "expected end; found {{else}}"))
            }
        }
    }

    fn range(&mut self, open: Token, list: &mut Vec<Stmt>) -> Parsed<()> {
        let outer = self.variables.mark();
        self.enter(open.span())?;
        let pipe = self.pipeline(Context::Range, Kind::RightDelim)?;
        let span = Span::new(open.start, self.last_end());
        let mark = self.variables.mark();
        self.ranges += 1;
        let (body, stop) = self.list(span)?;
        self.ranges -= 1;
        self.variables.leave_branch(mark);
        let otherwise = match stop {
            Stop::End(_) => Vec::new(),
            Stop::Else(otherwise) => self.last_branch(otherwise)?,
        };
        self.leave();
        self.variables.leave(outer);
        list.push(Stmt::Range(Range {
            span,
            pipe,
            body,
            otherwise,
        }));
        Ok(())
    }

    /// `define`, behind the word.
    fn define(&mut self, open: Token) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        let close = self.expect(Kind::RightDelim, CONTEXT)?;
        self.definition(name, Span::new(open.start, close.end), CONTEXT)
    }

    /// `block`, behind the word: a template, and its call.
    fn block(&mut self, open: Token, list: &mut Vec<Stmt>) -> Parsed<()> {
        let token = self.next_non_space();
        let name = self.template_name(token, Context::Block.go())?;
        let pipe = self.pipeline(Context::Block, Kind::RightDelim)?;
        let span = Span::new(open.start, self.last_end());
        self.definition(name.clone(), span, Context::Block.go())?;
        list.push(Stmt::Template {
            span,
            name,
            name_span: token.span(),
            argument: Some(pipe),
        });
        Ok(())
    }

    /// The body of a template: its own variables, and no range around it.
    fn definition(&mut self, name: Box<str>, span: Span, context: &str) -> Parsed<()> {
        self.enter(span)?;
        let variables = self.variables.enter_template();
        let ranges = std::mem::take(&mut self.ranges);
        let (body, stop) = self.list(span)?;
        self.ranges = ranges;
        self.variables.leave_template(variables);
        self.leave();
        if let Stop::Else(otherwise) = stop {
            let message = "a template that is defined has no else";
            return Err(self.error(
                otherwise,
                message,
                format!("unexpected {{{{else}}}} in {context}"),
            ));
        }
        // A blank one does not replace one that says something.
        match self.defines.get(&name) {
            Some(old) if !self.is_blank(&old.body) => {
                if self.is_blank(&body) {
                    Ok(())
                } else {
                    Err(self.defined_twice(&name, span))
                }
            }
            _ => {
                self.defines.insert(name, Define { span, body });
                Ok(())
            }
        }
    }

    /// `template`, behind the word.
    fn template(&mut self, open: Token, list: &mut Vec<Stmt>) -> Parsed<()> {
        let token = self.next_non_space();
        let name = self.template_name(token, Context::Template.go())?;
        let argument = if self.next_non_space().kind == Kind::RightDelim {
            None
        } else {
            self.backup();
            Some(self.pipeline(Context::Template, Kind::RightDelim)?)
        };
        list.push(Stmt::Template {
            span: Span::new(open.start, self.last_end()),
            name,
            name_span: token.span(),
            argument,
        });
        Ok(())
    }

    fn template_name(&mut self, token: Token, context: &str) -> Parsed<Box<str>> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            let mut problem = self.unexpected(token, context);
            if let crate::ParseErrorKind::Syntax { message, .. } = &mut problem.kind
                && token.kind != Kind::Error
            {
                *message = format!(
                    "a template's name is a string in quotes, and not {}",
                    quoted(self.text(token))
                );
            }
            return Err(problem);
        }
        let name = self.unquoted(token)?;
        // Names that are not UTF-8 are kept apart; nobody sees them.
        Ok(match String::from_utf8(name) {
            Ok(name) => name.into(),
            Err(name) => format!("\0{}", name.as_bytes().escape_ascii()).into(),
        })
    }

    /// What a string stands for.
    pub(super) fn unquoted(&mut self, token: Token) -> Parsed<Vec<u8>> {
        unquote::string(self.text(token)).ok_or_else(|| {
            let message = "the string has an escape that is none; write \\\\ for a backslash";
            self.error(token.span(), message, "invalid syntax")
        })
    }
}

//! Pipelines, commands and operands.

use super::number;
use super::parser::{Context, Parsed, Parser};
use super::problem::{Problem, quoted};
use super::token::{Kind, Token};
use crate::ast::{Command, Expr, ExprKind, Ident, Pipe, Variable};
use crate::place::shortened;
use crate::{Lookup, ParseErrorKind, Span};

impl<'s> Parser<'s> {
    /// Variables, and commands up to `end`, which is read.
    pub(super) fn pipeline(&mut self, context: Context, end: Kind) -> Parsed<Pipe> {
        let start = self.peek_non_space().start;
        let mut pipe = Pipe {
            span: Span::default(),
            variables: Vec::new(),
            assigns: false,
            commands: Vec::new(),
        };
        self.declarations(context, &mut pipe)?;
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                pipe.span = Span::new(start, end_of(&pipe, start));
                self.check(context, &pipe, token)?;
                self.declare(&mut pipe);
                return Ok(pipe);
            }
            if !token.kind.begins_command() {
                return Err(self.unexpected(token, context.go()));
            }
            self.backup();
            self.command(&mut pipe.commands)?;
        }
    }

    /// `$x :=`, `$x =`, and in a range `$x, $y :=`.
    fn declarations(&mut self, context: Context, pipe: &mut Pipe) -> Parsed<()> {
        while self.peek_non_space().kind == Kind::Variable {
            let variable = self.next();
            // A space is a token: three are needed to see that `$x foo` declares nothing.
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assigns = next.kind == Kind::Assign;
                    self.next_non_space();
                    self.set_by(pipe, variable);
                    return Ok(());
                }
                Kind::Char if self.text(next) == "," => {
                    self.next_non_space();
                    self.set_by(pipe, variable);
                    self.second_variable(context, pipe, next)?;
                }
                _ => {
                    if after.kind == Kind::Space {
                        self.backup3(variable, after);
                    } else {
                        self.backup2(variable);
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A variable that the pipe sets. Its value is there when the pipe has run; Go's parser knows it from here on.
    fn set_by(&mut self, pipe: &mut Pipe, token: Token) {
        let name = self.text(token);
        let number = self.variables.number(name);
        self.variables.see(number);
        pipe.variables.push(Variable {
            name: name.into(),
            span: token.span(),
            number,
            slot: Variable::NOWHERE,
        });
    }

    /// Behind the comma: another variable may follow in a range.
    fn second_variable(&mut self, context: Context, pipe: &Pipe, comma: Token) -> Parsed<()> {
        if context == Context::Range && pipe.variables.len() < 2 {
            return match self.peek_non_space().kind {
                Kind::Variable | Kind::RightDelim | Kind::RightParen => Ok(()),
                _ => {
                    let message = "behind the comma another variable must follow: range $key, $value := …";
                    Err(self.error(comma.span(), message, "range can only initialize variables"))
                }
            };
        }
        let message = if context == Context::Range {
            "range sets two variables at most"
        } else {
            "only range sets more than one variable"
        };
        let go = format!("too many declarations in {}", context.go());
        Err(self.error(comma.span(), message, go))
    }

    /// Gives the variables their places, now that the pipe has run.
    fn declare(&mut self, pipe: &mut Pipe) {
        for variable in &mut pipe.variables {
            variable.slot = if pipe.assigns {
                self.variables.slot(variable.number).unwrap_or(Variable::NOWHERE)
            } else {
                self.variables.push(variable.number)
            };
        }
    }

    fn check(&mut self, context: Context, pipe: &Pipe, end: Token) -> Parsed<()> {
        if pipe.commands.is_empty() {
            let message = match context {
                Context::Command if pipe.variables.is_empty() => "the action is empty".to_owned(),
                Context::Paren => "the parentheses are empty".to_owned(),
                _ => format!("a value is missing for {}", context.go()),
            };
            let go = format!("missing value for {}", context.go());
            return Err(self.error(end.span(), message, go));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            use ExprKind::{Bool, Dot, Nil, Number, Text};
            if let Bool(_) | Dot | Nil | Number(_) | Text(_) = command.head.kind {
                let message = "what stands behind | must be a function; this is a value, and takes none";
                let go = format!("non executable command in pipeline stage {}", index + 1);
                return Err(self.error(command.head.span, message, go));
            }
        }
        Ok(())
    }

    /// Operands up to `|`, which is read, or to what ends the pipe, which is not.
    fn command(&mut self, commands: &mut Vec<Command>) -> Parsed<()> {
        let mut operands = Vec::new();
        loop {
            self.peek_non_space();
            self.operand(&mut operands)?;
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
            let (Some(first), Some(last)) = (operands.first(), operands.last()) else {
                return Err(self.error(token.span(), "a command is missing here", "empty command"));
            };
            let span = Span {
                start: first.span.start,
                end: last.span.end,
            };
            let head = operands.remove(0);
            commands.push(Command {
                span,
                head,
                arguments: operands,
            });
            return Ok(());
        }
    }

    /// A value with the fields behind it. Nothing where something else follows, which is put back.
    fn operand(&mut self, operands: &mut Vec<Expr>) -> Parsed<()> {
        let token = self.next_non_space();
        if token.kind == Kind::LeftParen {
            self.paren(token, operands)?;
        } else if !self.term(token, operands)? {
            self.backup();
            return Ok(());
        }
        if self.peek().kind == Kind::Field {
            self.chain(operands)?;
        }
        Ok(())
    }

    fn paren(&mut self, open: Token, operands: &mut Vec<Expr>) -> Parsed<()> {
        self.enter(open.span())?;
        let pipe = self.pipeline(Context::Paren, Kind::RightParen)?;
        self.leave();
        operands.push(Expr {
            span: Span::new(open.start, self.last_end()),
            kind: ExprKind::Paren(Box::new(pipe)),
        });
        Ok(())
    }

    /// The fields behind the last operand become a part of it.
    fn chain(&mut self, operands: &mut Vec<Expr>) -> Parsed<()> {
        let first = self.peek();
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            let token = self.next();
            fields.push(self.ident(token));
        }
        let Some(mut expr) = operands.pop() else {
            return Ok(());
        };
        let span = Span {
            start: expr.span.start,
            end: fields.last().map_or(first.span().end, |last| last.span.end),
        };
        let kind = match expr.kind {
            ExprKind::Field(mut own) => {
                own.append(&mut fields);
                ExprKind::Field(own)
            }
            ExprKind::Variable(variable, mut own) => {
                own.append(&mut fields);
                ExprKind::Variable(variable, own)
            }
            ExprKind::Bool(_) | ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Nil | ExprKind::Dot => {
                return Err(self.no_fields(expr.span, first));
            }
            kind @ (ExprKind::Function(_) | ExprKind::Paren(_) | ExprKind::Chain(..)) => {
                expr.kind = kind;
                ExprKind::Chain(Box::new(expr), fields)
            }
        };
        operands.push(Expr { span, kind });
        Ok(())
    }

    #[cold]
    fn no_fields(&self, span: Span, field: Token) -> Box<Problem> {
        let shown = quoted(span.text(self.source));
        let message = format!("{shown} has no fields");
        self.error(field.span(), message, format!("unexpected . after term {shown}"))
    }

    fn ident(&self, token: Token) -> Ident {
        let text = self.text(token);
        Ident {
            name: text.strip_prefix('.').unwrap_or(text).into(),
            span: token.span(),
        }
    }

    /// A value of one token. False where it is none.
    fn term(&mut self, token: Token, operands: &mut Vec<Expr>) -> Parsed<bool> {
        let kind = match token.kind {
            Kind::Identifier => self.function(token)?,
            Kind::Dot => ExprKind::Dot,
            Kind::Nil => ExprKind::Nil,
            Kind::Variable => self.variable(token)?,
            Kind::Field => ExprKind::Field(vec![self.ident(token)]),
            Kind::Bool => ExprKind::Bool(self.text(token) == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => self.number(token)?,
            Kind::String | Kind::RawString => ExprKind::Text(self.unquoted(token)?.into()),
            _ => return Ok(false),
        };
        operands.push(Expr {
            span: token.span(),
            kind,
        });
        Ok(true)
    }

    fn function(&mut self, token: Token) -> Parsed<ExprKind> {
        let name = self.text(token);
        match self.functions.lookup(name) {
            Lookup::Known(function) => Ok(ExprKind::Function(function)),
            unknown => Err(self.unknown(token, unknown)),
        }
    }

    #[cold]
    fn unknown(&mut self, token: Token, lookup: Lookup) -> Box<Problem> {
        let name = shortened(self.text(token)).into_owned();
        let kind = match lookup {
            Lookup::Refused(why) => ParseErrorKind::RefusedFunction { name, why },
            Lookup::Known(_) | Lookup::Unknown => {
                let nearest = crate::suggest::nearest(&name, self.functions.names());
                ParseErrorKind::UnknownFunction { name, nearest }
            }
        };
        let mut problem = self.error(token.span(), "", "");
        problem.kind = kind;
        problem
    }

    fn variable(&mut self, token: Token) -> Parsed<ExprKind> {
        let name = self.text(token);
        let number = self.variables.number(name);
        if !self.variables.is_seen(number) {
            let shown = quoted(name);
            let name = shortened(name);
            let message = format!("the variable {name} is not set here; set it with {name} := …");
            return Err(self.error(token.span(), message, format!("undefined variable {shown}")));
        }
        let variable = Variable {
            name: name.into(),
            span: token.span(),
            number,
            slot: self.variables.slot(number).unwrap_or(Variable::NOWHERE),
        };
        Ok(ExprKind::Variable(variable, Vec::new()))
    }

    fn number(&mut self, token: Token) -> Parsed<ExprKind> {
        let text = self.text(token);
        let read = match token.kind {
            Kind::CharConstant => number::character(text),
            Kind::Complex => number::complex(text),
            _ => number::number(text),
        };
        read.map(|number| ExprKind::Number(Box::new(number)))
            .map_err(|wrong| self.error(token.span(), wrong.message, wrong.go))
    }
}

/// Where the last part of a pipe ends.
fn end_of(pipe: &Pipe, start: usize) -> usize {
    let last = pipe.commands.last().map(|command| command.span.end);
    let last = last.or(pipe.variables.last().map(|variable| variable.span.end));
    last.map_or(start, |end| end as usize)
}

//! Pipelines: commands, values, and the variables that they set.

use super::super::Problem;
use super::super::ast::{Call, Command, Expr, ExprKind, Pipe};
use super::super::lex::Token;
use super::super::number::Number;
use super::Parser;
use crate::CompileErrorKind;
use crate::funcs::{self, Function, Lookup};

/// Where a pipeline stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place<'a> {
    Action,
    Range,
    Block(&'a str),
    Paren,
}

/// Words that cannot be functions.
const KEYWORDS: [&str; 10] = [
    "if", "else", "end", "range", "with", "define", "block", "template", "break", "continue",
];

impl Parser {
    pub(super) fn pipeline(&mut self, place: Place<'_>) -> Result<Pipe, Problem> {
        let at = self.peek().at;
        let targets = self.targets(place)?;
        let mut pipe = Pipe {
            at,
            end: at,
            sets: Vec::new(),
            declares: targets.declares,
            commands: Vec::new(),
        };
        loop {
            let stage = pipe.commands.len();
            let command = self.command(place, stage)?;
            pipe.commands.push(command);
            pipe.end = self.previous_end();
            if self.peek().token != Token::Pipe {
                break;
            }
            self.take();
        }
        for (name, at) in targets.names {
            let slot = if targets.declares {
                self.variables.push(name);
                self.variables.len() - 1
            } else {
                self.slot(&name, at)?
            };
            pipe.sets.push(slot);
        }
        Ok(pipe)
    }

    fn previous_end(&self) -> usize {
        self.next
            .checked_sub(1)
            .and_then(|previous| self.tokens.get(previous))
            .map_or(0, |lexed| lexed.end)
    }

    fn slot(&self, name: &str, at: usize) -> Result<usize, Problem> {
        self.variables
            .iter()
            .rposition(|known| known == name)
            .ok_or_else(|| {
                Problem::syntax(
                    at,
                    format!("the variable {name} is not known here; declare it with :="),
                )
            })
    }

    /// `$x :=`, `$x =`, `$i, $x :=`.
    fn targets(&mut self, place: Place<'_>) -> Result<Targets, Problem> {
        let none = Targets {
            names: Vec::new(),
            declares: false,
        };
        let start = self.next;
        let mut names = Vec::new();
        loop {
            let lexed = self.take();
            let Token::Variable(name) = lexed.token else { break };
            names.push((name, lexed.at));
            let operator = self.take();
            let declares = match operator.token {
                Token::Declare => true,
                Token::Assign => false,
                Token::Comma if place == Place::Range && names.len() == 1 => continue,
                Token::Comma => {
                    return Err(Problem::syntax(
                        operator.at,
                        "only range sets two variables, and none sets more",
                    ));
                }
                _ => break,
            };
            if let Some((_, at)) = names.iter().find(|(name, _)| name == "$") {
                return Err(Problem::syntax(
                    *at,
                    "$ is the data itself; give the variable a name",
                ));
            }
            if place == Place::Paren || matches!(place, Place::Block("template" | "block")) {
                return Err(Problem::syntax(
                    operator.at,
                    "set the variable in an action of its own",
                ));
            }
            return Ok(Targets { names, declares });
        }
        self.next = start;
        Ok(none)
    }

    fn command(&mut self, place: Place<'_>, stage: usize) -> Result<Command, Problem> {
        let at = self.peek().at;
        if matches!(
            self.peek().token,
            Token::Close | Token::ParenClose | Token::Pipe | Token::End
        ) {
            let what = match place {
                _ if stage > 0 => "a function after |",
                Place::Action => "a value in the action",
                Place::Paren => "a value in the parentheses",
                Place::Range => "what to go through after range",
                Place::Block("template" | "block") => "the data of the template",
                Place::Block(_) => "a condition",
            };
            return Err(Problem::syntax(at, format!("expected {what}")));
        }
        if let Token::Word(word) = self.peek().token.clone()
            && !matches!(word.as_str(), "true" | "false" | "nil")
        {
            self.take();
            return self.call(&word, at, stage).map(Command::Call);
        }
        let value = self.operand()?;
        if stage > 0 {
            return Err(Problem::syntax(at, "only a function can stand after |"));
        }
        if matches!(value.kind, ExprKind::Nil) {
            return Err(Problem::syntax(at, "nil is not a value that can stand alone"));
        }
        if !self.at_command_end() {
            return Err(Problem::syntax(
                at,
                "this is not a function, so nothing can follow it; is a function name missing?",
            ));
        }
        Ok(Command::Value(value))
    }

    fn at_command_end(&self) -> bool {
        matches!(self.peek().token, Token::Close | Token::ParenClose | Token::Pipe)
    }

    fn call(&mut self, name: &str, at: usize, stage: usize) -> Result<Call, Problem> {
        let function = self.function(name, at)?;
        let mut arguments = Vec::new();
        while !self.at_command_end() {
            if !self.peek().spaced {
                return Err(Problem::syntax(
                    self.peek().at,
                    "expected a space between arguments",
                ));
            }
            arguments.push(self.operand()?);
        }
        check_count(function, at, arguments.len() + usize::from(stage > 0))?;
        Ok(Call {
            at,
            end: self.previous_end(),
            function,
            arguments,
        })
    }

    fn function(&self, name: &str, at: usize) -> Result<&'static Function, Problem> {
        if KEYWORDS.contains(&name) {
            return Err(Problem::syntax(
                at,
                format!("{name} must stand at the start of its action"),
            ));
        }
        let kind = match funcs::lookup(name) {
            Lookup::Known(function) => {
                let after = self.peek();
                if matches!(after.token, Token::Field(_)) && !after.spaced {
                    return Err(Problem::syntax(
                        after.at,
                        "put the call into parentheses to read a field of its result",
                    ));
                }
                return Ok(function);
            }
            Lookup::Forbidden(why) => CompileErrorKind::ForbiddenFunction {
                name: name.to_owned(),
                why,
            },
            Lookup::Unknown(suggestion) => CompileErrorKind::UnknownFunction {
                name: name.to_owned(),
                suggestion,
            },
        };
        Err(Problem { at, kind })
    }

    /// One value with the fields that are read of it.
    fn operand(&mut self) -> Result<Expr, Problem> {
        let lexed = self.take();
        let at = lexed.at;
        let kind = match lexed.token {
            Token::Dot => ExprKind::Dot(Vec::new()),
            Token::Field(name) => ExprKind::Dot(self.fields(vec![name])),
            Token::Variable(name) => {
                let slot = self.slot(&name, at)?;
                ExprKind::Variable(slot, self.fields(Vec::new()))
            }
            Token::Quoted(text) => ExprKind::Text(text),
            Token::Number(Number::Int(value)) => ExprKind::Int(value),
            Token::Number(Number::Float(value)) => ExprKind::Float(value),
            Token::Word(word) => match word.as_str() {
                "true" => ExprKind::Bool(true),
                "false" => ExprKind::Bool(false),
                "nil" => ExprKind::Nil,
                _ => {
                    let function = self.function(&word, at)?;
                    check_count(function, at, 0)?;
                    ExprKind::Call(function)
                }
            },
            Token::ParenOpen => {
                let pipe = self.deeper(at, |parser| parser.pipeline(Place::Paren))?;
                let close = self.take();
                if close.token != Token::ParenClose {
                    return Err(Problem::syntax(close.at, "expected ) or a function after |"));
                }
                ExprKind::Paren(Box::new(pipe), self.fields(Vec::new()))
            }
            _ => return Err(Problem::syntax(at, "expected a value here")),
        };
        if matches!(self.peek().token, Token::Field(_) | Token::Dot) && !self.peek().spaced {
            return Err(Problem::syntax(
                self.peek().at,
                "there is nothing to read a field of here",
            ));
        }
        Ok(Expr {
            at,
            end: self.previous_end(),
            kind,
        })
    }

    /// `.a.b` right after a value.
    fn fields(&mut self, mut names: Vec<String>) -> Vec<String> {
        while let Token::Field(name) = &self.peek().token
            && !self.peek().spaced
        {
            names.push(name.clone());
            self.take();
        }
        names
    }
}

/// The variables before `:=` or `=`.
struct Targets {
    names: Vec<(String, usize)>,
    declares: bool,
}

fn check_count(function: &'static Function, at: usize, got: usize) -> Result<(), Problem> {
    if got >= function.min && function.max.is_none_or(|max| got <= max) {
        return Ok(());
    }
    let name = function.name.to_owned();
    Err(Problem {
        at,
        kind: CompileErrorKind::ArgumentCount {
            name,
            wants: function.wants(),
            got,
        },
    })
}

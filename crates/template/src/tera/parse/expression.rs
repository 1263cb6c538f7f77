//! Reads expressions, with the binding powers that Tera has.

use super::super::lex::Token;
use super::super::tree::{Arguments, Expr, Kind, Role};
use super::super::{Problem, limits};
use super::{Parsed, Parser};
use crate::CompileErrorKind;

/// Name, place, value.
pub(super) type Argument = (String, usize, Expr);

/// What stands between two operands.
enum Infix {
    /// An operator, and how tightly its right side holds on.
    Binary(&'static str, u8),
    Is,
    Pipe,
    NotIn,
    Subscript,
    If,
}

const OPERATORS: [(&str, u8, u8); 13] = [
    ("==", 7, 8),
    ("!=", 7, 8),
    ("<", 7, 8),
    ("<=", 7, 8),
    (">", 7, 8),
    (">=", 7, 8),
    ("+", 11, 12),
    ("-", 11, 12),
    ("*", 13, 14),
    ("/", 13, 14),
    ("%", 13, 14),
    ("~", 13, 14),
    ("//", 13, 14),
];
const POWER: (&str, u8, u8) = ("**", 16, 15);
const WORDS: [(&str, u8, u8); 3] = [("or", 1, 2), ("and", 3, 4), ("in", 5, 6)];
const IN: u8 = 5;
const PIPE: u8 = 17;

impl Parser<'_> {
    /// One expression, as long as its operators bind more tightly than `least`.
    pub(super) fn expression(&mut self, least: u8) -> Parsed<Expr> {
        if self.depth == 0 {
            self.operators = 0;
        }
        self.depth += 1;
        if self.depth > limits::NESTED_EXPRESSIONS {
            let message = format!(
                "the expression is nested too deeply; {} levels are allowed",
                limits::NESTED_EXPRESSIONS
            );
            return Err(Problem::too_large(self.at(), message));
        }
        let mut left = self.operand()?;
        while let Some(infix) = self.infix(least) {
            left = self.joined(left, &infix)?;
            if matches!(infix, Infix::If) {
                break;
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn count_operator(&mut self) -> Parsed<()> {
        self.operators += 1;
        if self.operators > limits::OPERATORS {
            let message = format!(
                "the expression is too long; {} operators are allowed",
                limits::OPERATORS
            );
            return Err(Problem::too_large(self.at(), message));
        }
        Ok(())
    }

    /// The operator that comes next, if it binds tightly enough.
    fn infix(&self, least: u8) -> Option<Infix> {
        let (infix, power) = match self.peek()? {
            Token::Op("[") => (Infix::Subscript, u8::MAX),
            Token::Op("|") => (Infix::Pipe, PIPE),
            Token::Op(op) => {
                let known = OPERATORS.iter().chain([&POWER]);
                let (op, left, right) = known.copied().find(|(own, _, _)| own == op)?;
                (Infix::Binary(op, right), left)
            }
            Token::Ident("not") => (Infix::NotIn, IN),
            Token::Ident("is") => (Infix::Is, IN),
            Token::Ident("if") => (Infix::If, 0),
            Token::Ident(word) => {
                let (op, left, right) = WORDS.iter().copied().find(|(own, _, _)| own == word)?;
                (Infix::Binary(op, right), left)
            }
            _ => return None,
        };
        (power >= least).then_some(infix)
    }

    fn joined(&mut self, left: Expr, infix: &Infix) -> Parsed<Expr> {
        let at = left.at;
        if !matches!(infix, Infix::If) {
            self.count_operator()?;
        }
        if matches!(infix, Infix::Subscript) {
            return self.subscript(left);
        }
        self.next += 1;
        let of = Box::new(left);
        let kind = match infix {
            Infix::Binary(op, power) => {
                let right = Box::new(self.expression(*power)?);
                match *op {
                    "and" => Kind::And(of, right),
                    "or" => Kind::Or(of, right),
                    "in" => Kind::In(of, right),
                    "==" | "!=" => Kind::Equal {
                        left: of,
                        right,
                        same: *op == "==",
                    },
                    _ => Kind::Parts(vec![*of, *right]),
                }
            }
            Infix::NotIn => {
                self.expect_word("in")?;
                let right = Box::new(self.expression(IN + 1)?);
                Kind::Not(Box::new(Expr {
                    at,
                    end: self.end(),
                    kind: Kind::In(of, right),
                }))
            }
            Infix::Is => {
                let negated = self.take_word("not");
                let (name, arguments) = self.named(Role::Test)?;
                let test = Kind::Test { of, name, arguments };
                if negated {
                    let end = self.end();
                    Kind::Not(Box::new(Expr { at, end, kind: test }))
                } else {
                    test
                }
            }
            Infix::Pipe => {
                let (name, arguments) = self.named(Role::Filter)?;
                Kind::Filter { of, name, arguments }
            }
            Infix::Subscript | Infix::If => {
                let test = Box::new(self.expression(0)?);
                self.expect_word("else")?;
                let no = Box::new(self.expression(0)?);
                Kind::Ternary { test, yes: of, no }
            }
        };
        Ok(Expr {
            at,
            end: self.end(),
            kind,
        })
    }

    /// A filter or test with its arguments.
    fn named(&mut self, role: Role) -> Parsed<(String, Arguments)> {
        let at = self.at();
        let name = self.ident()?;
        let given = self.maybe_arguments()?;
        self.used(role, &name, at, &given);
        let arguments = given.into_iter().map(|(name, _, value)| (name, value));
        Ok((name, arguments.collect()))
    }

    pub(super) fn maybe_arguments(&mut self) -> Parsed<Vec<Argument>> {
        let mut given = Vec::new();
        if !self.take_op("(") {
            return Ok(given);
        }
        while !self.take_op(")") {
            let at = self.at();
            if !matches!(self.peek(), Some(Token::Ident(_))) {
                return Err(self.unexpected("the name of an argument, as in `name=value`"));
            }
            let name = self.ident()?;
            self.expect_op("=")?;
            given.push((name, at, self.expression(0)?));
            if !self.is_op(")") {
                self.expect_op(",")?;
            }
        }
        Ok(given)
    }

    fn operand(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected("a value"));
        };
        let kind = match token {
            Token::Integer | Token::Float | Token::Bool | Token::Ident("none" | "None" | "null") => {
                self.next += 1;
                Kind::Constant
            }
            Token::Text(text) => {
                self.next += 1;
                Kind::Text(text)
            }
            Token::Op("-") => {
                self.next += 1;
                Kind::Parts(vec![self.expression(20)?])
            }
            Token::Ident("not") => {
                self.next += 1;
                Kind::Not(Box::new(self.expression(5)?))
            }
            Token::Ident(_) => return self.name(at),
            Token::Op("<") => {
                self.next += 1;
                return self.component_call(at, false);
            }
            Token::Op("{") => {
                self.next += 1;
                Kind::Parts(self.map()?)
            }
            Token::Op("[") => {
                self.next += 1;
                self.list()?
            }
            Token::Op("(") => {
                self.next += 1;
                let inner = self.expression(0)?;
                self.expect_op(")")?;
                return Ok(inner);
            }
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Expr {
            at,
            end: self.end(),
            kind,
        })
    }

    /// A variable with what is read of it, or the call of a function.
    fn name(&mut self, at: usize) -> Parsed<Expr> {
        let name = self.ident()?;
        if name.starts_with("__tera") {
            let why = "it is there for debugging, and prints everything in an order that changes";
            let kind = CompileErrorKind::ForbiddenFunction {
                name: limits::shown(&name),
                why,
            };
            return Err(Problem { at, kind });
        }
        if self.is_op("(") {
            let given = self.maybe_arguments()?;
            self.used(Role::Function, &name, at, &given);
            let values = given.into_iter().map(|(_, _, value)| value).collect();
            return Ok(self.closed(at, Kind::Parts(values)));
        }
        let counter = name == "loop" && self.loops > 0;
        let mut value = self.closed(at, Kind::Var(name));
        loop {
            let optional = self.is_op("?.");
            if optional || self.is_op(".") {
                self.count_operator()?;
                self.next += 1;
                let name = self.ident()?;
                let kind = if counter {
                    Kind::Constant
                } else {
                    let of = Box::new(value);
                    Kind::Attr { of, name, optional }
                };
                value = self.closed(at, kind);
            } else if self.is_op("[") || self.is_op("?[") {
                self.count_operator()?;
                value = self.subscript(value)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn closed(&self, at: usize, kind: Kind) -> Expr {
        let end = self.end();
        Expr { at, end, kind }
    }

    /// `[key]`, `[from:to:step]`; the bracket is not taken.
    fn subscript(&mut self, of: Expr) -> Parsed<Expr> {
        let at = of.at;
        let of = Box::new(of);
        let optional = self.is_op("?[");
        self.next += 1;
        let mut parts = Vec::new();
        if !self.is_op(":") {
            parts.push(self.expression(0)?);
        }
        let slice = self.take_op(":");
        if slice {
            if !self.is_op(":") && !self.is_op("]") {
                parts.push(self.expression(0)?);
            }
            if self.take_op(":") {
                parts.push(self.expression(0)?);
            }
        }
        self.expect_op("]")?;
        let kind = match (slice, parts.pop()) {
            (false, Some(key)) => {
                let key = Box::new(key);
                Kind::Item { of, key, optional }
            }
            (_, last) => {
                parts.extend(last);
                Kind::Slice(of, parts)
            }
        };
        Ok(self.closed(at, kind))
    }

    /// The values of a map; `{` is taken.
    fn map(&mut self) -> Parsed<Vec<Expr>> {
        let mut values = Vec::new();
        while !self.take_op("}") {
            if !self.take_op("...") {
                if !matches!(self.peek(), Some(Token::Text(_) | Token::Integer | Token::Bool)) {
                    return Err(self.unexpected("a key: a string, an integer or a boolean"));
                }
                self.next += 1;
                self.expect_op(":")?;
            }
            values.push(self.expression(0)?);
            if !self.is_op("}") {
                self.expect_op(",")?;
            }
        }
        Ok(values)
    }

    /// A list, or `[item for name in list if test]`; `[` is taken.
    fn list(&mut self) -> Parsed<Kind> {
        let mut items = Vec::new();
        while !self.take_op("]") {
            let spread = self.take_op("...");
            let item = self.expression(0)?;
            if !spread && items.is_empty() && self.take_word("for") {
                return self.comprehension(item);
            }
            items.push(item);
            if !self.is_op("]") {
                self.expect_op(",")?;
            }
        }
        Ok(Kind::Parts(items))
    }

    fn comprehension(&mut self, item: Expr) -> Parsed<Kind> {
        let (key, name) = self.loop_names()?;
        self.expect_word("in")?;
        let over = Box::new(self.expression(1)?);
        let test = if self.take_word("if") {
            Some(Box::new(self.expression(1)?))
        } else {
            None
        };
        self.expect_op("]")?;
        Ok(Kind::Comprehension {
            item: Box::new(item),
            key,
            name,
            over,
            test,
        })
    }
}

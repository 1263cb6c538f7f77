//! From tokens to a tree.

use std::sync::Arc;

use crate::{
    ast::{Call, Expr, Kind, Name, Operator, Select, Slot},
    limits::{MOST_LEVELS, MOST_PROBLEMS},
    place::{Span, shortened},
    problem::Problem,
    syntax::{
        lex::lex,
        macros,
        token::{RESERVED, Token, TokenKind},
    },
    value::Value,
};

/// The tree of a source.
///
/// # Errors
/// What is wrong: up to the first place where it is not clear how it goes on.
pub(crate) fn parse(source: &str) -> Result<Expr, Vec<Problem>> {
    let tokens = lex(source).map_err(|problem| vec![problem])?;
    let mut parser = Parser {
        source,
        tokens,
        next: 0,
        depth: 0,
        problems: Vec::new(),
    };
    let parsed = parser.whole();
    match parsed {
        Ok(expr) if parser.problems.is_empty() => Ok(expr),
        _ => Err(parser.problems),
    }
}

/// Parsing cannot go on; the problem is noted.
#[derive(Debug)]
pub(crate) struct Stop;

pub(crate) struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    problems: Vec<Problem>,
}

/// How deep the parser goes into itself; a bracket is several levels of its own. So there are at most 32 brackets inside
/// one another, and fewer where operators of many strengths stand between them.
const MOST_DEPTH: usize = 4 * 32;
const BRACKET: usize = 3;

type Parsed<T = Expr> = Result<T, Stop>;

/// Operators with two sides, and how strongly they bind.
const BINARY: [(&str, u8, Operator); 12] = [
    ("<", 3, Operator::Less),
    ("<=", 3, Operator::LessOrEqual),
    (">", 3, Operator::Greater),
    (">=", 3, Operator::GreaterOrEqual),
    ("==", 3, Operator::Equal),
    ("!=", 3, Operator::NotEqual),
    ("in", 3, Operator::In),
    ("+", 4, Operator::Add),
    ("-", 4, Operator::Subtract),
    ("*", 5, Operator::Multiply),
    ("/", 5, Operator::Divide),
    ("%", 5, Operator::Modulo),
];

impl Parser<'_> {
    fn whole(&mut self) -> Parsed {
        if self.tokens.len() <= 1 {
            self.note(Span::default(), "the expression is empty");
            return Err(Stop);
        }
        let expr = self.expression()?;
        match self.peek() {
            TokenKind::End => Ok(expr),
            _ => Err(self.unexpected("an operator or the end")),
        }
    }

    fn peek(&self) -> &TokenKind {
        self.tokens
            .get(self.next)
            .map_or(&TokenKind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        self.tokens
            .get(self.next)
            .or(self.tokens.last())
            .map(|token| token.span)
            .unwrap_or_default()
    }

    fn text(&self) -> &str {
        self.span().text(self.source)
    }

    fn advance(&mut self) -> Span {
        let span = self.span();
        self.next += 1;
        span
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), TokenKind::Sign(found) if *found == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<Span> {
        if self.is(sign) {
            return Ok(self.advance());
        }
        Err(self.unexpected(&format!("\"{sign}\"")))
    }

    /// Notes a problem after which parsing may go on.
    pub(crate) fn note(&mut self, span: Span, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem::new(self.source, span, message));
        }
    }

    fn unexpected(&mut self, wanted: &str) -> Stop {
        let span = self.span();
        let found = match self.peek() {
            TokenKind::End => "the expression ends".to_owned(),
            _ => format!("\"{}\" stands", shortened(span.text(self.source))),
        };
        self.note(span, format!("{found} where {wanted} should be"));
        Stop
    }

    fn too_deep(&mut self, span: Span) -> Stop {
        self.note(span, "the expression nests too deeply".to_owned());
        Stop
    }

    /// A node, if it is not too deep.
    pub(crate) fn node(&mut self, kind: Kind, at: Span) -> Parsed {
        let expr = Expr::new(kind, at);
        if expr.height > MOST_LEVELS {
            return Err(self.too_deep(at));
        }
        Ok(expr)
    }

    /// Parses something that is inside of what is parsed now, `levels` deeper.
    fn inside<T>(&mut self, levels: usize, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += levels;
        if self.depth > MOST_DEPTH {
            let span = self.span();
            return Err(self.too_deep(span));
        }
        let parsed = parse(self);
        self.depth -= levels;
        parsed
    }

    /// `a`, or `a ? b : c`.
    fn expression(&mut self) -> Parsed {
        self.inside(1, Self::ternary)
    }

    fn ternary(&mut self) -> Parsed {
        let first = self.binary(1)?;
        if !self.is("?") {
            return Ok(first);
        }
        let at = self.advance();
        let then = self.binary(1)?;
        self.expect(":")?;
        let otherwise = self.expression()?;
        self.node(Kind::If(Box::new([first, then, otherwise])), at)
    }

    /// An expression in brackets.
    fn bracketed(&mut self) -> Parsed {
        self.inside(BRACKET, Self::ternary)
    }

    /// Operators that bind at least so strongly.
    fn binary(&mut self, least: u8) -> Parsed {
        self.inside(1, |parser| parser.operators(least))
    }

    fn operators(&mut self, least: u8) -> Parsed {
        let mut left = self.unary()?;
        loop {
            let text = match self.peek() {
                TokenKind::Sign(sign) => sign,
                TokenKind::Name if self.text() == "in" => "in",
                _ => return Ok(left),
            };
            left = match text {
                "||" if least <= 1 => self.chain(left, "||", 2, Kind::Or)?,
                "&&" if least <= 2 => self.chain(left, "&&", 3, Kind::And)?,
                _ => {
                    let known = BINARY.into_iter().find(|(sign, _, _)| *sign == text);
                    let Some((_, strength, operator)) = known.filter(|known| known.1 >= least) else {
                        return Ok(left);
                    };
                    let at = self.advance();
                    let right = self.binary(strength + 1)?;
                    self.node(Kind::Operator(operator, vec![left, right]), at)?
                }
            };
        }
    }

    /// `a && b && c` is one node, so that it may be long.
    fn chain(&mut self, first: Expr, sign: &str, inside: u8, kind: fn(Vec<Expr>) -> Kind) -> Parsed {
        let at = self.span();
        let mut terms = vec![first];
        while self.eat(sign) {
            terms.push(self.binary(inside)?);
        }
        self.node(kind(terms), at)
    }

    fn unary(&mut self) -> Parsed {
        let sign = match self.peek() {
            TokenKind::Sign(sign @ ("!" | "-")) => *sign,
            _ => return self.member(None),
        };
        let at = self.span();
        let mut count = 0;
        while self.eat(sign) {
            count += 1;
        }
        if sign == "-" && count == 1 && matches!(self.peek(), TokenKind::Int | TokenKind::Double) {
            return self.member(Some(at));
        }
        let operand = self.member(None)?;
        // Each pair of them means nothing.
        if count % 2 == 0 {
            return Ok(operand);
        }
        let operator = if sign == "!" {
            Operator::Not
        } else {
            Operator::Negate
        };
        self.node(Kind::Operator(operator, vec![operand]), at)
    }

    /// An operand with the fields, calls and indexes behind it.
    fn member(&mut self, minus: Option<Span>) -> Parsed {
        let mut expr = match minus {
            Some(minus) => self.number(Some(minus))?,
            None => self.primary()?,
        };
        loop {
            if self.eat(".") {
                expr = self.field(expr)?;
            } else if self.is("[") {
                let open = self.advance();
                if self.is("?") {
                    return Err(self.no_optionals());
                }
                let index = self.bracketed()?;
                let close = self.expect("]")?;
                expr = self.node(Kind::Operator(Operator::Index, vec![expr, index]), open.to(close))?;
            } else if self.is("{") {
                let span = self.span();
                self.note(
                    span,
                    "messages cannot be made here; a map begins without a name: {'key': value}",
                );
                return Err(Stop);
            } else {
                return Ok(expr);
            }
        }
    }

    fn no_optionals(&mut self) -> Stop {
        let span = self.span();
        self.note(
            span,
            "optional values are not known here; has(a.b) tells whether a field is there, and \
             has(a.b) ? a.b : other gives another value",
        );
        Stop
    }

    /// What stands behind a point.
    fn field(&mut self, target: Expr) -> Parsed {
        if self.is("?") {
            return Err(self.no_optionals());
        }
        let at = self.span();
        let (name, may_be_called) = match self.peek().clone() {
            TokenKind::Name if !["in", "true", "false", "null"].contains(&self.text()) => {
                (Arc::from(self.text()), true)
            }
            TokenKind::Quoted(name) => (name, false),
            _ => return Err(self.unexpected("the name of a field")),
        };
        self.advance();
        if may_be_called && self.is("(") {
            let args = self.arguments()?;
            return self.call(name, Some(target), args, at, true);
        }
        let select = Select {
            target,
            field: name,
            test: false,
            declared: false,
        };
        self.node(Kind::Select(Box::new(select)), at)
    }

    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.expect("(")?;
        self.list(")", false, Self::bracketed)
    }

    /// Items with commas between them up to the closing bracket; where `trailing`, one more comma may stand at the end.
    fn list<T>(
        &mut self,
        close: &'static str,
        trailing: bool,
        item: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        if self.eat(close) {
            return Ok(items);
        }
        if trailing && self.is(",") {
            self.advance();
            self.expect(close)?;
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(close) {
                return Ok(items);
            }
            if !self.is(",") {
                return Err(self.unexpected(&format!("\",\" or \"{close}\"")));
            }
            self.advance();
            if trailing && self.eat(close) {
                return Ok(items);
            }
        }
    }

    /// A call, or a macro where it may be one: `.has(a.b)` is none.
    fn call(
        &mut self,
        name: Arc<str>,
        target: Option<Expr>,
        args: Vec<Expr>,
        at: Span,
        may_be_macro: bool,
    ) -> Parsed {
        let expanded = if may_be_macro {
            macros::expand(self, &name, target, args, at)?
        } else {
            Err((target, args))
        };
        match expanded {
            Ok(expr) => Ok(expr),
            Err((target, args)) => {
                let call = Call {
                    name,
                    target,
                    args,
                    function: None,
                    overloads: u32::MAX,
                    pattern: None,
                };
                self.node(Kind::Call(Box::new(call)), at)
            }
        }
    }

    fn primary(&mut self) -> Parsed {
        match self.peek().clone() {
            TokenKind::Int | TokenKind::Uint | TokenKind::Double => self.number(None),
            TokenKind::String(text) => {
                let at = self.advance();
                self.node(Kind::Literal(Value::String(text)), at)
            }
            TokenKind::Bytes(bytes) => {
                let at = self.advance();
                self.node(Kind::Literal(Value::Bytes(bytes)), at)
            }
            TokenKind::Name => self.name(false),
            TokenKind::Sign(".") => {
                self.advance();
                match self.peek() {
                    TokenKind::Name => self.name(true),
                    _ => Err(self.unexpected("a name")),
                }
            }
            TokenKind::Sign("(") => {
                self.advance();
                let expr = self.bracketed()?;
                self.expect(")")?;
                Ok(expr)
            }
            TokenKind::Sign("[") => {
                let at = self.advance();
                let items = self.list("]", true, |parser| {
                    if parser.is("?") {
                        return Err(parser.no_optionals());
                    }
                    parser.bracketed()
                })?;
                self.node(Kind::List(items), at)
            }
            TokenKind::Sign("{") => {
                let at = self.advance();
                let entries = self.list("}", true, Self::entry)?;
                self.node(Kind::Map(entries), at)
            }
            TokenKind::Sign(_) | TokenKind::Quoted(_) | TokenKind::End => Err(self.unexpected("a value")),
        }
    }

    fn entry(&mut self) -> Parsed<(Expr, Expr)> {
        if self.is("?") {
            return Err(self.no_optionals());
        }
        let key = self.bracketed()?;
        self.expect(":")?;
        Ok((key, self.bracketed()?))
    }

    fn name(&mut self, root: bool) -> Parsed {
        let at = self.advance();
        let word = at.text(self.source).to_owned();
        let constant = match word.as_str() {
            _ if root => None,
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            _ => None,
        };
        if let Some(value) = constant {
            return self.node(Kind::Literal(value), at);
        }
        if RESERVED.contains(&word.as_str()) {
            self.note(at, format!("\"{word}\" is a reserved word and cannot be a name"));
        }
        let name: Arc<str> = Arc::from(word);
        if self.is("(") {
            let args = self.arguments()?;
            return self.call(name, None, args, at, !root);
        }
        let slot = Slot::Unknown;
        self.node(Kind::Name(Name { name, root, slot }), at)
    }

    fn number(&mut self, minus: Option<Span>) -> Parsed {
        let kind = self.peek().clone();
        let token = self.advance();
        let at = minus.map_or(token, |minus| minus.to(token));
        let sign = if minus.is_some() { "-" } else { "" };
        let digits = token.text(self.source).trim_end_matches(['u', 'U']);
        let (digits, radix) = match digits.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None => (digits, 10),
        };
        let text = format!("{sign}{digits}");
        let (value, what) = match kind {
            TokenKind::Uint => (
                u64::from_str_radix(&text, radix).ok().map(Value::Uint),
                "0 to 18446744073709551615",
            ),
            TokenKind::Double => (
                text.parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite())
                    .map(Value::Double),
                "a double: at most about 1.8e308",
            ),
            _ => (
                i64::from_str_radix(&text, radix).ok().map(Value::Int),
                "-9223372036854775808 to 9223372036854775807",
            ),
        };
        let value = value.unwrap_or_else(|| {
            self.note(at, format!("this number is outside of {what}"));
            Value::Int(0)
        });
        self.node(Kind::Literal(value), at)
    }
}

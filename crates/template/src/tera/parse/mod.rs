//! Reads a template into a tree: the tags. Tera's own parser has the last word on what is right; this one is there
//! because Tera's tree cannot be looked at, and it bounds what Tera's parser gets to see.

mod expression;

use super::lex::{Lexed, Token};
use super::limits;
use super::tree::{Component, Expr, Kind, Node, Program, Role, Use};
use super::{Problem, names};

pub(super) type Parsed<T> = Result<T, Problem>;

/// Reads the words of a template.
///
/// *Errors*: the first thing that is no Tera, or that is nested too deeply.
pub(super) fn parse(tokens: Vec<Lexed<'_>>, length: usize) -> Parsed<Program> {
    let mut parser = Parser {
        tokens,
        next: 0,
        length,
        nesting: 0,
        depth: 0,
        operators: 0,
        loops: 0,
        arms: 0,
        out: Program::default(),
    };
    let nodes = parser.nodes(&[])?;
    parser.out.nodes = nodes;
    Ok(parser.out)
}

struct Parser<'a> {
    tokens: Vec<Lexed<'a>>,
    next: usize,
    /// Of the source.
    length: usize,
    /// Tags inside one another.
    nesting: usize,
    /// Expressions inside one another.
    depth: usize,
    /// In the expression that stands by itself.
    operators: usize,
    /// Loops around this place: in a loop, `loop` is its counter.
    loops: usize,
    /// `elif`s around this place.
    arms: usize,
    out: Program,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.next).map(|lexed| &lexed.token)
    }

    /// Where the next word begins.
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.length, |lexed| lexed.at)
    }

    /// Where the word before ended.
    fn end(&self) -> usize {
        self.next
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(0, |lexed| lexed.end)
    }

    fn is_op(&self, op: &str) -> bool {
        matches!(self.peek(), Some(Token::Op(own)) if *own == op)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Ident(own)) if *own == word)
    }

    fn take_op(&mut self, op: &str) -> bool {
        let found = self.is_op(op);
        self.next += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.next += usize::from(found);
        found
    }

    fn expect_op(&mut self, op: &'static str) -> Parsed<()> {
        if self.take_op(op) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{op}`")))
    }

    fn expect_word(&mut self, word: &'static str) -> Parsed<()> {
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{word}`")))
    }

    fn expect(&mut self, token: &Token<'_>, shown: &str) -> Parsed<()> {
        if self.peek() == Some(token) {
            self.next += 1;
            return Ok(());
        }
        Err(self.unexpected(shown))
    }

    fn ident(&mut self) -> Parsed<String> {
        let Some(Token::Ident(name)) = self.peek() else {
            return Err(self.unexpected("a name"));
        };
        let name = (*name).to_owned();
        self.next += 1;
        Ok(name)
    }

    /// `expected a name, found ","`
    fn unexpected(&self, wanted: &str) -> Problem {
        let found = match self.peek() {
            None => "the end of the template".to_owned(),
            Some(Token::Content | Token::PrintStart | Token::TagStart) => "text".to_owned(),
            Some(Token::PrintEnd) => "`}}`".to_owned(),
            Some(Token::TagEnd) => "`%}`".to_owned(),
            Some(Token::Ident(name)) => format!("`{}`", limits::shown(name)),
            Some(Token::Text(_)) => "a string".to_owned(),
            Some(Token::Integer | Token::Float) => "a number".to_owned(),
            Some(Token::Bool) => "a boolean".to_owned(),
            Some(Token::Op(op)) => format!("`{op}`"),
        };
        Problem::syntax(self.at(), format!("expected {wanted}, found {found}"))
    }

    /// What stands between two tags, up to the tag that begins with one of `ends`, of which `{%` is taken already.
    fn nodes(&mut self, ends: &[&str]) -> Parsed<Vec<Node>> {
        self.nesting += 1;
        if self.nesting > limits::NESTED_TAGS {
            let message = format!(
                "the tags are nested too deeply; {} levels are allowed",
                limits::NESTED_TAGS
            );
            return Err(Problem::too_large(self.at(), message));
        }
        let mut nodes = Vec::new();
        while let Some(token) = self.peek() {
            match token {
                Token::PrintStart => {
                    self.next += 1;
                    let value = self.expression(0)?;
                    self.expect(&Token::PrintEnd, "`}}` or an operator")?;
                    nodes.push(Node::Print(value));
                }
                Token::TagStart => {
                    self.next += 1;
                    let ended = match self.peek() {
                        Some(Token::Ident(word)) => ends.contains(word),
                        Some(Token::Op(op)) => ends.contains(op),
                        _ => false,
                    };
                    if ended {
                        break;
                    }
                    self.tag(&mut nodes)?;
                    self.expect(&Token::TagEnd, "`%}` or an operator")?;
                }
                Token::Content => self.next += 1,
                _ => return Err(self.unexpected("text")),
            }
        }
        self.nesting -= 1;
        Ok(nodes)
    }

    fn tag(&mut self, nodes: &mut Vec<Node>) -> Parsed<()> {
        let at = self.at();
        if self.is_op("<") {
            self.next += 1;
            let call = self.component_call(at, true)?;
            nodes.push(Node::Print(call));
            return Ok(());
        }
        let Some(Token::Ident(word)) = self.peek() else {
            return Err(self.unexpected("a tag such as `if`, `for` or `set`"));
        };
        let word = (*word).to_owned();
        self.next += 1;
        match word.as_str() {
            "set" | "set_global" => nodes.push(self.set(word == "set_global")?),
            "for" => nodes.push(self.for_loop()?),
            "if" => {
                let node = self.if_chain()?;
                self.expect_word("endif")?;
                nodes.push(node);
            }
            "filter" => {
                let filters = self.filters()?;
                let body = self.body(&["endfilter"])?;
                nodes.push(Node::Body(body, filters));
            }
            "block" => {
                self.ident()?;
                self.expect(&Token::TagEnd, "`%}`")?;
                let body = self.body(&["endblock"])?;
                if matches!(self.peek(), Some(Token::Ident(_))) {
                    self.next += 1;
                }
                nodes.push(Node::Body(body, vec![]));
            }
            "component" => self.component()?,
            "break" | "continue" => {}
            _ => return Err(names::unknown_tag(at, &word)),
        }
        Ok(())
    }

    /// The body of a tag and the name of its end.
    fn body(&mut self, ends: &[&str]) -> Parsed<Vec<Node>> {
        let nodes = self.nodes(ends)?;
        let Some(Token::Ident(word)) = self.peek() else {
            let wanted = ends.first().copied().unwrap_or_default();
            return Err(self.unexpected(&format!("`{{% {wanted} %}}`")));
        };
        if ends.contains(word) {
            self.next += 1;
        }
        Ok(nodes)
    }

    fn set(&mut self, global: bool) -> Parsed<Node> {
        let name = self.ident()?;
        if self.take_op("=") {
            let value = Some(self.expression(0)?);
            return Ok(Node::Set { name, value, global });
        }
        let filters = if self.is_op("|") {
            self.next += 1;
            self.filters()?
        } else {
            self.expect(&Token::TagEnd, "`=` or `%}`")?;
            vec![]
        };
        let body = self.body(&["endset"])?;
        let set = Node::Set {
            name,
            value: None,
            global,
        };
        Ok(Node::Body(vec![Node::Body(body, filters), set], vec![]))
    }

    /// `filter a | b(c=d) %}`: the arguments of the filters.
    fn filters(&mut self) -> Parsed<Vec<Expr>> {
        let mut arguments = Vec::new();
        loop {
            let at = self.at();
            let name = self.ident()?;
            let given = self.maybe_arguments()?;
            self.used(Role::Filter, &name, at, &given);
            arguments.extend(given.into_iter().map(|(_, _, value)| value));
            if !self.take_op("|") {
                self.expect(&Token::TagEnd, "`%}` or `|`")?;
                return Ok(arguments);
            }
        }
    }

    fn for_loop(&mut self) -> Parsed<Node> {
        let (key, name) = self.loop_names()?;
        self.expect_word("in")?;
        self.loops += 1;
        let over = self.expression(0)?;
        self.expect(&Token::TagEnd, "`%}` or an operator")?;
        let body = self.nodes(&["endfor", "else"])?;
        self.loops -= 1;
        let empty = if self.take_word("else") {
            self.expect(&Token::TagEnd, "`%}`")?;
            self.nodes(&["endfor"])?
        } else {
            vec![]
        };
        if !self.take_word("endfor") {
            return Err(self.unexpected("`{% endfor %}`"));
        }
        Ok(Node::For {
            key,
            name,
            over,
            body,
            empty,
        })
    }

    /// `name`, or `key, name`.
    fn loop_names(&mut self) -> Parsed<(Option<String>, String)> {
        let first = self.ident()?;
        if self.take_op(",") {
            return Ok((Some(first), self.ident()?));
        }
        Ok((None, first))
    }

    /// `if` with its `elif`s and its `else`, up to `endif`, which is not taken. Tera reads one `elif` inside the other,
    /// so their number is its depth.
    fn if_chain(&mut self) -> Parsed<Node> {
        let mut arms = Vec::new();
        let otherwise = loop {
            let test = self.expression(0)?;
            self.expect(&Token::TagEnd, "`%}` or an operator")?;
            let body = self.nodes(&["endif", "else", "elif"])?;
            arms.push((test, body));
            if self.is_word("elif") {
                self.arms += 1;
                if self.arms > limits::ARMS {
                    let message = format!("there are too many `elif`; {} are allowed", limits::ARMS);
                    return Err(Problem::too_large(self.at(), message));
                }
                self.next += 1;
                continue;
            }
            if self.take_word("else") {
                self.expect(&Token::TagEnd, "`%}`")?;
                break self.nodes(&["endif"])?;
            }
            if self.peek().is_none() {
                return Err(self.unexpected("`{% endif %}`"));
            }
            break vec![];
        };
        self.arms = self.arms.saturating_sub(arms.len().saturating_sub(1));
        let whole = arms.into_iter().rev().fold(otherwise, |otherwise, (test, body)| {
            vec![Node::If {
                test,
                body,
                otherwise,
            }]
        });
        whole
            .into_iter()
            .next()
            .ok_or_else(|| Problem::syntax(self.at(), "the `if` has no condition"))
    }

    fn component(&mut self) -> Parsed<()> {
        let name = self.dotted_name()?;
        self.expect_op("(")?;
        let mut implicit = Vec::new();
        while !self.take_op(")") {
            if self.take_op("...") {
                self.ident()?;
            } else {
                let asked = self.take_op("@");
                let parameter = self.ident()?;
                let default = self.parameter_type_and_default()?;
                if asked {
                    implicit.push((parameter, default));
                }
            }
            if !self.is_op(")") {
                self.expect_op(",")?;
            }
        }
        if self.is_op("{") {
            self.expression(0)?;
        }
        self.expect(&Token::TagEnd, "`%}`")?;
        let loops = std::mem::take(&mut self.loops);
        let body = self.body(&["endcomponent"])?;
        self.loops = loops;
        if matches!(self.peek(), Some(Token::Ident(_))) {
            self.dotted_name()?;
        }
        self.out.components.push(Component { name, implicit, body });
        Ok(())
    }

    /// `: string = "x"`; says whether there is a default.
    fn parameter_type_and_default(&mut self) -> Parsed<bool> {
        if self.take_op(":") {
            self.ident()?;
        }
        let default = self.take_op("=");
        if default {
            self.expression(0)?;
        }
        Ok(default)
    }

    /// `button`, `ui.button`
    fn dotted_name(&mut self) -> Parsed<String> {
        let mut name = self.ident()?;
        while self.take_op(".") {
            name.push('.');
            name.push_str(&self.ident()?);
        }
        Ok(name)
    }

    fn used(&mut self, role: Role, name: &str, at: usize, given: &[expression::Argument]) {
        self.out.uses.push(Use {
            role,
            name: name.to_owned(),
            at,
            arguments: given.iter().map(|(name, at, _)| (name.clone(), *at)).collect(),
            message: given.iter().find_map(|(name, _, value)| match &value.kind {
                Kind::Text(text) if name == "message" => Some(text.clone()),
                _ => None,
            }),
        });
    }

    /// `<name a="x" b={y} c {...z} />`, or with `>` and a body in a tag of its own. `<` is taken.
    fn component_call(&mut self, at: usize, with_body: bool) -> Parsed<Expr> {
        let name_at = self.at();
        let name = self.dotted_name()?;
        self.used(Role::Component, &name, name_at, &[]);
        let (mut given, mut values) = (Vec::new(), Vec::new());
        loop {
            if self.take_op("{") {
                self.expect_op("...")?;
                values.push(self.expression(0)?);
                self.expect_op("}")?;
            } else if matches!(self.peek(), Some(Token::Ident(_))) {
                let at = self.at();
                let attribute = self.ident()?;
                if !self.take_op("=") {
                    let end = self.end();
                    let kind = Kind::Var(attribute.clone());
                    values.push(Expr { at, end, kind });
                } else if self.take_op("{") {
                    values.push(self.expression(0)?);
                    self.expect_op("}")?;
                } else if matches!(self.peek(), Some(Token::Text(_))) {
                    self.next += 1;
                } else {
                    return Err(self.unexpected("a string or an expression in `{}`"));
                }
                given.push(attribute);
            } else {
                break;
            }
        }
        let body = if with_body {
            self.component_body(&name)?
        } else {
            self.expect_op("/")?;
            self.expect_op(">")?;
            vec![]
        };
        let kind = Kind::Component {
            name,
            given,
            values,
            body,
        };
        Ok(Expr {
            at,
            end: self.end(),
            kind,
        })
    }

    fn component_body(&mut self, name: &str) -> Parsed<Vec<Node>> {
        self.expect_op(">")?;
        self.expect(&Token::TagEnd, "`%}`")?;
        let body = self.nodes(&["</"])?;
        self.expect_op("</")?;
        let at = self.at();
        if self.dotted_name()? != name {
            let message = format!("this closes another component than {}", limits::shown(name));
            return Err(Problem::syntax(at, message));
        }
        self.expect_op(">")?;
        Ok(body)
    }
}

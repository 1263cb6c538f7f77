//! The tree of an expression. It is never deeper than [`MOST_LEVELS`](crate::limits::MOST_LEVELS), so that walking it,
//! and dropping it, needs little stack.

use std::sync::Arc;

use crate::{library::Function, place::Span, regex, value::Value};

/// A node.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) kind: Kind,
    /// What to show when something is wrong with it: the operator, the name of the function or field.
    pub(crate) at: Span,
    /// Levels below and including this one.
    pub(crate) height: usize,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Literal(Value),
    Name(Name),
    Select(Box<Select>),
    Call(Box<Call>),
    Operator(Operator, Vec<Expr>),
    /// Two or more.
    And(Vec<Expr>),
    /// Two or more.
    Or(Vec<Expr>),
    /// Condition, then, else.
    If(Box<[Expr; 3]>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Macro(Box<Macro>),
}

/// A variable, or the name of a type.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) name: Arc<str>,
    /// Written with a point before it: not a variable of a macro.
    pub(crate) root: bool,
    /// What it stands for; the checker says.
    pub(crate) slot: Slot,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Unknown,
    /// Of the environment, by its number there.
    Variable(usize),
    /// Of a macro, by its number from the outermost.
    Local(usize),
    Constant(Value),
}

/// `target.field`, or `has(target.field)`.
#[derive(Debug)]
pub(crate) struct Select {
    pub(crate) target: Expr,
    pub(crate) field: Arc<str>,
    pub(crate) test: bool,
    /// The target is an object with this field; the checker says.
    pub(crate) declared: bool,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Arc<str>,
    pub(crate) target: Option<Expr>,
    pub(crate) args: Vec<Expr>,
    /// The checker says.
    pub(crate) function: Option<&'static Function>,
    /// A bit for each overload that may be meant; the checker leaves out others.
    pub(crate) overloads: u32,
    /// Of `matches` with a constant pattern, compiled once.
    pub(crate) pattern: Option<regex::Program>,
}

/// An operator that evaluates all its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    In,
    Index,
    Not,
    Negate,
}

impl Operator {
    /// As it is written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract | Self::Negate => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::In => "in",
            Self::Index => "[ ]",
            Self::Not => "!",
        }
    }
}

/// `target.all(variable, predicate)` and its kin.
#[derive(Debug)]
pub(crate) struct Macro {
    pub(crate) kind: MacroKind,
    pub(crate) target: Expr,
    pub(crate) variable: Arc<str>,
    /// Absent in `map` with two arguments.
    pub(crate) predicate: Option<Expr>,
    /// In `map` only.
    pub(crate) transform: Option<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacroKind {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

impl Expr {
    /// A node, with the height that its children give it.
    pub(crate) fn new(kind: Kind, at: Span) -> Self {
        let tallest = |of: &[Self]| of.iter().map(|expr| expr.height).max().unwrap_or_default();
        let below = match &kind {
            Kind::Literal(_) | Kind::Name(_) => 0,
            Kind::Select(select) => select.target.height,
            Kind::Call(call) => {
                let target = call.target.as_ref().map_or(0, |target| target.height);
                target.max(tallest(&call.args))
            }
            Kind::Operator(_, of) | Kind::And(of) | Kind::Or(of) | Kind::List(of) => tallest(of),
            Kind::If(of) => tallest(&**of),
            Kind::Map(entries) => entries
                .iter()
                .map(|(key, value)| key.height.max(value.height))
                .max()
                .unwrap_or_default(),
            Kind::Macro(one) => [Some(&one.target), one.predicate.as_ref(), one.transform.as_ref()]
                .into_iter()
                .flatten()
                .map(|expr| expr.height)
                .max()
                .unwrap_or_default(),
        };
        Self {
            kind,
            at,
            height: below + 1,
        }
    }
}

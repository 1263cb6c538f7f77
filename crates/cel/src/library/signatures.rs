//! What functions and operators take and give.

use crate::{
    ast::Operator,
    value::{TypeName, Value},
};

/// A type in a signature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pattern {
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    Type,
    Dyn,
    /// Any type; the same wherever it stands in one signature.
    A,
    /// Any other.
    B,
    List(&'static Self),
    Map(&'static Self, &'static Self),
}

/// What is taken and given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature {
    /// Called as `target.name(…)`.
    pub(crate) member: bool,
    pub(crate) args: &'static [Pattern],
    pub(crate) result: Pattern,
}

impl Signature {
    /// Whether values have the types that are taken, as far as it can be seen without looking into them.
    pub(super) fn takes(&self, member: bool, args: &[Value]) -> bool {
        self.member == member
            && self.args.len() == args.len()
            && self
                .args
                .iter()
                .zip(args)
                .all(|(pattern, value)| pattern.takes(value))
    }
}

impl Pattern {
    fn takes(self, value: &Value) -> bool {
        let wanted = match self {
            Self::Dyn | Self::A | Self::B => return true,
            Self::Bool => TypeName::Bool,
            Self::Int => TypeName::Int,
            Self::Uint => TypeName::Uint,
            Self::Double => TypeName::Double,
            Self::String => TypeName::String,
            Self::Bytes => TypeName::Bytes,
            Self::Timestamp => TypeName::Timestamp,
            Self::Duration => TypeName::Duration,
            Self::Type => TypeName::Type,
            Self::List(_) => TypeName::List,
            Self::Map(..) => TypeName::Map,
        };
        value.type_name() == wanted
    }
}

use Pattern::{A, B, Bool, Bytes, Double, Duration, Int, String, Timestamp, Uint};

const LIST: Pattern = Pattern::List(&A);
const MAP: Pattern = Pattern::Map(&A, &B);

const fn on(args: &'static [Pattern], result: Pattern) -> Signature {
    Signature {
        member: false,
        args,
        result,
    }
}

const ADD: &[Signature] = &[
    on(&[Bytes, Bytes], Bytes),
    on(&[Double, Double], Double),
    on(&[Duration, Duration], Duration),
    on(&[Duration, Timestamp], Timestamp),
    on(&[Timestamp, Duration], Timestamp),
    on(&[Int, Int], Int),
    on(&[LIST, LIST], LIST),
    on(&[String, String], String),
    on(&[Uint, Uint], Uint),
];

const SUBTRACT: &[Signature] = &[
    on(&[Double, Double], Double),
    on(&[Duration, Duration], Duration),
    on(&[Int, Int], Int),
    on(&[Timestamp, Duration], Timestamp),
    on(&[Timestamp, Timestamp], Duration),
    on(&[Uint, Uint], Uint),
];

const MULTIPLY: &[Signature] = &[
    on(&[Double, Double], Double),
    on(&[Int, Int], Int),
    on(&[Uint, Uint], Uint),
];

const MODULO: &[Signature] = &[on(&[Int, Int], Int), on(&[Uint, Uint], Uint)];

const COMPARE: &[Signature] = &[
    on(&[Bool, Bool], Bool),
    on(&[Int, Int], Bool),
    on(&[Int, Double], Bool),
    on(&[Int, Uint], Bool),
    on(&[Uint, Uint], Bool),
    on(&[Uint, Double], Bool),
    on(&[Uint, Int], Bool),
    on(&[Double, Double], Bool),
    on(&[Double, Int], Bool),
    on(&[Double, Uint], Bool),
    on(&[String, String], Bool),
    on(&[Bytes, Bytes], Bool),
    on(&[Timestamp, Timestamp], Bool),
    on(&[Duration, Duration], Bool),
];

const EQUAL: &[Signature] = &[on(&[A, A], Bool)];
const IN: &[Signature] = &[on(&[A, LIST], Bool), on(&[A, MAP], Bool)];
const INDEX: &[Signature] = &[on(&[LIST, Int], A), on(&[MAP, A], B)];
const NOT: &[Signature] = &[on(&[Bool], Bool)];
const NEGATE: &[Signature] = &[on(&[Double], Double), on(&[Int], Int)];

/// What an operator takes and gives.
pub(crate) fn operator(operator: Operator) -> &'static [Signature] {
    match operator {
        Operator::Add => ADD,
        Operator::Subtract => SUBTRACT,
        Operator::Multiply | Operator::Divide => MULTIPLY,
        Operator::Modulo => MODULO,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => COMPARE,
        Operator::Equal | Operator::NotEqual => EQUAL,
        Operator::In => IN,
        Operator::Index => INDEX,
        Operator::Not => NOT,
        Operator::Negate => NEGATE,
    }
}

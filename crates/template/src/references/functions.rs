//! What functions give of what they get, as far as places of the data go.

use super::Segment;
use super::find::{Finder, Need};
use super::shape::Shape;
use crate::engine::ast::{Call, Expr, ExprKind};
use crate::funcs::{Function, Special};

impl<'p> Finder<'p> {
    /// The places that the result of a call may come from. Reads by key are told.
    pub(super) fn result(&mut self, call: &'p Call, arguments: &[Shape], need: Need) -> Shape {
        if let Some(shape) = self.looked_up(call, arguments, need) {
            return shape;
        }
        if let Some(shape) = passed_on(call, arguments) {
            return shape;
        }
        let whole = arguments
            .iter()
            .fold(Shape::unknown(), |all, argument| all.or(argument));
        self.read_whole(&whole, call.at);
        Shape::unknown()
    }

    /// Functions that read a place by its key.
    fn looked_up(&mut self, call: &'p Call, arguments: &[Shape], need: Need) -> Option<Shape> {
        let first = || arguments.first().cloned().unwrap_or_default();
        let (values, need): (Vec<Shape>, Need) = match call.function.name {
            "index" | "get" => {
                let keys = call.arguments.iter().skip(1);
                (
                    vec![keys.fold(first(), |value, key| value.step(&segment(key)))],
                    need,
                )
            }
            "dig" => {
                let keys = call.arguments.iter().take(arguments.len().saturating_sub(2));
                let map = arguments.last().cloned().unwrap_or_default();
                (
                    vec![keys.fold(map, |value, key| value.step(&segment(key)))],
                    Need::May,
                )
            }
            "hasKey" => (
                call.arguments
                    .get(1)
                    .map(|key| first().step(&segment(key)))
                    .into_iter()
                    .collect(),
                Need::May,
            ),
            "pluck" => {
                let key = call.arguments.first().map_or(Segment::Dynamic, segment);
                (
                    arguments.iter().skip(1).map(|map| map.step(&key)).collect(),
                    Need::May,
                )
            }
            _ => return None,
        };
        for value in &values {
            self.read(value, call.at, need);
        }
        Some(match call.function.name {
            "hasKey" => Shape::unknown(),
            "pluck" => Shape::list(values.into_iter()),
            _ => values.into_iter().next().unwrap_or_default(),
        })
    }
}

/// Functions that give their arguments, or parts of them.
fn passed_on(call: &Call, arguments: &[Shape]) -> Option<Shape> {
    let first = || arguments.first().cloned().unwrap_or_default();
    Some(match call.function.name {
        "default" | "coalesce" | "ternary" | "and" | "or" | "merge" | "mustMerge" | "mergeOverwrite"
        | "mustMergeOverwrite" | "concat" | "required" => arguments
            .iter()
            .fold(Shape::unknown(), |all, argument| all.or(argument)),
        "rest" | "initial" | "reverse" | "uniq" | "compact" | "slice" | "without" | "pick" | "omit"
        | "unset" | "deepCopy" | "mustDeepCopy" => first(),
        "first" | "last" | "mustFirst" | "mustLast" => first().step(&Segment::Element),
        "values" => Shape::list(std::iter::once(first().step(&Segment::Element))),
        "list" | "tuple" => Shape::list(arguments.iter().cloned()),
        "append" | "push" | "mustAppend" | "mustPush" | "prepend" | "mustPrepend" => {
            first().or(&Shape::list(arguments.iter().skip(1).cloned()))
        }
        "dict" => {
            let keys = call.arguments.iter().step_by(2).map(text);
            let values = arguments.iter().skip(1).step_by(2);
            Shape::map(
                keys.zip(values)
                    .filter_map(|(key, value)| Some((key?, value.clone())))
                    .collect(),
            )
        }
        "set" => match (call.arguments.get(1).and_then(text), arguments.get(2)) {
            (Some(key), Some(value)) => first().or(&Shape::map([(key, value.clone())].into())),
            _ => first(),
        },
        "not" | "empty" | "kindOf" | "kindIs" | "typeOf" | "typeIs" | "len" => Shape::unknown(),
        _ => return None,
    })
}

/// Plain text of the template.
pub(super) fn text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Text(text) => String::from_utf8(text.clone()).ok(),
        _ => None,
    }
}

/// What a key argument stands for.
pub(super) fn segment(key: &Expr) -> Segment {
    match (text(key), &key.kind) {
        (Some(key), _) => Segment::Index(key),
        (None, ExprKind::Int(_)) => Segment::Element,
        (None, _) => Segment::Dynamic,
    }
}

/// Whether a function fails when an argument is missing.
pub(super) fn argument_need(function: &Function, index: usize, outer: Need) -> Need {
    match (function.special, function.name) {
        // The value may be passed on to who needs it.
        (Special::And | Special::Or, _) => outer,
        (_, "index") => {
            if index == 0 {
                Need::Must
            } else {
                Need::May
            }
        }
        (Special::Forgives, _) => Need::May,
        // The message comes first.
        (_, "required") => Need::May,
        (Special::None | Special::Changes, _) => Need::Must,
    }
}

//! What functions give of what they get, as far as places of the data go.

use super::Segment;
use super::find::{Finder, Need};
use super::shape::Shape;
use crate::Function;
use crate::ast::{Command, Expr, ExprKind};

pub(super) fn is_and(function: &Function) -> bool {
    function.name == "and"
}

pub(super) fn is_or(function: &Function) -> bool {
    function.name == "or"
}

/// Functions that change the map that is their first argument.
pub(super) fn changes(function: &Function) -> bool {
    matches!(
        function.name,
        "set" | "unset" | "merge" | "mustMerge" | "mergeOverwrite" | "mustMergeOverwrite"
    )
}

/// Functions for which it is nothing special that an argument is missing.
fn forgives(function: &Function) -> bool {
    matches!(
        function.name,
        "not"
            | "eq"
            | "ne"
            | "default"
            | "empty"
            | "coalesce"
            | "all"
            | "any"
            | "ternary"
            | "quote"
            | "squote"
            | "cat"
            | "dict"
            | "list"
            | "tuple"
            | "has"
            | "mustHas"
            | "hasKey"
            | "dig"
            | "kindOf"
            | "kindIs"
            | "typeOf"
            | "typeIs"
            | "typeIsLike"
            | "deepEqual"
            // The message comes first.
            | "required"
    )
}

impl<'p> Finder<'p> {
    /// The places that the result of a call may come from. Reads by key are told.
    pub(super) fn result(
        &mut self,
        function: &Function,
        call: &'p Command,
        arguments: &[Shape],
        need: Need,
    ) -> Shape {
        if let Some(shape) = self.looked_up(function, call, arguments, need) {
            return shape;
        }
        if let Some(shape) = passed_on(function, call, arguments) {
            return shape;
        }
        let whole = arguments
            .iter()
            .fold(Shape::unknown(), |all, argument| all.or(argument));
        self.read_whole(&whole, call.span);
        Shape::unknown()
    }

    /// Functions that read a place by its key.
    fn looked_up(
        &mut self,
        function: &Function,
        call: &'p Command,
        arguments: &[Shape],
        need: Need,
    ) -> Option<Shape> {
        let first = || arguments.first().cloned().unwrap_or_default();
        let (values, need): (Vec<Shape>, Need) = match function.name {
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
            self.read(value, call.span, need);
        }
        Some(match function.name {
            "hasKey" => Shape::unknown(),
            "pluck" => Shape::list(values.into_iter()),
            _ => values.into_iter().next().unwrap_or_default(),
        })
    }
}

/// Functions that give their arguments, or parts of them.
fn passed_on(function: &Function, call: &Command, arguments: &[Shape]) -> Option<Shape> {
    let first = || arguments.first().cloned().unwrap_or_default();
    Some(match function.name {
        "default" | "coalesce" | "ternary" | "and" | "or" | "merge" | "mustMerge" | "mergeOverwrite"
        | "mustMergeOverwrite" | "concat" | "required" => arguments
            .iter()
            .fold(Shape::unknown(), |all, argument| all.or(argument)),
        "rest" | "initial" | "reverse" | "uniq" | "compact" | "slice" | "without" | "mustRest"
        | "mustInitial" | "mustReverse" | "mustUniq" | "mustCompact" | "mustSlice" | "mustWithout"
        | "pick" | "omit" | "unset" | "deepCopy" | "mustDeepCopy" => first(),
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
        "not" | "empty" | "kindOf" | "kindIs" | "typeOf" | "typeIs" | "typeIsLike" | "len" => {
            Shape::unknown()
        }
        _ => return None,
    })
}

/// Plain text of the template.
pub(super) fn text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Text(text) => std::str::from_utf8(text).ok().map(str::to_owned),
        _ => None,
    }
}

/// What a key argument stands for.
pub(super) fn segment(key: &Expr) -> Segment {
    match (text(key), &key.kind) {
        (Some(key), _) => Segment::Index(key),
        (None, ExprKind::Number(_)) => Segment::Element,
        (None, _) => Segment::Dynamic,
    }
}

/// Whether a function fails when an argument is missing.
pub(super) fn argument_need(function: &Function, index: usize, outer: Need) -> Need {
    match function.name {
        // The value may be passed on to who needs it.
        "and" | "or" => outer,
        "index" if index == 0 => Need::Must,
        "index" => Need::May,
        _ if forgives(function) => Need::May,
        _ => Need::Must,
    }
}

//! Calls that are not calls: `has`, and those that go through lists and maps.

use std::sync::Arc;

use crate::{
    ast::{Expr, Kind, Macro, MacroKind},
    place::Span,
    syntax::parser::{Parser, Stop},
};

/// A macro becomes its node. Another call is given back: its target and its arguments.
#[expect(
    clippy::type_complexity,
    reason = "a call that is none is handed back as it came"
)]
pub(super) fn expand(
    parser: &mut Parser<'_>,
    name: &str,
    target: Option<Expr>,
    args: Vec<Expr>,
    at: Span,
) -> Result<Result<Expr, (Option<Expr>, Vec<Expr>)>, Stop> {
    let kind = match (name, args.len()) {
        ("has", 1) if target.is_none() => return has(parser, args, at).map(Ok),
        ("all", 2) => MacroKind::All,
        ("exists", 2) => MacroKind::Exists,
        ("exists_one", 2) => MacroKind::ExistsOne,
        ("filter", 2) => MacroKind::Filter,
        ("map", 2 | 3) => MacroKind::Map,
        _ => return Ok(Err((target, args))),
    };
    let Some(target) = target else {
        return Ok(Err((None, args)));
    };
    let mut args = args.into_iter();
    let (first, second, third) = (args.next(), args.next(), args.next());
    let variable = first.as_ref().and_then(variable_name);
    let Some(variable) = variable else {
        let span = first.map_or(at, |first| first.at);
        parser.note(
            span,
            format!("the first argument of {name} is the name of a variable: items.{name}(item, …)"),
        );
        return parser.node(Kind::List(Vec::new()), at).map(Ok);
    };
    let (predicate, transform) = match (kind, third) {
        (MacroKind::Map, None) => (None, second),
        (_, third) => (second, third),
    };
    let node = Macro {
        kind,
        target,
        variable,
        predicate,
        transform,
    };
    parser.node(Kind::Macro(Box::new(node)), at).map(Ok)
}

fn variable_name(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        Kind::Name(name) if !name.root && &*name.name != "__result__" => Some(Arc::clone(&name.name)),
        _ => None,
    }
}

/// `has(a.b)`: whether the field is there.
fn has(parser: &mut Parser<'_>, mut args: Vec<Expr>, at: Span) -> Result<Expr, Stop> {
    match args.pop() {
        Some(Expr {
            kind: Kind::Select(mut select),
            at,
            ..
        }) if !select.test => {
            select.test = true;
            parser.node(Kind::Select(select), at)
        }
        other => {
            let span = other.as_ref().map_or(at, |other| other.at);
            let advice = match other.map(|other| other.kind) {
                Some(Kind::Operator(crate::ast::Operator::Index, _)) => "; for a[b], write b in a",
                _ => "",
            };
            parser.note(span, format!("has() asks for a field, as in has(a.b){advice}"));
            parser.node(Kind::List(Vec::new()), at)
        }
    }
}

//! What went wrong, in words of the template and the names of types: never in values.

use super::Machine;
use super::call::Site;
use crate::ast::{Expr, ExprKind, Ident, Range, Variable};
use crate::place::shortened;
use crate::{ExecError, ExecErrorKind, Failure, Function, Missing, Place, Span, Type, Value};

/// A failure and its place.
#[derive(Debug)]
pub(super) struct Fault {
    span: Span,
    kind: ExecErrorKind,
}

#[cold]
fn typed(span: Span, message: String, go: String) -> Box<Fault> {
    Box::new(Fault {
        span,
        kind: ExecErrorKind::Type { message, go },
    })
}

impl Fault {
    #[cold]
    pub(super) fn typed(span: Span, message: impl Into<String>, go: impl Into<String>) -> Box<Self> {
        typed(span, message.into(), go.into())
    }

    /// A bound was reached.
    #[cold]
    pub(super) fn limit(span: Span, failure: Failure) -> Box<Self> {
        let message = match failure {
            Failure::Limit(message) | Failure::Message(message) => message,
            _ => "a limit was reached",
        };
        Box::new(Self {
            span,
            kind: ExecErrorKind::Limit(message),
        })
    }

    #[cold]
    pub(super) fn undefined(variable: &Variable) -> Box<Self> {
        let name = shortened(&variable.name);
        typed(
            variable.span,
            format!("the variable {name} is not set here; set it with {name} := … before"),
            format!("undefined variable: {name}"),
        )
    }

    #[cold]
    pub(super) fn nil_command(span: Span) -> Box<Self> {
        Self::typed(
            span,
            "nil alone is no value to print or set",
            "nil is not a command",
        )
    }

    #[cold]
    pub(super) fn two_variables(span: Span) -> Box<Self> {
        Self::typed(
            span,
            "range over a number sets one variable",
            "can't use a number to iterate over more than one variable",
        )
    }

    /// `index`: which field of a chain it is.
    #[cold]
    pub(super) fn no_field(value: Value<'_>, field: &Ident, site: &Site<'_>, index: usize) -> Box<Self> {
        let name = shortened(&field.name);
        match value {
            Value::Map(_) => typed(
                site.span,
                format!("{name} is a value of a map, and takes no arguments"),
                format!("{name} is not a method but has arguments"),
            ),
            Value::Nil | Value::Missing => typed(
                site.span,
                format!("the field {name} is read of something that is null; guard it with {{{{ with }}}}"),
                format!("nil pointer evaluating interface {{}}.{name}"),
            ),
            other => {
                // What was taken out of a map is an interface to Go.
                let of = if index > 0 || site.boxed {
                    "interface {}"
                } else {
                    crate::fmt::type_name(other)
                };
                typed(
                    site.span,
                    format!(
                        "the field {name} is read of {}, which has no fields",
                        kind_words(other)
                    ),
                    format!("can't evaluate field {name} in type {of}"),
                )
            }
        }
    }

    #[cold]
    pub(super) fn wrong_count(function: &Function, site: &Site<'_>) -> Box<Self> {
        let name = function.name;
        let fixed = function.params.fixed.len();
        let go = if function.params.rest.is_some() {
            // Go does not count what the pipe brings here.
            let got = site.arguments.len();
            format!("wrong number of args for {name}: want at least {fixed} got {got}")
        } else {
            format!(
                "wrong number of args for {name}: want {fixed} got {}",
                site.count()
            )
        };
        let piped = if site.piped.is_some() {
            ", with what the pipe brings"
        } else {
            ""
        };
        let message = format!(
            "{name} takes {}, and gets {}{piped}",
            function.wants(),
            site.count()
        );
        typed(site.span, message, go)
    }
}

impl Machine<'_> {
    #[cold]
    pub(super) fn explain(&self, fault: Fault) -> ExecError {
        let source = self.template.source();
        ExecError {
            template: self.template.name().into(),
            running: self.running.into(),
            span: fault.span,
            place: Place::of(source, fault.span.start as usize),
            context: self.snippet(fault.span).into(),
            kind: fault.kind,
        }
    }

    /// What stands at a place of the source, short and on one line.
    pub(super) fn snippet(&self, span: Span) -> String {
        const LONGEST: usize = 60;
        let text = span.text(self.template.source());
        let mut short: String = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((cut, _)) = short.char_indices().nth(LONGEST) {
            short.truncate(cut);
            short.push('…');
        }
        short
    }

    #[cold]
    pub(super) fn no_value(&self, span: Span) -> Box<Fault> {
        Box::new(Fault {
            span,
            kind: ExecErrorKind::NoValue(self.snippet(span)),
        })
    }

    #[cold]
    pub(super) fn cannot_range(&self, range: &Range, value: Value<'_>) -> Box<Fault> {
        let what = kind_words(value);
        // Without its variables.
        let first = range.pipe.commands.first();
        let span = Span {
            start: first.map_or(range.pipe.span.start, |first| first.span.start),
            end: range.pipe.span.end,
        };
        typed(
            span,
            format!(
                "range goes through lists, maps and whole numbers, and {} is {what}",
                self.snippet(span)
            ),
            format!(
                "range can't iterate over a value of type {}",
                crate::fmt::type_name(value)
            ),
        )
    }

    #[cold]
    pub(super) fn no_template(&self, name: &str, span: Span) -> Box<Fault> {
        let known = self.template.tree().defines.keys().map(AsRef::as_ref);
        let hint = crate::suggest::nearest(name, known);
        let hint = hint
            .map(|name| format!("; did you mean {name:?}?"))
            .unwrap_or_default();
        let name = shortened(name);
        typed(
            span,
            format!("no template {name:?} is defined{hint}"),
            format!("template {name:?} not defined"),
        )
    }

    #[cold]
    pub(super) fn not_a_function(&self, site: &Site<'_>) -> Box<Fault> {
        let what = self.snippet(site.head);
        typed(
            site.head,
            format!("{what} is no function, and takes no arguments"),
            format!("can't give argument to non-function {}", without_parens(&what)),
        )
    }

    #[cold]
    pub(super) fn overflows(&self, expr: &Expr) -> Box<Fault> {
        let what = self.snippet(expr.span);
        typed(
            expr.span,
            format!("{what} is larger than an int can be"),
            format!("{what} overflows int"),
        )
    }

    #[cold]
    pub(super) fn missing_argument(&self, wanted: Type, span: Span, function: &Function) -> Box<Fault> {
        if self.template.missing() == Missing::Refuse {
            return self.no_value(span);
        }
        let message = format!(
            "{}, and {} has no value; give it one, or use default",
            Fault::wanted(function, wanted),
            self.snippet(span)
        );
        typed(span, message, format!("invalid value; expected {}", wanted.go()))
    }

    #[cold]
    pub(super) fn wrong_type(
        &self,
        value: Value<'_>,
        wanted: Type,
        span: Span,
        function: &Function,
    ) -> Box<Fault> {
        let got = match value {
            Value::Nil | Value::Missing => "interface {}",
            other => crate::fmt::type_name(other),
        };
        let hint = match (wanted, value) {
            (Type::Int, Value::Int64(_) | Value::Float(_) | Value::Str(_)) => "; convert it with int",
            (Type::Int64, Value::Int(_) | Value::Float(_) | Value::Str(_)) => "; convert it with int64",
            (Type::Float, Value::Int(_) | Value::Int64(_) | Value::Str(_)) => "; convert it with float64",
            (Type::String, Value::Nil | Value::Missing) => "; give it one with default",
            (Type::String, Value::List(_) | Value::Map(_)) => "",
            (Type::String, _) => "; convert it with toString",
            _ => "",
        };
        let message = format!(
            "{}, and {} is {}{hint}",
            Fault::wanted(function, wanted),
            self.snippet(span),
            kind_words(value)
        );
        let go = format!("wrong type for value; expected {}; got {got}", wanted.go());
        typed(span, message, go)
    }

    #[cold]
    pub(super) fn wrong_constant(&self, wanted: Type, expr: &Expr, function: &Function) -> Box<Fault> {
        let what = self.snippet(expr.span);
        let go = match wanted {
            Type::Bool => format!("expected bool; found {what}"),
            Type::String => format!("expected string; found {what}"),
            Type::Int | Type::Int64 | Type::Duration | Type::Month | Type::Weekday => {
                format!("expected integer; found {what}")
            }
            Type::Uint64 => format!("expected unsigned integer; found {what}"),
            Type::Float => format!("expected float; found {what}"),
            _ => format!("can't handle {what} for arg of type {}", wanted.go()),
        };
        let message = format!("{}, and {what} is none", Fault::wanted(function, wanted));
        typed(expr.span, message, go)
    }

    #[cold]
    pub(super) fn boxed(&self, span: Span, function: &Function) -> Box<Fault> {
        let what = self.snippet(span);
        let message = format!(
            "{} cannot take {what} straight out of the data; put parentheses around it",
            function.name
        );
        let go = format!(
            "error calling {}: cannot index slice/array with type interface {{}}",
            function.name
        );
        typed(span, message, go)
    }

    /// A function gave nothing.
    #[cold]
    pub(super) fn failed(
        &self,
        function: &'static Function,
        failure: Failure,
        site: &Site<'_>,
    ) -> Box<Fault> {
        let argument = |index: usize| match site.arguments.get(index) {
            Some(argument) => argument.span,
            None => site.piped.map_or(site.span, |piped| piped.from.span),
        };
        let of_function = |span, message| {
            Box::new(Fault {
                span,
                kind: ExecErrorKind::Function {
                    function: function.name,
                    message,
                },
            })
        };
        match failure {
            Failure::Argument(index, why) => {
                let span = argument(index);
                of_function(span, format!("{} {why}", self.snippet(span)))
            }
            Failure::Message(message) => of_function(site.span, message.to_owned()),
            Failure::CannotHold { format, why } => {
                of_function(site.span, format!("{format} cannot hold the value: {why}"))
            }
            Failure::Types(message, [first, second]) => {
                of_function(site.span, message.replace("{0}", first).replace("{1}", second))
            }
            Failure::Limit(_) => Fault::limit(site.span, failure),
            Failure::Stop(index) => Box::new(Fault {
                span: site.span,
                kind: ExecErrorKind::Stopped(constant_text(site, index)),
            }),
        }
    }
}

/// An argument that is a constant of the template: that may be shown.
fn constant_text(site: &Site<'_>, index: usize) -> Option<String> {
    let mut expr = match site.arguments.get(index) {
        Some(argument) => argument,
        None => {
            let from = site.piped?.from;
            from.arguments.is_empty().then_some(&from.head)?
        }
    };
    loop {
        match &expr.kind {
            ExprKind::Text(text) => return String::from_utf8(text.to_vec()).ok(),
            ExprKind::Paren(pipe) => match pipe.commands.as_slice() {
                [only] if only.arguments.is_empty() => expr = &only.head,
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// Go's tree does not know of parentheses.
fn without_parens(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    inner.map_or(text, str::trim)
}

/// The kind of a value for a person.
fn kind_words(value: Value<'_>) -> String {
    let words = match value {
        Value::Missing | Value::Nil => return "null".to_owned(),
        Value::Bool(_) => "true or false",
        Value::Int(_) | Value::Int64(_) | Value::Int32(_) | Value::Uint8(_) | Value::Uint64(_) => {
            "a whole number"
        }
        Value::Float(_) => "a number",
        Value::Complex(..) => "a complex number",
        Value::Str(_) => return "a string".to_owned(),
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Object(_) => "a value",
    };
    format!("{words} ({})", crate::fmt::type_name(value))
}

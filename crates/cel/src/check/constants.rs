//! Texts in an expression that can only fail when it runs: patterns, times, durations.

use crate::{
    ast::{Call, Kind},
    place::Span,
    regex,
    run::{Failure, Meter},
    value::{Duration, Timestamp, Value},
};

/// What is wrong with a constant argument, and where. A constant pattern is kept as it was compiled.
pub(super) fn check(call: &mut Call) -> Option<(Span, String)> {
    let last = call.args.last()?;
    let text = match (&*call.name, &last.kind) {
        (_, Kind::Literal(Value::String(text))) => text,
        ("timestamp", Kind::Literal(Value::Int(seconds))) if Timestamp::from_seconds(*seconds).is_none() => {
            return Some((
                last.at,
                "this time is not between the years 1 and 9999".to_owned(),
            ));
        }
        (name @ ("timestamp" | "duration"), Kind::Literal(Value::Null)) => {
            return Some((last.at, format!("null is no {name}")));
        }
        _ => return None,
    };
    let message = match &*call.name {
        "matches" if call.target.is_some() => {
            let mut meter = Meter::new(&crate::Limits::default());
            match regex::compile(text, &mut meter) {
                Ok(program) => {
                    call.pattern = Some(program);
                    return None;
                }
                Err(Failure::Regex(why)) => format!("this is no regular expression: {why}"),
                Err(_) => "this regular expression is too large".to_owned(),
            }
        }
        "timestamp" if Timestamp::parse(text).is_none() => {
            "this is no time; one is written as \"2026-01-31T12:00:00Z\"".to_owned()
        }
        "duration" if Duration::parse(text).is_none() => {
            "this is no duration; one is written as \"1h30m\" or \"1.5s\"".to_owned()
        }
        _ => return None,
    };
    Some((last.at, message))
}

//! Texts in an expression that can only fail when it runs: patterns, times, durations.

use crate::{
    ast::{Call, Kind},
    place::Span,
    regex,
    run::{Failure, Meter},
    value::{Duration, Timestamp, Value},
};

/// What is wrong with a constant argument, and where.
pub(super) fn check(call: &Call) -> Option<(Span, String)> {
    let last = call.args.last()?;
    let Kind::Literal(Value::String(text)) = &last.kind else {
        return None;
    };
    let message = match &*call.name {
        "matches" => {
            let mut meter = Meter::new(&crate::Limits::default());
            match regex::compile(text, &mut meter) {
                Ok(_) => return None,
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

//! The strings extension, as Kubernetes has it. Places are counted in characters.

use crate::{
    library::{Function, Overload, Pattern},
    run::{Failure, Meter},
    value::Value,
};

use Pattern::{Int, String as Text};

const TEXTS: Pattern = Pattern::List(&Text);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "charAt",
        overloads: &[Overload::member(&[Text, Int], Text, char_at)],
    },
    Function {
        name: "indexOf",
        overloads: &[
            Overload::member(&[Text, Text], Int, index_of),
            Overload::member(&[Text, Text, Int], Int, index_of),
        ],
    },
    Function {
        name: "lastIndexOf",
        overloads: &[
            Overload::member(&[Text, Text], Int, last_index_of),
            Overload::member(&[Text, Text, Int], Int, last_index_of),
        ],
    },
    Function {
        name: "join",
        overloads: &[
            Overload::member(&[TEXTS], Text, join),
            Overload::member(&[TEXTS, Text], Text, join),
        ],
    },
    Function {
        name: "lowerAscii",
        overloads: &[Overload::member(&[Text], Text, lower)],
    },
    Function {
        name: "replace",
        overloads: &[
            Overload::member(&[Text, Text, Text], Text, replace),
            Overload::member(&[Text, Text, Text, Int], Text, replace),
        ],
    },
    Function {
        name: "split",
        overloads: &[
            Overload::member(&[Text, Text], TEXTS, split),
            Overload::member(&[Text, Text, Int], TEXTS, split),
        ],
    },
    Function {
        name: "substring",
        overloads: &[
            Overload::member(&[Text, Int], Text, substring),
            Overload::member(&[Text, Int, Int], Text, substring),
        ],
    },
    Function {
        name: "trim",
        overloads: &[Overload::member(&[Text], Text, trim)],
    },
    Function {
        name: "upperAscii",
        overloads: &[Overload::member(&[Text], Text, upper)],
    },
];

const OUTSIDE: Failure = Failure::Range("the index is outside of the text");

/// The text that a function is called on; going through it is paid for.
fn target<'v>(args: &'v [Value], meter: &mut Meter) -> Result<&'v str, Failure> {
    match args.first() {
        Some(Value::String(text)) => {
            meter.walk(text.len())?;
            Ok(text)
        }
        _ => Err(Failure::NoOverload),
    }
}

fn text(args: &[Value], at: usize) -> Result<&str, Failure> {
    args.get(at).and_then(Value::as_str).ok_or(Failure::NoOverload)
}

fn int(args: &[Value], at: usize) -> Result<Option<i64>, Failure> {
    match args.get(at) {
        None => Ok(None),
        Some(Value::Int(number)) => Ok(Some(*number)),
        Some(_) => Err(Failure::NoOverload),
    }
}

fn make(text: &str, meter: &mut Meter) -> Result<Value, Failure> {
    meter.make(text.len())?;
    Ok(Value::from(text))
}

/// Where a character begins, in bytes; the end is one behind the last.
fn offset(text: &str, index: i64) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .nth(index)
}

fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

fn char_at(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let text = target(args, meter)?;
    let at = offset(text, int(args, 1)?.ok_or(Failure::NoOverload)?).ok_or(OUTSIDE)?;
    let one: String = text.get(at..).unwrap_or_default().chars().take(1).collect();
    make(&one, meter)
}

fn index_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let whole = target(args, meter)?;
    let part = text(args, 1)?;
    meter.read(whole.len().saturating_mul(4) + part.len())?;
    let from = int(args, 2)?.unwrap_or(0);
    if from < 0 {
        return Err(OUTSIDE);
    }
    let Some(start) = offset(whole, from) else {
        // Nothing is found behind the end, but for nothing itself.
        return Ok(Value::Int(if part.is_empty() { characters(whole) } else { -1 }));
    };
    let found = whole.get(start..).unwrap_or_default().find(part);
    let before = found.and_then(|found| whole.get(..start + found));
    Ok(Value::Int(before.map_or(-1, characters)))
}

fn last_index_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let whole = target(args, meter)?;
    let part = text(args, 1)?;
    meter.walk(whole.len().saturating_mul(4) + part.len())?;
    let length = characters(whole);
    let from = int(args, 2)?;
    if from.is_some_and(|from| from < 0) {
        return Err(OUTSIDE);
    }
    if part.is_empty() {
        return Ok(Value::Int(from.unwrap_or(length).min(length)));
    }
    let Some(start) = from.map_or(Some(whole.len()), |from| offset(whole, from)) else {
        return Ok(Value::Int(-1));
    };
    if from.is_some() && start == whole.len() {
        return Ok(Value::Int(-1));
    }
    // A match begins at `start` at the latest, so what is behind its end there is not looked at. One that is cut off
    // there would not be the part.
    let end = start.saturating_add(part.len());
    let within = whole.get(..end).unwrap_or_else(|| tail_cut(whole, end));
    let found = within.rfind(part);
    let before = found.and_then(|found| whole.get(..found));
    Ok(Value::Int(before.map_or(-1, characters)))
}

/// The text up to the last boundary between characters before `end`.
fn tail_cut(text: &str, end: usize) -> &str {
    let end = (0..=end.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

fn join(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let Some(Value::List(items)) = args.first() else {
        return Err(Failure::NoOverload);
    };
    let separator = match args.get(1) {
        None => "",
        Some(_) => text(args, 1)?,
    };
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        let item = item.as_str().ok_or(Failure::Conversion(
            "join takes a list of strings, and this one holds something else",
        ))?;
        let separator = if at == 0 { "" } else { separator };
        meter.step(1)?;
        meter.make(separator.len() + item.len())?;
        out.push_str(separator);
        out.push_str(item);
    }
    Ok(Value::from(out))
}

fn lower(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let text = target(args, meter)?;
    meter.make(text.len())?;
    Ok(Value::from(text.to_ascii_lowercase()))
}

fn upper(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let text = target(args, meter)?;
    meter.make(text.len())?;
    Ok(Value::from(text.to_ascii_uppercase()))
}

/// Less than zero: as often as there are any.
fn count(args: &[Value], at: usize) -> Result<usize, Failure> {
    let count = int(args, at)?.unwrap_or(-1);
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn replace(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let whole = target(args, meter)?;
    let (old, new) = (text(args, 1)?, text(args, 2)?);
    let most = count(args, 3)?;
    meter.read(whole.len().saturating_mul(4) + old.len())?;
    let mut out = String::new();
    let mut rest = 0;
    for (at, found) in whole.match_indices(old).take(most) {
        let kept = whole.get(rest..at).unwrap_or_default();
        meter.step(1)?;
        meter.make(kept.len() + new.len())?;
        out.push_str(kept);
        out.push_str(new);
        rest = at + found.len();
    }
    let kept = whole.get(rest..).unwrap_or_default();
    meter.make(kept.len())?;
    out.push_str(kept);
    Ok(Value::from(out))
}

fn split(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let whole = target(args, meter)?;
    let separator = text(args, 1)?;
    let most = count(args, 2)?;
    meter.read(whole.len().saturating_mul(4) + separator.len())?;
    let mut parts = Vec::new();
    let mut take = |part: &str| {
        meter.step(2)?;
        meter.make(size_of::<Value>() + part.len())?;
        parts.push(Value::from(part));
        Ok(())
    };
    if separator.is_empty() {
        // Each character by itself.
        let mut rest = whole;
        for number in 1.. {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            if first == 0 || number > most {
                break;
            }
            let cut = if number == most { rest.len() } else { first };
            let (part, behind) = rest.split_at_checked(cut).unwrap_or((rest, ""));
            take(part)?;
            rest = behind;
        }
    } else if most > 0 {
        for part in whole.splitn(most, separator) {
            take(part)?;
        }
    }
    Ok(Value::list(parts))
}

fn substring(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let text = target(args, meter)?;
    let start = int(args, 1)?.ok_or(Failure::NoOverload)?;
    let end = int(args, 2)?;
    if end.is_some_and(|end| start > end) {
        return Err(Failure::Range("the end of the substring is before its start"));
    }
    let from = offset(text, start).ok_or(OUTSIDE)?;
    let to = match end {
        Some(end) => offset(text, end).ok_or(OUTSIDE)?,
        None => text.len(),
    };
    make(text.get(from..to).unwrap_or_default(), meter)
}

fn trim(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let text = target(args, meter)?;
    make(text.trim(), meter)
}

//! Paths, split and cleaned as text. Nothing looks at a file system; those of the operating system are Linux's.

use crate::{Call, Failure, Function, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("base", &[Type::String], Type::String, base),
    Function::new("dir", &[Type::String], Type::String, dir),
    Function::new("clean", &[Type::String], Type::String, cleaned),
    Function::new("ext", &[Type::String], Type::String, ext),
    Function::new("isAbs", &[Type::String], Type::Bool, is_abs),
    Function::new("osBase", &[Type::String], Type::String, base),
    Function::new("osDir", &[Type::String], Type::String, dir),
    Function::new("osClean", &[Type::String], Type::String, cleaned),
    Function::new("osExt", &[Type::String], Type::String, ext),
    Function::new("osIsAbs", &[Type::String], Type::Bool, is_abs),
];

fn base<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let path = call.bytes(0)?;
    if path.is_empty() {
        return Ok(Value::Str(b"."));
    }
    let slashes = path.iter().rev().take_while(|byte| **byte == b'/').count();
    let path = path.get(..path.len() - slashes).unwrap_or_default();
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    Ok(Value::Str(if last.is_empty() { b"/" } else { last }))
}

fn dir<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let path = call.bytes(0)?;
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    call.give(clean(path.get(..end).unwrap_or_default()))
}

fn cleaned<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let path = call.bytes(0)?;
    call.give(clean(path))
}

fn ext<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let path = call.bytes(0)?;
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let point = last.iter().rposition(|byte| *byte == b'.');
    Ok(Value::Str(
        point.and_then(|at| last.get(at..)).unwrap_or_default(),
    ))
}

fn is_abs<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Bool(call.bytes(0)?.starts_with(b"/")))
}

/// The shortest path that means the same, as far as text can tell.
fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => match parts.last() {
                Some(last) if *last != b".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

//! Paths with slashes, as Go's `path` handles them. No file is touched.

use super::{Arguments, Function, fixed};
use crate::engine::meter::Failure;
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("base", 1, |a| with(a, base)),
    fixed("base", 1, |a| with(a, base)).called("osBase"),
    fixed("dir", 1, |a| with(a, dir)),
    fixed("dir", 1, |a| with(a, dir)).called("osDir"),
    fixed("clean", 1, |a| with(a, clean)),
    fixed("clean", 1, |a| with(a, clean)).called("osClean"),
    fixed("ext", 1, |a| with(a, ext)),
    fixed("ext", 1, |a| with(a, ext)).called("osExt"),
    fixed("isAbs", 1, is_abs),
    fixed("isAbs", 1, is_abs).called("osIsAbs"),
];

fn with(arguments: &mut Arguments<'_>, change: fn(&str) -> String) -> Result<Value, Failure> {
    let path = change(arguments.str(0)?);
    arguments.give(path)
}

fn is_abs(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(arguments.str(0)?.starts_with('/')))
}

fn base(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some(last) if !last.is_empty() => last.to_owned(),
        _ => "/".to_owned(),
    }
}

fn dir(path: &str) -> String {
    let end = path.rfind('/').map_or(0, |slash| slash + 1);
    clean(path.get(..end).unwrap_or_default())
}

fn ext(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rfind('.')
        .and_then(|dot| last.get(dot..))
        .unwrap_or_default()
        .to_owned()
}

fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

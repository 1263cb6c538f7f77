//! Runs calls whose results are known from Go: lines such as `trunc(3, "hello") = "hel"`. `!` stands for a failure, and
//! what follows `|` is what the arguments are afterwards, where the call changed them.
//!
//! Values: `nil`, `true`, `5` (int), `5l` (int64), `5u` (uint8), `f1.5` (float64), `"text"`, `[any]`, `s["a"]`
//! ([]string), `i[1]` ([]int), `a[[1]]` ([][]interface {}), `{"k": any}`, `s{"k": "v"}`, `nil[]` and `nil{}` (of Go's nil
//! slice and map), `v"1.2.3"` (a version).

use crate::funcs::Cache;
use crate::object::Version;
use crate::{Arena, Call, Elem, Function, Limits, Meter, Object, Value, fmt};

/// Limits that none of these calls reaches, other than those that never end.
pub(crate) const LIMITS: Limits = Limits {
    output_bytes: 1 << 20,
    steps: 1_000_000,
    work_bytes: 1 << 24,
    depth: 100,
};

/// Checks every line of a file. Gives how many there are.
pub(crate) fn check(tables: &[&[Function]], lines: &str) -> usize {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in lines
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        count += 1;
        let Some(found) = run(tables, line) else {
            wrong.push(format!("{line}\n     cannot be read"));
            continue;
        };
        let (_, expected) = line.rsplit_once(" = ").unwrap();
        if found != expected {
            wrong.push(format!("{line}\n     gives {found}"));
        }
    }
    let shown: Vec<_> = wrong.iter().take(60).cloned().collect();
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        shown.join("\n")
    );
    count
}

/// Calls what a line names.
fn run(tables: &[&[Function]], line: &str) -> Option<String> {
    let (call, _) = line.rsplit_once(" = ")?;
    let (name, arguments) = call.split_once('(')?;
    let function = tables
        .iter()
        .rev()
        .flat_map(|table| table.iter())
        .find(|function| function.name == name)?;
    let arena = Arena::new();
    let mut reader = Reader {
        text: arguments.as_bytes(),
        arena: &arena,
    };
    let mut values = Vec::new();
    while !reader.eats(")") {
        values.push(reader.value()?);
        reader.eats(", ");
    }
    let before: Vec<_> = values.iter().map(|value| show(*value)).collect();
    let mut meter = Meter::new(&LIMITS);
    let result = (function.run)(&mut Call {
        arguments: &values,
        meter: &mut meter,
        cache: &mut Cache::default(),
        arena: &arena,
    });
    let mut found = match result {
        Ok(value) => show(value),
        Err(_) => "!".to_owned(),
    };
    let after: Vec<_> = values.iter().map(|value| show(*value)).collect();
    if before != after {
        found += &format!(" | {}", after.join(", "));
    }
    Some(found)
}

struct Reader<'t, 'a> {
    text: &'t [u8],
    arena: &'a Arena<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn eats(&mut self, start: &str) -> bool {
        let rest = self.text.strip_prefix(start.as_bytes());
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn value(&mut self) -> Option<Value<'a>> {
        Some(match () {
            () if self.eats("nil[]") => self.arena.nil_list(Elem::Any),
            () if self.eats("nil{}") => self.arena.nil_map(Elem::Any),
            () if self.eats("nil") => Value::Nil,
            () if self.eats("true") => Value::Bool(true),
            () if self.eats("false") => Value::Bool(false),
            () if self.eats("v\"") => {
                let version = Version::parse(&self.string()?).ok()?;
                self.arena.object(Object::Version(version))
            }
            () if self.eats("\"") => Value::Str(self.arena.bytes(self.string()?)),
            () if self.eats("[") => self.list(Elem::Any)?,
            () if self.eats("s[") => self.list(Elem::String)?,
            () if self.eats("i[") => self.list(Elem::Int)?,
            () if self.eats("a[") => self.list(Elem::Anys)?,
            () if self.eats("{") => self.map(Elem::Any)?,
            () if self.eats("s{") => self.map(Elem::String)?,
            () => self.number()?,
        })
    }

    fn number(&mut self) -> Option<Value<'a>> {
        let end = self
            .text
            .iter()
            .position(|byte| matches!(byte, b',' | b')' | b']' | b'}'));
        let (number, rest) = self.text.split_at(end.unwrap_or(self.text.len()));
        self.text = rest;
        let number = std::str::from_utf8(number).ok()?;
        Some(if let Some(float) = number.strip_prefix('f') {
            Value::Float(float.parse().ok()?)
        } else if let Some(long) = number.strip_suffix('l') {
            Value::Int64(long.parse().ok()?)
        } else if let Some(byte) = number.strip_suffix('u') {
            Value::Uint8(byte.parse().ok()?)
        } else {
            Value::Int(number.parse().ok()?)
        })
    }

    fn list(&mut self, elem: Elem) -> Option<Value<'a>> {
        let mut items = Vec::new();
        while !self.eats("]") {
            items.push(self.value()?);
            self.eats(", ");
        }
        Some(self.arena.list(elem, items))
    }

    fn map(&mut self, elem: Elem) -> Option<Value<'a>> {
        let mut entries = Vec::new();
        while !self.eats("}") {
            let Value::Str(key) = self.value()? else {
                return None;
            };
            self.eats(": ");
            entries.push((key, self.value()?));
            self.eats(", ");
        }
        Some(self.arena.map(elem, entries))
    }

    /// Behind the opening quote.
    fn string(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            let (byte, rest) = self.text.split_first()?;
            self.text = rest;
            match byte {
                b'"' => return Some(out),
                b'\\' => {
                    let (escape, rest) = self.text.split_first()?;
                    self.text = rest;
                    match escape {
                        b'x' => out.push(u8::try_from(self.hex(2)?).ok()?),
                        b'u' => out.extend(self.char(4)?.to_string().bytes()),
                        b'U' => out.extend(self.char(8)?.to_string().bytes()),
                        b'a' => out.push(7),
                        b'b' => out.push(8),
                        b't' => out.push(9),
                        b'n' => out.push(10),
                        b'v' => out.push(11),
                        b'f' => out.push(12),
                        b'r' => out.push(13),
                        other => out.push(*other),
                    }
                }
                other => out.push(*other),
            }
        }
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let (number, rest) = self.text.split_at_checked(digits)?;
        self.text = rest;
        u32::from_str_radix(std::str::from_utf8(number).ok()?, 16).ok()
    }

    fn char(&mut self, digits: usize) -> Option<char> {
        char::from_u32(self.hex(digits)?)
    }
}

/// Writes a value as it is read; of what is deep, only the outer levels.
pub(crate) fn show(value: Value<'_>) -> String {
    show_levels(value, 8)
}

fn show_levels(value: Value<'_>, levels: u32) -> String {
    if levels == 0 {
        return "...".to_owned();
    }
    match value {
        Value::Missing => "missing".to_owned(),
        Value::Nil => "nil".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Int64(value) => format!("{value}l"),
        Value::Uint8(value) => format!("{value}u"),
        Value::Float(value) => format!("f{}", String::from_utf8_lossy(&fmt::float(value))),
        Value::Str(text) => quoted(text),
        Value::List(list) if list.is_nil() => "nil[]".to_owned(),
        Value::List(list) => {
            let items: Vec<_> = list
                .items()
                .iter()
                .map(|item| show_levels(*item, levels - 1))
                .collect();
            let sort = match list.elem {
                Elem::Any => "",
                Elem::String => "s",
                Elem::Int => "i",
                Elem::Byte => "b",
                Elem::Anys => "a",
            };
            format!("{sort}[{}]", items.join(", "))
        }
        Value::Map(map) if map.is_nil() => "nil{}".to_owned(),
        Value::Map(map) => {
            let entries: Vec<_> = map
                .entries()
                .into_iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), show_levels(value, levels - 1)))
                .collect();
            let sort = if map.elem == Elem::String { "s" } else { "" };
            format!("{sort}{{{}}}", entries.join(", "))
        }
        Value::Object(object) => format!("v{}", quoted(object.text().as_bytes())),
        Value::Int32(_) | Value::Uint64(_) | Value::Complex(..) => "other".to_owned(),
    }
}

/// ASCII in quotes.
fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    let mut rest = text;
    while let Some((char, width)) = fmt::decode(rest) {
        out += &match char {
            None => format!("\\x{:02x}", rest[0]),
            Some(char @ ('"' | '\\')) => format!("\\{char}"),
            Some('\u{7}') => "\\a".to_owned(),
            Some('\u{8}') => "\\b".to_owned(),
            Some('\t') => "\\t".to_owned(),
            Some('\n') => "\\n".to_owned(),
            Some('\u{b}') => "\\v".to_owned(),
            Some('\u{c}') => "\\f".to_owned(),
            Some('\r') => "\\r".to_owned(),
            Some(char @ ' '..='~') => char.to_string(),
            Some(char @ ..='\u{7f}') => format!("\\x{:02x}", u32::from(char)),
            Some(char @ ..='\u{ffff}') => format!("\\u{:04x}", u32::from(char)),
            Some(char) => format!("\\U{:08x}", u32::from(char)),
        };
        rest = &rest[width..];
    }
    out + "\""
}

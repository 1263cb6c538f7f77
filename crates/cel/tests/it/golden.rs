//! Cases with the answers of cel-go, as they are kept in `testdata/go/*.json`: one file for each topic, in groups that
//! share data. `tests/cel-oracle` writes them.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use patchbay_cel::{Env, EvalErrorKind, Key, Limits, Object, Program, Type, Value, compile};
use serde_json::Value as Json;

/// Cases of one topic.
#[derive(Debug, Default)]
pub struct Golden {
    /// What they are about.
    pub about: String,
    /// In the order of the list that they were made from.
    pub groups: Vec<Group>,
}

/// Cases with the same data.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// The variables; an object.
    pub data: Json,
    /// Expressions and what cel-go makes of them.
    pub cases: Vec<(String, Answer)>,
}

/// What an engine makes of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The value, as [`show`] writes it.
    Ok(String),
    /// It does not compile, with the error's text.
    Compile(String),
    /// It fails while it runs, with the error's text.
    Eval(String),
    /// It ran into a bound of the engine's own.
    Stopped(String),
}

impl Answer {
    /// The answer of a phase.
    pub fn new(phase: &str, text: &str) -> Option<Self> {
        let text = text.to_owned();
        match phase {
            "ok" => Some(Self::Ok(text)),
            "compile" => Some(Self::Compile(text)),
            "eval" => Some(Self::Eval(text)),
            "stopped" => Some(Self::Stopped(text)),
            _ => None,
        }
    }

    /// The name of the phase that it came to.
    pub fn phase(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Compile(_) => "compile",
            Self::Eval(_) => "eval",
            Self::Stopped(_) => "stopped",
        }
    }

    /// The value or the error.
    pub fn text(&self) -> &str {
        match self {
            Self::Ok(text) | Self::Compile(text) | Self::Eval(text) | Self::Stopped(text) => text,
        }
    }

    /// Whether two engines agree: the same value, or an error in the same phase.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ok(one), Self::Ok(two)) => one == two,
            _ => self.phase() == other.phase(),
        }
    }

    /// For a person.
    pub fn shown(&self) -> String {
        format!("{} {}", self.phase(), self.text().replace('\n', " "))
    }
}

/// The one type with named fields.
static RESPONSE: LazyLock<Object> = LazyLock::new(|| Object {
    name: "Response",
    fields: vec![
        ("statusCode", Type::Int),
        ("bodyString", Type::String),
        ("headers", Type::map(Type::String, Type::list(Type::String))),
        ("body", Type::Dyn),
    ],
});

/// The environment of all cases; `tests/cel-oracle/main.go` says the same in Go.
pub fn env() -> Env {
    Env::new()
        .source_bytes(4096)
        .variable("b", Type::Bool)
        .variable("i", Type::Int)
        .variable("u", Type::Uint)
        .variable("d", Type::Double)
        .variable("s", Type::String)
        .variable("y", Type::Bytes)
        .variable("t", Type::Timestamp)
        .variable("p", Type::Duration)
        .variable("l", Type::list(Type::Int))
        .variable("ls", Type::list(Type::String))
        .variable("m", Type::map(Type::String, Type::Int))
        .variable("v", Type::Dyn)
        .variable("response", Type::Object(&RESPONSE))
}

/// The variables of a group, with the types of the environment.
///
/// # Errors
/// A variable is not of its type.
pub fn variables(data: &Json) -> Result<Vec<(&str, Value)>, String> {
    let entries = data.as_object().into_iter().flatten();
    entries
        .map(|(name, json)| {
            let value = match (name.as_str(), json) {
                ("u", Json::Number(number)) => number.as_u64().map(Value::Uint),
                ("d", Json::Number(number)) => number.as_f64().map(Value::Double),
                ("y", Json::String(text)) => Some(Value::from(text.as_bytes())),
                ("t", Json::String(text)) => computed(&format!("timestamp('{text}')")),
                ("p", Json::String(text)) => computed(&format!("duration('{text}')")),
                ("u" | "d" | "y" | "t" | "p", _) => None,
                (_, json) => Some(Value::from(json)),
            };
            let value = value.ok_or(format!("{name} is not of its type"))?;
            Ok((name.as_str(), value))
        })
        .collect()
}

fn computed(source: &str) -> Option<Value> {
    let program: Program = compile(source, &Env::new(), &Type::Dyn).ok()?;
    program.run(&[], &Limits::default()).ok()
}

/// Bounds that no honest case runs into: agreement is asked for, not thrift.
pub const WIDE: Limits = Limits {
    steps: 20_000_000,
    bytes: 256 << 20,
};

/// What our engine makes of an expression.
pub fn ours(source: &str, data: &Json) -> Answer {
    let program = match compile(source, &env(), &Type::Dyn) {
        Ok(program) => program,
        Err(problems) => {
            let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Answer::Compile(texts.join("; "));
        }
    };
    let variables = match variables(data) {
        Ok(variables) => variables,
        Err(why) => return Answer::Stopped(why),
    };
    match program.run(&variables, &WIDE) {
        Ok(value) => Answer::Ok(show(&value)),
        Err(error) if error.kind == EvalErrorKind::Limit => Answer::Stopped(error.to_string()),
        Err(error) => Answer::Eval(error.to_string()),
    }
}

/// The same text in Go and in Rust: bytes that are not printable ASCII are `\xHH`.
fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => out.push_str(&format!("\\x{byte:02x}")),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out + "\""
}

/// A value with its type; maps in the order of what is written.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("bool({value})"),
        Value::Int(number) => format!("int({number})"),
        Value::Uint(number) => format!("uint({number})"),
        Value::Double(number) if number.is_nan() => "double(NaN)".to_owned(),
        Value::Double(number) => format!("double({:016x})", number.to_bits()),
        Value::String(text) => format!("string({})", quote(text.as_bytes())),
        Value::Bytes(bytes) => format!("bytes({})", quote(bytes)),
        Value::Timestamp(point) => format!("timestamp({point})"),
        Value::Duration(stretch) => format!("duration({})", stretch.0),
        Value::Type(of) => format!("type({})", of.name()),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(show).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entry =
                |(key, value): (&Key, &Value)| format!("{}: {}", show(&Value::from(key)), show(value));
            let mut entries: Vec<String> = map.iter().map(entry).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

impl Golden {
    /// Reads a file's text.
    pub fn from_text(text: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(text).ok()?;
        let groups = json.get("groups")?.as_array()?;
        Some(Self {
            about: json.get("about")?.as_str()?.to_owned(),
            groups: groups.iter().map(group).collect::<Option<_>>()?,
        })
    }
}

fn group(json: &Json) -> Option<Group> {
    let case = |case: &Json| {
        let text = |at: usize| case.get(at).and_then(Json::as_str);
        Some((text(0)?.to_owned(), Answer::new(text(1)?, text(2)?)?))
    };
    let cases = json.get("cases")?.as_array()?;
    Some(Group {
        data: json.get("data")?.clone(),
        cases: cases.iter().map(case).collect::<Option<_>>()?,
    })
}

/// The files of goldens in a folder, sorted by name: topic and content.
///
/// # Errors
/// The folder or a file cannot be read, or a file is not of the form.
pub fn read(folder: &Path) -> Result<Vec<(String, Golden)>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let golden = Golden::from_text(&text).ok_or(format!("{}: not of the form", path.display()))?;
        let topic = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok((topic.into_owned(), golden))
    };
    paths.iter().map(read).collect()
}

/// A difference that is meant, and why.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// A sentence.
    pub reason: String,
    /// What our error says where this is the cause.
    pub says: Vec<String>,
    /// What cel-go's error says where this is the cause.
    pub go_says: Vec<String>,
    /// Cases that differ for this reason, where no words tell.
    pub cases: Vec<String>,
}

impl Accepted {
    /// Whether this is why our answer is another than cel-go's.
    pub fn explains(&self, source: &str, go: &Answer, ours: &Answer) -> bool {
        let failed = |answer: &Answer| !matches!(answer, Answer::Ok(_));
        let within = |words: &[String], answer: &Answer| {
            failed(answer) && words.iter().any(|words| answer.text().contains(words.as_str()))
        };
        within(&self.says, ours) || within(&self.go_says, go) || self.cases.iter().any(|case| case == source)
    }
}

/// Reads the list of differences.
///
/// # Errors
/// The file cannot be read or is not of the form.
pub fn accepted(path: &Path) -> Result<Vec<Accepted>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let json: Json = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let entry = |entry: &Json| {
        let words = |key: &str| -> Vec<String> {
            let list = entry.get(key).and_then(Json::as_array);
            list.into_iter()
                .flatten()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect()
        };
        Some(Accepted {
            reason: entry.get("reason")?.as_str()?.to_owned(),
            says: words("says"),
            go_says: words("goSays"),
            cases: words("cases"),
        })
    };
    json.as_array()
        .and_then(|entries| entries.iter().map(entry).collect())
        .ok_or(format!("{}: not of the form", path.display()))
}

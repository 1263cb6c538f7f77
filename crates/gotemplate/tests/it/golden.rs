//! Cases with the answers of Go, as they are kept in `testdata/go/*.json`: one file for each topic, in groups that share
//! data and delimiters. `tests/oracle` writes them.

use std::path::{Path, PathBuf};

use gotemplate::{Data, Limits, Options, Template};
use serde_json::Value;

/// Cases of one topic.
#[derive(Debug, Default)]
pub struct Golden {
    /// What they are about.
    pub about: String,
    /// In the order of the list that they were made from.
    pub groups: Vec<Group>,
}

/// Cases with the same surroundings.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Whether sprig's functions are there, or only Go's own.
    pub sprig: bool,
    /// Left delimiter; empty for `{{`.
    pub left: String,
    /// Right delimiter; empty for `}}`.
    pub right: String,
    /// The data.
    pub data: Value,
    /// Templates and what Go makes of them.
    pub cases: Vec<(String, Answer)>,
}

/// What an engine makes of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Output.
    Ok(Vec<u8>),
    /// It does not parse, with the error's text.
    Parse(String),
    /// It fails while it runs, with the error's text.
    Exec(String),
    /// It ran into a bound of the engine's own.
    Stopped(String),
}

impl Answer {
    /// The name of the phase that it came to.
    pub fn phase(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Parse(_) => "parse",
            Self::Exec(_) => "exec",
            Self::Stopped(_) => "stopped",
        }
    }

    /// Whether two engines agree: the same output, or an error in the same phase.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ok(one), Self::Ok(two)) => one == two,
            _ => self.phase() == other.phase(),
        }
    }

    /// For a person: output as text, errors with their phase.
    pub fn shown(&self) -> String {
        match self {
            Self::Ok(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
            Self::Parse(text) | Self::Exec(text) | Self::Stopped(text) => {
                format!("{} error: {text}", self.phase())
            }
        }
    }

    fn from_json(json: &Value) -> Option<Self> {
        let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
        let bytes = || -> Option<Vec<u8>> {
            let numbers = json.get("bytes")?.as_array()?;
            numbers
                .iter()
                .map(|number| u8::try_from(number.as_u64()?).ok())
                .collect()
        };
        json.as_str()
            .map(|text| Self::Ok(text.as_bytes().to_vec()))
            .or_else(|| text("parse").map(Self::Parse))
            .or_else(|| text("exec").map(Self::Exec))
            .or_else(|| text("stopped").map(Self::Stopped))
            .or_else(|| bytes().map(Self::Ok))
    }
}

impl Group {
    /// Our engine's options for these surroundings.
    pub fn options(&self) -> Options {
        Options {
            left: self.left.clone(),
            right: self.right.clone(),
            ..if self.sprig {
                Options::sprig()
            } else {
                Options::builtin()
            }
        }
    }

    /// What our engine makes of a template in these surroundings.
    pub fn ours(&self, template: &str) -> Answer {
        ours(template, &self.options(), &self.data)
    }
}

/// Bounds that no honest case runs into: agreement is asked for, not thrift.
pub const WIDE: Limits = Limits {
    output_bytes: 4 << 20,
    steps: 20_000_000,
    work_bytes: 256 << 20,
    depth: 100,
};

/// What our engine makes of a template.
pub fn ours(template: &str, options: &Options, data: &Value) -> Answer {
    let parsed = match Template::parse("main", template, options) {
        Ok(parsed) => parsed,
        Err(error) => return Answer::Parse(error.go()),
    };
    let data = match Data::from_json(data) {
        Ok(data) => data,
        Err(error) => return Answer::Stopped(error.to_string()),
    };
    match parsed.render(&data, &WIDE) {
        Ok(output) => Answer::Ok(output.as_bytes().to_vec()),
        Err(error) => match &error.kind {
            gotemplate::ExecErrorKind::Limit(why) => Answer::Stopped((*why).to_owned()),
            _ => Answer::Exec(error.go()),
        },
    }
}

impl Golden {
    /// Reads a file's text.
    pub fn from_text(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(text).ok()?;
        Some(Self {
            about: json.get("about")?.as_str()?.to_owned(),
            groups: json
                .get("groups")?
                .as_array()?
                .iter()
                .map(group)
                .collect::<Option<_>>()?,
        })
    }
}

fn group(json: &Value) -> Option<Group> {
    let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
    let case = |case: &Value| {
        Some((
            case.get(0)?.as_str()?.to_owned(),
            Answer::from_json(case.get(1)?)?,
        ))
    };
    Some(Group {
        sprig: json.get("sprig")?.as_bool()?,
        left: text("left")?,
        right: text("right")?,
        data: json.get("data")?.clone(),
        cases: json
            .get("cases")?
            .as_array()?
            .iter()
            .map(case)
            .collect::<Option<_>>()?,
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
    paths
        .iter()
        .map(|path| {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let golden = Golden::from_text(&text).ok_or(format!("{}: not of the form", path.display()))?;
            let topic = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Ok((topic, golden))
        })
        .collect()
}

/// A difference that is meant, and why.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// A sentence.
    pub reason: String,
    /// What our error says where this is the cause.
    pub says: Vec<String>,
    /// Cases that differ for this reason, where no words tell.
    pub cases: Vec<String>,
    /// Functions that are not there for this reason.
    pub functions: Vec<String>,
}

impl Accepted {
    /// Whether this is why our answer is another than Go's.
    pub fn explains(&self, template: &str, ours: &Answer) -> bool {
        let text = match ours {
            Answer::Ok(_) => "",
            Answer::Parse(text) | Answer::Exec(text) | Answer::Stopped(text) => text,
        };
        self.says.iter().any(|says| text.contains(says.as_str()))
            || self.cases.iter().any(|case| case == template)
    }
}

/// Reads the list of differences.
///
/// # Errors
/// The file cannot be read or is not of the form.
pub fn accepted(path: &Path) -> Result<Vec<Accepted>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let entry = |entry: &Value| {
        let words = |key: &str| -> Vec<String> {
            let list = entry.get(key).and_then(Value::as_array);
            list.into_iter()
                .flatten()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect()
        };
        Some(Accepted {
            reason: entry.get("reason")?.as_str()?.to_owned(),
            says: words("says"),
            cases: words("cases"),
            functions: words("functions"),
        })
    };
    json.as_array()
        .and_then(|entries| entries.iter().map(entry).collect())
        .ok_or(format!("{}: not of the form", path.display()))
}

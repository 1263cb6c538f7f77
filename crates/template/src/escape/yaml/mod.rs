//! YAML as Go's `sigs.k8s.io/yaml` reads and writes it, which is what Helm's `toYaml` and `fromYaml` are.
//!
//! Nothing here depends on the engine: a tree of values is anything that can say its [`Shape`].

mod keys;
mod read;
mod scalar;
mod words;
mod write;

pub use read::{Tree, YamlError, from_yaml};
pub use write::to_yaml;

/// A value that can be written as YAML.
pub trait Node {
    /// What it is.
    fn shape(&self) -> Shape<'_, Self>;
}

/// What a value is, one level deep.
#[derive(Debug)]
pub enum Shape<'a, N: ?Sized> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above those.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// A list.
    List(Vec<&'a N>),
    /// A map, in any order.
    Map(Vec<(&'a str, &'a N)>),
}

impl Node for serde_json::Value {
    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::Null => Shape::Null,
            Self::Bool(value) => Shape::Bool(*value),
            Self::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Shape::Int(number),
                (None, Some(number)) => Shape::Uint(number),
                (None, None) => Shape::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Self::String(text) => Shape::Text(text),
            Self::Array(items) => Shape::List(items.iter().collect()),
            Self::Object(fields) => Shape::Map(
                fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), value))
                    .collect(),
            ),
        }
    }
}

/// What every reader, of YAML 1.1 or 1.2, takes as itself between quotes.
pub(super) fn is_bare(c: char) -> bool {
    match c {
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        ' '..='~' | '\u{a0}'.. => true,
        _ => false,
    }
}

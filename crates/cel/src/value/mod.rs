//! What expressions work with. Values are cheap to clone: what is large in them is shared.

mod compare;
mod json;
mod map;
mod time;

use std::{fmt, sync::Arc};

pub(crate) use compare::{compare, equal};
pub(crate) use map::whole;
pub use map::{Key, Map};
pub(crate) use time::Civil;
pub(crate) use time::parse_offset;
pub use time::{Duration, Timestamp};

/// A value.
///
/// Its `Debug` shows the kind and the size and never the content, which may come from a system that nobody vouches
/// for, or be secret.
#[derive(Clone)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number with a sign.
    Int(i64),
    /// A whole number without a sign.
    Uint(u64),
    /// A floating-point number.
    Double(f64),
    /// A text.
    String(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// Values in their order.
    List(Arc<[Self]>),
    /// Values by keys.
    Map(Arc<Map>),
    /// A point in time.
    Timestamp(Timestamp),
    /// A stretch of time.
    Duration(Duration),
    /// A type: what `type(x)` gives.
    Type(TypeName),
}

/// The types that values have when an expression runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TypeName {
    /// Of `true`.
    Bool,
    /// Of `b''`.
    Bytes,
    /// Of `1.0`.
    Double,
    /// Of `duration('1s')`.
    Duration,
    /// Of `1`.
    Int,
    /// Of `[]`.
    List,
    /// Of `{}`.
    Map,
    /// Of `null`.
    Null,
    /// Of `''`.
    String,
    /// Of `timestamp('1970-01-01T00:00:00Z')`.
    Timestamp,
    /// Of a type.
    Type,
    /// Of `1u`.
    Uint,
}

impl TypeName {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::Bool,
        Self::Bytes,
        Self::Double,
        Self::Duration,
        Self::Int,
        Self::List,
        Self::Map,
        Self::Null,
        Self::String,
        Self::Timestamp,
        Self::Type,
        Self::Uint,
    ];

    /// As expressions call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Bytes => "bytes",
            Self::Double => "double",
            Self::Duration => "google.protobuf.Duration",
            Self::Int => "int",
            Self::List => "list",
            Self::Map => "map",
            Self::Null => "null_type",
            Self::String => "string",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Type => "type",
            Self::Uint => "uint",
        }
    }

    /// As messages call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Timestamp => "timestamp",
            Self::Null => "null",
            other => other.name(),
        }
    }
}

impl Value {
    /// Its type.
    #[must_use]
    pub fn type_name(&self) -> TypeName {
        match self {
            Self::Null => TypeName::Null,
            Self::Bool(_) => TypeName::Bool,
            Self::Int(_) => TypeName::Int,
            Self::Uint(_) => TypeName::Uint,
            Self::Double(_) => TypeName::Double,
            Self::String(_) => TypeName::String,
            Self::Bytes(_) => TypeName::Bytes,
            Self::List(_) => TypeName::List,
            Self::Map(_) => TypeName::Map,
            Self::Timestamp(_) => TypeName::Timestamp,
            Self::Duration(_) => TypeName::Duration,
            Self::Type(_) => TypeName::Type,
        }
    }

    /// A list of these values.
    pub fn list(values: impl IntoIterator<Item = Self>) -> Self {
        Self::List(values.into_iter().collect())
    }

    /// A map from names to values; of a name that is there twice the last counts.
    pub fn map<N: AsRef<str>>(entries: impl IntoIterator<Item = (N, Self)>) -> Self {
        let entries = entries
            .into_iter()
            .map(|(name, value)| (Key::from(name.as_ref()), value));
        Self::Map(Arc::new(entries.collect()))
    }

    /// What a condition comes to; nothing where this is no `bool`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The text; nothing where this is no string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.type_name().word();
        match self {
            Self::String(text) => write!(f, "{word}({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "{word}({} bytes)", bytes.len()),
            Self::List(items) => write!(f, "{word}({} items)", items.len()),
            Self::Map(map) => write!(f, "{word}({} entries)", map.len()),
            _ => f.write_str(word),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Uint(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(Arc::from(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(Arc::from(value))
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Arc::from(value))
    }
}

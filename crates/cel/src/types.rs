//! What an expression may be of.

use std::fmt;

/// A type, as an [`Env`](crate::Env) declares it.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`: 64 bits with a sign.
    Int,
    /// `uint`: 64 bits without a sign.
    Uint,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `null_type`
    Null,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `type`: what `type(x)` gives.
    Type,
    /// A list of one type.
    List(Box<Self>),
    /// A map from one type to another.
    Map(Box<Self>, Box<Self>),
    /// A map with named fields, each of a type of its own. Its values are maps.
    Object(&'static Object),
    /// Anything; known only when the expression runs.
    Dyn,
}

impl Type {
    /// A list of this type.
    #[must_use]
    pub fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    /// A map from one type to the other.
    #[must_use]
    pub fn map(from: Self, to: Self) -> Self {
        Self::Map(Box::new(from), Box::new(to))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Null => f.write_str("null"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::Type => f.write_str("type"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(from, to) => write!(f, "map({from}, {to})"),
            Self::Object(object) => f.write_str(object.name),
            Self::Dyn => f.write_str("dyn"),
        }
    }
}

/// Fields by name. Made once for the life of the program, for example in a `LazyLock`.
#[derive(Debug)]
pub struct Object {
    /// For messages.
    pub name: &'static str,
    /// Name and type of each field.
    pub fields: Vec<(&'static str, Type)>,
}

impl Object {
    /// The type of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Type> {
        self.fields
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, of)| of)
    }
}

impl PartialEq for Object {
    /// Objects are equal by name.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

//! Declared parameters, and the values that are given for them.

use serde_json::Value;

/// The type of a parameter, as JSON means it: `"5"` is not an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParamType {
    /// A string. What a declaration without a type means.
    String,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// An object.
    Object,
}

/// One declared parameter. Required unless it has a default.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    pub type_: ParamType,
    /// The value when none is given; of the type, and one of the allowed ones.
    pub default: Option<Value>,
    /// The values that are allowed; empty: all of the type.
    pub allowed: Vec<Value>,
    /// For people.
    pub description: String,
}

/// The parameters declared in one place, in the order of the declaration. Names are unique.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<Param>);

impl Params {
    /// The parameters.
    pub fn iter(&self) -> std::slice::Iter<'_, Param> {
        self.0.iter()
    }

    /// The parameter of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Param> {
        self.0.iter().find(|param| param.name == name)
    }

    /// Whether none is declared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

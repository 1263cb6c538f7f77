//! Declared parameters, and the values that are given for them.

use std::collections::BTreeMap;

use patchbay_api::param::{ParamSpec, ParamValue};
use serde_json::{Map, Value, json};

use crate::path::FieldPath;
use crate::schema::{self, Schema};
use crate::violation::{Report, ViolationKind};
use crate::{name, show};

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

impl ParamType {
    const ALL: [Self; 6] = [
        Self::String,
        Self::Number,
        Self::Integer,
        Self::Boolean,
        Self::Array,
        Self::Object,
    ];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// What a person may have meant who comes from another language.
    fn meant_by(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "str" | "text" => Some(Self::String),
            "float" | "double" => Some(Self::Number),
            "int" | "long" => Some(Self::Integer),
            "bool" => Some(Self::Boolean),
            "list" => Some(Self::Array),
            "map" | "dict" | "struct" => Some(Self::Object),
            _ => None,
        }
    }
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
    /// The type, the allowed values and the properties. `None` only where the declaration is refused.
    schema: Option<Schema>,
}

/// The parameters declared in one place, in the order of the declaration. Names are unique.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<Param>);

/// What a list of parameters is for, which decides what may be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Values of any type.
    Values,
    /// Strings only: addresses, keys of a Secret.
    Strings(&'static str),
}

/// A given value and where it stands.
pub(crate) struct Given<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a Value,
    pub(crate) name_path: FieldPath,
    pub(crate) value_path: FieldPath,
}

/// The given values of a list of `{name, value}`.
pub(crate) fn given_in_list<'a>(values: &'a [ParamValue], path: &FieldPath) -> Vec<Given<'a>> {
    let one = |(i, param): (usize, &'a ParamValue)| Given {
        name: &param.name,
        value: &param.value,
        name_path: path.index(i).child("name"),
        value_path: path.index(i).child("value"),
    };
    values.iter().enumerate().map(one).collect()
}

/// The given values of a map.
pub(crate) fn given_in_map<'a>(values: &'a Map<String, Value>, path: &FieldPath) -> Vec<Given<'a>> {
    let one = |(name, value): (&'a String, &'a Value)| Given {
        name,
        value,
        name_path: path.key(name),
        value_path: path.key(name),
    };
    values.iter().map(one).collect()
}

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

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|param| param.name.as_str())
    }

    /// Reads a declaration.
    pub(crate) fn declare(
        specs: &[ParamSpec],
        purpose: Purpose,
        path: &FieldPath,
        report: &mut Report,
    ) -> Self {
        let mut list: Vec<Param> = Vec::new();
        for (i, spec) in specs.iter().enumerate() {
            let at = path.index(i);
            let name_path = at.child("name");
            if let Err(right) = name::key(&spec.name) {
                report.invalid(&name_path, format!("got {}, {right}", show::text(&spec.name)));
            } else if list.iter().any(|p| p.name == spec.name) {
                let message = format!("{} is declared twice", show::text(&spec.name));
                report.deny(&name_path, ViolationKind::Duplicate, message);
            }
            list.push(declare_one(spec, purpose, &at, report));
        }
        Self(list)
    }

    /// Fills in given values and defaults.
    ///
    /// # Guarantees
    /// Notes every unknown, repeated and missing parameter, and every value that does not fit. `owner` is who declares
    /// (`class "git"`), `path` where a missing one belongs.
    pub(crate) fn bind(
        &self,
        given: &[Given<'_>],
        path: &FieldPath,
        owner: &str,
        report: &mut Report,
    ) -> BTreeMap<String, Value> {
        let mut known: BTreeMap<&str, &Given<'_>> = BTreeMap::new();
        for value in given {
            match self.get(value.name) {
                None => {
                    let message = self.unknown(value.name, owner);
                    report.deny(&value.name_path, ViolationKind::NotSupported, message);
                }
                Some(_) if known.contains_key(value.name) => {
                    let message = format!("{} is given twice", show::text(value.name));
                    report.deny(&value.name_path, ViolationKind::Duplicate, message);
                }
                Some(param) => {
                    known.insert(value.name, value);
                    if let Some(schema) = &param.schema {
                        schema.check(value.value, &value.value_path, owner, report);
                    }
                }
            }
        }
        for param in self
            .0
            .iter()
            .filter(|p| p.default.is_none() && !known.contains_key(p.name.as_str()))
        {
            report.deny(path, ViolationKind::Required, param.missing(owner));
        }
        let mut bound: BTreeMap<String, Value> = known
            .into_iter()
            .map(|(name, given)| (name.to_owned(), given.value.clone()))
            .collect();
        for param in &self.0 {
            if let Some(default) = &param.default {
                bound.entry(param.name.clone()).or_insert_with(|| default.clone());
            }
        }
        bound
    }

    fn unknown(&self, name: &str, owner: &str) -> String {
        let known: Vec<&str> = self.names().collect();
        let right = if known.is_empty() {
            "takes none here".to_owned()
        } else {
            format!("has {}", show::names(&known))
        };
        format!(
            "got {}, {owner} {right}{}",
            show::text(name),
            show::did_you_mean(name, known.iter().copied())
        )
    }
}

impl Param {
    fn missing(&self, owner: &str) -> String {
        let what = format!(
            "{} ({}) is missing, {owner} requires it",
            show::text(&self.name),
            self.type_.as_str()
        );
        let allowed: Vec<String> = self.allowed.iter().map(show::plain).collect();
        match (self.description.as_str(), allowed.as_slice()) {
            ("", []) => what,
            ("", allowed) => format!("{what}: one of {}", show::names(allowed)),
            (description, _) => format!("{what}: {}", show::sentence(description)),
        }
    }
}

fn declare_one(spec: &ParamSpec, purpose: Purpose, at: &FieldPath, report: &mut Report) -> Param {
    let type_ = declared_type(spec.type_.as_deref(), purpose, &at.child("type"), report);
    check_allowed(spec, type_, &at.child("enum"), report);
    let schema = Schema::compile(&schema_of(spec, type_, at, report), at, report);
    if let Some(default) = &spec.default {
        let path = at.child("default");
        if !schema::is_type(default, type_.as_str()) {
            report.deny(&path, ViolationKind::TypeInvalid, not_of_type(default, type_));
        } else if let Some(schema) = &schema {
            schema.check(default, &path, "the declaration", report);
        }
    }
    Param {
        name: spec.name.clone(),
        type_,
        default: spec.default.clone(),
        allowed: spec.enum_.clone(),
        description: spec.description.clone(),
        schema,
    }
}

fn check_allowed(spec: &ParamSpec, type_: ParamType, path: &FieldPath, report: &mut Report) {
    for (i, allowed) in spec.enum_.iter().enumerate() {
        let at = path.index(i);
        if !schema::is_type(allowed, type_.as_str()) {
            report.deny(&at, ViolationKind::TypeInvalid, not_of_type(allowed, type_));
        } else if spec.enum_.iter().take(i).any(|earlier| earlier == allowed) {
            report.warn(&at, format!("{} is listed twice", show::plain(allowed)));
        }
    }
}

/// The JSON Schema that a declaration means.
fn schema_of(spec: &ParamSpec, type_: ParamType, at: &FieldPath, report: &mut Report) -> Value {
    let mut schema = Map::from_iter([("type".to_owned(), json!(type_.as_str()))]);
    if !spec.enum_.is_empty() {
        schema.insert("enum".to_owned(), Value::Array(spec.enum_.clone()));
    }
    if spec.properties.is_empty() {
        return Value::Object(schema);
    }
    if type_ == ParamType::Object {
        schema.insert("properties".to_owned(), json!(spec.properties));
    } else {
        let message = format!(
            "only a parameter of type object has properties, this one is of type {}",
            type_.as_str()
        );
        report.deny(&at.child("properties"), ViolationKind::Forbidden, message);
    }
    Value::Object(schema)
}

/// Reads the declaration of the address, which may go without a name.
pub(crate) fn declare_address(spec: &ParamSpec, at: &FieldPath, report: &mut Report) -> Param {
    if !spec.name.is_empty()
        && let Err(right) = name::key(&spec.name)
    {
        report.invalid(
            &at.child("name"),
            format!("got {}, {right}", show::text(&spec.name)),
        );
    }
    declare_one(spec, Purpose::Strings("an address is a string"), at, report)
}

fn not_of_type(value: &Value, type_: ParamType) -> String {
    let hint = match (value, type_) {
        (Value::String(_), _) => ": remove the quotes",
        (Value::Number(_) | Value::Bool(_), ParamType::String) => ": put it in quotes",
        _ => "",
    };
    format!(
        "got {}, the declared type is {}{hint}",
        show::value(value),
        type_.as_str()
    )
}

fn declared_type(word: Option<&str>, purpose: Purpose, path: &FieldPath, report: &mut Report) -> ParamType {
    let Some(word) = word else {
        return ParamType::String;
    };
    let Some(type_) = ParamType::ALL.into_iter().find(|t| t.as_str() == word) else {
        let all = ParamType::ALL.map(ParamType::as_str);
        let near = match ParamType::meant_by(word) {
            Some(meant) => format!("; did you mean {:?}?", meant.as_str()),
            None => show::did_you_mean(word, all),
        };
        let message = format!(
            "got {}, wants one of {}{near}",
            show::text(word),
            show::names(&all)
        );
        report.deny(path, ViolationKind::NotSupported, message);
        return ParamType::String;
    };
    if let Purpose::Strings(why) = purpose
        && type_ != ParamType::String
    {
        report.deny(
            path,
            ViolationKind::NotSupported,
            format!("got {word:?}, wants \"string\": {why}"),
        );
        return ParamType::String;
    }
    type_
}

#[cfg(test)]
mod tests;

//! JSON: one value, keys once.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::{Format, FormatError, TWICE};

pub(super) fn check(text: &str) -> Result<(), FormatError> {
    let Err(error) = serde_json::from_str::<Unique>(text) else {
        return Ok(());
    };
    Err(FormatError {
        format: Format::Json,
        line: error.line().max(1),
        column: error.column().max(1),
        problem: problem(&error),
    })
}

/// In words of ours: those of the library may change, and must never quote the text.
fn problem(error: &serde_json::Error) -> &'static str {
    use serde_json::error::Category;
    match error.classify() {
        Category::Eof => return "the text ends too early",
        Category::Data => return TWICE,
        Category::Io | Category::Syntax => {}
    }
    let said = error.to_string();
    let known = [
        ("expected `:`", "a colon is expected here"),
        ("expected `,` or `]`", "a comma or a closing ] is expected here"),
        ("expected `,` or `}`", "a comma or a closing } is expected here"),
        ("key must be a string", "a key in double quotes is expected here"),
        ("trailing comma", "there is a comma too many"),
        ("trailing characters", "there is more text after the end"),
        (
            "control character",
            "a line break or another control character must be escaped in a string",
        ),
        (
            "invalid escape",
            "this escape is not known; a backslash is written as two",
        ),
        ("recursion limit", "it is nested too deeply"),
    ];
    let found = known.iter().find(|(start, _)| said.starts_with(start));
    found.map_or("something else is expected here", |(_, problem)| *problem)
}

/// Any value, read and forgotten.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unique, A::Error> {
        while items.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Unique, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
            if !names.insert(name) {
                return Err(A::Error::custom(TWICE));
            }
            fields.next_value::<Unique>()?;
        }
        Ok(Unique)
    }
}

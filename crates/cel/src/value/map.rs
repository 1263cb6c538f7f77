//! Maps.

use std::{collections::BTreeMap, sync::Arc};

use crate::value::Value;

/// What a map may have for a key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number with a sign.
    Int(i64),
    /// A whole number without a sign.
    Uint(u64),
    /// A text.
    String(Arc<str>),
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::String(Arc::from(text))
    }
}

impl From<&Key> for Value {
    fn from(key: &Key) -> Self {
        match key {
            Key::Bool(value) => Self::Bool(*value),
            Key::Int(value) => Self::Int(*value),
            Key::Uint(value) => Self::Uint(*value),
            Key::String(text) => Self::String(Arc::clone(text)),
        }
    }
}

/// Values by keys. They come in the order of the keys, so that the same expression and data always give the same.
#[derive(Clone, Default)]
pub struct Map {
    entries: BTreeMap<Key, Value>,
}

impl Map {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.entries.iter()
    }

    /// Puts an entry; one with the same key goes.
    pub fn insert(&mut self, key: Key, value: Value) {
        self.entries.insert(key, value);
    }

    /// The value of a key. Numbers find each other where they are equal, whatever their types.
    pub(crate) fn get(&self, key: &Value) -> Option<&Value> {
        match key {
            Value::Bool(value) => self.entries.get(&Key::Bool(*value)),
            Value::String(text) => self.entries.get(&Key::String(Arc::clone(text))),
            Value::Int(number) => self.number(Some(*number), u64::try_from(*number).ok(), false),
            Value::Uint(number) => self.number(i64::try_from(*number).ok(), Some(*number), true),
            Value::Double(number) => self.number(whole(*number), whole_unsigned(*number), false),
            _ => None,
        }
    }

    fn number(&self, signed: Option<i64>, unsigned: Option<u64>, unsigned_first: bool) -> Option<&Value> {
        let signed = || self.entries.get(&Key::Int(signed?));
        let unsigned = || self.entries.get(&Key::Uint(unsigned?));
        if unsigned_first {
            unsigned().or_else(signed)
        } else {
            signed().or_else(unsigned)
        }
    }
}

impl FromIterator<(Key, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Self {
        Self {
            entries: entries.into_iter().collect(),
        }
    }
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "map({} entries)", self.len())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Value::from(self).fmt(f)
    }
}

/// The whole number that a double is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "checked by casting back"
)]
pub(crate) fn whole(number: f64) -> Option<i64> {
    let cast = number as i64;
    (cast as f64 == number && number < 9_223_372_036_854_775_808.0).then_some(cast)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "checked by casting back"
)]
fn whole_unsigned(number: f64) -> Option<u64> {
    let cast = number as u64;
    (cast as f64 == number && number < 18_446_744_073_709_551_616.0).then_some(cast)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_find_each_other() {
        let map: Map = [
            (Key::Int(1), Value::Null),
            (Key::Uint(2), Value::Null),
            (Key::from("a"), Value::Null),
        ]
        .into_iter()
        .collect();
        for (key, there) in [
            (Value::Int(1), true),
            (Value::Uint(1), true),
            (Value::Double(1.0), true),
            (Value::Double(1.5), false),
            (Value::Int(2), true),
            (Value::Double(2.0), true),
            (Value::Int(-2), false),
            (Value::Double(f64::NAN), false),
            (Value::Double(1e300), false),
            (Value::from("a"), true),
            (Value::from("1"), false),
            (Value::Null, false),
        ] {
            assert_eq!(map.get(&key).is_some(), there, "{key:?}");
        }
    }
}

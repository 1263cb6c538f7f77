//! The data that a caller gives to a template.

use std::borrow::Cow;

use serde_json::Value as Json;

/// How deep lists and maps of the data may hold one another.
const MAX_DEPTH: u32 = 128;

/// A tree of data, borrowed where it can be. Templates never change it: what they change is their own copy.
#[derive(Clone)]
pub enum Data<'d> {
    /// Go's nil interface, JSON's null.
    Null,
    /// Go's `bool`.
    Bool(bool),
    /// Go's `int64`.
    Int(i64),
    /// Go's `float64`.
    Float(f64),
    /// Go's `string`: any bytes, mostly UTF-8.
    Str(Cow<'d, [u8]>),
    /// Go's `[]interface {}`.
    List(Vec<Self>),
    /// Go's `map[string]interface {}`: sorted by key, each key once. [`Data::map`] makes it so.
    Map(DataMap<'d>),
}

/// Entries in the order of their keys, each key once.
#[derive(Clone, Default)]
pub struct DataMap<'d>(Vec<(Cow<'d, str>, Data<'d>)>);

/// Data that is nested too deeply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data is nested more than {MAX_DEPTH} levels deep")]
pub struct DataError;

/// Never shows a value.
impl std::fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Data(..)")
    }
}

/// Never shows a key or value.
impl std::fmt::Debug for DataMap<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataMap(..)")
    }
}

impl<'d> DataMap<'d> {
    /// Sorts entries. Of entries with the same key the last one stays.
    pub fn new(entries: impl IntoIterator<Item = (Cow<'d, str>, Data<'d>)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            // Stable: of equal keys the last one is the last of its run, and is moved to the front of it.
            entries.reverse();
            entries.dedup_by(|(a, _), (b, _)| a == b);
            entries.reverse();
        }
        Self(entries)
    }

    /// The entries in the order of their keys.
    #[must_use]
    pub fn entries(&self) -> &[(Cow<'d, str>, Data<'d>)] {
        &self.0
    }

    /// One value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Data<'d>> {
        let at = self.0.binary_search_by(|(own, _)| own.as_ref().cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Sets one value.
    pub fn insert(&mut self, key: impl Into<Cow<'d, str>>, value: Data<'d>) {
        let key = key.into();
        match self.0.binary_search_by(|(own, _)| own.cmp(&key)) {
            Ok(at) => {
                if let Some(entry) = self.0.get_mut(at) {
                    entry.1 = value;
                }
            }
            Err(at) => self.0.insert(at, (key, value)),
        }
    }
}

impl<'d> Data<'d> {
    /// Text.
    pub fn text(text: impl Into<Cow<'d, str>>) -> Self {
        Self::Str(match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        })
    }

    /// A map.
    pub fn map(entries: impl IntoIterator<Item = (Cow<'d, str>, Self)>) -> Self {
        Self::Map(DataMap::new(entries))
    }

    /// JSON as Kubernetes reads it: whole numbers that fit are `int64`, all others `float64`. Text is borrowed.
    ///
    /// # Errors
    /// The value is nested more than 128 levels deep.
    pub fn from_json(json: &'d Json) -> Result<Self, DataError> {
        Self::convert(json, MAX_DEPTH)
    }

    fn convert(json: &'d Json, depth: u32) -> Result<Self, DataError> {
        let below = depth.checked_sub(1).ok_or(DataError);
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => Self::Str(Cow::Borrowed(text.as_bytes())),
            Json::Array(items) => {
                let below = below?;
                Self::List(
                    items
                        .iter()
                        .map(|item| Self::convert(item, below))
                        .collect::<Result<_, _>>()?,
                )
            }
            Json::Object(fields) => {
                let below = below?;
                let entries = fields
                    .iter()
                    .map(|(key, value)| Ok((Cow::Borrowed(key.as_str()), Self::convert(value, below)?)))
                    .collect::<Result<Vec<_>, DataError>>()?;
                Self::map(entries)
            }
        })
    }
}

//! The way in for values of Secrets, and the way out for rendered bytes. Neither can be printed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gotemplate::{Data, DataError};
use serde_json::Value as Json;
use zeroize::Zeroizing;

/// Values that came from Secrets or tokens, by the path under which a template reads them.
#[expect(
    missing_debug_implementations,
    reason = "holds secrets: must not be printable"
)]
#[derive(Clone, Default)]
pub struct SecretScope {
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    path: Vec<String>,
    /// `None` is an empty map: the Secret is there, whatever it holds.
    value: Option<Zeroizing<Vec<u8>>>,
}

impl SecretScope {
    /// No values: `.Secret` and `.secret` are nil.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one value, for example at `["secret", "username"]`, `["Secret", "StringData", "token"]` or
    /// `["context", "token"]`. Maps on the way are made; a value of the same path in the data is covered.
    pub fn insert(&mut self, path: &[&str], value: &[u8]) -> &mut Self {
        self.push(path, Some(Zeroizing::new(value.to_vec())))
    }

    fn push(&mut self, path: &[&str], value: Option<Zeroizing<Vec<u8>>>) -> &mut Self {
        self.entries.push(Entry {
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            value,
        });
        self
    }

    /// Every path with its value; without a value, a map.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&[String], Option<&[u8]>)> {
        self.entries
            .iter()
            .map(|entry| (entry.path.as_slice(), entry.value.as_ref().map(|v| v.as_slice())))
    }

    /// The data of a Secret for a configuration file: `.secret.<key>`.
    pub fn for_configuration<'a>(data: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut scope = Self::none();
        scope.push(&["secret"], None);
        for (key, value) in data {
            scope.insert(&["secret", key], value);
        }
        scope
    }

    /// The data of a Secret for a probe: `.Secret.StringData.<key>`. `.Secret` is there even when it holds nothing.
    pub fn for_probe<'a>(data: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut scope = Self::none();
        scope.push(&["Secret", "StringData"], None);
        for (key, value) in data {
            scope.insert(&["Secret", "StringData", key], value);
        }
        scope
    }
}

/// The data with the secrets laid over it. Nothing is copied.
///
/// *Errors*: the data is nested too deeply.
pub(crate) fn root<'a>(data: &'a Json, secrets: &'a SecretScope) -> Result<Data<'a>, DataError> {
    let entries: Vec<_> = secrets
        .entries
        .iter()
        .map(|entry| (entry.path.as_slice(), entry))
        .collect();
    overlay(Some(data), &entries)
}

/// `entries` with what is left of their paths at this place.
fn overlay<'a>(data: Option<&'a Json>, entries: &[(&'a [String], &'a Entry)]) -> Result<Data<'a>, DataError> {
    if entries.is_empty() {
        return data.map_or(Ok(Data::Null), Data::from_json);
    }
    let value = entries
        .iter()
        .rev()
        .find(|(path, entry)| path.is_empty() && entry.value.is_some());
    if let Some(value) = value.and_then(|(_, entry)| entry.value.as_ref()) {
        return Ok(Data::Str(Cow::Borrowed(value.as_slice())));
    }
    let mut below: BTreeMap<&str, Vec<(&[String], &Entry)>> = BTreeMap::new();
    for (path, entry) in entries {
        if let Some((key, rest)) = path.split_first() {
            below.entry(key).or_default().push((rest, *entry));
        }
    }
    let object = data.and_then(Json::as_object);
    let mut fields = Vec::new();
    for (key, value) in object.into_iter().flatten() {
        if !below.contains_key(key.as_str()) {
            fields.push((Cow::Borrowed(key.as_str()), Data::from_json(value)?));
        }
    }
    for (key, entries) in below {
        let value = overlay(object.and_then(|object| object.get(key)), &entries)?;
        fields.push((Cow::Borrowed(key), value));
    }
    Ok(Data::map(fields))
}

/// What a template gave. May hold secrets: wiped when dropped.
#[expect(
    missing_debug_implementations,
    reason = "may hold secrets: must not be printable"
)]
#[derive(Clone)]
pub struct Rendered(Zeroizing<Vec<u8>>);

impl Rendered {
    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to keep.
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

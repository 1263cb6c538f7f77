//! The way in for values of Secrets, and the way out for rendered bytes. Neither can be printed.

use zeroize::Zeroizing;

/// Values that came from Secrets or tokens, by the path under which a template reads them.
#[expect(missing_debug_implementations, reason = "holds secrets: must not be printable")]
#[derive(Clone, Default)]
pub struct SecretScope {
    entries: Vec<(Vec<String>, Zeroizing<Vec<u8>>)>,
}

impl SecretScope {
    /// No values: `.Secret` and `.secret` are nil.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one value, for example at `["secret", "username"]`, `["Secret", "StringData", "token"]` or
    /// `["context", "token"]`. Maps on the way are made; a value of the same path in the data is covered.
    pub fn insert(&mut self, path: &[&str], value: &[u8]) -> &mut Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        self.entries.push((path, Zeroizing::new(value.to_vec())));
        self
    }

    /// The data of a Secret for a configuration file: `.secret.<key>`.
    pub fn for_configuration<'a>(data: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut scope = Self::none();
        for (key, value) in data {
            scope.insert(&["secret", key], value);
        }
        scope
    }

    /// The data of a Secret for a probe: `.Secret.StringData.<key>`.
    pub fn for_probe<'a>(data: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut scope = Self::none();
        for (key, value) in data {
            scope.insert(&["Secret", "StringData", key], value);
        }
        scope
    }

    #[expect(dead_code, reason = "read by the engine")]
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&[String], &[u8])> {
        self.entries.iter().map(|(path, value)| (path.as_slice(), value.as_slice()))
    }
}

/// What a template gave. May hold secrets: wiped when dropped.
#[expect(missing_debug_implementations, reason = "may hold secrets: must not be printable")]
#[derive(Clone)]
pub struct Rendered(Zeroizing<Vec<u8>>);

impl Rendered {
    #[expect(dead_code, reason = "made by the engine")]
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

//! Values that came from a Secret. They have no `Debug`, `Display` or `Serialize`, so they cannot be formatted.

use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

/// Bytes that came from a Secret. Copies share the memory, which is wiped when the last one goes.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a secret is never formatted")]
pub struct SecretBytes(Arc<Zeroizing<Vec<u8>>>);

impl SecretBytes {
    /// Takes the bytes over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Zeroizing::new(bytes)))
    }

    /// The bytes, at the last moment.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Zeroizing<Vec<u8>>> for SecretBytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

/// What a Secret holds: its type and its data, decoded.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a secret is never formatted")]
pub struct SecretData {
    /// The Secret's `type`.
    pub type_: String,
    /// The values by key.
    pub data: BTreeMap<String, SecretBytes>,
}

impl SecretData {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&SecretBytes> {
        self.data.get(key)
    }
}

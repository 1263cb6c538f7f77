//! Bytes that are wiped when they are dropped.

use std::ops::Deref;

use zeroize::Zeroizing;

/// Bytes that are wiped when they are dropped, with all that their memory held before.
///
/// `Zeroizing` does the same byte by byte, which takes a tenth of the time of a small rendering.
#[derive(Default)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Adds bytes for which there is room.
    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        debug_assert!(
            self.room() >= bytes.len(),
            "a copy would be left where the bytes were before"
        );
        self.0.extend_from_slice(bytes);
    }

    /// How many bytes may be added.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        self.0.capacity() - self.0.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// The same bytes, to be wiped by who has them.
    pub(crate) fn into_zeroizing(mut self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(std::mem::take(&mut self.0))
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Clone for Wiped {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        // Within the capacity: nothing moves.
        let capacity = self.0.capacity();
        self.0.clear();
        self.0.resize(capacity, 0);
        // The compiler must not take the zeros for useless.
        zeroize::optimization_barrier(self.0.as_slice());
    }
}

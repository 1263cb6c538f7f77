//! The one crypto provider.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// Makes ring the process's default provider. Call it first thing in `main` and in tests; again does nothing.
pub fn install_provider() {
    // An error means that one is installed already, and there is only one in the tree.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// The provider itself, for builders that take it as an argument.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

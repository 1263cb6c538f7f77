//! TLS: our own authority kept in a Secret, short leaf certificates in memory, and clients whose roots reload.
//!
//! One provider (ring), TLS 1.2 and 1.3.

mod provider;
pub mod roots;

#[cfg(feature = "serve")]
pub mod authority;
#[cfg(feature = "serve")]
pub mod bundle;
#[cfg(feature = "serve")]
pub mod given;
#[cfg(feature = "serve")]
pub mod leaf;
#[cfg(feature = "serve")]
pub mod resolver;

#[cfg(feature = "kube")]
pub mod maintain;
#[cfg(feature = "kube")]
pub mod publish;
#[cfg(feature = "kube")]
mod store;

pub use provider::{install_provider, provider};
pub use roots::ReloadingRoots;

#[cfg(feature = "serve")]
pub use authority::{Params, Source, lifetime};
#[cfg(feature = "serve")]
pub use resolver::{Alpn, Resolver, server_config};

#[cfg(feature = "kube")]
pub use maintain::{Clock, GivenOptions, Serving, ServingOptions};
#[cfg(feature = "kube")]
pub use publish::{CaBundle, ConfigMapBundle, WebhookBundle};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

//! Keeps the authority, the published bundle and the leaf right: the shell around [`super::authority`].

use std::convert::Infallible;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::publish::CaBundle;
use super::resolver::Resolver;
use crate::metrics::Metrics;
use crate::readiness::Gate;

/// What a program that serves TLS asks for.
#[derive(Clone, Debug)]
pub struct ServingOptions {
    /// Where the Secret is: the program's own namespace.
    pub namespace: String,
    /// The Secret's name. It may exist and be empty (as the chart makes it).
    pub secret: String,
    /// DNS names of the leaf, such as `patchbay-webhook.patchbay-system.svc`.
    pub dns_names: Vec<String>,
    /// Whether the Secret may be created when it is not there.
    pub may_create: bool,
}

/// The maintained certificate.
#[derive(Debug)]
pub struct Serving<B> {
    #[expect(dead_code, reason = "filled in next")]
    options: ServingOptions,
    #[expect(dead_code, reason = "filled in next")]
    publisher: B,
    resolver: Arc<Resolver>,
}

impl<B: CaBundle> Serving<B> {
    /// Not running yet. `publisher` puts the bundle where the clients read it.
    #[must_use]
    pub fn new(_client: kube::Client, options: ServingOptions, publisher: B, _metrics: &Metrics) -> Self {
        Self {
            options,
            publisher,
            resolver: Resolver::new(),
        }
    }

    /// Hands out the leaf; for [`super::server_config`].
    #[must_use]
    pub fn resolver(&self) -> Arc<Resolver> {
        Arc::clone(&self.resolver)
    }

    /// Runs until `shutdown`. Opens `gate` when there is a leaf and the bundle that is really in the API trusts it.
    ///
    /// # Errors
    /// None: failures close the gate, are logged and tried again.
    pub async fn run(self, _gate: Gate, shutdown: CancellationToken) -> Result<(), Infallible> {
        shutdown.cancelled().await;
        Ok(())
    }
}

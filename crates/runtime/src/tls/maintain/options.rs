//! What a program that serves TLS asks for.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::clock;
use crate::tls::authority::{Params, Source};

/// What a program that serves TLS asks for.
#[derive(Clone, Debug)]
pub struct ServingOptions {
    /// Where the Secret is: the program's own namespace.
    pub namespace: String,
    /// The Secret's name. It may exist and be empty (as the chart makes it).
    pub secret: String,
    /// DNS names or addresses of the leaf, such as `patchbay-webhook.patchbay-system.svc`.
    pub dns_names: Vec<String>,
    /// Whether the Secret may be created when it is not there.
    pub may_create: bool,
    /// The certificate that somebody else keeps for us.
    pub given: GivenOptions,
    /// The times of our authority.
    pub params: Params,
}

/// Where a certificate is that somebody else keeps, such as cert-manager.
#[derive(Clone, Debug, Default)]
pub struct GivenOptions {
    /// Whether it shall be served. If not, it is still served for as long as clients trust it and no CA of ours: on
    /// the way back.
    pub source: Source,
    /// The Secret's name, in the program's own namespace. Empty: there is none.
    pub secret: String,
    /// The names that clients call, for which it must be good.
    pub names: Vec<String>,
}

/// The wall clock. Tests give replicas clocks that differ.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock of another kind than the machine's own.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Clock {
    /// The machine's.
    fn default() -> Self {
        Self::new(clock::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

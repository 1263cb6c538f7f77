//! Names to addresses.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::Semaphore;

/// Lookups at the same time. Each holds a thread until the C library gives up, also when its probe did so long before:
/// without a bound, a DNS server that never answers would take all threads.
const MAX_LOOKUPS: usize = 64;

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsProblem {
    /// The DNS says that there is no such name, or that it has no address.
    NoSuchHost,
    /// No DNS server answered, or it could not say.
    NoAnswer,
    /// Anything else.
    Other,
}

/// Looks names up.
pub trait Resolve: Send + Sync {
    /// The addresses of a name.
    fn resolve(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, DnsProblem>>;
}

/// The system's own way.
#[derive(Clone, Debug)]
pub struct SystemResolver(Arc<Semaphore>);

impl Default for SystemResolver {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_LOOKUPS)))
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, DnsProblem>> {
        let places = self.0.clone();
        Box::pin(async move {
            let place = places.acquire_owned().await.map_err(|_| DnsProblem::Other)?;
            let lookup = move || {
                let found = (name.as_str(), 0).to_socket_addrs();
                drop(place);
                found.map(|all| all.map(|address| address.ip()).collect())
            };
            tokio::task::spawn_blocking(lookup)
                .await
                .map_err(|_| DnsProblem::Other)?
                .map_err(|error| problem(&error.to_string()))
        })
    }
}

/// What the words of the C library mean: the standard library has no code for them. Those of glibc and of musl.
fn problem(text: &str) -> DnsProblem {
    const NO_SUCH_HOST: [&str; 5] = [
        "Name or service not known",
        "No address associated with",
        "Name does not resolve",
        "Name has no usable address",
        "nodename nor servname provided",
    ];
    const NO_ANSWER: [&str; 3] = ["Temporary failure", "Try again", "Non-recoverable failure"];
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if any(&NO_SUCH_HOST) {
        DnsProblem::NoSuchHost
    } else if any(&NO_ANSWER) {
        DnsProblem::NoAnswer
    } else {
        DnsProblem::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_c_library() {
        for (text, want) in [
            (
                "failed to lookup address information: Name or service not known",
                DnsProblem::NoSuchHost,
            ),
            (
                "failed to lookup address information: Temporary failure in name resolution",
                DnsProblem::NoAnswer,
            ),
            (
                "failed to lookup address information: Try again",
                DnsProblem::NoAnswer,
            ),
            ("invalid argument", DnsProblem::Other),
        ] {
            assert_eq!(problem(text), want, "{text}");
        }
    }
}
